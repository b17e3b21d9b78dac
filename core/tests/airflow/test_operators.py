"""The operators, called as Airflow calls them, over a tiny system of plugins and a real store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException
from tipoff import plugins, settings
from tipoff.airflow import forms, operators
from tipoff.airflow.dag import asset
from tipoff.airflow.sensors import ModelSensor
from tipoff.errors import Abort, CheckFailed, SettingsError, SourceRefused, SourceUnavailable
from tipoff.warehouse.store import Warehouse

pytestmark = pytest.mark.usefixtures("tiny")
CONTEXT: Any = {}


@pytest.fixture(autouse=True)
def league_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-15T13:00:00")
    monkeypatch.setenv("AIRFLOW_VAR_TIPOFF", "{}")


def collect(**more: Any) -> operators.CollectOperator:
    return operators.CollectOperator(task_id="collect_schedule", dataset="schedule", **more)


def execute(operator: operators.TipoffOperator) -> Any:
    return operator.execute(CONTEXT)


def published() -> list[str]:
    """Games in the copy that people read."""
    rows = Warehouse(settings.load().published).query("SELECT game_id FROM raw.games ORDER BY 1")
    return [row["game_id"] for row in rows.to_pylist()]


def test_operator_execution() -> None:
    """Collect, check, compute, check: each step does its work and returns plain JSON."""
    (report,) = execute(collect(start="2026-01-14", end="2026-01-14"))
    assert (report["dataset"], report["rows"], report["requests"]) == ("schedule", 1, 1)
    (again,) = execute(collect(start="2026-01-14", end="2026-01-14"))
    assert (again["rows"], again["requests"]) == (0, 0)
    results = execute(operators.QualityOperator(task_id="data_quality", schema="raw"))
    assert [result["passed"] for result in results if result["name"] == "scores"] == [True]
    assert published() == ["g2026-01-14"]
    built = execute(operators.FeatureOperator(task_id="form_features", builder="form"))
    assert (built["builder"], built["rows"]) == ("form", 1)
    built = execute(operators.FeatureOperator(task_id="form_features", builder="form"))
    assert (built["partitions"], built["written"]) == (0, 0)
    built = execute(operators.FeatureOperator(task_id="form_features", builder="form", full=True))
    assert (built["partitions"], built["written"]) == (1, 0)
    json.dumps([report, results, built])


def test_a_parameter_that_the_dag_does_not_have_is_refused() -> None:
    """Airflow itself passes over it; a DAG without any says nothing of what a run may be given."""
    run = SimpleNamespace(
        conf={"seson": 2026}, dag_id="d", run_id="r", run_type="manual", run_after=datetime(2026, 1, 15)
    )
    told, free = (cast("Any", {"dag": dag, "dag_run": run}) for dag in (DAG("d", params=forms.building()), DAG("d")))
    build = operators.FeatureOperator(task_id="form_features", builder="form")
    said = r"given `seson` \(did you mean `season`\?\); its parameters are: full, season"
    with pytest.raises(SettingsError, match=said):
        build.execute(told)
    execute(collect(start="2026-01-14", end="2026-01-14"))
    assert build.execute(free)


def test_templates_choose_the_window() -> None:
    operator = collect(start="{{ params['from'] or '' }}", end="{{ params['to'] or '' }}")
    operator.render_template_fields({"params": {"from": "2026-01-10", "to": None}})
    (report,) = execute(operator)
    assert report["window"] == {"start": "2026-01-10", "end": "2026-01-15"}


def test_force_asks_again_for_what_has_landed() -> None:
    day = {"start": "2026-01-14", "end": "2026-01-14"}
    execute(collect(**day))
    assert execute(collect(**day))[0]["requests"] == 0
    operator = collect(**day, force="{{ params['force'] }}")
    operator.render_template_fields({"params": {"force": True}})
    (report,) = execute(operator)
    assert (report["requests"], report["fresh"], report["rows"]) == (1, 0, 0)
    with pytest.raises(SettingsError, match="`force` is `perhaps`; give true or false"):
        execute(collect(**day, force="perhaps"))


def test_a_run_for_fewer_leagues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_LEAGUES", "mens-college-basketball,nba")
    day = {"start": "2026-01-14", "end": "2026-01-14"}
    operator = collect(**day, leagues="{{ (params['leagues'] or []) | join(',') }}")
    operator.render_template_fields({"params": {"leagues": ["nba"]}})
    assert [report["league"] for report in execute(operator)] == ["nba"]
    assert [report["league"] for report in execute(collect(**day))] == ["mens-college-basketball", "nba"]
    with pytest.raises(SettingsError, match="league `wnba` is none of TIPOFF_LEAGUES, which has: mens-"):
        execute(collect(**day, leagues=["nba", "wnba"]))


def test_features_of_one_season() -> None:
    for day in ("2025-01-14", "2026-01-14"):
        execute(collect(start=day, end=day))
    one = operators.FeatureOperator(task_id="form_features", builder="form", full="True", season="2025")
    built = execute(one)
    assert (built["partitions"], built["full"]) == (1, True)
    assert execute(one)["partitions"] == 1
    both = operators.FeatureOperator(task_id="form_features", builder="form", full="False")
    assert execute(both)["partitions"] == 1
    with pytest.raises(SettingsError, match="`season` is `1999`, of which nothing is stored; there are: 2025, 2026"):
        execute(operators.FeatureOperator(task_id="form_features", builder="form", season="1999"))


def test_a_model_that_a_run_is_not_for(install_plugin: Callable[..., None]) -> None:
    """It is skipped in training; when asked it says nothing, since a skipped instance would keep the others' back."""
    other = 'Model("other", ("form.played",), fit=f"{__name__}:fit", predict=f"{__name__}:predict")'
    install_plugin("more", f"@hookimpl\ndef models():\n    return ({other},)")
    for names in ("other", ["other"], " other , "):
        with pytest.raises(AirflowSkipException, match="the run is for other and not for steady"):
            execute(operators.TrainModel(task_id="train_model", model="steady", dataset={}, models=names))
        ask = operators.GeneratePredictions(task_id="generate_preds", model="steady", upcoming={}, models=names)
        assert execute(ask) is None
    with pytest.raises(SettingsError, match=r"`others`.*`other`"):
        execute(operators.TrainModel(task_id="train_model", model="steady", dataset={}, models="others"))


