"""Rows of a table of features, computed twice, beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tipoff.contracts import Table

ROUNDING: Final = 1e-9
"""By how much, of their size, numbers may differ: fewer rows may be added up in another order."""


class Difference(NamedTuple):
    """How two tables differ, in words, and in which columns where they have the same rows."""

    said: str = ""
    columns: tuple[str, ...] = ()


def compared(table: Table, whole: pa.Table, morning: pa.Table, day: date) -> Difference | None:
    """What of the rows up to a day comes out otherwise on its morning; None: nothing does.

    Args:
        table: its spec.
        whole: a season's rows, computed from all that is stored.
        morning: the same, from what was known on the morning of `day`.
        day: which day.
    """
    key = [name for name in table.key if name not in ("league", "season")]
    until = pc.field("game_date") <= day
    left, right = whole.filter(until), morning.filter(until)
    if not left.select(key).equals(right.select(key)):
        lost = left.select(key).join(right.select(key), keys=key, join_type="left anti").sort_by(key[0])
        if lost.num_rows:
            return Difference(f"has no row for {_named(lost)} on the morning of {day}, and has one later")
        more = right.select(key).join(left.select(key), keys=key, join_type="left anti").sort_by(key[0])
        return Difference(f"has a row for {_named(more)} on the morning of {day}, and has none later")
    differs = {name: _differs(left[name], right[name]) for name in table.column_names if name not in key}
    columns = tuple(name for name, where in differs.items() if pc.any(where).as_py())
    if not columns:
        return None
    at = pc.index(differs[columns[0]], True).as_py()
    values = [_shown(side[columns[0]][at].as_py()) for side in (right, left)]
    said = f"looks ahead: `{columns[0]}` of {_named(left.select(key).slice(at))} is {values[0]} on the morning of {day}"
    return Difference(f"{said} and {values[1]} once the day and later ones are played{_and_also(columns)}", columns)


def _and_also(columns: Sequence[str]) -> str:
    if not columns[1:]:
        return ""
    return f"; {_listed(columns[1:])} {'change' if columns[2:] else 'changes'} too"


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in columns[:5])
    return f"{shown} and {len(columns) - 5} more" if columns[5:] else shown


def _differs(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
    """Where two columns are not the same; a missing value is the same as another one."""
    missing = pc.xor(pc.is_null(left), pc.is_null(right))
    if pa.types.is_floating(left.type):
        size = pc.max_element_wise(pc.abs(left), pc.abs(right), pa.scalar(1.0))
        other = pc.greater(pc.abs(pc.subtract(left, right)), pc.multiply(size, ROUNDING))
    else:
        other = pc.not_equal(left, right)
    return pc.or_(missing, pc.fill_null(other, False))


def _named(keys: pa.Table) -> str:
    first = keys.slice(0, 1).to_pylist()[0]
    game = f"game `{first.pop('game_id')}`"
    return ", ".join([game, *(f"{name} `{value}`" for name, value in first.items())])


def _shown(value: object) -> str:
    return "missing" if value is None else f"{value:.6g}" if isinstance(value, float) else f"{value}"
