"""Decoding that loses one record at most, and the conversions that several parsers share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Raw, UnsetType
from tipoff import Bad, Json, MalformedResponse, Parsed, Payload, Quarantine, values

from tipoff_espn.payloads import Sparse, known
from tipoff_espn.payloads.players import Position

T = TypeVar("T")

_SHOWN = 200
_FORFEIT_POINTS = 2
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_INDEX = re.compile(r"\[\d+\]")
_VALIDATION = re.compile(r"(?P<reason>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)


def answer(payload: Payload, decoder: msgspec.json.Decoder[T]) -> T | None:
    """The payload as a whole, or None where the source said that it has nothing there (404).

    Raises:
        MalformedResponse: it is not JSON, or not what the endpoint promises (an error body, say).
    """
    if payload.status == 404:
        return None
    try:
        return decoder.decode(payload.body)
    except _UNREADABLE as error:
        said = " ".join(payload.body[:_SHOWN].decode(errors="replace").split())
        raise MalformedResponse(
            f"espn: `{payload.request.key}` did not answer with what it promises ({error}), but with `{said}`;"
            " nothing of it was used: look at that address, and report it if ESPN has changed its form"
        ) from None


def records(
    items: Iterable[Raw],
    decoder: msgspec.json.Decoder[T],
    path: str,
    rows: Callable[[T, str], Iterable[Parsed]],
) -> Iterator[Parsed]:
    """What `rows` makes of each element of a list; a bad one gives one `Bad` and no row."""
    for position, item in enumerate(items):
        yield from record(item, decoder, f"{path}[{position}]", rows)


def record(
    item: Raw, decoder: msgspec.json.Decoder[T], path: str, rows: Callable[[T, str], Iterable[Parsed]]
) -> Iterator[Parsed]:
    """What `rows` makes of one part of a payload: all of it, or one `Bad`.

    `rows` receives the decoded part and its path, and raises `Quarantine` for what the types cannot express.
    """
    try:
        yield from list(rows(decoder.decode(item), path))
    except _UNREADABLE as error:
        found = _VALIDATION.fullmatch(str(error))
        reason, below = (found["reason"], found["path"] or "") if found else (str(error), "")
        yield Bad(Quarantine(reason, f"{path}{below}"), _as_received(item))
    except Quarantine as error:
        yield Bad(error, _as_received(item))


def _as_received(item: Raw) -> Json:
    try:
        received: Json = msgspec.json.decode(item)
    except _UNREADABLE:
        return bytes(item).decode(errors="replace")
    return received


class Expected:
    """Takes note of what contradicts itself, and of what ESPN always sends and one answer lacks: so a key that is
    renamed vanishes loudly.

    A value that is missing costs no row: the column is empty, and `bads` names the key once for the whole answer.
    """

    def __init__(self) -> None:
        self._lacking: dict[str, list[str]] = {}
        self._seen: set[str] = set()
        self._rare: dict[str, list[str]] = {}
        self._contradicted: dict[str, str] = {}

    def contradicted(self, reason: str, path: str) -> None:
        """Takes note of two statements that cannot both be true; the caller leaves out what may be wrong."""
        self._contradicted.setdefault(path, reason)

    def always(self, value: T | None, path: str) -> T | None:
        """`value`, which every such record has."""
        if value is None:
            self._lacking.setdefault(_INDEX.sub("[]", path), []).append(path)
        return value

    def mostly(self, value: Sparse[T], path: str) -> T | None:
        """`value`, which some such records lack: it is missed where none in the answer has it, and where it is null."""
        key = _INDEX.sub("[]", path)
        if value is None:
            return self.always(None, path)
        self._rare.setdefault(key, [])
        if isinstance(value, UnsetType):
            self._rare[key].append(path)
            return None
        self._seen.add(key)
        return value

    def bads(self) -> Iterator[Bad]:
        """One `Bad` for each contradiction, and for each missing key: its first place, in the record all of them."""
        for path, reason in self._contradicted.items():
            yield Bad(Quarantine(reason, path))
        nowhere = {key: paths for key, paths in self._rare.items() if paths and key not in self._seen}
        for key in {**self._lacking, **nowhere}:
            paths = [*self._lacking.get(key, ()), *nowhere.get(key, ())]
            where: list[Json] = [*paths]
            reason = f"missing in {len(paths)} {'place' if len(paths) == 1 else 'places'}, where ESPN always sends it"
            yield Bad(Quarantine(reason, paths[0]), {"key": key, "missing": where})


def instant(text: str, path: str) -> datetime:
    """Naive UTC of ESPN's ``2026-03-04T19:30Z``, which leaves the seconds out."""
    found = values.instant(text, path)
    if found is None:
        raise Quarantine(f"`{text}` is not an instant", path)
    return found


def tip(text: str, path: str, known: bool | None = None) -> values.Tip:
    """When a game begins; of one whose time ESPN does not know yet (``timeValid`` false), its day."""
    found = values.tip(text, path, known)
    if found is None:
        raise Quarantine(f"`{text}` is not an instant", path)
    return found


def whole(text: str | None, path: str) -> int | None:
    """A count; None where ESPN writes nothing or dashes."""
    return values.whole(text, path)


def split(text: str, path: str) -> tuple[int | None, int | None]:
    """Made and attempted of "27-60"."""
    if values.is_missing(text):
        return None, None
    made, dash, attempted = text.partition("-")
    if not dash:
        raise Quarantine(f"`{text}` is not made-attempted, like 27-60", path)
    return whole(made, path), whole(attempted, path)


def named(text: str | None, path: str = "") -> str | None:
    """A name; None where ESPN writes nothing or dashes."""
    return values.text(text, path)


def position(place: Position | None) -> str | None:
    """G, F or C; None for "NA", which ESPN writes where nobody has told it."""
    return named(known(place.abbreviation)) if place else None


def is_forfeit(points: Iterable[int | None]) -> bool:
    """Whether a final is an administrative forfeit, filed as 1–0 or 2–0; no played game ends so low."""
    scores = [score for score in points if score is not None]
    return bool(scores) and max(scores) <= _FORFEIT_POINTS


def known_team(team_id: str) -> str | None:
    """The id of a team; None for a team to be determined, which ESPN numbers below zero."""
    return None if team_id.startswith("-") else team_id
