from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tipoff.contracts import Column, FeatureBuilder
from tipoff.errors import PluginError, SettingsError
from tipoff.features import changes
from tipoff.features.engine import NOTHING, build
from tipoff.features.laws import Bench
from tipoff.features.tiny_league import LEAGUE, TinyLeague, write

from .conftest import APART, NOW, WINS, with_builders


def seasons_loaded(bench: Bench, table: str) -> dict[int, set[str]]:
    """For each season, the runs that wrote its rows."""
    rows = bench.warehouse.query(f"SELECT DISTINCT season, run_id FROM features.{table}").to_pylist()
    return {
        season: {row["run_id"] for row in rows if row["season"] == season} for season in {r["season"] for r in rows}
    }


def reverse_results(bench: Bench) -> date:
    """Makes losers winners on a day late in the season 2023, and says which."""
    with bench.warehouse.write() as con:
        day: date = con.execute(
            "SELECT game_date FROM raw.games WHERE season = 2023 ORDER BY game_date DESC LIMIT 1 OFFSET 4"
        ).fetchall()[0][0]
        con.execute(
            "UPDATE raw.games SET home_score = away_score, away_score = home_score, loaded_at = loaded_at + to_days(1) "
            "WHERE game_date = $day",
            {"day": day},
        )
    return day


def test_first_build_computes_every_season_and_the_second_nothing(bench: Bench) -> None:
    first = bench.build()
    assert (first["wins"].partitions, first["wins"].rows, first["wins"].written) == (3, 72, 72)
    assert first["wins"].reason == "new"
    assert first["apart"].rows == 36

    second = bench.build()
    for name in ("wins", "apart"):
        assert (second[name].partitions, second[name].rows, second[name].reason) == (0, 0, NOTHING)
    assert seasons_loaded(bench, "toy_wins") == {season: {"law-1"} for season in (2022, 2023, 2024)}


def test_wins_are_those_of_earlier_days(bench: Bench) -> None:
    bench.build()
    games = bench.warehouse.query("SELECT * FROM raw.games WHERE season = 2023").to_pylist()
    for row in bench.contents(WINS.table).filter(pc.field("season") == 2023).to_pylist():
        won = [
            g
            for g in games
            if g["game_date"] < row["game_date"]
            and row["team_id"] == (g["home_id"] if g["home_score"] > g["away_score"] else g["away_id"])
        ]
        assert row["wins"] == len(won)


def test_correction_computes_its_season_and_writes_what_differs(bench: Bench) -> None:
    bench.build()
    day = reverse_results(bench)
    report = bench.build()
    assert report["wins"].reason == "raw.games changed"
    assert report["wins"].partitions == 1
    assert 0 < report["wins"].written < report["wins"].rows
    assert report["apart"].reason == "features.toy_wins changed"
    again = bench.warehouse.query(
        "SELECT min(game_date) AS first, count(*) AS rows FROM features.toy_wins WHERE run_id = 'law-2'"
    ).to_pylist()[0]
    assert again["rows"] == report["wins"].written
    assert again["first"] > day


def test_rows_that_come_out_the_same_leave_downstream_alone(bench: Bench) -> None:
    bench.build()
    with bench.warehouse.write() as con:
        con.execute("UPDATE raw.games SET attendance = 7, loaded_at = loaded_at + to_days(1)").fetchall()
    report = bench.build()
    assert (report["wins"].partitions, report["wins"].written) == (3, 0)
    assert report["apart"].reason == NOTHING


def test_a_clock_set_back_hides_nothing(bench: Bench) -> None:
    bench.build()
    with bench.warehouse.write() as con:
        con.execute("UPDATE raw.games SET home_score = 0, loaded_at = loaded_at - to_days(99) WHERE season = 2022")
    assert bench.build()["wins"].reason == "raw.games changed"


