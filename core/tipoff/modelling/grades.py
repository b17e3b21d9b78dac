"""Grades: what became of the predictions that counted, added once a game is final and again if its score is mended.

Which prediction counts, with which result, and which get no grade and why, say ``predictions.counted`` and
``predictions.ungraded`` (`tipoff.views`). A grade is stamped later than all before it, also where a clock was ahead
then: of a prediction's grades the last one counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from tipoff.modelling.decisions import Note
    from tipoff.warehouse.store import Warehouse


class Ungraded(NamedTuple):
    """Predictions of one game by one model that get no grade; `called_off`: since it was not played, as happens."""

    league: str
    game_id: str
    model: str
    game_date: date
    reason: str
    called_off: bool


_GRADE = """
    INSERT INTO predictions.grade BY NAME
    WITH p AS (
        SELECT *, home_score - away_score AS actual, home_score > away_score AS home_win FROM predictions.counted
    )
    SELECT
        p.seq AS ledger_seq,
        1 + (
            SELECT coalesce(max(attempt), 0) FROM predictions.grade AS before WHERE before.ledger_seq = p.seq
        ) AS attempt,
        p.hash AS ledger_hash,
        p.league, p.season, p.game_id, p.game_date, p.model, p.version, p.champion,
        p.home_score, p.away_score,
        p.home_win_prob,
        p.home_win,
        p.margin - p.actual AS margin_error,
        -ln(CASE WHEN p.home_win THEN p.home_win_prob ELSE 1 - p.home_win_prob END) AS log_loss,
        (p.home_win_prob - CAST(p.home_win AS INTEGER)) ** 2 AS brier,
        p.actual BETWEEN p.margin_low_80 AND p.margin_high_80 AS inside_80,
        p.actual BETWEEN p.margin_low_95 AND p.margin_high_95 AS inside_95,
        p.exchanged,
        greatest($now, (SELECT max(graded_at) + INTERVAL 1 MICROSECOND FROM predictions.grade)) AS graded_at,
        $run_id AS run_id
    FROM p
    LEFT JOIN predictions.graded AS done
        ON done.league = p.league AND done.season = p.season AND done.game_id = p.game_id AND done.model = p.model
    WHERE done.ledger_seq IS DISTINCT FROM p.seq
        OR done.home_score IS DISTINCT FROM p.home_score
        OR done.away_score IS DISTINCT FROM p.away_score
    ORDER BY p.seq
"""

_UNGRADED = """
    SELECT league, game_id, model, game_date, reason, called_off FROM predictions.ungraded
    WHERE list_contains($leagues, league) AND game_date >= $since
    ORDER BY game_date, league, game_id, model
"""

_ACCURACY = """
    SELECT
        league, model, CAST(date_trunc($period, game_date) AS DATE) AS since,
        count(*) AS games,
        avg(correct) AS accuracy,
        avg(log_loss) AS log_loss,
        avg(brier) AS brier,
        avg(abs(margin_error)) AS mae,
        sqrt(avg(margin_error ** 2)) AS rmse,
        avg(CAST(inside_80 AS INTEGER)) AS coverage_80,
        avg(CAST(inside_95 AS INTEGER)) AS coverage_95
    FROM predictions.graded
    GROUP BY ALL
    ORDER BY ALL
"""


def grade(con: DuckDBPyConnection, note: Note) -> int:
    """Grades every prediction that counted, whose game is final and whose grade is missing or out of date.

    Args:
        con: a connection from `Warehouse.write`.
        note: who grades when.

    Returns:
        How many grades were added.
    """
    added: int = con.execute(_GRADE, {"now": note.now, "run_id": note.run_id}).fetchall()[0][0]
    return added


def ungraded(con: DuckDBPyConnection, leagues: Sequence[str], since: date) -> list[Ungraded]:
    """Published predictions of games that are over and that get no grade, each with the reason.

    Args:
        con: any connection to the store.
        leagues: which.
        since: leave out games of earlier days.
    """
    rows = con.execute(_UNGRADED, {"leagues": list(leagues), "since": since}).fetchall()
    return [Ungraded(*row) for row in rows]


def accuracy(warehouse: Warehouse, period: str = "month") -> pa.Table:
    """Figures of the published predictions by league, model and period, oldest period first within a model.

    Args:
        warehouse: the store.
        period: ``week``, ``month``, ``year``.
    """
    return warehouse.query(_ACCURACY, period=period)
