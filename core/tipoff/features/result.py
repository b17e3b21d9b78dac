"""Whether what a builder computed keeps the contract: exactly its columns, its types, its key, the asked season."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from tipoff.contracts import Column, FeatureBuilder
from tipoff.errors import PluginError
from tipoff.features.partitions import Partition
from tipoff.warehouse.arrow import TYPES

_SHOWN = 3
"""How many offending rows a message shows."""


def accept(builder: FeatureBuilder, result: object, partition: Partition) -> pa.Table:
    """The result with the table's columns and types, in the table's order of columns, sorted by key.

    Raises:
        PluginError: names the builder, the column and the first offending rows.
    """
    if not isinstance(result, pa.Table):
        raise _broken(builder, f"`compute` must return a pyarrow Table, got `{type(result).__name__}`")
    _columns(builder, result)
    table = pa.table(
        [_cast(builder, result, column) for column in builder.table.columns], names=list(builder.table.column_names)
    )
    for name in dict.fromkeys((*builder.table.key, "game_date")):
        if table[name].null_count:
            raise _broken(builder, f"column `{name}` must never be NULL", table.filter(pc.is_null(table[name])))
    for name, wanted in (("league", partition.league), ("season", partition.season)):
        other = table.filter(pc.not_equal(table[name], wanted))
        if other.num_rows:
            raise _broken(builder, f"column `{name}`: only `{wanted}` was asked for", other)
    # League and season are the same in all rows by now, and a key of two columns is sorted in half the time of four.
    varying = [name for name in builder.table.key if name not in ("league", "season")]
    table = table.sort_by([(name, "ascending") for name in varying]).combine_chunks()
    _unique(builder, table, varying)
    return table


def _columns(builder: FeatureBuilder, result: pa.Table) -> None:
    declared = set(builder.table.column_names)
    returned = list(result.column_names)
    wrong = (
        [f"lacks `{name}`" for name in builder.table.column_names if name not in returned]
        + [f"has the undeclared `{name}`" for name in returned if name not in declared]
        + [f"has `{name}` twice" for name in sorted(set(returned)) if returned.count(name) > 1]
    )
    if wrong:
        raise _broken(builder, f"the result {', '.join(wrong)}; it must have exactly the columns of its table")


def _cast(builder: FeatureBuilder, result: pa.Table, column: Column) -> pa.ChunkedArray:
    values, wanted = result[column.name], TYPES[column.type]
    try:
        cast = values.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _broken(
            builder, f"column `{column.name}` is `{values.type}` and cannot become {column.type}: {error}", result
        ) from error
    if column.type != "DOUBLE":
        return cast
    odd = pc.fill_null(pc.invert(pc.is_finite(cast)), False)
    if pc.any(odd).as_py():
        raise _broken(
            builder, f"column `{column.name}` holds NaN or infinity; a missing value is NULL", result.filter(odd)
        )
    return pc.add(cast, 0.0)  # −0.0 becomes 0.0: equal values must have equal bytes


def _unique(builder: FeatureBuilder, table: pa.Table, varying: Sequence[str]) -> None:
    """Compares each row of a sorted table with the one before."""
    if table.num_rows < 2:
        return
    this, before = table.slice(1), table.slice(0, table.num_rows - 1)
    same = reduce(pc.and_, (pc.equal(this[name], before[name]) for name in varying))
    if pc.any(same).as_py():
        key = ", ".join(builder.table.key)
        raise _broken(builder, f"the key `{key}` is not unique", this.filter(same))


def _broken(builder: FeatureBuilder, what: str, rows: pa.Table | None = None) -> PluginError:
    shown = ""
    if rows is not None and rows.num_rows:
        keep = [name for name in (*builder.table.key, "game_date") if name in rows.column_names]
        shown = f"; first rows: {rows.select(list(dict.fromkeys(keep))).slice(0, _SHOWN).to_pylist()}"
    return PluginError(f"feature builder `{builder.name}`: {what}{shown}; mend `{builder.compute}`")
