"""The example in the docstring of every operator, sensor, hook and notifier, run as it stands there."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import pkgutil
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from textwrap import dedent, indent
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import tipoff.airflow
import tipoff_espn.operators
from airflow.sdk import DAG, BaseHook, BaseNotifier, BaseOperator
from tipoff import Request, plugins, settings
from tipoff.warehouse.store import Warehouse

KINDS = (BaseOperator, BaseHook, BaseNotifier)


def modules() -> Iterator[ModuleType]:
    """Everything of tipoff's that is made of Airflow's parts; the UI apart, whose parts are none of these."""
    for found in pkgutil.walk_packages(tipoff.airflow.__path__, "tipoff.airflow."):
        if not found.name.startswith("tipoff.airflow.ui"):
            yield importlib.import_module(found.name)
    yield tipoff_espn.operators


def components() -> list[type]:
    """Every public class that people make a task of or use in one; not those that only others are made from."""
    found = {
        each
        for module in modules()
        for name, each in inspect.getmembers(module, inspect.isclass)
        if each.__module__ == module.__name__ and issubclass(each, KINDS) and not name.startswith("_")
    }
    bases = {base for each in found for base in each.__mro__[1:] if "Example::" not in (base.__doc__ or "")}
    return sorted(found - bases, key=lambda each: each.__name__)


def example(component: type) -> str:
    """The code under ``Example::``."""
    text = inspect.cleandoc(component.__doc__ or "")
    _, marked, code = text.partition("\nExample::\n")
    assert marked, f"{component.__name__} has no example"
    return dedent(code).strip()


def known() -> dict[str, Any]:
    """What a DAG file has at hand: the classes, and tasks that came before."""
    names: dict[str, Any] = {each.__name__: each for each in components()}
    before = SimpleNamespace(output={"model": "elo"})
    earlier = ("prepare_dataset", "train", "evaluate", "get_upcoming", "generate_preds")
    return {
        **names,
        **dict.fromkeys(earlier, before),
        "DAG": DAG,
        "Request": Request,
        "date": date,
        "timedelta": timedelta,
    }


def test_they_are_found() -> None:
    names = {each.__name__ for each in components()}
    assert {"CollectOperator", "ESPNGamesOperator", "HealthSensor", "DuckDBOperator", "FailureNotifier"} <= names
    assert {"TipoffDuckDBHook", "SourceHook"} <= names
    assert not {"TipoffOperator", "WaitingSensor", "GateSensor", "ESPNOperator"} & names


@pytest.mark.parametrize("component", [each for each in components() if issubclass(each, BaseOperator)])
def test_the_example_of_an_operator_is_a_task(component: type) -> None:
    with DAG("example", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc)) as dag:
        exec(example(component), known())
    assert component.__name__ in {task.task_type for task in dag.tasks}


@pytest.mark.parametrize("component", [each for each in components() if issubclass(each, BaseNotifier)])
def test_the_example_of_a_notifier_is_on_a_dag(component: type) -> None:
    made: list[DAG] = []

    class Noted(DAG):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            made.append(self)

    exec(example(component), {**known(), "DAG": Noted})
    (dag,) = made
    assert isinstance(dag.on_failure_callback, component) or isinstance(dag.on_success_callback, component)


class Answers(BaseHTTPRequestHandler):
    """A source that has one answer."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"week": 1}')

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""


@pytest.mark.parametrize("component", [each for each in components() if issubclass(each, BaseHook)])
def test_the_example_of_a_hook_runs(component: type, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = settings.load()
    Warehouse.of(chosen).migrate(plugins.load(chosen).tables().values())
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        polls = {"conn_type": "tipoff_source", "host": f"http://127.0.0.1:{server.server_port}"}
        monkeypatch.setenv("AIRFLOW_CONN_POLLS_API", json.dumps(polls))
        names = known()
        code = f"async def example():\n{indent(example(component), '    ')}\n    return locals()\n"
        exec(code, names)
        made = asyncio.run(names["example"]())
        server.shutdown()
        thread.join()
    assert any(isinstance(each, component) for each in made.values()) or made["payload"].json() == {"week": 1}
