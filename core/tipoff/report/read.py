"""Fills the bundle from the published copy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tipoff import clock, plugins
from tipoff.report import history
from tipoff.report.bundle import (
    Bundle,
    CheckState,
    Day,
    Decision,
    Forecast,
    Freshness,
    Game,
    League,
    Scored,
    Side,
    Watched,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.settings import Settings

DECISIONS = 8

_GAMES = """
    SELECT g.game_id, g.game_date, g.tip_utc, coalesce(g.tip_known, true), coalesce(g.neutral_site, false),
           coalesce(h.short_name, h.name, g.home_id), g.home_rank, coalesce(a.short_name, a.name, g.away_id),
           g.away_rank, r.home_score, r.away_score
    FROM raw.games g
    LEFT JOIN raw.results r ON r.league = g.league AND r.season = g.season AND r.game_id = g.game_id
    LEFT JOIN raw.teams h ON h.league = g.league AND h.team_id = g.home_id
    LEFT JOIN raw.teams a ON a.league = g.league AND a.team_id = g.away_id
    WHERE g.league = $league AND g.game_date >= $today
        AND g.game_id IN (SELECT game_id FROM predictions.ledger WHERE league = $league AND game_date >= $today)
    ORDER BY g.game_date, g.tip_utc, g.game_id
"""

_FORECASTS = """
    SELECT game_id, model, version, home_win_prob, margin, margin_low_80, margin_high_80, predicted_at, degraded
    FROM predictions.ledger
    WHERE league = $league AND game_date >= $today
    QUALIFY row_number() OVER (PARTITION BY game_id, model ORDER BY seq DESC) = 1
    ORDER BY game_id, model
"""

_BENCHMARKS = """
    SELECT o.game_id, o.provider, o.home_win_prob
    FROM raw.odds o JOIN raw.games g USING (league, season, game_id)
    WHERE o.league = $league AND g.game_date >= $today AND o.home_win_prob IS NOT NULL
    ORDER BY o.game_id, o.provider
"""

_PUBLISHED = """
    SELECT model, count(*), avg(log_loss), avg(brier),
           avg(CASE WHEN home_win_prob = 0.5 THEN 0.5 WHEN (home_win_prob > 0.5) = home_win THEN 1.0 ELSE 0.0 END),
           avg(abs(margin_error)), sqrt(avg(margin_error * margin_error)),
           avg(CASE WHEN inside_80 THEN 1.0 ELSE 0.0 END)
    FROM predictions.graded WHERE league = $league GROUP BY model ORDER BY model
"""

_WATCHED = """
    SELECT model, games, last_day, log_loss, expected, low, high, behind, decayed FROM models.decay
    WHERE league = $league
    QUALIFY row_number() OVER (PARTITION BY model ORDER BY checked_at DESC, rowid DESC) = 1
    ORDER BY decayed DESC, model
"""

_MODELS = """
    SELECT v.model, v.version, v.last_day, e.games, e.log_loss, e.brier, e.accuracy, e.mae, e.rmse,
           e.calibration_error, e.coverage_80
    FROM models.version v
    JOIN models.evaluation e ON e.model = v.model AND e.version = v.version AND e.scope = 'all'
    WHERE v.league = $league ORDER BY v.model
"""

_FRESHNESS = """
    SELECT w.league, w.dataset, w.day, r.ended_at, coalesce(r.rows, 0), coalesce(r.quarantined, 0),
           coalesce(r.error, '')
    FROM ops.watermark w
    FULL JOIN (
        SELECT * FROM ops.collect_run
        QUALIFY row_number() OVER (PARTITION BY league, dataset ORDER BY ended_at DESC) = 1
    ) r ON r.league = w.league AND r.dataset = w.dataset
    ORDER BY coalesce(w.league, r.league), coalesce(w.dataset, r.dataset)
"""

_CHECKS = """
    SELECT name, table_name, severity, passed, offenders, checked_at FROM ops.check_result
    QUALIFY row_number() OVER (PARTITION BY name ORDER BY checked_at DESC) = 1
    ORDER BY passed, name
