"""The connection type of a source, as Airflow itself sees it: its form, its limits, its test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from tipoff import settings
from tipoff.airflow import context as task_context
from tipoff.airflow.provider import CONN_TYPE, FIELDS, get_provider_info
from tipoff.airflow.source import SourceHook
from tipoff.contracts import Access
from tipoff.errors import SettingsError

FORM = """
import json
from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService
(form,) = [each for each in HookMetaService.hook_meta_data() if each.connection_type == "tipoff_source"]
print(form.model_dump_json())
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of a process that sees tipoff installed, as Pants' sandbox does not show it, with an Airflow of its own."""
    site = tmp_path_factory.mktemp("site")
    info = site / "tipoff-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tipoff\nVersion: 0\n")
    point = "provider_info = tipoff.airflow.provider:get_provider_info"
    (info / "entry_points.txt").write_text(f"[apache_airflow_provider]\n{point}\n")
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    path = os.pathsep.join([str(site), *(os.path.abspath(each) for each in sys.path if each)])  # noqa: PTH100
    return {**mine, "PYTHONPATH": path, "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow"))}


def test_the_form_has_a_field_with_help_for_each_setting_of_a_source(environment: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FORM], env=environment, capture_output=True, text=True, check=True, timeout=600
    )
    form = json.loads(ran.stdout.splitlines()[-1])
    fields = form["standard_fields"]
    assert {name for name in fields if fields[name] and fields[name]["hidden"]} == {"login", "port", "url_schema"}
    assert (fields["host"]["title"], fields["password"]["title"]) == ("Address", "API key")
    extra = form["extra_fields"]
    assert set(extra) == set(FIELDS)
    assert all(field["description"] and field["schema"]["title"] for field in extra.values())
    assert extra["proxy"]["schema"]["format"] == "password"
    assert extra["attempts"]["schema"] == {"type": ["integer", "null"], "minimum": 1, "title": "Attempts"}
    assert extra["requests_per_second"]["schema"]["exclusiveMinimum"] == 0


def test_a_connection_of_the_type_can_be_added_and_tested(environment: dict[str, str], source: str) -> None:
    """With the command line, which warns of types it does not know, and asks the hook."""
    env = {**environment, "AIRFLOW__CORE__TEST_CONNECTION": "Enabled"}
    env["AIRFLOW_CONN_POLLS_API"] = json.dumps({"conn_type": CONN_TYPE, "host": source})
    script = "from airflow.utils.db import initdb; initdb()\nfrom airflow.__main__ import main\nimport sys\n"
    for words in (
        ["add", "espn_api", "--conn-type", CONN_TYPE, "--conn-host", source, "--conn-extra", '{"attempts": 1}'],
        ["test", "polls_api"],
    ):
        script += f"sys.argv[1:] = {['connections', *words]!r}\nmain()\n"
    ran = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False, timeout=600
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "Successfully added `conn_id`=espn_api" in ran.stdout
    assert "Connection success!" in ran.stdout
    assert "invalid" not in ran.stdout, ran.stdout


def test_what_airflow_is_told_fits_its_schema() -> None:
    from airflow.providers_manager import _create_provider_info_schema_validator

    _create_provider_info_schema_validator().validate(get_provider_info())  # type: ignore[no-untyped-call]


class Door(BaseHTTPRequestHandler):
    """Answers the key ``right`` and no other."""

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] in (None, "Bearer right")
        self.send_response(200 if allowed else 403)
        self.end_headers()
        self.wfile.write(b"{}" if allowed else str(self.headers["Authorization"]).encode())

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""


@pytest.fixture(scope="module")
def source() -> Iterator[str]:
    """A server's address."""
    with HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class TestHook:
    @pytest.fixture
    def connect(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        def connect(**values: object) -> SourceHook:
            monkeypatch.setenv("AIRFLOW_CONN_POLLS_API", json.dumps({"conn_type": CONN_TYPE, **values}))
            return SourceHook("polls_api")

        return connect

    def test_a_key_that_opens(self, connect: Any, source: str) -> None:
        assert connect(host=source, password="right").test_connection() == (True, f"{source} gave status 200")

    def test_a_key_that_does_not_is_not_repeated(self, connect: Any, source: str) -> None:
        works, said = connect(host=source, password="wrong-key").test_connection()
        assert not works
        assert "answered 403: Bearer ***" in said

    def test_nobody_at_the_address(self, connect: Any) -> None:
        works, said = connect(host="http://127.0.0.1:1", extra={"attempts": 1}).test_connection()
        assert not works
        assert "ClientConnectorError" in said

    def test_no_address(self, connect: Any) -> None:
        works, said = connect(password="right").test_connection()
        assert not works
        assert "no address to ask" in said

    def test_fields_become_the_access(self, connect: Any) -> None:
        hook = connect(host="http://a", password="k", extra={"attempts": "2", "timeout_seconds": 5, "proxy": ""})
        assert hook.access() == Access(source="embedded", host="http://a", api_key="k", attempts=2, timeout_seconds=5.0)

    @pytest.mark.parametrize(
        ("extra", "says"),
        [
            ({"max_concurrency": 0}, "extra `max_concurrency` is `0`: Input should be greater than or equal to 1"),
            ({"requests_per_second": "quick"}, "extra `requests_per_second` is `quick`"),
            ({"proxy": ["me:secret@proxy"]}, r"extra `proxy` is `\*\*\*@proxy"),
        ],
    )
    def test_a_field_that_makes_no_sense_is_named(self, connect: Any, extra: dict[str, object], says: str) -> None:
        with pytest.raises(SettingsError, match=says):
            connect(extra=extra).test_connection()


def test_the_collectors_own_key_stands_in_for_the_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_POLLS_API_KEY", "of-the-shell")
    assert task_context.access("polls_api", settings.load(), "polls").api_key == "of-the-shell"
    assert task_context.access("polls_api", settings.load()).api_key == ""
    monkeypatch.setenv("AIRFLOW_CONN_POLLS_API", json.dumps({"conn_type": CONN_TYPE, "password": "of-airflow"}))
    assert task_context.access("polls_api", settings.load(), "polls").api_key == "of-airflow"
