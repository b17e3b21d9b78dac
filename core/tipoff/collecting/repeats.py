"""Rows of one answer that say different things of the same key.

Of two answers the later one counts. Within one answer there is none such: a row that gives a key again may repeat what
was said and may add to it, but where both have a value in a column and the values differ, nobody knows which is right,
or whether the key is what it should be (ids that a spreadsheet has rounded make one game of many). Then the rows of
that key are set aside, and where they are many, the whole answer is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tipoff.errors import MalformedResponse

FEWEST: Final = 5
"""Rows that contradict each other, below which an answer is never refused for them."""

MOST: Final = 0.1
"""Share of the answer's rows for a table above which they are too many."""


class Keyed(NamedTuple):
    """A row with its table and its key."""

    table: str
    key: tuple[object, ...]
    values: dict[str, Any]


class Torn(NamedTuple):
    """Rows of one key that are set aside: where, why, and what they are."""

    path: str
    reason: str
    rows: list[dict[str, Any]]


def set_apart(answer: str, rows: list[Keyed]) -> tuple[list[Keyed], list[Torn]]:
    """The rows that agree, and those that do not.

    Args:
        answer: key of its request, for the message.
        rows: in the order in which they were parsed.

    Raises:
        MalformedResponse: more than a tenth of the rows for a table, and at least five, contradict each other.
    """
    said: dict[tuple[str, tuple[object, ...]], dict[str, Any]] = {}
    torn: dict[tuple[str, tuple[object, ...]], tuple[str, object, object]] = {}
    for table, key, values in rows:
        before = said.setdefault((table, key), values)
        if before is values or before == values:
            continue
        for column, value in values.items():
            other = before.get(column)
            if value is not None and other is not None and value != other:
                torn.setdefault((table, key), (column, other, value))
        said[table, key] = {**before, **{name: value for name, value in values.items() if value is not None}}
    if not torn:
        return rows, []
    _refuse_many(answer, rows, torn)
    apart = []
    for (table, key), (column, one, other) in torn.items():
        members = [row.values for row in rows if (row.table, row.key) == (table, key)]
        reason = f"{len(members)} rows with the key `{_spelled(key)}` differ: `{one}` and `{other}`"
        apart.append(Torn(f"{table}[{_spelled(key)}].{column}", reason, members))
    return [row for row in rows if (row.table, row.key) not in torn], apart


def _refuse_many(
    answer: str,
    rows: Sequence[Keyed],
    torn: dict[tuple[str, tuple[object, ...]], tuple[str, object, object]],
) -> None:
    every = Counter(row.table for row in rows)
    apart = Counter(row.table for row in rows if (row.table, row.key) in torn)
    for (table, key), (column, one, other) in torn.items():
        if apart[table] >= FEWEST and apart[table] > MOST * every[table]:
            raise MalformedResponse(
                f"`{answer}`: {apart[table]} of {every[table]} rows for `{table}` have a key that others have with "
                f"other contents, first `{_spelled(key)}`, whose `{column}` is `{one}` and `{other}`; nothing of it "
                "was used: look whether its ids were rounded or cut, and get it again"
            )


def _spelled(key: tuple[object, ...]) -> str:
    return ", ".join(map(str, key))
