"""Answers as they are when something goes wrong: cut off, of another kind, or with one value that is another."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

INSTEAD: Final[tuple[object, ...]] = (None, "", "x", -1, 10**30, 1.5, True, [], {}, [None], {"x": None})
"""What may stand where something else was."""

WHOLE: Final = (b"", b"null", b"[]", b"{}", b'""', b"7", b"<html>Service unavailable</html>", b"\xff\xfe\x00", b"[[[[")
"""Bodies that nobody promised."""

_FLIPS: Final = 40


class Damaged(NamedTuple):
    """An answer that was spoilt."""

    body: bytes
    how: str


def spoilt(body: bytes, most: int = 400, seed: int = 0) -> Iterator[Damaged]:
    """The answer spoilt in many ways, at most `most`; the same ones each time.

    Args:
        body: an answer as it should be; where it is JSON, its values are exchanged one at a time.
        most: where there are more ways, some are drawn.
        seed: for the drawing.
    """
    chance = random.Random(seed)
    for whole in WHOLE:
        yield Damaged(whole, f"the whole answer is `{whole.decode(errors='replace')}`")
    for place in sorted({chance.randrange(len(body)) for _ in range(5)} if body else ()):
        yield Damaged(body[:place], f"it is cut off after {place} bytes")
    document = read(body)
    if document is None:
        for _ in range(_FLIPS if body else 0):
            place = chance.randrange(len(body))
            yield Damaged(body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :], f"byte {place} is another")
        return
    ways: list[tuple[Path, object]] = [(path, value) for path in paths(document) for value in INSTEAD]
    ways += [(path, _GONE) for path in paths(document) if isinstance(path[-1], str)]
    for path, value in ways if len(ways) <= most else chance.sample(ways, most):
        changed = write(with_value(document, path, value))
        how = "is gone" if value is _GONE else f"is {json.dumps(value)}"
        yield Damaged(changed, f"`{written(path)}` {how}")


def read(body: bytes) -> Any:
    """The document, where the body is JSON with something in it; else None."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document if isinstance(document, dict | list) else None


def write(document: object) -> bytes:
    """The document as a body."""
    return json.dumps(document).encode()


def paths(document: object, at: Path = ()) -> Iterator[Path]:
    """The place of everything in a document."""
    children = (
        document.items() if isinstance(document, dict) else enumerate(document if isinstance(document, list) else ())
    )
    for name, child in children:
        yield (*at, name)
        yield from paths(child, (*at, name))


def lists(document: object, at: Path = ()) -> Iterator[tuple[Path, list[Any]]]:
    """The lists in a document, outer ones first."""
    if isinstance(document, list):
        yield at, document
    children = (
        document.items() if isinstance(document, dict) else enumerate(document if isinstance(document, list) else ())
    )
    for name, child in children:
        yield from lists(child, (*at, name))


def with_value(document: Any, path: Path, value: object) -> Any:
    """A copy with another value in one place."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    if value is _GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return changed


def without(document: Any, path: Path) -> Any:
    """A copy without what stands in one place."""
    return with_value(document, path, _GONE)


def _children(document: object) -> Iterable[tuple[str | int, Any]]:
    if isinstance(document, dict):
        return document.items()
    return enumerate(document) if isinstance(document, list) else ()


def written(path: Path) -> str:
    """``arenas[1].id``."""
    return "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in path).removeprefix(".")


_GONE: Final = object()
