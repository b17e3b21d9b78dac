from __future__ import annotations

import subprocess
import sys

from tipoff.domain import ODDS
from tipoff.features.laws import Bench
from tipoff.features.tiny_league import TinyLeague
from tipoff.plugins import load
from tipoff_features.plugin import checks, feature_builders

from .conftest import NOW


def test_plugin_is_taken_and_builds_in_the_order_of_the_dag() -> None:
    registry = load()
    plugin = next(each for each in registry.plugins if each.name == "features")
    assert (plugin.state, plugin.reason) == ("ok", "")
    ours = [builder.name for builder in registry.builders if builder.name in ("team", "player", "game")]
    assert ours == ["team", "player", "game"]


def test_import_is_light() -> None:
    code = (
        "import sys, tipoff_features.plugin as p; p.feature_builders(); p.checks(); "
        "print(sorted({'numpy', 'pyarrow', 'duckdb', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_column_says_what_it_holds_and_odds_are_no_input() -> None:
    for builder in feature_builders():
        assert ODDS.full_name not in builder.inputs
        assert [column.name for column in builder.table.columns if not column.doc] == []


def test_checks_pass_on_a_sound_league_and_find_what_they_are_for(bench: Bench) -> None:
    TinyLeague(teams=5, games=24).fill(bench.warehouse, NOW)
    bench.build()
    assert {check.name: bench.warehouse.query(check.sql).num_rows for check in checks()} == {
        check.name: 0 for check in checks()
    }

    with bench.warehouse.write() as con:
        for damage in (
            "UPDATE features.team_features SET elo = NULL, win_percentage = 1.5, tempo = 20 WHERE games_played = 7",
            "UPDATE features.player_features SET minutes_share = 1.2 WHERE games_missed = 1",
            "UPDATE features.game_features SET elo_home_win_prob = 1.1 WHERE days_into_season > 20",
            "UPDATE features.game_features SET home_rating = NULL WHERE days_into_season = 1 OR days_into_season > 15",
            "DELETE FROM features.game_features WHERE days_into_season = 0",
        ):
            con.execute(damage).fetchall()
    found = {check.name: bench.warehouse.query(check.sql).num_rows for check in checks()}
    assert min(found.values()) > 0, found
