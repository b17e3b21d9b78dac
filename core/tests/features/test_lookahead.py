"""A builder that knows more than the morning is found out, in whatever way it does; an honest one is not."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tipoff.contracts import Collector, Column, FeatureBuilder, Table
from tipoff.errors import TipoffError
from tipoff.features import engine, lookahead
from tipoff.features.laws import Bench
from tipoff.features.lookahead import Verdict
from tipoff.features.morning import known_before
from tipoff.features.tiny_league import LEAGUE, TinyLeague
from tipoff.plugins import Registry
from tipoff.quality.checks import run_check
from tipoff.quality.own import own_checks
from tipoff.settings import Settings

from .conftest import features_table

NOW = datetime(2023, 12, 9, 13)
TABLE = features_table("said", "", ("said", "DOUBLE"))

NOTES = Table(
    "notes",
    key=("league", "season", "game_id"),
    columns=(
        Column("league", "VARCHAR"),
        Column("season", "INTEGER"),
        Column("game_id", "VARCHAR"),
        Column("rating", "DOUBLE"),
    ),
)
FORMS = Table(
    "forms",
    key=("league", "season", "team_id", "day"),
    columns=(
        Column("league", "VARCHAR"),
        Column("season", "INTEGER"),
        Column("team_id", "VARCHAR"),
        Column("day", "DATE"),
        Column("form", "DOUBLE"),
    ),
)
UNDATED = replace(FORMS, key=("league", "season", "team_id"), columns=(*FORMS.columns[:3], FORMS.columns[4]))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Two seasons of tables of tipoff's and of a plugin's, the last games of which are to come."""
    tables = Collector("own", "own", datasets=(), tables=(NOTES, FORMS))
    bench = Bench(Registry(collectors=(tables,)), Settings(home=tmp_path / "home", leagues=(LEAGUE,)))
    bench.warehouse.migrate(bench.registry.tables().values())
    TinyLeague(seasons=(2023, 2024), games=60, played_until=NOW.date() - timedelta(days=1)).fill(bench.warehouse, NOW)
    return bench


def builder(what: str, *inputs: str, version: str = "1") -> FeatureBuilder:
    return FeatureBuilder("teller", TABLE, inputs or ("raw.games",), f"leaking_builders:{what}", version)


def judged(bench: Bench, *builders: FeatureBuilder) -> list[Verdict]:
    registry = replace(bench.registry, builders=builders)
    bench.warehouse.migrate(registry.tables().values())
    return lookahead.judge(registry, bench.warehouse, NOW)


def sql(bench: Bench, statement: str) -> None:
    with bench.warehouse.write() as con:
        con.execute(statement).fetchall()


def test_an_honest_builder_passes(bench: Bench) -> None:
    (verdict,) = judged(bench, builder("honest"))
    assert (verdict.passed, verdict.reason, verdict.columns, verdict.days) == (True, "", (), 3)


@pytest.mark.parametrize(
    ("what", "inputs"),
    [
        ("own_score", ()),
        ("season_total", ()),
        ("next_game", ()),
        ("same_day", ()),
        ("later_games", ()),
        ("box_score", ("raw.games", "raw.team_stats")),
        ("roster_in_the_end", ("raw.games", "raw.rosters")),
    ],
)
def test_what_only_the_future_knows_is_found_with_the_column(bench: Bench, what: str, inputs: tuple[str, ...]) -> None:
    (verdict,) = judged(bench, builder(what, *inputs))
    assert (verdict.passed, verdict.columns, verdict.league) == (False, ("said",), LEAGUE)
    assert verdict.reason.startswith("feature builder `teller` version `1` looks ahead: `said` of game `g202")
    assert f"on the morning of {verdict.day}" in verdict.reason
    assert verdict.reason.endswith(f"mend `leaking_builders:{what}` and raise its version")


def test_games_without_a_row_in_the_morning_are_found(bench: Bench) -> None:
    (verdict,) = judged(bench, builder("finished_only"))
    assert "has no row for game `g202" in verdict.reason and not verdict.passed


def test_a_builder_that_fails_in_the_morning_is_found(bench: Bench) -> None:
    sql(bench, "DELETE FROM raw.team_stats")
    sql(bench, "UPDATE raw.games SET home_score = 50, away_score = 49")
    (verdict,) = judged(bench, builder("fails_without_results"))
    assert "cannot be computed from what was known on the morning of" in verdict.reason


NOTED = (
    f"INSERT INTO raw.notes BY NAME SELECT '{LEAGUE}' AS league, season, game_id, home_score AS rating FROM raw.games"
)
BOTH = ("raw.games", "raw.notes")


def test_a_table_of_ones_own_that_comes_with_the_results_is_taken_away(bench: Bench) -> None:
    sql(bench, f"{NOTED} WHERE status = 'final'")
    leaking, honest = (judged(bench, builder(what, *BOTH))[0] for what in ("ratings", "ratings_before"))
    assert (leaking.passed, honest.passed) == (False, True), (leaking, honest)


def test_a_table_of_ones_own_that_is_there_before_may_be_used(bench: Bench) -> None:
    sql(bench, NOTED.replace("home_score AS", "7.0 AS"))
    assert [judged(bench, builder(what, *BOTH))[0].passed for what in ("ratings", "ratings_before")] == [True, True]


