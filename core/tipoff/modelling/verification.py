"""Verification of the ledger: whether each row, the chain of them, its end and every grade are as they were written.

What is asked of the rows is also asked before any is graded (`tipoff.modelling.pipeline.grade`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from tipoff.errors import LedgerError
from tipoff.modelling import heads, incidents
from tipoff.modelling.heads import Head, broken, headless
from tipoff.modelling.incidents import Incident
from tipoff.modelling.ledger import AHEAD, GENESIS, last_stamp, read
from tipoff.modelling.prediction import Prediction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.warehouse.record import Record

_JUDGED = ("home_win_prob", "margin_error", "log_loss", "brier", "inside_80", "inside_95")
_COPIED = ("league", "season", "game_id", "game_date", "model", "version", "champion")
"""Columns of a grade: what follows from prediction and score, and what is repeated of the prediction."""


def verify(
    con: DuckDBPyConnection, head: Path | None = None, record: Record | None = None, against: Sequence[Head] = ()
) -> int:
    """Recomputes the whole chain.

    Args:
        con: any connection to the store.
        head: the file that remembers the chain's end, to notice rows cut off there.
        record: of the store, to compare with each row, grade and decision.
        against: earlier heads, in the order in which they were written.

    Returns:
        How many rows there are.

    Raises:
        LedgerError: names the first row that was changed, is missing, was inserted, or is stamped as none could be.
    """
    rows = verify_rows(con, head, record, against)
    _verify_grades(con, rows)
    if record is not None:
        record.verify(con)
    return len(rows)


def verify_rows(
    con: DuckDBPyConnection, head: Path | None = None, record: Record | None = None, against: Sequence[Head] = ()
) -> list[Prediction]:
    """The same for the rows without their grades: what is asked before more are graded. Returns them."""
    rows = read(con)
    _verify_chain(rows, incidents.read(con))
    if head is not None and head.exists():
        against = [heads.last(head), *against]
    elif head is not None and rows:
        raise headless(head)
    for known in against:
        heads.follow(known, len(rows), lambda seq: rows[seq - 1].hash)
    # Of all later rows, since an incident may let stamps begin again earlier.
    earliest = list(accumulate((row.predicted_at for row in reversed(rows)), min))[::-1]
    heads.in_time(against, lambda length: earliest[length] if length < len(rows) else None)
    if record is not None:
        record.verify(con, ("ledger", "incident"))
    return rows


def verify_clock(con: DuckDBPyConnection, now: datetime) -> None:
    """Whether the chain's last stamp is in the past, so that it takes predictions of every game ahead.

    Raises:
        LedgerError: it is not.
    """
    stamp = last_stamp(con)
    if stamp > now + AHEAD:
        raise LedgerError(
            f"the prediction ledger's last stamp is `{stamp}`, and now is `{now}`: a clock was ahead then, or is "
            "behind now, and no game that closes before that can be predicted. Set the machine's clock right, then "
            "run `tipoff clock mend`, which leaves a note in the chain"
        )


def _verify_chain(rows: Sequence[Prediction], befell: Sequence[Incident]) -> None:
    """Each link fits its own hash and follows the one before; stamps never fall, and lie before the tip."""
    if [each.number for each in befell] != list(range(1, len(befell) + 1)):
        raise broken("an incident is missing")
    links: list[Prediction | Incident] = [*rows, *befell]
    previous, stamp, expected = GENESIS, datetime(1, 1, 1), 1
    for link in sorted(links, key=_place):
        if isinstance(link, Incident):
            _verify_incident(link, previous, expected - 1)
            stamp = link.floor(stamp)
        else:
            _verify_row(link, previous, expected)
            _verify_stamp(link, stamp)
            stamp, expected = link.predicted_at, expected + 1
        previous = link.hash


def _verify_incident(incident: Incident, previous: str, before: int) -> None:
    if incident.hashed() != incident.hash:
        raise broken(f"its incident `{incident.number}` ({incident.kind}) was changed")
    if incident.after_seq != before:
        raise broken(f"row `{before + 1}` is missing, before its incident `{incident.number}` ({incident.kind})")
    if incident.previous_hash != previous:
        raise broken(f"its incident `{incident.number}` ({incident.kind}) does not follow row `{before}`")


def _verify_row(row: Prediction, previous: str, expected: int) -> None:
    if row.seq != expected:
        raise broken(f"row `{expected}` is missing: after `{expected - 1}` comes `{row.seq}`")
    if row.hashed() != row.hash:
        raise broken(f"row `{row.seq}` ({_about(row)}) was changed")
    if row.previous_hash != previous:
        raise broken(
            f"row `{row.seq}` does not follow the row before it; one of them, or an incident, was inserted or replaced"
        )


def _verify_stamp(row: Prediction, earliest: datetime) -> None:
    said = f"row `{row.seq}` ({_about(row)}) is stamped `{row.predicted_at}`, and"
    if row.predicted_at < earliest:
        raise broken(f"{said} one before it `{earliest}`: it was written later than it says")
    if row.predicted_at >= row.closes_utc:
        raise broken(f"{said} predictions of that game closed at `{row.closes_utc}`")


def _place(link: Prediction | Incident) -> tuple[int, int]:
    return (link.after_seq, link.number) if isinstance(link, Incident) else (link.seq, 0)


def _about(row: Prediction) -> str:
    return f"game `{row.game_id}`, model `{row.model}`"


def _verify_grades(con: DuckDBPyConnection, rows: Sequence[Prediction]) -> None:
    """Each grade belongs to the row that was graded, follows from it and its own scores, and none before it is gone."""
    known = {row.seq: row for row in rows}
    columns = ("ledger_seq", "attempt", "ledger_hash", "home_score", "away_score", "home_win", *_JUDGED, *_COPIED)
    grades = con.execute(
        f"SELECT {', '.join(columns)} FROM predictions.grade ORDER BY ledger_seq, attempt"  # noqa: S608 - fixed names
    ).fetchall()
    attempts: dict[int, int] = {}
    for seq, attempt, hashed, home, away, home_win, *rest in grades:
        figures, copied = rest[: len(_JUDGED)], rest[len(_JUDGED) :]
        row = known.get(seq)
        if row is None or row.hash != hashed or copied != [getattr(row, name) for name in _COPIED]:
            raise broken(f"a grade belongs to row `{seq}`, which is not the row that was graded")
        attempts[seq] = attempts.get(seq, 0) + 1
        if attempt != attempts[seq]:
            raise broken(f"an earlier grade of row `{seq}` is missing")
        if home_win != (home > away) or not _same(figures, _judged(row, home - away)):
            raise broken(f"the grade of row `{seq}` does not follow from its prediction and score; it was changed")


def _judged(row: Prediction, actual: int) -> list[float]:
    chance = row.home_win_prob if actual > 0 else 1 - row.home_win_prob
    return [
        row.home_win_prob,
        row.margin - actual,
        -math.log(chance),
        (1 - chance) ** 2,
        row.margin_low_80 <= actual <= row.margin_high_80,
        row.margin_low_95 <= actual <= row.margin_high_95,
    ]


def _same(stored: Sequence[float], reckoned: Sequence[float]) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in zip(stored, reckoned, strict=True))