"""


def read(settings: Settings) -> Bundle:
    """The report's figures as of now.

    Raises:
        StoreError: the published copy cannot be read.
    """
    from tipoff.warehouse.store import Warehouse

    now = clock.now()
    today = clock.day_of(now)
    states = plugins.load(settings).plugins
    published = Warehouse(settings.published, settings.lock_wait_seconds)
    if not published.exists:
        return Bundle(now, today, settings.source, published=False, plugins=states)
    with published.read() as con:
        return Bundle(
            now=now,
            today=today,
            source=settings.source,
            published=True,
            leagues=tuple(_league(con, league, today, settings.source) for league in settings.leagues),
            freshness=tuple(Freshness(*row) for row in _rows(con, _FRESHNESS)),
            checks=tuple(CheckState(*row) for row in _rows(con, _CHECKS)),
            plugins=states,
        )


def title(league: str) -> str:
    """A league's name for people: ``mens-college-basketball`` is «Men's college basketball»."""
    words = league.replace("womens", "women's").replace("mens", "men's").replace("-", " ")
    return words[:1].upper() + words[1:]


def _league(con: DuckDBPyConnection, league: str, today: date, source: str) -> League:
    from tipoff.modelling import decisions

    top = decisions.champion(con, league)
    champion = top.model if top else ""
    current = decisions.current(con, league)
    if top:
        current[top.model] = top.version  # the champion may be older than its model's newest version
    embedded = source.startswith("embedded")
    past = history.read(con, league, current, champion, embedded=embedded)
    told = [event for event in decisions.events(con, league) if event.kind != "registered"]
    return League(
        name=league,
        title=title(league),
        days=_days(con, league, today, champion, embedded=embedded),
        calibration=past.calibration,
        compared=past.compared,
        series=past.series,
        period=past.period,
        models=_models(con, league, current, champion),
        same_games=past.same_games,
        published=_published(con, league, champion),
        watched=tuple(Watched(*row) for row in _rows(con, _WATCHED, league=league)),
        decisions=tuple(
            Decision(event.decided_at, event.kind, event.model, event.version, event.reason)
            for event in told[: -DECISIONS - 1 : -1]
        ),
    )


def _days(con: DuckDBPyConnection, league: str, today: date, champion: str, *, embedded: bool) -> tuple[Day, ...]:
    marks: dict[str, dict[str, float]] = {}
    for game_id, provider, probability in _rows(con, _BENCHMARKS, league=league, today=today):
        marks.setdefault(game_id, {})[history.named(provider, embedded=embedded)] = probability
    forecasts: dict[str, list[Forecast]] = {}
    for game_id, model, _, prob, margin, low, high, at, degraded in _rows(con, _FORECASTS, league=league, today=today):
        said = Forecast(model, model == champion, prob, margin, low, high, at, degraded)
        forecasts.setdefault(game_id, []).append(said)
    days: dict[date, list[Game]] = {}
    for row in _rows(con, _GAMES, league=league, today=today):
        game_id, day, tip, tip_known, neutral, home, home_rank, away, away_rank, home_score, away_score = row
        game = Game(
            game_id,
            tip,
            tip_known,
            Side(home, home_rank),
            Side(away, away_rank),
            neutral,
            tuple(sorted(forecasts[game_id], key=lambda said: (not said.champion, said.model))),
            marks.get(game_id, {}),
            None if home_score is None else (home_score, away_score),
        )
        days.setdefault(day, []).append(game)
    return tuple(Day(day, tuple(games)) for day, games in days.items())


def _models(con: DuckDBPyConnection, league: str, current: dict[str, str], champion: str) -> tuple[Scored, ...]:
    found = [
        Scored(
            name=model,
            games=games,
            log_loss=log_loss,
            brier=brier,
            accuracy=accuracy,
            mae=mae,
            rmse=rmse,
            calibration_error=calibration,
            coverage_80=coverage,
            champion=model == champion,
            version=version,
            fitted_to=last_day,
        )
        for model, version, last_day, games, log_loss, brier, accuracy, mae, rmse, calibration, coverage in _rows(
            con, _MODELS, league=league
        )
        if current.get(model) == version
    ]
    return tuple(sorted(found, key=lambda each: (not each.champion, each.log_loss)))


def _published(con: DuckDBPyConnection, league: str, champion: str) -> tuple[Scored, ...]:
    found = [
        Scored(model, games, log_loss, brier, accuracy, mae, rmse, coverage_80=inside, champion=model == champion)
        for model, games, log_loss, brier, accuracy, mae, rmse, inside in _rows(con, _PUBLISHED, league=league)
    ]
    return tuple(sorted(found, key=lambda each: (not each.champion, each.log_loss)))


def _rows(con: DuckDBPyConnection, sql: str, **params: str | date | datetime) -> Sequence[tuple[Any, ...]]:
    return con.execute(sql, params or None).fetchall()
