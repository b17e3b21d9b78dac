"""The ledger of predictions: only ever added to, and any later change to it shows.

Each row carries the SHA-256 of itself as canonical JSON together with the hash of the row before. A changed
row no longer fits its own hash, a missing or inserted one breaks the chain after it, and rows cut off the end are
missed by the head, a small file beside the store that remembers how long the chain was.

A row is written before the tip or not at all. Of several for one game and model, the last one before the tip
as it is known in the end is the one that counts. While the time of day is still to be announced, the end of the
league's day stands for the tip (``raw.schedule``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tipoff.errors import LedgerError
from tipoff.modelling.identity import digest_of
from tipoff.modelling.metrics import Z_80, Z_95
from tipoff.warehouse.disk import free_names, write_whole

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GENESIS = "0" * 64
"""What the first row carries as the hash of the row before it."""

_STAMPED = (
    *("seq", "previous_hash", "hash", "predicted_at", "run_id", "data_id"),
    *("features", "champion", "stands_in_for"),
)
"""Columns that say when and how a row came about, and what its version was then: two rows that differ only here say the
same of the game. So another model that comes or goes adds no row."""


@dataclass(frozen=True)
class Prediction:
    """A row of ``predictions.ledger``; seq, hashes and predicted_at are set when it is written."""

    seq: int
    league: str
    season: int
    game_id: str
    home_id: str
    away_id: str
    game_date: date
    tip_utc: datetime
    model: str
    version: str
    champion: bool
    home_win_prob: float
    margin: float
    margin_sd: float
    margin_low_80: float
    margin_high_80: float
    margin_low_95: float
    margin_high_95: float
    total: float | None
    total_sd: float | None
    data_id: str
    features: str
    degraded: str | None
    predicted_at: datetime
    run_id: str
    previous_hash: str = ""
    hash: str = ""
    stands_in_for: str | None = None

    @property
    def said(self) -> dict[str, object]:
        """What it says about the game, and of itself where it is degraded, without the circumstances."""
        return {name: value for name, value in asdict(self).items() if name not in _STAMPED}

    def hashed(self) -> str:
        """SHA-256 of the row without its own hash, in hex."""
        row = asdict(self)
        del row["hash"]
        if self.stands_in_for is None:  # rows of before there was this column were hashed without it
            del row["stands_in_for"]
        return digest_of({name: _plain(value) for name, value in row.items()})


@dataclass(frozen=True)
class Stored:
    """What became of a batch of predictions.

    Args:
        added: rows written.
        unchanged: rows left out because the last one for the game and model says the same.
        refused: games that had begun, were off or had changed sides, each with the reason.
    """

    added: int
    unchanged: int
    refused: dict[str, str]


class _Game(NamedTuple):
    """A game that is not over, as ``raw.schedule`` has it."""

    status: str
    closes_utc: datetime
    home_id: str
    away_id: str


def intervals(margin: float, margin_sd: float) -> dict[str, float]:
    """The central 80 % and 95 % intervals of a normal margin, as ledger columns, points."""
    return {
        "margin_low_80": margin - Z_80 * margin_sd,
        "margin_high_80": margin + Z_80 * margin_sd,
        "margin_low_95": margin - Z_95 * margin_sd,
        "margin_high_95": margin + Z_95 * margin_sd,
    }


def append(con: DuckDBPyConnection, predictions: Iterable[Prediction], now: datetime) -> Stored:
    """Adds predictions that are in time and say something new.

    Args:
        con: a connection from `Warehouse.write`.
        predictions: in any order; seq, hashes and predicted_at are overwritten.
        now: the present, by which a game has begun or not; it becomes predicted_at. Where the clock was set back, the
            stamp of the last row takes its place: what had begun by then has begun.

    Raises:
        LedgerError: the last row is not what it was when it was written, so nothing can be chained to it.
    """
    tail = _tail(con)
    seq, previous, now = tail.seq, tail.hash, max(now, tail.predicted_at)
    games = _games(con)
    last = _last_said(con)
    rows: list[Prediction] = []
    refused, unchanged = {}, 0
    for prediction in sorted(predictions, key=lambda row: (row.league, row.tip_utc, row.game_id, row.model)):
        game = (prediction.league, prediction.season, prediction.game_id)
        if reason := _unfit(prediction, games.get(game), now):
            refused[prediction.game_id] = reason
        elif last.get((*game, prediction.model)) == prediction.said:
            unchanged += 1
        else:
            seq += 1
            row = replace(prediction, seq=seq, predicted_at=now, previous_hash=previous, hash="")
            previous = row.hashed()
            rows.append(replace(row, hash=previous))
            last[(*game, prediction.model)] = prediction.said
    _insert(con, rows)
    return Stored(len(rows), unchanged, refused)


def read(con: DuckDBPyConnection) -> list[Prediction]:
    """Every row, in order."""
    rows = con.execute("SELECT * FROM predictions.ledger ORDER BY seq").fetchall()
    return [Prediction(*row) for row in rows]


def remember(con: DuckDBPyConnection, head: Path) -> None:
    """Writes down where the chain ends now; called after the rows are committed."""
    tail = _tail(con)
    write_whole(head, lambda beside: beside.write_text(json.dumps({"rows": tail.seq, "hash": tail.hash}) + "\n"))


class _Tail(NamedTuple):
    """Where the chain ends."""

    seq: int
    hash: str
    predicted_at: datetime


def _tail(con: DuckDBPyConnection) -> _Tail:
    rows = con.execute("SELECT * FROM predictions.ledger ORDER BY seq DESC LIMIT 1").fetchall()
    if not rows:
        return _Tail(0, GENESIS, datetime(1, 1, 1))
    last = Prediction(*rows[0])
    if last.hashed() != last.hash:
        raise broken(f"its last row `{last.seq}` was changed")
    return _Tail(last.seq, last.hash, last.predicted_at)


def _games(con: DuckDBPyConnection) -> dict[tuple[str, int, str], _Game]:
    rows = con.execute(
        "SELECT league, season, game_id, status, closes_utc, home_id, away_id FROM raw.schedule "
        "WHERE status IN ('scheduled', 'in_progress')"
    ).fetchall()
    return {(league, season, game): _Game(*rest) for league, season, game, *rest in rows}


def _unfit(prediction: Prediction, game: _Game | None, now: datetime) -> str:
    """Why a prediction may not enter the ledger; empty when it may."""
    if game is None:
        return "it is over, off or unknown"
    if game.status != "scheduled":
        return f"its status is `{game.status}`"
    if game.closes_utc <= now:
        return f"predictions of it closed at `{game.closes_utc}`, now is `{now}`"
    if (prediction.home_id, prediction.away_id) != (game.home_id, game.away_id):
        return f"its sides changed: it is now `{game.away_id}` at `{game.home_id}`"
    return ""


def _last_said(con: DuckDBPyConnection) -> dict[tuple[str, int, str, str], dict[str, object]]:
    rows = con.execute(
        "SELECT ledger.* FROM predictions.ledger AS ledger "
        "JOIN raw.games USING (league, season, game_id) WHERE status = 'scheduled' "
        "QUALIFY row_number() OVER (PARTITION BY ledger.league, ledger.game_id, ledger.model "
        "ORDER BY ledger.seq DESC) = 1"
    ).fetchall()
    found = (Prediction(*row) for row in rows)
    return {(row.league, row.season, row.game_id, row.model): row.said for row in found}


def _insert(con: DuckDBPyConnection, rows: Sequence[Prediction]) -> None:
    import pyarrow as pa

    if not rows:
        return
    columns: dict[str, list[object]] = {field.name: [] for field in fields(Prediction)}
    for row in rows:
        for name, value in asdict(row).items():
            columns[name].append(value)
    numbers, words = ("total", "total_sd"), ("degraded", "stands_in_for")  # they may be all NULL
    types = dict.fromkeys(numbers, pa.float64()) | dict.fromkeys(words, pa.string())
    con.register("tipoff_rows", pa.table({name: pa.array(column, types.get(name)) for name, column in columns.items()}))
    con.execute("INSERT INTO predictions.ledger BY NAME SELECT * FROM tipoff_rows").fetchall()
    con.unregister("tipoff_rows")


def expect_head(con: DuckDBPyConnection, head: Path) -> None:
    """Makes the head of an empty ledger, and holds any other against its head; called before rows are added.

    Raises:
        LedgerError: there are rows and no head, so nobody could tell whether rows were cut off; or the chain is no
            longer what the head remembers.
    """
    if not head.exists():
        if _tail(con).seq:
            raise headless(head)
        remember(con, head)
        return
    follow_head(head, _tail(con).seq, lambda seq: _hash_of(con, seq))


def _hash_of(con: DuckDBPyConnection, seq: int) -> str | None:
    found = con.execute("SELECT hash FROM predictions.ledger WHERE seq = $seq", {"seq": seq}).fetchall()
    return found[0][0] if found else None


def renew_head(con: DuckDBPyConnection, head: Path) -> int:
    """After a restore: remembers where the chain ends now; returns how many rows it once had beyond that.

    A head that is not the chain's is kept beside the new one, as what was known before.
    """
    tail = _tail(con)
    lost = 0
    if head.exists():
        try:
            follow_head(head, tail.seq, lambda seq: _hash_of(con, seq))
        except LedgerError:
            (kept,) = free_names([head], "before")
            head.rename(kept)
            with suppress(LedgerError):
                lost = max(0, _read_head(kept).rows - tail.seq)
    remember(con, head)
    return lost


def follow_head(head: Path, length: int, hash_of: Callable[[int], str | None]) -> None:
    """Whether a chain of so many rows, with the hash of each by its number, goes on from what the head remembers.

    It may be longer: a run that was killed between the commit and the head leaves it so.

    Raises:
        LedgerError: rows are missing at its end, or were replaced; or the head cannot be read.
    """
    once = _read_head(head)
    if once.rows > length:
        raise broken(f"it has `{length}` rows and once had `{once.rows}`: the last ones are missing")
    if once.rows and hash_of(once.rows) != once.hash:
        raise broken(f"row `{once.rows}` is not the one that was written: the chain was made anew")


class _Head(NamedTuple):
    """Where the chain ended when the head was written."""

    rows: int
    hash: str


def _read_head(head: Path) -> _Head:
    try:
        said = json.loads(head.read_bytes())
        rows, hashed = said["rows"], said["hash"]
    except (ValueError, LookupError, TypeError):
        said = rows = hashed = None
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0 or not isinstance(hashed, str):
        raise LedgerError(
            f"`{head}`, which remembers where the ledger's chain ends, cannot be read: it must hold `rows` and `hash`; "
            "`tipoff restore` writes it anew, and keeps this one beside it"
        )
    return _Head(rows, hashed)


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # never written by `append`; JSON has no word for it
    return value.isoformat() if isinstance(value, date) else value


def headless(head: Path) -> LedgerError:
    """The error where there are rows, and nothing remembers where they end."""
    return broken(f"`{head}`, which remembers where the chain ends, is missing")


def broken(what: str) -> LedgerError:
    """The error of a ledger that is not what it was."""
    return LedgerError(f"the prediction ledger is broken: {what}; restore the store from a backup made before that")
