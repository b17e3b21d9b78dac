"""What befell the ledger besides predictions, as links of its chain: the hash of the next row covers them.

A ``restore`` says that the store was replaced by a copy; a ``clock``, that rows before it were stamped later than the
present, since a clock was ahead. From there on stamps begin again at the instant of the incident.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import duckdb

from tipoff.modelling.identity import digest_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Kind = Literal["restore", "clock"]


@dataclass(frozen=True)
class Incident:
    """A row of ``predictions.incident``.

    Args:
        number: 1, 2, 3 … without a gap.
        after_seq: the ledger's row before it, 0 before the first.
        kind: ``restore`` or ``clock``.
        noted_at: naive UTC.
        said: in words.
        previous_hash: of the link before it, a row or an incident.
        hash: of itself.
    """

    number: int
    after_seq: int
    kind: Kind
    noted_at: datetime
    said: str
    previous_hash: str
    hash: str = ""

    def __str__(self) -> str:
        return f"{self.kind} at {self.noted_at:%Y-%m-%d %H:%M:%S}Z, after prediction {self.after_seq:,}: {self.said}"

    def floor(self, stamp: datetime) -> datetime:
        """The earliest stamp that a row after it may have, where without it that would be `stamp`."""
        return min(stamp, self.noted_at) if self.kind == "clock" else stamp

    def hashed(self) -> str:
        """SHA-256 of the incident without its own hash, in hex."""
        said = asdict(self)
        del said["hash"]
        return digest_of({**said, "noted_at": self.noted_at.isoformat()})


def read(con: DuckDBPyConnection) -> list[Incident]:
    """All, in order; none in a store of the time before there were any."""
    try:
        rows = con.execute("SELECT * FROM predictions.incident ORDER BY number").fetchall()
    except duckdb.CatalogException:
        return []
    return [Incident(*row) for row in rows]


def add(con: DuckDBPyConnection, incident: Incident) -> None:
    """Writes it with the hash of itself, into the caller's transaction."""
    row = asdict(replace(incident, hash=incident.hashed()))
    names = ", ".join(row)
    values = ", ".join(f"${name}" for name in row)
    con.execute(f"INSERT INTO predictions.incident ({names}) VALUES ({values})", row).fetchall()  # noqa: S608 - fields of ours
