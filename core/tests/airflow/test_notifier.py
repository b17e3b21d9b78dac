"""A failed run is told to a real channel over HTTP, or logged."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from tipoff.airflow.notifier import FailureNotifier, message, tell

CONTEXT: Any = {
    "dag_run": SimpleNamespace(dag_id="prediction", run_id="scheduled__2026-01-15"),
    "reason": "timed_out",
    "ti": SimpleNamespace(task_id="store_preds", try_number=2),
}


class Channel(BaseHTTPRequestHandler):
    received: ClassVar[list[dict[str, str]]] = []
    status: ClassVar[int] = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(json.loads(body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Channel]]:
    class Mine(Channel):
        received: ClassVar[list[dict[str, str]]] = []

    server = HTTPServer(("127.0.0.1", 0), Mine)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("TIPOFF_ALERT_URLS", f"json://127.0.0.1:{server.server_port}/alerts")
    yield Mine
    server.shutdown()
    thread.join()
    server.server_close()


def test_tells_the_channel_once(channel: type[Channel]) -> None:
    FailureNotifier()(CONTEXT)
    (alert,) = channel.received
    assert alert["title"] == "tipoff: prediction failed"
    assert "scheduled__2026-01-15" in alert["message"]
    assert "timed_out" in alert["message"]
    assert "`store_preds`, try 2" in alert["message"]


def test_anything_else_can_be_told_through_the_same_channel(channel: type[Channel]) -> None:
    logged: list[object] = []
    tell("tipoff: a model has decayed", "elo: log loss 0.61", lambda *words: logged.append(words))
    (alert,) = channel.received
    assert (alert["title"], alert["message"]) == ("tipoff: a model has decayed", "elo: log loss 0.61")
    assert logged == []


def test_without_a_channel_it_is_logged_at_the_callers_level() -> None:
    logged: list[tuple[object, ...]] = []
    tell("a title", "a body", lambda *words: logged.append(words))
    assert logged == [("%s: %s (set TIPOFF_ALERT_URLS to be told)", "a title", "a body")]


def test_a_channel_that_refuses_breaks_nothing(channel: type[Channel], capsys: pytest.CaptureFixture[str]) -> None:
    channel.status = 500
    FailureNotifier()(CONTEXT)
    assert len(channel.received) >= 1
    assert "not every alert channel" in capsys.readouterr().out


def test_a_wrong_url_is_logged_without_its_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIPOFF_ALERT_URLS", "nonsense://very-secret-key")
    FailureNotifier()(CONTEXT)
    out = capsys.readouterr().out
    assert "not one that Apprise knows" in out
    assert "very-secret-key" not in out


def test_without_a_channel_it_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    FailureNotifier()(CONTEXT)
    out = capsys.readouterr().out
    assert "tipoff: prediction failed" in out
    assert "TIPOFF_ALERT_URLS" in out


def test_message_without_a_run() -> None:
    title, body = message({})
    assert title == "tipoff: a DAG failed"
    assert body.startswith("A run failed.")