def test_a_window_that_makes_no_sense_asks_nothing() -> None:
    with pytest.raises(SettingsError, match="one or the other"):
        execute(collect(start="2026-01-10", season="2026"))
    assert not settings.load().store.exists()


@pytest.mark.parametrize(("host", "error"), [("down", SourceUnavailable), ("refuses", SourceRefused)])
def test_the_connection_of_the_collector_is_used(
    host: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_TINY_API", json.dumps({"conn_type": "http", "host": f"http://{host}"}))
    day = {"start": "2026-01-14", "end": "2026-01-14"}
    with pytest.raises(error):
        execute(collect(**day))
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", json.dumps({"conn_type": "http", "host": "http://up"}))
    assert execute(collect(**day, conn_id="other"))[0]["rows"] == 1


def test_publishes_also_when_a_check_fails(store: Warehouse) -> None:
    execute(collect(start="2026-01-14", end="2026-01-14"))
    with store.write() as con:
        con.execute("UPDATE raw.games SET home_score = -1").fetchall()
    with pytest.raises(CheckFailed, match="scores"):
        execute(operators.QualityOperator(task_id="data_quality", schema="raw"))
    assert published() == ["g2026-01-14"]


def test_nothing_is_predicted_from_data_that_is_known_to_be_wrong(store: Warehouse) -> None:
    """Whether or not a gate has looked: one that found the store in use has not."""
    execute(collect(start="2026-01-14", end="2026-01-14"))
    with store.write() as con:
        con.execute("UPDATE raw.games SET home_score = -1, status = 'scheduled', game_date = '2026-01-15'").fetchall()
    with pytest.raises(CheckFailed):
        execute(operators.QualityOperator(task_id="data_quality", schema="raw"))
    went_on = ModelSensor(task_id="check_model").resume(CONTEXT, {"state": "wait", "reason": "the store is in use"})
    assert went_on == "went on without: the store is in use"
    with pytest.raises(CheckFailed, match=r"no predictions are made while .* `scores` \(1 row of raw.games\)"):
        execute(operators.GetUpcoming(task_id="get_upcoming"))


def test_nothing_to_do_becomes_a_skipped_task_with_its_reason() -> None:
    with pytest.raises(AirflowSkipException, match="no game is over yet"):
        execute(operators.PrepareDataset(task_id="prepare_dataset"))
    with pytest.raises(AirflowSkipException, match="is scheduled"):
        execute(operators.GetUpcoming(task_id="get_upcoming"))


def told(operator: operators.TipoffOperator) -> dict[str, Any]:
    """What the event of each of the operator's assets says."""

    class Event:
        extra: dict[str, object] | None = None

    events = {each: Event() for each in operator.outlets}
    operator.execute({"outlet_events": events})  # type: ignore[typeddict-item]
    return {each.name: event.extra for each, event in events.items()}


def test_assets_are_told_the_rows_and_the_version_of_the_data() -> None:
    both = [asset("raw.games"), asset("raw.teams")]
    first = told(collect(start="2026-01-14", end="2026-01-14", outlets=both))
    batch = "tiny/mens-college-basketball/schedule/"
    assert first["raw.games"]["rows"] == 1
    assert first["raw.teams"]["rows"] == 0
    assert first["raw.games"]["version"].startswith(batch)
    again = told(collect(start="2026-01-14", end="2026-01-14", outlets=both))
    assert again["raw.games"] == {"rows": 0, "version": first["raw.games"]["version"]}
    later = told(collect(start="2026-01-15", end="2026-01-15", outlets=both))["raw.games"]
    assert later["version"] > first["raw.games"]["version"]


def test_the_version_of_features_is_that_of_what_they_were_computed_from() -> None:
    def build() -> dict[str, Any]:
        form = operators.FeatureOperator(task_id="f", builder="form", outlets=[asset("features.form")])
        return dict(told(form)["features.form"])

    execute(collect(start="2026-01-14", end="2026-01-14"))
    first = build()
    assert first["rows"] == 1
    assert build() == {"rows": 0, "version": first["version"]}
    execute(collect(start="2026-01-15", end="2026-01-15"))
    assert build()["version"] != first["version"]


def test_every_operator_explains_itself_with_an_example() -> None:
    for name, kind in vars(operators).items():
        is_step = isinstance(kind, type) and issubclass(kind, operators.TipoffOperator)
        if is_step and kind is not operators.TipoffOperator:
            assert "Example::" in (kind.__doc__ or ""), name
            assert f"{name}" in (kind.__doc__ or ""), name


def test_constructing_one_opens_nothing() -> None:
    collect()
    operators.TrainModel(task_id="train_model", model="elo", dataset={})
    assert not settings.load().home.exists()


def test_plain() -> None:
    @dataclass(frozen=True)
    class Report:
        day: date
        at: datetime
        parts: tuple[int, ...]

    value = operators.plain([Report(date(2026, 1, 1), datetime(2026, 1, 1, 9), (1, 2))])
    assert value == [{"day": "2026-01-01", "at": "2026-01-01 09:00:00", "parts": [1, 2]}]
    assert operators.plain(None) is None
    assert [each.name for each in plugins.load().collectors] == ["tiny"]


def test_the_models_are_named_as_the_run_begins() -> None:
    assert operators.ListModels(task_id="list_models").execute(CONTEXT) == ["steady"]


@pytest.mark.parametrize(
    "task",
    [
        lambda: operators.TrainModel(task_id="train_model", model="gone", dataset={}),
        lambda: operators.EvaluateModel(task_id="evaluate_model", trained={"model": "gone"}),
        lambda: operators.RegisterModel(task_id="register_model", evaluated={"model": "gone"}),
        lambda: operators.GeneratePredictions(task_id="generate_preds", model="gone", upcoming={}),
    ],
    ids=["train", "evaluate", "register", "generate"],
)
def test_a_model_that_went_while_the_run_was_under_way_fails_its_own_part(task: Any) -> None:
    with pytest.raises(Abort, match="no plugin brings the model `gone` any more: its plugin was removed"):
        task().execute(CONTEXT)
