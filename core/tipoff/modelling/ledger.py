"""The ledger of predictions: only ever added to, and any later change to it shows.

Each row carries the SHA-256 of itself as canonical JSON together with the hash of the row before. A changed
row no longer fits its own hash, a missing or inserted one breaks the chain after it, and rows cut off the end are
missed by the head, a small file beside the store that remembers how long the chain was (`tipoff.modelling.heads`).
What befell the chain otherwise is a link of it, too (`tipoff.modelling.incidents`).

A row is written before the tip or not at all, and its stamp is no earlier than those before it. Of several for one
game and model, the last one before the tip as it is known in the end is the one that counts. While the time of day is
still to be announced, the end of the league's day stands for the tip (``raw.schedule``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tipoff.disk import free_names, write_whole
from tipoff.errors import LedgerError
from tipoff.modelling import heads, incidents
from tipoff.modelling.heads import Head, broken, headless
from tipoff.modelling.incidents import Incident, Kind
from tipoff.modelling.prediction import Prediction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GENESIS = "0" * 64
"""What the first row carries as the hash of the row before it."""

AHEAD: Final = timedelta(minutes=1)
"""By how much the last stamp may be later than the present: writes run ahead of a clock that stands still."""


@dataclass(frozen=True)
class Stored:
    """What became of a batch of predictions.

    Args:
        added: rows written.
        unchanged: rows left out because the last one for the game and model says the same.
        refused: games that had begun, were off or had changed sides, each with the reason.
        late: those of them that had not begun, and were refused since the last row's stamp is later than the present.
    """

    added: int
    unchanged: int
    refused: dict[str, str]
    late: tuple[str, ...] = ()


class _Game(NamedTuple):
    """A game that is not over, as ``raw.schedule`` has it."""

    status: str
    tip_utc: datetime
    closes_utc: datetime
    home_id: str
    away_id: str


def append(con: DuckDBPyConnection, predictions: Iterable[Prediction], now: datetime) -> Stored:
    """Adds predictions that are in time and say something new.

    Args:
        con: a connection from `Warehouse.write`.
        predictions: in any order; seq, hashes and predicted_at are overwritten, and the tip by what is known now.
        now: the present, by which a game has begun or not; it becomes predicted_at. Where the last row was stamped
            later, its stamp takes the present's place: what had begun by then has begun, until `mend_clock`.

    Raises:
        LedgerError: the last row is not what it was when it was written, so nothing can be chained to it.
    """
    tail = _tail(con)
    seq, previous, present, now = tail.seq, tail.link, now, max(now, tail.stamp)
    games = _games(con)
    last = _last_said(con)
    rows: list[Prediction] = []
    refused, late, unchanged = {}, list[str](), 0
    for given in sorted(predictions, key=lambda row: (row.league, row.tip_utc, row.game_id, row.model)):
        key = (given.league, given.season, given.game_id)
        game = games.get(key)
        prediction = replace(given, tip_utc=game.tip_utc) if game else given  # it may have moved since
        if reason := _unfit(prediction, game, now):
            refused[given.game_id] = reason
            if now > present and not _unfit(prediction, game, present):
                refused[given.game_id] = f"{reason}, which the ledger's last row is stamped"
                late.append(given.game_id)
        elif last.get((*key, prediction.model)) == prediction.said:
            unchanged += 1
        else:
            seq += 1
            row = replace(prediction, seq=seq, predicted_at=now, previous_hash=previous, hash="")
            previous = row.hashed()
            rows.append(replace(row, hash=previous))
            last[(*key, prediction.model)] = prediction.said
    _insert(con, rows)
    return Stored(len(rows), unchanged, refused, tuple(dict.fromkeys(late)))


def read(con: DuckDBPyConnection) -> list[Prediction]:
    """Every row, in order."""
    rows = con.execute("SELECT * FROM predictions.ledger ORDER BY seq").fetchall()
    return [Prediction(*row) for row in rows]


def remember(con: DuckDBPyConnection, head: Path) -> None:
    """Writes down where the chain ends now; called after the rows are committed."""
    tail = _tail(con)
    said = f"{Head(tail.seq, tail.hash).line}\n"
    write_whole(head, lambda beside: beside.write_text(said))


def head_of(con: DuckDBPyConnection, at: datetime) -> Head:
    """Where the chain says that it ends; `at`: an instant before it was read."""
    rows = con.execute("SELECT seq, hash FROM predictions.ledger ORDER BY seq DESC LIMIT 1").fetchall()
    seq, hashed = rows[0] if rows else (0, GENESIS)
    return Head(seq, hashed, at)


def last_stamp(con: DuckDBPyConnection) -> datetime:
    """The stamp before which no row can be added."""
    return _tail(con).stamp


def note(con: DuckDBPyConnection, kind: Kind, said: str, at: datetime) -> None:
    """Makes an incident the last link of the chain."""
    tail, before = _tail(con), incidents.read(con)
    incidents.add(con, Incident(len(before) + 1, tail.seq, kind, at, said, tail.link))


def mend_clock(con: DuckDBPyConnection, now: datetime) -> bool:
    """Where the last stamp is later than the present: notes that, so that stamps begin again at the present.

    The rows stay as they are. Each was written before its stamp, and so before the tip.

    Returns:
        Whether there was anything to note.
    """
    stamp = _tail(con).stamp
    if stamp <= now + AHEAD:
        return False
    note(con, "clock", f"rows before this are stamped up to {stamp.isoformat()}: a clock was ahead", now)
    return True


class _Tail(NamedTuple):
    """Where the chain ends: number and hash of the last row, the hash and the stamp that the next one goes on from."""

    seq: int
    hash: str
    link: str
    stamp: datetime


def _tail(con: DuckDBPyConnection) -> _Tail:
    rows = con.execute("SELECT * FROM predictions.ledger ORDER BY seq DESC LIMIT 1").fetchall()
    seq, hashed, link, stamp = 0, GENESIS, GENESIS, datetime(1, 1, 1)
    if rows:
        last = Prediction(*rows[0])
        if last.hashed() != last.hash:
            raise broken(f"its last row `{last.seq}` was changed")
        seq, hashed, link, stamp = last.seq, last.hash, last.hash, last.predicted_at
    for incident in incidents.read(con):
        if incident.after_seq == seq:
            link, stamp = incident.hash, incident.floor(stamp)
    return _Tail(seq, hashed, link, stamp)


def _games(con: DuckDBPyConnection) -> dict[tuple[str, int, str], _Game]:
    rows = con.execute(
        "SELECT league, season, game_id, status, tip_utc, closes_utc, home_id, away_id FROM raw.schedule "
        "WHERE status IN ('scheduled', 'in_progress')"
    ).fetchall()
    return {(league, season, game): _Game(*rest) for league, season, game, *rest in rows}


def _unfit(prediction: Prediction, game: _Game | None, now: datetime) -> str:
    """Why a prediction may not enter the ledger; empty when it may."""
    if game is None:
        return "it is over, off or unknown"
    if game.status != "scheduled":
        return f"its status is `{game.status}`"
    closes = min(game.closes_utc, prediction.closes_utc)  # `verify` holds a row against the tip that it names itself
    if closes <= now:
        return f"predictions of it closed at `{closes}`, now is `{now}`"
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
    heads.follow(heads.last(head), _tail(con).seq, lambda seq: _hash_of(con, seq))


def _hash_of(con: DuckDBPyConnection, seq: int) -> str | None:
    found = con.execute("SELECT hash FROM predictions.ledger WHERE seq = $seq", {"seq": seq}).fetchall()
    return found[0][0] if found else None


def lost(con: DuckDBPyConnection, *files: Path) -> int:
    """How many rows heads in `files` know of beyond the end of the chain."""
    most = 0
    for file in files:
        with suppress(LedgerError):
            most = max([most, *(head.rows for head in heads.published(file))])
    return max(0, most - _tail(con).seq)


def renew_head(con: DuckDBPyConnection, head: Path, published: Path) -> None:
    """After a restore: remembers where the chain ends now.

    What is not the chain's, the head or those that went out, is kept under another name, as what was known before.
    """
    seq = _tail(con).seq
    for file in (head, published):
        try:
            for known in [heads.last(head)] if file == head and head.exists() else heads.published(file):
                heads.follow(known, seq, lambda seq: _hash_of(con, seq))
        except LedgerError:
            (kept,) = free_names([file], "before")
            file.rename(kept)
    remember(con, head)
