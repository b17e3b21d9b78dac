"""A throw-away Airflow for tests: call `isolate` at the top of a conftest.py, before anything imports Airflow.

And an alert channel that can be asked what it was told.
"""

from __future__ import annotations

import atexit
import importlib.metadata
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

_MARK = "TIPOFF_TEST_AIRFLOW"


def isolate(dags: Path) -> Path:
    """Points Airflow at a temporary home, one for the process and removed at its exit, and at the DAGs in `dags`.

    Nothing is imported and no database is made: `tipoff.airflow.home.prepare` does that when a test needs it.

    Returns:
        The temporary ``AIRFLOW_HOME``.
    """
    pid, _, path = os.environ.get(_MARK, "").partition(":")
    if pid == str(os.getpid()):
        os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(dags)
        return Path(path)
    # A developer's own Airflow must neither be seen nor touched.
    for name in [name for name in os.environ if name.startswith("AIRFLOW_") or name == "TIPOFF_AIRFLOW_DB"]:
        del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="tipoff-airflow-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    plug_in(home)
    os.environ.update(
        {
            _MARK: f"{os.getpid()}:{home}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        }
    )
    return home


def plug_in(home: Path) -> None:
    """Lets the Airflow of `home` see tipoff's plugin also where tipoff is on the path and not installed."""
    if any(each.name == "tipoff" for each in importlib.metadata.entry_points(group="airflow.plugins")):
        return
    (home / "plugins").mkdir(parents=True)
    (home / "plugins" / "of_tipoff.py").write_text("from tipoff.airflow.ui.plugin import TipoffPage\n")


class Channel(BaseHTTPRequestHandler):
    """A real alert channel, to which Apprise's ``json://`` speaks: what it was told, and how it answers."""

    received: ClassVar[list[dict[str, str]]] = []
    status: ClassVar[int] = 200
    url: ClassVar[str] = ""

    def do_POST(self) -> None:
        """Takes a message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(json.loads(body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""


@contextmanager
def open_channel() -> Iterator[type[Channel]]:
    """A channel of its own, for as long as the block runs."""

    class Mine(Channel):
        received: ClassVar[list[dict[str, str]]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Mine)
    Mine.url = f"json://127.0.0.1:{server.server_port}/alerts"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Mine
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