def test_another_run_at_the_same_frozen_instant_hides_nothing(bench: Bench) -> None:
    bench.build()
    with bench.warehouse.write() as con:
        con.execute("UPDATE raw.games SET home_score = 0, run_id = 'second' WHERE season = 2022")
    assert bench.build()["wins"].partitions == 1


def test_the_same_run_at_the_same_instant_hides_nothing(bench: Bench) -> None:
    """As when a task is cleared and runs again after a correction: what is computed from the rewritten rows follows."""
    bench.build()
    reverse_results(bench)
    report = bench.build_again()
    assert report["wins"].written > 0
    assert report["apart"].reason == "features.toy_wins changed"
    assert report["apart"].written > 0


def test_full_computes_everything_and_keeps_equal_rows(bench: Bench) -> None:
    bench.build()
    report = bench.build(full=True)["wins"]
    assert (report.partitions, report.written, report.full, report.reason) == (3, 0, True, "asked for")
    assert seasons_loaded(bench, "toy_wins")[2024] == {"law-1"}


def test_new_version_computes_this_builder_again(bench: Bench) -> None:
    bench.build()
    newer = with_builders(bench, replace(WINS, version="2"), APART)
    report = newer.build()
    assert (report["wins"].partitions, report["wins"].reason) == (3, "version 1 became 2")
    assert report["apart"].reason == NOTHING
    assert newer.build()["wins"].reason == NOTHING


@pytest.mark.parametrize(
    "spec",
    [
        replace(WINS, inputs=("raw.games", "raw.teams")),
        replace(WINS, lookback=1),
        replace(WINS, table=replace(WINS.table, columns=(*WINS.table.columns[:-1], Column("wins", "DOUBLE")))),
    ],
    ids=["inputs", "lookback", "type"],
)
def test_changed_spec_computes_everything_again(bench: Bench, spec: FeatureBuilder) -> None:
    bench.build()
    report = with_builders(bench, spec, APART).build()["wins"]
    assert (report.partitions, report.reason) == (3, "the builder's spec changed")


def test_lookback_sees_the_seasons_before_and_follows_their_changes(bench: Bench) -> None:
    looking_back = with_builders(bench, replace(WINS, lookback=1))
    looking_back.build()
    most = looking_back.contents(WINS.table).group_by("season").aggregate([("wins", "sum")]).to_pydict()
    sums = dict(zip(most["season"], most["wins_sum"], strict=True))
    assert sums[2023] > sums[2022], "2023 counts the wins of 2022 too"
    assert sums[2024] < sums[2023] + sums[2022], "2024 does not count those of 2022"

    with bench.warehouse.write() as con:
        con.execute("UPDATE raw.games SET home_score = 0, loaded_at = loaded_at + to_days(1) WHERE season = 2022")
    looking_back.build()
    states = bench.warehouse.query("SELECT season, run_id FROM ops.feature_state WHERE builder = 'wins' ORDER BY 1")
    assert states["run_id"].to_pylist() == ["law-2", "law-2", "law-1"]


def test_unbounded_lookback_sees_all_seasons_before_and_follows_their_changes(bench: Bench) -> None:
    unbounded = with_builders(bench, replace(WINS, lookback=None))
    unbounded.build()
    least = bench.warehouse.query(
        "SELECT (SELECT sum(wins) FROM features.toy_wins WHERE game_date = "
        "        (SELECT min(game_date) FROM raw.games WHERE season = 2024)) AS had,"
        "       (SELECT count(*) FROM raw.games WHERE season < 2024) AS games"
    ).to_pylist()[0]
    assert int(least["had"]) == least["games"] == 24, "four teams on the first day of 2024 have won all games before"

    with bench.warehouse.write() as con:
        con.execute("UPDATE raw.games SET home_score = 0, loaded_at = loaded_at + to_days(1) WHERE season = 2022")
    assert unbounded.build()["wins"].partitions == 3


