"""Arrow types of the store's column types, and rows cast to a table's spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

import pyarrow as pa

from tipoff.contracts import ColumnType, Table
from tipoff.errors import StoreError

TYPES: Final[Mapping[ColumnType, pa.DataType]] = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}
"""The Arrow type of each column type; instants are naive UTC."""


@cache
def types_of(table: Table) -> Mapping[str, pa.DataType]:
    """The Arrow type of each of the table's columns, by name."""
    return {column.name: TYPES[column.type] for column in table.columns}


def conform(table: Table, rows: pa.Table, columns: Iterable[str]) -> pa.Table:
    """`rows` with exactly `columns`, in that order, each cast to the spec's type.

    Raises:
        StoreError: a column is missing or holds what its type cannot.
    """
    types = types_of(table)
    arrays, fields = [], []
    for name in columns:
        if name not in rows.column_names:
            raise StoreError(f"rows for `{table.full_name}` lack the column `{name}`")
        try:
            arrays.append(rows[name].cast(types[name]))
        except pa.ArrowInvalid as error:
            raise StoreError(f"rows for `{table.full_name}`: column `{name}` is not {types[name]}: {error}") from error
        except pa.ArrowNotImplementedError as error:
            raise StoreError(f"rows for `{table.full_name}`: column `{name}` is not {types[name]}: {error}") from error
        fields.append(pa.field(name, types[name]))
    return pa.table(arrays, schema=pa.schema(fields))
