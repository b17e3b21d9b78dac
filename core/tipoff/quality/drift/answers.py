"""A bounded sample of the answers that landed since the last look, chosen alike whenever it is chosen again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tipoff.contracts import Json
from tipoff.quality.drift.profile import canonical
from tipoff.warehouse.landing import Landing

SAMPLE: Final = 40
"""Answers of a kind of request that are looked at."""

_FILES: Final = 8
"""Files that are read for them, spread evenly over those that landed."""

_BODIES: Final = 24 * 1024 * 1024
"""Bytes of answers of a kind that are looked at: so a look costs a second or two, however large they are."""

_COLUMNS: Final = ["url", "params", "status"]


class Answers(NamedTuple):
    """The answers to one kind of request, in the order in which they were asked for."""

    request: str
    """Address with ids as ``*``, and names of the parameters: ``https://…/summary?event``."""
    bodies: tuple[Json, ...]


def new_answers(landing: Landing, batches: Sequence[str]) -> list[Answers]:
    """A sample of the JSON answers in some batches, by kind of request; those that were rejected are among them."""
    places: dict[str, list[tuple[Path, int]]] = {}
    for path in _files(landing, batches):
        for row, request in _requests(path):
            places.setdefault(request, []).append((path, row))
    return [Answers(request, tuple(_bodies(_few_files(found)))) for request, found in sorted(places.items())]


def kind_of(url: str, params: str) -> str:
    """The kind of a request: what stays of it when ids and values of parameters are taken away."""
    parts = urlsplit(url)
    path = "/".join(canonical(part) for part in parts.path.split("/"))
    names = "&".join(sorted(json.loads(params or "{}")))
    return f"{parts.scheme}://{parts.netloc}{path}{'?' if names else ''}{names}"


def spread(items: Sequence[tuple[Path, int]], most: int) -> list[tuple[Path, int]]:
    """At most so many of the items, evenly over all of them."""
    if len(items) <= most:
        return list(items)
    return [items[place * len(items) // most] for place in range(most)]


def _files(landing: Landing, batches: Sequence[str]) -> Iterator[Path]:
    for batch in batches:
        for name in ("payloads", "rejected"):
            path = landing.at(batch) / f"{name}.parquet"
            if path.exists():
                yield path


def _requests(path: Path) -> Iterator[tuple[int, str]]:
    """The rows of a file that hold a usable answer, each with its kind; none where the file cannot be read."""
    kinds: dict[tuple[str, str], str] = {}
    try:
        rows = pq.read_table(path, columns=_COLUMNS).to_pylist()
    except (OSError, pa.ArrowInvalid):
        return  # the engine says so when it loads the batch
    for number, row in enumerate(rows):
        if row["status"] == 200:
            yield number, kinds.setdefault((row["url"], row["params"]), kind_of(row["url"], row["params"]))


def _few_files(found: list[tuple[Path, int]]) -> list[tuple[Path, int]]:
    paths = list(dict.fromkeys(path for path, _ in found))
    chosen = set(paths if len(paths) <= _FILES else [paths[n * len(paths) // _FILES] for n in range(_FILES)])
    return spread([place for place in found if place[0] in chosen], SAMPLE)


def _bodies(places: Sequence[tuple[Path, int]]) -> Iterator[Json]:
    by_file: dict[Path, list[int]] = {}
    for path, row in places:
        by_file.setdefault(path, []).append(row)
    share = _BODIES // max(1, len(by_file))
    for path, rows in by_file.items():
        read = 0
        for body in pq.read_table(path, columns=["body"])["body"].take(rows).to_pylist():
            if read > share:
                break
            read += len(body)
            try:
                answer: Json = msgspec.json.decode(body)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue  # the parser sets it aside
            yield answer
