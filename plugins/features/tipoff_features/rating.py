"""Ratings and form of both sides of each game, from `tipoff_features.elo` and `tipoff_features.statespace`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tipoff_features import elo, statespace
from tipoff_features.season import Flags, Floats, Games, Ints, trailing_mean
from tipoff_features.statespace import MARGIN, TOTAL, Prior, StateSpace


@dataclass(frozen=True)
class _Season:
    """One season of one league.

    Args:
        rows: its games, ordered by day and id.
        games: the same as arrays.
        teams: ids of the teams, sorted; `games` holds positions in it.
        margins: shape (games, 2): as scored, and with shooting luck damped.
        totals: shape (games, 2): points of both teams, and possessions, in 40 minutes.
    """

    rows: pa.Table
    games: Games
    teams: list[str]
    margins: Floats
    totals: Floats


def rate(games: pa.Table, conferences: pa.Table, season: int) -> pa.Table:
    """A row a game and side of the season.

    Args:
        games: from sql/team_games.sql, one league's, with the season before where there is one.
        conferences: from sql/conferences.sql, one row a team of the season.
        season: the season to rate.
    """
    conference = dict(zip(conferences["team_id"].to_pylist(), conferences["conference"].to_pylist(), strict=True))
    return pa.concat_tables(_rate_season(_season(games, season), _season(games, season - 1), conference))


def _season(games: pa.Table, number: int) -> _Season:
    rows = games.filter(pc.equal(games["season"], number))
    home, away = rows["home_id"].to_pylist(), rows["away_id"].to_pylist()
    teams = sorted({*home, *away})
    position = {team: index for index, team in enumerate(teams)}

    def column(name: str) -> Floats:
        return np.array(rows[name].to_numpy(zero_copy_only=False), dtype=np.float64)

    arrays = Games(
        day=np.array(rows["day"].to_numpy(), dtype=np.int64),
        home=np.array([position[team] for team in home], dtype=np.int64),
        away=np.array([position[team] for team in away], dtype=np.int64),
        host=column("host"),
        played=np.array(rows["played"].to_pylist(), dtype=np.bool_),
        margin=column("margin"),
    )
    return _Season(
        rows,
        arrays,
        teams,
        np.stack([column("margin"), column("damped_margin")], axis=1),
        np.stack([column("total"), column("tempo")], axis=1),
    )


def _rate_season(season: _Season, last: _Season, conference: dict[str, str | None]) -> list[pa.Table]:
    games = season.games
    position = {team: index for index, team in enumerate(last.teams)}
    before: Ints = np.array([position.get(team, -1) for team in season.teams], dtype=np.int64)
    number = {name: index for index, name in enumerate(sorted({name for name in conference.values() if name}))}

    def prior(model: StateSpace, observed: Floats) -> Prior:
        then, now = (
            np.array([number.get(conference.get(team) or "", -1) for team in teams], dtype=np.int64)
            for teams in (last.teams, season.teams)
        )
        return statespace.preseason(model, statespace.season_fit(model, last.games, observed), then, now, before)

    _, at_end = elo.run(last.games, np.full(len(last.teams), elo.START))
    ratings, _ = elo.run(games, elo.after_summer(at_end, before))
    margin = statespace.run(MARGIN, games, season.margins, prior(MARGIN, last.margins))
    total = statespace.run(TOTAL, games, season.totals, prior(TOTAL, last.totals))

    mine = np.stack([games.margin, -games.margin], axis=1)
    level = games.host * margin.level[:, 0]
    expected = margin.strength[:, 0, 0] - margin.strength[:, 1, 0] + level
    surprise = games.margin - expected
    columns = {
        "elo": ratings,
        "rating": margin.strength[:, :, 0],
        "rating_deviation": margin.deviation,
        "damped_rating": margin.strength[:, :, 1],
        "total_rating": _where_known(total.strength[:, :, 0], total.known[:, 0]),
        "tempo_rating": _where_known(total.strength[:, :, 1], total.known[:, 1]),
        "home_advantage": _twice(margin.level[:, 0]),
        "league_total": _where_known(_twice(total.level[:, 0]), total.known[:, 0]),
        "league_tempo": _where_known(_twice(total.level[:, 1]), total.known[:, 1]),
        "form_3": trailing_mean(games, mine, 3.0),
        "form_10": trailing_mean(games, mine, 10.0),
        "surprise_5": trailing_mean(games, np.stack([surprise, -surprise], axis=1), 5.0),
        "schedule_strength": trailing_mean(games, margin.strength[:, ::-1, 0], np.inf),
    }
    return _sides(season, columns)


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
