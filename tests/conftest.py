"""A temporary Airflow and a temporary TIPOFF_HOME for every test, and the DAG files as modules."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from tipoff.airflow.testing import isolate

ROOT = Path(__file__).resolve().parents[1]
DAGS = ROOT / "dags"
AIRFLOW_HOME = isolate(DAGS)


@pytest.fixture(autouse=True)
def tipoff_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TIPOFF_HOME with a small simulated league behind it, and nothing else from the developer's shell."""
    for name in [name for name in os.environ if name.startswith("TIPOFF_") and name[7:] not in ("SHARED",)]:
        if not name.startswith("TIPOFF_TEST_"):
            monkeypatch.delenv(name)
    home = tmp_path / "tipoff"
    monkeypatch.setenv("TIPOFF_HOME", str(home))
    monkeypatch.setenv("TIPOFF_SOURCE", "embedded:seed=1,teams=32")
    return home


@pytest.fixture(scope="session")
def airflow_home() -> Path:
    """A migrated metadata database, connections and variables, once a session."""
    from tipoff.airflow.home import prepare

    prepare(AIRFLOW_HOME, DAGS)
    return AIRFLOW_HOME


@pytest.fixture(scope="session")
def dag_file() -> Callable[[str], ModuleType]:
    """Loads the file of a DAG afresh: ``dag_file("prediction").prediction_dag``."""

    return lambda dag_id: loaded(f"{dag_id}_dag_under_test", DAGS / f"{dag_id}_dag.py")


@pytest.fixture(scope="session")
def support() -> ModuleType:
    """What installs plugins into a running Airflow; a module beside this one."""
    return loaded("support_live", Path(__file__).with_name("support_live.py"))


def loaded(name: str, path: Path) -> ModuleType:
    """A module from its file."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Callable[[str, str], object]], str]]:
    """Starts a source on this machine and gives its address; it is told its address and a path, and answers JSON."""
    with ExitStack() as servers:
        yield lambda answer: servers.enter_context(_serving(answer))


@contextmanager
def _serving(answer: Callable[[str, str], object]) -> Iterator[str]:
    class Source(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answer(f"http://{self.headers['Host']}", self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the test's output."""

    server = HTTPServer(("127.0.0.1", 0), Source)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def dags_copy(tmp_path: Path) -> Path:
    """The DAG files in a folder of their own, for a test that runs another Airflow on them."""
    return Path(
        shutil.copytree(DAGS, tmp_path / "dags", ignore=shutil.ignore_patterns("__pycache__", "BUILD", "tests"))
    )