def test_games_that_are_gone_take_their_rows_with_them(bench: Bench) -> None:
    bench.build()
    with bench.warehouse.write() as con:
        con.execute("DELETE FROM raw.games WHERE season = 2022")
    report = bench.build()
    assert (report["wins"].removed, report["wins"].reason) == (24, "raw.games changed")
    assert report["apart"].removed == 12
    assert bench.build()["wins"].reason == NOTHING
    assert sorted(seasons_loaded(bench, "toy_wins")) == [2023, 2024]


def test_moved_game_is_dated_anew(bench: Bench) -> None:
    bench.build()
    day = bench.days()[5]
    bench.change(changes.moved_later, day)
    bench.build()
    dates = bench.warehouse.query(
        "SELECT count(*) AS n FROM raw.games AS g JOIN features.toy_apart AS f USING (game_id) "
        "WHERE g.game_date <> f.game_date"
    )
    assert dates["n"].to_pylist() == [0]


def test_rows_taken_away_by_hand_come_back(bench: Bench) -> None:
    bench.build()
    before = bench.contents(WINS.table)
    with bench.warehouse.write() as con:
        con.execute("DELETE FROM features.toy_wins WHERE wins = 2")
    assert bench.build()["wins"].reason == "features.toy_wins was changed by someone else"
    assert bench.contents(WINS.table).equals(before)


def test_leagues_are_computed_by_themselves(bench: Bench) -> None:
    bench.build()
    records = TinyLeague(seasons=(2024,), teams=4, games=6, players=False, seed=3).records()
    other = {name: [{**row, "league": "other"} for row in rows] for name, rows in records.items()}
    write(bench.warehouse, other, NOW, run_id="other")
    assert bench.build()["wins"].partitions == 1
    rows = bench.contents(WINS.table)
    assert set(rows.filter(pc.field("league") == "other")["season"].to_pylist()) == {2024}
    assert rows.num_rows == 72 + 12


def test_a_failure_keeps_the_seasons_before_it(bench: Bench) -> None:
    failing = with_builders(bench, replace(WINS, compute="toy_builders:fails_in_2024"))
    with pytest.raises(PluginError, match=rf"`wins`: .* failed on {LEAGUE} 2024: ZeroDivisionError: no wins in 2024"):
        failing.build()
    assert sorted(seasons_loaded(bench, "toy_wins")) == [2022, 2023]

    # The same spec with its code mended (the version cannot tell) goes on where it stopped.
    with bench.warehouse.write() as con:
        con.execute("DELETE FROM raw.games WHERE season = 2024")
    assert failing.build()["wins"].reason == NOTHING


def test_each_build_is_on_record(bench: Bench) -> None:
    bench.build()
    bench.build()
    rows = bench.warehouse.query("SELECT * FROM ops.feature_run WHERE builder = 'wins' ORDER BY run_id").to_pylist()
    assert [(row["run_id"], row["partitions"], row["rows"], row["written"], row["reason"]) for row in rows] == [
        ("law-1", 3, 72, 72, "new"),
        ("law-2", 0, 0, 0, NOTHING),
    ]
    assert all(row["seconds"] > 0 for row in rows)


def test_empty_store_is_nothing_to_do(bench: Bench) -> None:
    with bench.warehouse.write() as con:
        con.execute("DELETE FROM raw.games").fetchall()
        con.execute("DELETE FROM raw.team_seasons").fetchall()
    assert bench.build()["wins"].reason == NOTHING


def test_unknown_builder(bench: Bench) -> None:
    with pytest.raises(SettingsError, match="`win`"):
        build("win", registry=bench.registry, settings=bench.settings, run_id="r", now=datetime(2024, 1, 1))


def test_an_input_that_nobody_brings_is_refused(bench: Bench) -> None:
    with pytest.raises(PluginError, match=r"no plugin brings its input `raw\.gmaes`"):
        with_builders(bench, replace(WINS, inputs=("raw.gmaes",))).build()


def test_stored_types_are_those_of_the_spec(bench: Bench) -> None:
    bench.build()
    assert bench.contents(WINS.table).schema.field("wins").type == pa.int32()
