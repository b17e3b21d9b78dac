"""What a builder's `compute` sees: its declared inputs, as they stood in one snapshot of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from tipoff.contracts import FeatureBuilder, Table
from tipoff.errors import PluginError
from tipoff.features.partitions import Partition, learned_from, relevant
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    # Sums of floating-point numbers depend on their order, and the same inputs must give the same bytes.
    "threads": 1,
    "python_enable_replacements": False,
    "lock_configuration": True,
}


@dataclass(frozen=True)
class Inputs:
    """The context of one computation (see `tipoff.contracts.FeatureContext`).

    Args:
        builder: name of the builder, for messages.
        inputs: each declared input by its bare name, sorted by its key, provenance left out.
        league: the league to compute.
        season: the season to compute.
    """

    builder: str
    inputs: Mapping[str, pa.Table]
    league: str
    season: int

    @cached_property
    def _database(self) -> DuckDBPyConnection:
        """An empty database in memory with the inputs as views."""
        con = duckdb.connect(":memory:", config=_CONFIG)
        for name, rows in self.inputs.items():
            con.register(name, rows)
        return con

    def close(self) -> None:
        """Frees what `sql` holds."""
        if "_database" in self.__dict__:
            self._database.close()

    def sql(self, query: str, /, **tables: pa.Table) -> pa.Table:
        """Runs one SELECT over the inputs, each a view by its bare name, and over `tables` by keyword.

        ``$league`` and ``$season`` in it stand for `league` and `season`. The query runs in an empty database in
        memory, single threaded, and reaches neither the store nor any file.

        Raises:
            PluginError: it is not one SELECT, or fails.
        """
        if taken := sorted(tables.keys() & self.inputs.keys()):
            raise PluginError(
                f"feature builder `{self.builder}`: `{taken[0]}` is an input; give the table another name"
            )
        con = self._database
        try:
            for name, rows in tables.items():
                con.register(name, rows)
            statements = con.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise PluginError(f"feature builder `{self.builder}`: `sql` takes one SELECT, got `{query}`")
            asked = {"league": self.league, "season": self.season}
            named = statements[0].named_parameters
            used = {name: value for name, value in asked.items() if name in named}  # DuckDB refuses idle parameters
            return con.sql(query, params=used or None).to_arrow_table()
        except duckdb.Error as error:
            raise PluginError(f"feature builder `{self.builder}`: its query failed: {error}\n{query}") from error
        finally:
            for name in tables:
                con.unregister(name)


def read_inputs(
    con: DuckDBPyConnection, builder: FeatureBuilder, tables: Sequence[Table], partition: Partition
) -> Inputs:
    """The inputs of one partition, with the seasons before it that the builder looks back on."""
    return Inputs(builder.name, {table.name: _rows(con, builder, table, partition) for table in tables}, *partition)


def _rows(con: DuckDBPyConnection, builder: FeatureBuilder, table: Table, partition: Partition) -> pa.Table:
    where, values = relevant(builder, table, partition)
    columns = ", ".join(str(Identifier(name)) for name in table.column_names)
    key = ", ".join(str(Identifier(name)) for name in table.key)
    return con.sql(
        f"SELECT {columns} FROM {learned_from(table)} WHERE {where} ORDER BY {key}",  # noqa: S608 - identifiers only
        params=values or None,
    ).to_arrow_table()
