from __future__ import annotations

import re
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest
from tipoff.errors import Abort, SettingsError
from tipoff.modelling import decisions
from tipoff.modelling.decisions import Note, Version
from tipoff.warehouse.store import Warehouse

NOTE = Note("test", datetime(2025, 2, 20, 13))


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = Warehouse(tmp_path_factory.mktemp("template") / "tipoff.duckdb")
    warehouse.migrate()
    with warehouse.write() as con:
        for model, name in (("elo", "1"), ("elo", "2"), ("linear", "1")):
            decisions.add(con, version(model, name))
    return warehouse.path


@pytest.fixture
def store(tmp_path: Path, versions: Path) -> Warehouse:
    return Warehouse(Path(shutil.copy(versions, tmp_path / "tipoff.duckdb")))


def version(model: str, name: str, league: str = "m") -> Version:
    return Version(
        model=model,
        version=name,
        league=league,
        spec_id=f"spec-{model}",
        spec='{"features":{"game_features":"1"}}',
        stacks="{}",
        dataset_id="d1",
        dataset="{}",
        games=100,
        first_day=date(2024, 11, 4),
        last_day=date(2025, 2, 18),
        artifact=f"{model}/{name}",
        artifact_sha256="0" * 64,
        created_at=NOTE.now,
        run_id="test",
    )


def record(store: Warehouse, *events: tuple[str, str, str]) -> None:
    with store.write() as con:
        for kind, model, name in events:
            decisions.record(con, decisions.get(con, model, name), kind, "because", note=NOTE)


def champion(store: Warehouse) -> tuple[str, str] | None:
    with store.read() as con:
        top = decisions.champion(con, "m")
    seen = store.query("SELECT model, version FROM models.champion WHERE league = 'm'").to_pylist()
    assert seen == ([{"model": top.model, "version": top.version}] if top else [])
    return (top.model, top.version) if top else None


def test_without_a_decision_there_is_no_champion(store: Warehouse) -> None:
    assert champion(store) is None
    record(store, ("registered", "elo", "1"), ("rejected", "elo", "2"), ("kept", "linear", "1"))
    assert champion(store) is None


def test_a_version_is_found_by_model_and_name(store: Warehouse) -> None:
    with store.read() as con:
        assert decisions.find(con, "elo", "2") == version("elo", "2")
        assert decisions.find(con, "elo", "3") is None
        assert [(v.model, v.version) for v in decisions.versions(con, model="elo")] == [("elo", "2"), ("elo", "1")]
        with pytest.raises(Abort, match=r"no version `3`.*models list"):
            decisions.get(con, "elo", "3")


def test_current_is_the_last_that_was_within_bounds(store: Warehouse) -> None:
    record(store, ("registered", "elo", "1"), ("rejected", "elo", "2"), ("registered", "linear", "1"))
    with store.read() as con:
        assert decisions.current(con, "m") == {"elo": "1", "linear": "1"}
        assert decisions.current(con, "other") == {}


def test_the_champion_serves_for_its_model_and_current_versions_for_the_others(store: Warehouse) -> None:
    record(store, ("registered", "elo", "1"), ("first", "elo", "1"), ("registered", "elo", "2"), ("kept", "elo", "2"))
    record(store, ("registered", "linear", "1"))
    with store.read() as con:
        assert decisions.serving(con, "m", "elo") == version("elo", "1")
        assert decisions.serving(con, "m", "linear") == version("linear", "1")
        assert decisions.serving(con, "m", "home") is None


def test_a_person_may_promote_any_version(store: Warehouse) -> None:
    record(store, ("first", "elo", "2"))
    with store.write() as con:
        event = decisions.promote(con, version("linear", "1"), " better in March ", NOTE, {"games": 40})
    assert (event.kind, event.reason, event.figures) == ("manual", "better in March", '{"games":40}')
    assert champion(store) == ("linear", "1")


def test_a_person_must_say_why(store: Warehouse) -> None:
    with store.write() as con, pytest.raises(SettingsError, match=r"`linear` version `1`: say why, with --reason"):
        decisions.promote(con, version("linear", "1"), "  ", NOTE)
    assert champion(store) is None


def test_rollback_goes_back_one_by_one(store: Warehouse) -> None:
    record(store, ("first", "elo", "1"), ("promoted", "linear", "1"), ("kept", "elo", "2"), ("promoted", "elo", "2"))
    for expected in (("linear", "1"), ("elo", "1")):
        with store.write() as con:
            decisions.rollback(con, "m", NOTE)
        assert champion(store) == expected
    with store.write() as con, pytest.raises(Abort, match="no earlier champion"):
        decisions.rollback(con, "m", NOTE)


def test_a_champion_that_was_confirmed_is_no_earlier_champion(store: Warehouse) -> None:
    record(store, ("first", "elo", "1"), ("promoted", "linear", "1"), ("manual", "linear", "1"))
    with store.write() as con:
        decisions.unpin(con, "m", NOTE)
        decisions.rollback(con, "m", NOTE)
    assert champion(store) == ("elo", "1")


def test_after_a_rollback_the_line_goes_on(store: Warehouse) -> None:
    record(store, ("first", "elo", "1"), ("promoted", "linear", "1"))
    with store.write() as con:
        decisions.rollback(con, "m", NOTE)
    record(store, ("refreshed", "elo", "2"))
    assert champion(store) == ("elo", "2")
    with store.write() as con:
        decisions.rollback(con, "m", NOTE)
    assert champion(store) == ("elo", "1")


def test_leagues_have_champions_of_their_own(store: Warehouse) -> None:
    with store.write() as con:
        decisions.add(con, version("elo", "w1", league="w"))
    record(store, ("first", "elo", "1"), ("first", "elo", "w1"))
    with store.read() as con:
        assert [decisions.champion(con, league).version for league in ("m", "w")] == ["1", "w1"]  # type: ignore[union-attr]
        assert [event.seq for event in decisions.events(con, "w")] == [1]


def test_what_is_told_of_the_kinds_of_decisions_is_what_the_views_make_of_them(store: Warehouse) -> None:
    told = dict(re.findall(r"^\| (\w+) +\|.*\| ([\w, ]*?) *\|$", str(decisions.__doc__), re.MULTILINE))
    assert told.pop("kind") == "sets" and len(told) == 8
    for kind in told:
        with store.write() as con:
            decisions.add(con, version("elo", "1", league=kind))
            decisions.record(con, version("elo", "1", league=kind), kind, "because", note=NOTE)
    for view in ("champion", "current"):
        seen = store.query(f"SELECT league FROM models.{view}")["league"].to_pylist()
        assert set(seen) == {kind for kind, sets in told.items() if view in sets}
    assert set(decisions.CROWNS) == {kind for kind, sets in told.items() if "champion" in sets}
