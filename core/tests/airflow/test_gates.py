"""Each gate on a real store, in every state that a season brings."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from tipoff import plugins, settings
from tipoff.airflow.gates import GateName, look
from tipoff.contracts import Fitted
from tipoff.domain import GAMES
from tipoff.errors import Abort, CheckFailed
from tipoff.features.engine import build
from tipoff.modelling import artifacts, decisions
from tipoff.modelling.identity import canonical, spec_of
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse

LEAGUE = "mens-college-basketball"
NOW = datetime(2026, 1, 15, 13)
TODAY = date(2026, 1, 15)
YESTERDAY = TODAY - timedelta(days=1)


def play(store: Warehouse, *games: tuple[str, date, str]) -> None:
    """Merges games of (id, day, status)."""
    rows = [
        {
            "league": LEAGUE,
            "season": 2026,
            "game_id": name,
            "game_date": day,
            "tip_utc": datetime(day.year, day.month, day.day, 23),
            "status": status,
            "fetched_at": NOW,
        }
        for name, day, status in games
    ]
    with store.write() as con:
        merge(con, GAMES, pa.Table.from_pylist(rows), run_id="r", source="tiny")


def collected(store: Warehouse, day: date, dataset: str = "schedule", league: str = LEAGUE) -> None:
    with store.write() as con:
        con.execute("INSERT INTO ops.watermark VALUES (?, ?, ?, 'r', ?)", [league, dataset, day, NOW]).fetchall()


def build_features() -> None:
    build("form", registry=plugins.load(), settings=settings.load(), run_id="r", now=NOW)


def crown(store: Warehouse, kind: str = "first", model: str = "steady") -> None:
    registry, chosen = plugins.load(), settings.load()
    there = any(each.name == model for each in registry.models)
    spec = canonical(spec_of(registry, model).described()) if there else "{}"
    sha256 = artifacts.save(chosen.artifacts / model / "v1", Fitted(), {"model": model})
    version = decisions.Version(
        model, "v1", LEAGUE, "spec", spec, "{}", "d", "{}", 1, TODAY, TODAY, f"{model}/v1", sha256, NOW, "r"
    )
    with store.write() as con:
        decisions.add(con, version)
        decisions.record(con, version, kind, "", note=decisions.Note("r", NOW))


def checked(store: Warehouse, name: str, passed: bool, at: datetime = NOW) -> None:
    with store.write() as con:
        con.execute(
            "INSERT INTO ops.check_result VALUES ('r', ?, 'raw.games', 'block', ?, ?, '[]', ?, '')",
            [name, passed, 0 if passed else 3, at],
        ).fetchall()


@pytest.mark.parametrize("gate", ["new_data", "features"])
def test_where_no_plugin_brings_features_nothing_is_waited_for(
    store: Warehouse, gate: GateName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_PLUGINS_DISABLED", "tiny")
    seen = look(gate, NOW)
    assert (seen.state, seen.reason) == ("pass", "no plugin brings features, so none are missing")


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("gate", ["new_data", "features", "model"])
def test_first_day_is_skipped(gate: GateName) -> None:
    seen = look(gate, NOW)
    assert (seen.state, seen.reason) == ("skip", "nothing has been collected yet; run data_collection first")


class TestNewData:
    def test_skips_while_nothing_was_collected(self, store: Warehouse) -> None:
        collected(store, TODAY, dataset="polls")  # no builder reads it
        collected(store, TODAY, league="another-league")
        assert look("new_data", NOW).state == "skip"

    def test_passes_when_collected_up_to_today(self, store: Warehouse) -> None:
        play(store, ("g", YESTERDAY, "scheduled"))
        collected(store, TODAY)
        assert look("new_data", NOW).state == "pass"

    @pytest.mark.parametrize("status", ["scheduled", "in_progress"])
    def test_waits_while_a_game_should_be_over(self, store: Warehouse, status: str) -> None:
        play(store, ("g", YESTERDAY, status))
        collected(store, YESTERDAY)
        seen = look("new_data", NOW)
        assert seen.state == "wait"
        assert "`schedule`" in seen.reason
        assert "1 games" in seen.reason

    @pytest.mark.parametrize(
        "games",
        [
            pytest.param((), id="off-season"),
            pytest.param((("g", YESTERDAY, "canceled"), ("h", YESTERDAY, "postponed")), id="called off"),
            pytest.param((("g", TODAY, "scheduled"),), id="only tonight's"),
            pytest.param((("g", YESTERDAY - timedelta(days=3), "scheduled"),), id="abandoned before the watermark"),
        ],
    )
    def test_passes_at_once_when_nothing_is_expected(
        self, store: Warehouse, games: tuple[tuple[str, date, str], ...]
    ) -> None:
        if games:
            play(store, *games)
        collected(store, YESTERDAY)
        seen = look("new_data", NOW)
        assert seen.state == "pass"
        assert "no game was to be expected" in seen.reason

    def test_a_dataset_that_no_builder_reads_keeps_nobody_waiting(self, store: Warehouse) -> None:
        play(store, ("g", YESTERDAY, "scheduled"))
        collected(store, TODAY)
        collected(store, YESTERDAY, dataset="polls")
        assert look("new_data", NOW).state == "pass"


class TestFeatures:
    def test_skips_before_the_first_build(self, store: Warehouse) -> None:
        play(store, ("g", YESTERDAY, "final"))
        assert look("features", NOW).state == "skip"

    def test_passes_when_built_and_waits_when_data_has_come_since(self, store: Warehouse) -> None:
        play(store, ("g", YESTERDAY, "final"))
        build_features()
        assert look("features", NOW).state == "pass"
        play(store, ("h", YESTERDAY, "final"))
        seen = look("features", NOW)
        assert seen.state == "wait"
        assert "`form`" in seen.reason
        build_features()
        assert look("features", NOW).state == "pass"


class TestModel:
    @pytest.fixture(autouse=True)
    def with_features(self, store: Warehouse) -> None:
        play(store, ("g", YESTERDAY, "final"))
        build_features()

    def test_skips_without_a_champion(self, store: Warehouse) -> None:
        crown(store, "registered")  # current, and yet no champion
        seen = look("model", NOW)
        assert (seen.state, seen.reason) == ("skip", "there is no champion yet; run model_training first")

    def test_passes_with_a_champion(self, store: Warehouse) -> None:
        crown(store)
        assert look("model", NOW).state == "pass"

    def test_a_champion_that_cannot_serve_is_named_with_what_stands_in(self, store: Warehouse) -> None:
        crown(store, model="gone")
        with pytest.raises(Abort, match=r"the champion, `gone` version `v1`, cannot serve: no .*No other"):
            look("model", NOW)
        crown(store, "registered")
        with store.write() as con:
            con.execute(
                "UPDATE raw.games SET home_id = 'a', away_id = 'b', home_score = 70, away_score = 60"
            ).fetchall()
            con.execute(
                "INSERT INTO models.walk_forward BY NAME SELECT league, 'steady' AS model, 'spec' AS spec_id, 'month' "
                "AS refit, '2026' AS fold, 'x' AS data_id, season, game_id, game_date, 0.9 AS home_win_prob, 5.0 AS "
                "margin, 11.0 AS margin_sd FROM raw.results"
            ).fetchall()
        seen = look("model", NOW)
        assert seen.state == "pass"
        assert "the champion, `gone` version `v1`, cannot serve: no plugin brings the model `gone`" in seen.reason
        assert "`steady` version `v1` stands in for it (best log loss of 1 models on 1 games" in seen.reason

    def test_waits_for_features(self, store: Warehouse) -> None:
        crown(store)
        play(store, ("h", YESTERDAY, "final"))
        assert look("model", NOW).state == "wait"

    def test_a_builder_that_no_model_sees_keeps_nobody_waiting(self, store: Warehouse, install_plugin: Any) -> None:
        crown(store)
        install_plugin(
            "aside",
            """
            @hookimpl
            def feature_builders():
                columns = [Column(name, "VARCHAR") for name in ("league", "game_id")]
                columns += [Column("season", "INTEGER"), Column("game_date", "DATE"), Column("tip_utc", "TIMESTAMP")]
                table = Table("aside", ("league", "season", "game_id"), tuple(columns), schema="features")
                return (FeatureBuilder("aside", table, ("raw.games",), compute="nowhere:compute"),)
            """,
        )
        assert [builder.name for builder in plugins.load().builders] == ["aside", "form"]
        assert look("model", NOW).state == "pass"

    def test_a_blocking_check_that_failed_last_stops_predictions(self, store: Warehouse) -> None:
        crown(store)
        checked(store, "scores", passed=False)
        with pytest.raises(CheckFailed, match=r"`scores` \(3 rows of raw.games\)"):
            look("model", NOW)
        checked(store, "scores", passed=True, at=NOW + timedelta(hours=1))
        assert look("model", NOW).state == "pass"

    def test_a_check_that_is_not_installed_stops_nothing(self, store: Warehouse) -> None:
        crown(store)
        checked(store, "gone", passed=False)
        assert look("model", NOW).state == "pass"


def test_a_busy_store_is_a_reason_to_wait(store: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_LOCK_WAIT_SECONDS", "0.05")
    with store.locked():
        seen = look("new_data", NOW)
    assert seen.state == "wait"
    assert "in use" in seen.reason
