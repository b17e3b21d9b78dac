from __future__ import annotations

from dataclasses import replace

import pytest
from tipoff.errors import SettingsError
from tipoff.features.explain import Explained, explain
from tipoff.features.laws import Bench

from .conftest import APART, WINS

LATE = "g2023011"
"""The last game of the season 2023."""


def ask(bench: Bench, game: str = LATE, league: str = "") -> Explained:
    with bench.warehouse.read() as con:
        return explain(con, bench.registry, game, league)


def earlier(bench: Bench, team: str, *, seasons: tuple[int, ...] = (2023,)) -> int:
    rows: int = bench.warehouse.query(
        "SELECT 1 FROM raw.games WHERE list_contains($seasons, season) AND $team IN (home_id, away_id) "
        "AND game_date < (SELECT game_date FROM raw.games WHERE game_id = $game)",
        team=team,
        game=LATE,
        seasons=list(seasons),
    ).num_rows
    return rows


def test_the_values_and_the_sides(bench: Bench) -> None:
    bench.build()
    found = ask(bench)
    assert (found.league, found.season, found.status) == ("tiny-league", 2023, "final")
    assert [side.games for side in found.sides] == [earlier(bench, side.team_id) for side in found.sides]
    assert all(side.last is not None and side.last < found.game_date for side in found.sides)
    wins, apart = found.origins
    assert {row["team_id"] for row in wins.rows} == {side.team_id for side in found.sides}
    first, second = (int(str(row["wins"])) for row in wins.rows)
    assert [row["apart"] for row in apart.rows] == [abs(first - second)]


def test_by_whom_when_and_from_what(bench: Bench) -> None:
    bench.build()
    wins, apart = ask(bench).origins
    assert (wins.version, wins.run_id, wins.stale) == ("1", "law-1", "")
    assert wins.computed_at is not None and wins.changed_at is not None
    (games,) = wins.inputs
    assert (games.table, games.rows) == ("raw.games", 12)
    teams = [side.team_id for side in ask(bench).sides]
    both = bench.warehouse.query(
        "SELECT 1 FROM raw.games WHERE season = 2023 AND game_id < $game AND home_id IN $teams AND away_id IN $teams "
        "AND game_date < (SELECT game_date FROM raw.games WHERE game_id = $game)",
        game=LATE,
        teams=teams,
    )
    assert games.about == sum(earlier(bench, team) for team in teams) - both.num_rows
    assert len(games.digest) == 64
    assert [(each.table, each.rows, each.about) for each in apart.inputs] == [("features.toy_wins", 24, 2)]


def test_a_builder_that_looks_back_reaches_further(bench: Bench) -> None:
    looking = replace(bench, registry=replace(bench.registry, builders=(replace(WINS, lookback=1), APART)))
    looking.build()
    assert ask(looking).origins[0].inputs[0].rows == 24


def test_not_built_and_out_of_date_are_said(bench: Bench) -> None:
    assert [(each.version, each.rows, each.stale) for each in ask(bench).origins] == [("", (), "new"), ("", (), "")]
    bench.build()
    with bench.warehouse.write() as con:
        con.execute("UPDATE raw.games SET home_score = 1, loaded_at = now() WHERE season = 2023").fetchall()
    assert ask(bench).origins[0].stale == "raw.games changed"


def test_a_game_that_is_not_there_or_twice(bench: Bench) -> None:
    with pytest.raises(SettingsError, match="no game `zzz` in raw"):
        ask(bench, "zzz")
    with bench.warehouse.write() as con:
        con.execute(
            "INSERT INTO raw.games BY NAME SELECT * REPLACE ('other' AS league) FROM raw.games WHERE game_id = $game",
            {"game": LATE},
        ).fetchall()
    with pytest.raises(SettingsError, match="is in other, tiny-league"):
        ask(bench)
    assert ask(bench, league="other").league == "other"
