"""A source that fails, in a real task run: what is tried again, what fails at once, and who is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from types import ModuleType

import pytest
from aiohttp import web
from tipoff import clock, settings
from tipoff.airflow.testing import open_channel
from tipoff.warehouse.store import Warehouse
from tipoff_espn.server import make_app, open_league

NOW = datetime(2026, 1, 21, 13, tzinfo=timezone.utc)
LEAGUE = "mens-college-basketball"
DagFile = Callable[[str], ModuleType]


class FaultySource:
    """The ESPN-compatible server behind a door that answers the first `times` requests with `status`."""

    def __init__(self) -> None:
        self.status, self.times, self.requests = 503, 0, 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        self._ready.wait()

    def _serve(self) -> None:
        @web.middleware
        async def door(request: web.Request, handler: Callable[[web.Request], object]) -> web.StreamResponse:
            self.requests += 1
            if self.requests <= self.times:
                return web.Response(status=self.status, text="no")
            return await handler(request)  # type: ignore[misc, no-any-return]  # aiohttp's handlers are coroutines

        async def start() -> web.AppRunner:
            app = make_app(open_league("embedded:seed=1,teams=32", (LEAGUE,)), clock.now)
            outer = web.Application(middlewares=[door])
            outer.add_subapp("/espn", app)
            runner = web.AppRunner(outer, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return runner

        runner = self._loop.run_until_complete(start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/espn"
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    def close(self) -> None:
        """Stops the server and waits for it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultySource]:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    faulty = FaultySource()
    monkeypatch.setenv("TIPOFF_SOURCE", faulty.url)
    monkeypatch.setenv("TIPOFF_ATTEMPTS", "1")
    yield faulty
    faulty.close()


@pytest.fixture
def alerts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, str]]]:
    """What an alert channel is told."""
    with open_channel() as channel:
        monkeypatch.setenv("TIPOFF_ALERT_URLS", channel.url)
        yield channel.received


def tries(dag_file: DagFile) -> dict[str, tuple[str, int]]:
    """Runs collect_teams (and what follows it) at NOW without waiting between tries: state and tries by task."""
    dag = dag_file("data_collection").data_collection_dag.partial_subset(
        task_ids=["collect_teams", "data_quality"], include_upstream=False, include_downstream=False
    )
    for task in dag.tasks:
        task.retry_delay = timedelta(0)
        task.retry_exponential_backoff = 0
    run = dag.test(logical_date=NOW)
    return {each.task_id: (str(each.state), each.try_number) for each in run.get_task_instances()}


def test_error_handling(
    airflow_home: object, source: FaultySource, alerts: list[dict[str, str]], dag_file: DagFile
) -> None:
    """Passing trouble: the task is tried again and succeeds, and nobody is woken."""
    source.times = 2
    assert tries(dag_file)["collect_teams"] == ("success", 3)
    assert Warehouse.of(settings.load()).query("SELECT * FROM raw.teams").num_rows > 0
    assert alerts == []


@pytest.mark.parametrize("status", [403, 400])
def test_a_refusal_fails_at_once_and_is_told_once(
    status: int, airflow_home: object, source: FaultySource, alerts: list[dict[str, str]], dag_file: DagFile
) -> None:
    source.status, source.times = status, 1000
    states = tries(dag_file)
    assert states["collect_teams"] == ("failed", 1)
    assert source.requests == 1
    (alert,) = alerts
    assert "`collect_teams`: " in alert["message"]
    assert f"answered {status}" in alert["message"]


def test_after_a_failure_what_came_is_judged_and_published_and_the_run_fails(
    airflow_home: object, source: FaultySource, alerts: list[dict[str, str]], dag_file: DagFile
) -> None:
    source.status, source.times = 403, 1000
    run = dag_file("data_collection").data_collection_dag.test(logical_date=NOW)
    assert run.state == "failed"
    states = {each.task_id: str(each.state) for each in run.get_task_instances()}
    assert states == {
        "collect_teams": "failed",
        **dict.fromkeys(("collect_games", "collect_players", "collect_stats"), "upstream_failed"),
        "data_quality": "failed",
    }
    assert Warehouse(settings.load().published).query("SELECT * FROM ops.check_result WHERE passed").num_rows > 10
    (alert,) = alerts
    assert "`collect_teams`: SourceRefused" in alert["message"], "the cause"
    assert alert["message"].index("`collect_teams`: ") < alert["message"].index("`data_quality`: ")
    source.times = 0
    dag_file("data_collection").data_collection_dag.test(logical_date=NOW + timedelta(minutes=1))
    assert [(each["type"], each["title"]) for each in alerts] == [
        ("failure", "tipoff: data_collection failed"),
        ("success", "tipoff: data_collection is well again"),
    ]


def test_trouble_that_lasts_ends_after_the_dags_retries(
    airflow_home: object, source: FaultySource, alerts: list[dict[str, str]], dag_file: DagFile
) -> None:
    source.times = 1000
    assert tries(dag_file)["collect_teams"] == ("failed", 4)
    assert source.requests == 4
    assert len(alerts) == 1