def test_a_column_that_is_empty_before_comes_with_the_results_too(bench: Bench) -> None:
    """A row for every game, whose rating is filled in afterwards."""
    sql(bench, "UPDATE raw.games SET game_date = '2023-12-10' WHERE status = 'scheduled'")  # enough of them at once
    sql(bench, NOTED)
    with bench.warehouse.read() as con:
        assert known_before(con, NOTES, NOW).late == ("rating",)
    assert [judged(bench, builder(what, *BOTH))[0].passed for what in ("ratings", "ratings_before")] == [False, True]


def test_where_no_game_is_ahead_it_is_said_what_was_not_shown(bench: Bench) -> None:
    sql(bench, "DELETE FROM raw.games WHERE status = 'scheduled'")
    sql(bench, NOTED)
    (verdict,) = judged(bench, builder("ratings", *BOTH))
    assert verdict.passed
    assert verdict.not_shown == "whether `raw.notes` knows results: no game ahead shows what is there before the tip"


@pytest.mark.parametrize(("what", "passed"), [("daily", False), ("daily_before", True)])
def test_later_days_of_a_table_of_ones_own_are_taken_away(bench: Bench, what: str, passed: bool) -> None:
    sql(
        bench,
        f"INSERT INTO raw.forms BY NAME SELECT '{LEAGUE}' AS league, season, home_id AS team_id, game_date AS day, "
        "any_value(home_score) AS form FROM raw.games WHERE status = 'final' GROUP BY ALL",
    )
    assert judged(bench, builder(what, "raw.games", "raw.forms"))[0].passed is passed


def test_of_a_table_without_a_day_nothing_is_shown(bench: Bench) -> None:
    with bench.warehouse.read() as con:
        assert known_before(con, FORMS, NOW)[::2] == ("after", "day")
    registry = replace(bench.registry, collectors=(Collector("own", "own", datasets=(), tables=(UNDATED,)),))
    other = Bench(registry, bench.settings.model_copy(update={"home": bench.settings.home / "other"}))
    other.warehouse.migrate(registry.tables().values())
    with other.warehouse.read() as con:
        assert known_before(con, UNDATED, NOW).why == "its rows are of no day"


def test_what_is_built_on_a_table_that_looks_ahead_is_not_learned_from_either(bench: Bench) -> None:
    on_it = FeatureBuilder("above", features_table("more", "", ("said", "DOUBLE")), ("features.said",), "m:f")
    on_it = replace(on_it, compute="leaking_builders:above")
    below, above = judged(bench, builder("season_total"), on_it)
    assert above.reason.endswith(
        "is built on `features.said`, whose builder `teller` did not pass; mend that one first"
    )
    assert sorted(lookahead.refused([below, above])) == ["more", "said"]
    assert [each.passed for each in judged(bench, builder("honest", version="2"), on_it)] == [True, True]


def test_a_verdict_is_reached_once_for_a_version_and_its_code(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first = judged(bench, builder("honest"))
    computed = count_computed(monkeypatch)
    assert judged(bench, builder("honest")) == first
    assert computed == []
    judged(bench, builder("honest", version="2"))
    assert len(computed) == 5, "two seasons as they are, and three mornings"
    computed.clear()
    monkeypatch.setattr("tipoff.plugins.trust.content", lambda module: "other code")
    judged(bench, builder("honest", version="2"))
    assert len(computed) == 5


def count_computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    real: Callable[..., object] = engine.computed

    def counted(each: FeatureBuilder, context: object) -> object:
        seen.append(each.name)
        return real(each, context)

    monkeypatch.setattr(lookahead, "computed", counted)
    return seen


def test_code_is_that_of_the_whole_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tipoff.plugins import trust

    package = tmp_path / "some_builders"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "query.sql").write_text("SELECT 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    before = trust.content("some_builders.deep.module")
    (package / "query.sql").write_text("SELECT 2")
    assert "" != before != trust.content("some_builders")
    assert trust.content("no_such_package") == ""


def test_one_that_cannot_be_computed_is_not_passed_and_judged_again(bench: Bench) -> None:
    (verdict,) = judged(bench, builder("no_such_function"))
    assert "cannot be judged: `leaking_builders:no_such_function`" in verdict.reason
    with bench.warehouse.read() as con:
        assert lookahead.verdicts(con, replace(bench.registry, builders=(builder("no_such_function"),)))
    assert judged(bench, builder("honest"))[0].passed


def test_before_the_first_game_there_is_nothing_to_judge_by(bench: Bench) -> None:
    sql(bench, "DELETE FROM raw.games")
    assert judged(bench, builder("own_score")) == []


def test_odds_cannot_be_an_input_at_all(bench: Bench) -> None:
    with pytest.raises(TipoffError, match="is a benchmark and never an input"):
        judged(bench, builder("honest", "raw.games", "raw.odds"))


def test_a_check_of_feature_quality_finds_it(bench: Bench) -> None:
    (check,) = (each for each in own_checks("features", {"said": TABLE}, ()) if each.name == "said_lookahead")
    results = []
    for what, version in (("own_score", "1"), ("honest", "2")):
        judged(bench, builder(what, version=version))
        with bench.warehouse.read() as con:
            results.append(run_check(con, check, now=NOW, leagues=[LEAGUE], settle_days=3))
    assert [each.passed for each in results] == [False, True]
    assert results[0].sample[0]["builder"] == "teller" and results[0].sample[0]["columns"] == '["said"]'


def test_a_verdict_on_another_version_is_none(bench: Bench) -> None:
    judged(bench, builder("own_score"))
    now = replace(bench.registry, builders=(builder("own_score", version="2"),))
    with bench.warehouse.read() as con:
        assert lookahead.verdicts(con, now) == {}
