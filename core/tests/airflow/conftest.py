"""A temporary Airflow for these tests; it must be set before anything imports Airflow."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tipoff.airflow.testing import Channel, isolate, open_channel

if TYPE_CHECKING:
    from tipoff.warehouse.store import Warehouse

DAGS = Path(__file__).resolve().parents[3] / "dags"
AIRFLOW_HOME = isolate(DAGS)


@pytest.fixture(autouse=True)
def tipoff_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TIPOFF_HOME, and no setting from the developer's shell."""
    for name in [name for name in os.environ if name.startswith("TIPOFF_")]:
        if name != "TIPOFF_SHARED" and not name.startswith("TIPOFF_TEST_"):
            monkeypatch.delenv(name)
    home = tmp_path / "tipoff"
    monkeypatch.setenv("TIPOFF_HOME", str(home))
    return home


@pytest.fixture
def channel(tipoff_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Channel]]:
    """A channel that is told of alerts."""
    with open_channel() as opened:
        monkeypatch.setenv("TIPOFF_ALERT_URLS", opened.url)
        yield opened


@pytest.fixture(scope="session")
def airflow_home() -> Path:
    """A migrated metadata database, connections and variables, once a session."""
    from tipoff.airflow.home import prepare

    prepare(AIRFLOW_HOME, DAGS)
    return AIRFLOW_HOME


PLUGIN = """
    from datetime import date
    from tipoff import Payload, Request, Row, clock
    from tipoff.errors import SourceRefused, SourceUnavailable

    COLUMNS = (
        Column("league", "VARCHAR"), Column("season", "INTEGER"), Column("game_id", "VARCHAR"),
        Column("game_date", "DATE"), Column("tip_utc", "TIMESTAMP"), Column("played", "INTEGER"),
    )
    FORM = Table("form", key=("league", "season", "game_id"), columns=COLUMNS, schema="features")

    def compute(context):
        return context.sql("SELECT league, season, game_id, game_date, tip_utc, 1 AS played FROM games "
                           "WHERE season = $season")

    class Client:
        concurrency = 1

        def __init__(self, access):
            self.access = access

        async def __aenter__(self):
            return self

        async def __aexit__(self, *error):
            pass

        async def fetch(self, request, league):
            if self.access.host == "http://down":
                raise SourceUnavailable("it is down")
            if self.access.host == "http://refuses":
                raise SourceRefused("403")
            return Payload(request, b"1", clock.now(), league)

    def plan(context):
        day = context.window.start.isoformat()
        return [Request("http://tiny/games", {"day": day})]

    def parse(payload):
        day = date.fromisoformat(payload.request.params["day"])
        yield Row("games", {
            "season": clock.season_of(day), "game_id": "g" + day.isoformat(), "game_date": day,
            "tip_utc": clock.day_start(day), "status": "final", "home_id": "1", "away_id": "2",
            "home_score": 70, "away_score": 60,
        })

    @hookimpl
    def collectors():
        schedule = Dataset("schedule", tables=("games",), plan=f"{__name__}:plan", parse=f"{__name__}:parse")
        polls = Dataset("polls", tables=("rankings",), plan=f"{__name__}:plan", parse=f"{__name__}:parse")
        return (Collector("tiny", conn_id="tiny_api", datasets=(schedule, polls), client=f"{__name__}:Client"),)

    @hookimpl
    def feature_builders():
        return (FeatureBuilder("form", table=FORM, inputs=("raw.games",), compute=f"{__name__}:compute"),)

    @hookimpl
    def models():
        return (Model("steady", ("form.played",), fit=f"{__name__}:fit", predict=f"{__name__}:predict"),)

    @hookimpl
    def checks():
        sql = "SELECT game_id FROM raw.games WHERE home_score < 0"
        return (Check("scores", table="raw.games", sql=sql, severity="block"),)
"""
"""A whole tiny system: two datasets, a builder that reads one of them, a model of its feature, a blocking check."""


@pytest.fixture
def tiny(install_plugin: Callable[..., None]) -> None:
    """`PLUGIN`, installed; the built-in plugins are not there."""
    install_plugin("tiny", PLUGIN)


@pytest.fixture
def store(tiny: None) -> Warehouse:
    """A migrated, empty store of the tiny system."""
    from tipoff import plugins, settings
    from tipoff.warehouse.store import Warehouse

    warehouse = Warehouse.of(settings.load())
    warehouse.migrate(plugins.load().tables().values())
    return warehouse
