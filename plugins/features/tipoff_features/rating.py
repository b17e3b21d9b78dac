"""Ratings and form of both sides of each game, from `elo`, `statespace`, `preseason` and `hosting`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tipoff_features import elo, hosting, roster, statespace
from tipoff_features.preseason import Year, preseason
from tipoff_features.season import Flags, Floats, Games, Ints, trailing_mean
from tipoff_features.statespace import MARGIN, TOTAL, Filtered, StateSpace

LOOKBACK = 5
"""Seasons before the one to rate that the ratings start from."""

QUALITY = "damped_margin"
"""The quantity by which rosters and home courts are judged."""


@dataclass(frozen=True)
class _Season:
    """One season of one league.

    Args:
        rows: its games, ordered by day and id.
        games: the same as arrays.
        teams: ids of the teams in the order in which they first play; `games` holds positions in it. Whoever is
            still to play changes nobody's position.
    """

    rows: pa.Table
    games: Games
    teams: list[str]

    def observed(self, model: StateSpace) -> Floats:
        """Shape (games, quantities)."""
        return np.column_stack([_floats(self.rows, name) for name in model.names])


def rate(games: pa.Table, conferences: pa.Table, squads: pa.Table, season: int) -> pa.Table:
    """A row a game and side of the season.

    Args:
        games: from sql/team_games.sql, one league's, with the seasons before that there are.
        conferences: from sql/conferences.sql, a row a season and team.
        squads: from sql/squads.sql, a row a season and athlete.
        season: the season to rate.
    """
    seasons = [_season(games, number) for number in range(season - LOOKBACK, season + 1)]
    with threadpool_limits(1, user_api="blas"):  # the same bits on any machine
        return pa.concat_tables(_rated(seasons, _years(seasons, conferences, squads, season)))


def _floats(rows: pa.Table, name: str) -> Floats:
    return np.array(rows[name].to_numpy(zero_copy_only=False), dtype=np.float64)


def _season(games: pa.Table, number: int) -> _Season:
    rows = games.filter(pc.equal(games["season"], number))
    home, away = rows["home_id"].to_pylist(), rows["away_id"].to_pylist()
    day = np.array(rows["day"].to_numpy(), dtype=np.int64)
    first: dict[str, tuple[int, str]] = {}
    for today, *sides in zip(day.tolist(), home, away, strict=True):
        for team in sides:
            first.setdefault(team, (today, team))
    teams = sorted(first, key=first.__getitem__)
    position = {team: index for index, team in enumerate(teams)}
    arrays = Games(
        day=day,
        home=np.array([position[team] for team in home], dtype=np.int64),
        away=np.array([position[team] for team in away], dtype=np.int64),
        host=_floats(rows, "host"),
        played=np.array(rows["played"].to_pylist(), dtype=np.bool_),
        margin=_floats(rows, "margin"),
    )
    return _Season(rows, arrays, teams)


@dataclass(frozen=True)
class _Years:
    """The seasons as `preseason` sees them, for each model; the last is the one to rate, and has no fit."""

    margin: list[Year]
    total: list[Year]


def _years(seasons: list[_Season], conferences: pa.Table, squads: pa.Table, season: int) -> _Years:
    place: dict[int, dict[str, str]] = {}
    for row in conferences.to_pylist():
        if row["conference"]:
            place.setdefault(row["season"], {})[row["team_id"]] = row["conference"]
    numbers = range(season - LOOKBACK, season + 1)
    players = roster.players_of(squads)

    def years(model: StateSpace) -> list[Year]:
        fits = [statespace.season_fit(model, each.games, each.observed(model)) for each in seasons[:-1]]
        return [
            Year(each.teams, place.get(number, {}), players.get(number, {}), fit)
            for number, each, fit in zip(numbers, seasons, [*fits, None], strict=True)
        ]

    return _Years(years(MARGIN), years(TOTAL))


def _rated(seasons: list[_Season], years: _Years) -> list[pa.Table]:
    season, games = seasons[-1], seasons[-1].games
    prior = preseason(MARGIN, years.margin[:-1], years.margin[-1], QUALITY)
    margin = statespace.run(MARGIN, games, season.observed(MARGIN), prior)
    total = statespace.run(TOTAL, games, season.observed(TOTAL), preseason(TOTAL, years.total[:-1], years.total[-1]))
    damped = MARGIN.index(QUALITY)
    surprise = games.margin - _expected(games, margin, 0)
    columns = {
        "elo": _elo(seasons[-2], season),
        **_ratings(MARGIN, margin, _MARGIN_COLUMNS),
        **_ratings(TOTAL, total, _TOTAL_COLUMNS),
        "rating_deviation": margin.deviation,
        "preseason_rating": _of_sides(games, prior.mean[:, damped]),
        **_efficiency(margin, total),
        **_roster(season, years.margin[-1]),
        **_edges(seasons, years.margin, games.margin - _expected(games, margin, damped)),
        "home_advantage": _twice(margin.level[:, 0]),
        "damped_home_advantage": _twice(margin.level[:, damped]),
        "league_total": _where_known(_twice(total.level[:, 0]), total.known[:, 0]),
        "league_tempo": _where_known(_twice(total.level[:, 1]), total.known[:, 1]),
        "form_3": trailing_mean(games, _mirrored(games.margin), 3.0),
        "form_10": trailing_mean(games, _mirrored(games.margin), 10.0),
        "surprise_5": trailing_mean(games, _mirrored(surprise), 5.0),
        "schedule_strength": trailing_mean(games, margin.strength[:, ::-1, 0], np.inf),
    }
    return _sides(season, columns)


_MARGIN_COLUMNS = {
    "margin": "rating",
    "damped_margin": "damped_rating",
    "capped_margin": "capped_rating",
    "three_luck": "three_luck_rating",
    "assists": "assist_rating",
    "blocks": "block_rating",
    "turnovers": "turnover_rating",
    "offensive_rebounds": "offensive_rebound_rating",
    "shots": "shot_rating",
    "threes": "three_rating",
    "free_throws": "free_throw_rating",
}
_TOTAL_COLUMNS = {
    "both_points": "total_rating",
    "both_possessions": "tempo_rating",
    "both_three_luck": "both_three_luck_rating",
    "both_free_throw_luck": "both_free_throw_luck_rating",
    "both_offensive_rebounds": "both_offensive_rebound_rating",
    "both_threes": "both_three_rating",
    "both_free_throws": "both_free_throw_rating",
}
"""The column of each quantity's rating."""


