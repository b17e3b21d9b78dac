"""Verification of the ledger: whether each row, the chain of them, its end and every grade are as they were written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tipoff.modelling.ledger import GENESIS, Prediction, broken, follow_head, headless, read

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.warehouse.record import Record

_JUDGED = ("home_win_prob", "margin_error", "log_loss", "brier", "inside_80", "inside_95")
_COPIED = ("league", "season", "game_id", "game_date", "model", "version", "champion")
"""Columns of a grade: what follows from prediction and score, and what is repeated of the prediction."""


def verify(con: DuckDBPyConnection, head: Path | None = None, record: Record | None = None) -> int:
    """Recomputes the whole chain.

    Args:
        con: any connection to the store.
        head: the file that remembers the chain's end, to notice rows cut off there.
        record: of the store, to compare with each row, grade and decision.

    Returns:
        How many rows there are.

    Raises:
        LedgerError: names the first row that was changed, is missing or was inserted.
    """
    rows = read(con)
    previous, expected = GENESIS, 1
    for row in rows:
        if row.seq != expected:
            raise broken(f"row `{expected}` is missing: after `{expected - 1}` comes `{row.seq}`")
        if row.hashed() != row.hash:
            raise broken(f"row `{row.seq}` (game `{row.game_id}`, model `{row.model}`) was changed")
        if row.previous_hash != previous:
            raise broken(f"row `{row.seq}` does not follow the row before it; one of them was inserted or replaced")
        previous, expected = row.hash, expected + 1
    _verify_head(rows, head)
    _verify_grades(con, rows)
    if record is not None:
        record.verify(con)
    return len(rows)


def _verify_head(rows: Sequence[Prediction], head: Path | None) -> None:
    if head is None:
        return
    if not head.exists():
        if rows:
            raise headless(head)
        return
    follow_head(head, len(rows), lambda seq: rows[seq - 1].hash)


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
