"""The games ahead, each with what every model, the sportsbooks and published forecasts say of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tipoff.report import history
from tipoff.report.bundle import Day, Forecast, Game, Line, Side
from tipoff.report.cards import Served

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_GAMES = """
    SELECT g.game_id, g.game_date, g.tip_utc, coalesce(g.tip_known, true), coalesce(g.neutral_site, false),
           coalesce(h.short_name, h.name, g.home_id), g.home_rank, coalesce(a.short_name, a.name, g.away_id),
           g.away_rank, r.home_score, r.away_score,
           CASE WHEN g.status IN ('postponed', 'canceled', 'forfeited') THEN g.status ELSE coalesce(u.reason, '') END
    FROM raw.games g
    LEFT JOIN raw.uncounted_games u ON u.league = g.league AND u.season = g.season AND u.game_id = g.game_id
    LEFT JOIN raw.results r ON r.league = g.league AND r.season = g.season AND r.game_id = g.game_id
    LEFT JOIN raw.teams h ON h.league = g.league AND h.team_id = g.home_id
    LEFT JOIN raw.teams a ON a.league = g.league AND a.team_id = g.away_id
    WHERE g.league = $league AND g.game_date >= $today
        AND (g.game_id IN (SELECT game_id FROM predictions.ledger WHERE league = $league AND game_date >= $today)
            OR (u.reason IS NOT NULL AND g.home_id IS NOT NULL AND g.away_id IS NOT NULL AND g.game_date <= $today + 1))
    ORDER BY g.game_date, g.tip_utc, g.game_id
"""

# A prediction is of two teams: where they exchanged sides since, it is told from the other side, and where the game is
# between other teams by now, not at all.
_FORECASTS = """
    SELECT p.game_id, model, version,
        CASE WHEN p.home_id = g.away_id THEN 1 - home_win_prob ELSE home_win_prob END,
        CASE WHEN p.home_id = g.away_id THEN -margin ELSE margin END,
        CASE WHEN p.home_id = g.away_id THEN -margin_high_80 ELSE margin_low_80 END,
        CASE WHEN p.home_id = g.away_id THEN -margin_low_80 ELSE margin_high_80 END,
        predicted_at, degraded, total
    FROM predictions.ledger AS p LEFT JOIN raw.games AS g USING (league, season, game_id)
    WHERE p.league = $league AND p.game_date >= $today
        AND (g.game_id IS NULL OR (p.home_id IN (g.home_id, g.away_id) AND p.away_id IN (g.home_id, g.away_id)))
    QUALIFY row_number() OVER (PARTITION BY p.game_id, model ORDER BY seq DESC) = 1
    ORDER BY p.game_id, model
"""

_BENCHMARKS = """
    SELECT o.game_id, o.provider, o.home_win_prob
    FROM raw.odds o JOIN raw.games g USING (league, season, game_id)
    WHERE o.league = $league AND g.game_date >= $today AND o.home_win_prob IS NOT NULL
    ORDER BY o.game_id, o.provider
"""

# The last known of each sportsbook; of several the median.
_LINES = """
    SELECT o.game_id, -median(coalesce(o.home_spread_close, o.home_spread_open)),
           median(coalesce(o.total_close, o.total_open)), bool_or(o.home_spread_close IS NOT NULL)
    FROM raw.lines o JOIN raw.games g USING (league, season, game_id)
    WHERE o.league = $league AND g.game_date >= $today
        AND coalesce(o.home_spread_close, o.home_spread_open) IS NOT NULL
    GROUP BY o.game_id
"""


def read(con: DuckDBPyConnection, league: str, today: date, served: Served, *, embedded: bool) -> tuple[Day, ...]:
    """The days from today on that have predictions, the nearest first, with the games that count for nobody.

    Args:
        con: to the published copy.
        league: which.
        today: the league's day.
        served: who serves.
        embedded: the league is simulated, so that its projection is the true probability.
    """
    asked = {"league": league, "today": today}
    marks: dict[str, dict[str, float]] = {}
    for game_id, provider, probability in con.execute(_BENCHMARKS, asked).fetchall():
        marks.setdefault(game_id, {})[history.named(provider, embedded=embedded)] = probability
    forecasts: dict[str, list[Forecast]] = {}
    for game_id, model, _, prob, margin, low, high, at, degraded, total in con.execute(_FORECASTS, asked).fetchall():
        top, unfit = model == served.champion, served.unfit.get(model, "")
        said = Forecast(model, top, prob, margin, low, high, at, degraded, total, unfit)
        forecasts.setdefault(game_id, []).append(said)
    lines = {game_id: Line(*rest) for game_id, *rest in con.execute(_LINES, asked).fetchall()}

    def first(said: Forecast) -> tuple[bool, bool, str]:
        return said.model != served.voice, bool(said.unfit), said.model

    days: dict[date, list[Game]] = {}
    for row in con.execute(_GAMES, asked).fetchall():
        game_id, day, tip, tip_known, neutral, home, home_rank, away, away_rank, home_score, away_score, off = row
        game = Game(
            game_id,
            tip,
            tip_known,
            Side(home, home_rank),
            Side(away, away_rank),
            neutral,
            tuple(sorted(forecasts.get(game_id, ()), key=first)),
            marks.get(game_id, {}),
            None if home_score is None else (home_score, away_score),
            lines.get(game_id),
            off or ("" if game_id in forecasts else "not predicted"),
        )
        days.setdefault(day, []).append(game)
    return tuple(Day(day, tuple(games)) for day, games in days.items())