def _ratings(model: StateSpace, filtered: Filtered, names: Mapping[str, str]) -> dict[str, Floats]:
    """Column by column; what has never been observed is not known, but the margin is always rated."""
    known = filtered.known | (np.arange(len(model.names)) < 2) if model.sign < 0 else filtered.known
    return {
        names[quantity]: _where_known(filtered.strength[:, :, place], known[:, place])
        for place, quantity in enumerate(model.names)
    }


def _efficiency(margin: Filtered, total: Filtered) -> dict[str, Floats]:
    """Points that a side would score and allow in 100 possessions against an average team at a neutral site."""
    known = total.known[:, 0] & total.known[:, 1]
    points = total.level[:, :1] + total.strength[:, :, 0]
    possessions = total.level[:, 1:2] + total.strength[:, :, 1]
    better = margin.strength[:, :, 0]
    return {
        "adjusted_offense": _where_known(50.0 * (points + better) / possessions, known),
        "adjusted_defense": _where_known(50.0 * (points - better) / possessions, known),
    }


def _expected(games: Games, filtered: Filtered, quantity: int) -> Floats:
    level = games.host * filtered.level[:, quantity]
    expected: Floats = filtered.strength[:, 0, quantity] - filtered.strength[:, 1, quantity] + level
    return expected


def _elo(last: _Season, season: _Season) -> Floats:
    _, at_end = elo.run(last.games, np.full(len(last.teams), elo.START))
    position = {team: index for index, team in enumerate(last.teams)}
    before: Ints = np.array([position.get(team, -1) for team in season.teams], dtype=np.int64)
    return elo.run(season.games, elo.after_summer(at_end, before))[0]


def _roster(season: _Season, year: Year) -> dict[str, Floats]:
    """Shares by side, NaN where the roster is not known."""
    squads = [year.squads.get(team, ()) for team in season.teams]
    returning = [roster.returning(squad) if squad else np.nan for squad in squads]
    incoming = [roster.incoming(squad) if squad else np.nan for squad in squads]
    return {
        "returning_minutes": _of_sides(season.games, np.array(returning, dtype=np.float64)),
        "incoming_minutes": _of_sides(season.games, np.array(incoming, dtype=np.float64)),
    }


def _edges(seasons: list[_Season], years: list[Year], surprise: Floats) -> dict[str, Floats]:
    quantity = MARGIN.index(QUALITY)
    past = []
    for season, year in zip(seasons[:-1], years[:-1], strict=True):
        if year.fit is not None:
            strength, level, games = year.fit.strength[:, quantity], year.fit.level[quantity], season.games
            expected = strength[games.home] - strength[games.away] + games.host * level
            past.append(hosting.Surprise(games, season.teams, games.margin - expected))
    edges = hosting.edges(past, hosting.Surprise(seasons[-1].games, seasons[-1].teams, surprise))
    return {"home_edge": edges[:, :, 0], "road_edge": edges[:, :, 1]}


def _of_sides(games: Games, of_team: Floats) -> Floats:
    return np.stack([of_team[games.home], of_team[games.away]], axis=1)


def _mirrored(values: Floats) -> Floats:
    return np.stack([values, -values], axis=1)


def _twice(values: Floats) -> Floats:
    return np.stack([values, values], axis=1)


def _where_known(values: Floats, known: Flags) -> Floats:
    return np.where(known[:, None], values, np.nan)


def _sides(season: _Season, columns: dict[str, Floats]) -> list[pa.Table]:
    """Two tables, of the home and the away sides; NaN becomes NULL."""
    tables = []
    for side, team in enumerate(("home_id", "away_id")):
        keys = season.rows.select(["league", "season", "game_id", team]).rename_columns(
            ["league", "season", "game_id", "team_id"]
        )
        for name, values in columns.items():
            keys = keys.append_column(name, pa.array(values[:, side], from_pandas=True))
        tables.append(keys)
    return tables
