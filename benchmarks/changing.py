"""Honest inputs changed in a few places, as hypothesis draws them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as some
from tipoff.testing.damage import paths, with_value

Draw = Callable[[some.SearchStrategy[Any]], Any]

WORDS = (
    "",
    " ",
    "None",
    "nan",
    "--",
    "{}",
    "'",
    "%s",
    "&amp;amp;",
    "../../etc",
    "\x00",
    "\x1b[2J",
    "\ud800",
    "a" * 100_000,
)
NUMBERS = ("-1", "1e999", "4.02E+08", "0x10", "\uff11\uff12", "\u0663", "1_000", "+5", "-0")
DAYS = (
    "2026-02-30",
    "0000-00-00",
    "9999-12-31T24:00Z",
    "2026-01-15T00:00+99:00",
    "2026-01-15",
    "20260115",
    "1e5-01-01",
)
ODD_TEXT = some.sampled_from((*WORDS, *NUMBERS, *DAYS)) | some.text(max_size=8)
ODD = (
    some.none()
    | some.booleans()
    | some.integers(-(10**40), 10**40)
    | some.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**400])
    | some.floats()
    | ODD_TEXT
    | some.recursive(
        some.none() | some.integers() | ODD_TEXT,
        lambda inner: some.lists(inner, max_size=3) | some.dictionaries(ODD_TEXT, inner, max_size=3),
        max_leaves=5,
    )
)


def changed_document(document: Any, draw: Draw) -> Any:
    """A JSON document with one to four of its values exchanged, gone, doubled, or taken from elsewhere in it."""
    document = copy.deepcopy(document)
    for _ in range(draw(some.integers(1, 4))):
        places = [path for path in paths(document) if path]
        if not places:
            return document
        path = places[draw(some.integers(0, len(places) - 1))]
        how = draw(some.sampled_from(("odd", "odd", "odd", "other", "gone", "twice")))
        if how == "other":
            document = with_value(document, path, _at(document, places[draw(some.integers(0, len(places) - 1))]))
        elif how == "odd":
            document = with_value(document, path, draw(ODD))
        else:
            whole, last = _at(document, path[:-1]), path[-1]
            kept: Any = {**whole} if isinstance(whole, dict) else list(whole)
            if how == "gone":
                del kept[last]
            elif isinstance(kept, list):
                kept.append(copy.deepcopy(_at(whole, (last,))))
            document = with_value(document, path[:-1], kept) if path[:-1] else kept
    return document


def changed_bytes(body: bytes, draw: Draw) -> bytes:
    """Bytes of which a few are others, lack, or are there twice."""
    for _ in range(draw(some.integers(1, 3))):
        first = draw(some.integers(0, max(len(body) - 1, 0)))
        last = first + draw(some.sampled_from((0, 1, 2, 8, 1000)))
        body = (
            body[:first]
            + draw(some.sampled_from((b"", b"\xff", b"\x00" * 4, body[first:last] * 2, b'"', b",")))
            + body[last:]
        )
    return body


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = document[step]
    return document
