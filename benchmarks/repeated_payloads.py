"""Genuine game summaries, repeated under further game ids until there are as many as wanted.

Only the standard library, since the pipelines that are compared run in environments of their own.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

FIRST_ID = 900_000_000
"""Has as many digits as a genuine id, so that a body keeps its length."""


class Payloads:
    """`games` payloads made from the first hundred in a folder.

    Args:
        folder: files ``<game id>.json`` or ``<game id>.json.gz``, as ESPN answered.
        games: how many payloads are wanted.
    """

    def __init__(self, folder: Path, games: int) -> None:
        files = sorted(folder.glob("*.json*"))[:100]
        if not files:
            raise SystemExit(f"no *.json or *.json.gz in `{folder}`; give the folder of the summaries")
        # In parts, between which the id stands: to put another in there then costs next to nothing.
        self._bodies = [_read(file).split(file.name.partition(".")[0].encode()) for file in files]
        self.ids = [str(FIRST_ID + number) for number in range(games)]

    @property
    def size(self) -> float:
        """Megabytes of one payload on average."""
        return sum(len((b"0" * 9).join(body)) for body in self._bodies) / len(self._bodies) / 1e6

    def body(self, game_id: str) -> bytes:
        """One payload, with its own game id wherever the genuine one stood."""
        return game_id.encode().join(self._bodies[(int(game_id) - FIRST_ID) % len(self._bodies)])

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return ((game_id, self.body(game_id)) for game_id in self.ids)


def _read(file: Path) -> bytes:
    data = file.read_bytes()
    return gzip.decompress(data) if file.suffix == ".gz" else data
