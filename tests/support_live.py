"""A running Airflow in an environment of its own, into which a test installs plugins as people do: with pip."""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.metadata
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from tipoff.airflow.testing.services import free_port
from tipoff.cli.parts import end_with_parent

T = TypeVar("T")
START_SECONDS, CHANGE_SECONDS, STOP_SECONDS = 600.0, 600.0, 300.0
"""When to give up: no measure of speed."""


def until(look: Callable[[], T | None], what: str, limit: float = CHANGE_SECONDS) -> T:
    """What `look` gives once it gives something; fails after `limit` seconds."""
    give_up = time.monotonic() + limit
    while not (found := look()):
        assert time.monotonic() < give_up, f"{what} took more than {limit:g} s"
        time.sleep(0.25)  # other processes work; nothing here can tell when they are ready
    return found


def wheel(folder: Path, name: str, source: str, version: str = "1.0") -> Path:
    """A wheel as any build tool makes it, with one module and its entry point."""
    path, info = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": textwrap.dedent(source),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[tipoff]\n{name.removeprefix('tipoff_')} = {name}\n",
    }
    digests = {file: hashlib.sha256(text.encode()).digest() for file, text in files.items()}
    coded = {file: base64.urlsafe_b64encode(digest).rstrip(b"=").decode() for file, digest in digests.items()}
    lines = [f"{file},sha256={coded[file]},{len(text.encode())}" for file, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""])
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path


class Live:
    """An environment, homes and, between `start` and `stop`, an Airflow of `tipoff up`.

    The environment is a virtual one that sees all that this process sees, so that an installation changes nothing else.

    Args:
        folder: for all of it.
        dags: the folder with the DAG files.
        env: further environment variables.
    """

    def __init__(self, folder: Path, dags: Path, env: Mapping[str, str]) -> None:
        self.folder, self.dags = folder, dags
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True, capture_output=True)
        self.python = folder / "venv/bin/python"
        (folder / "venv/bin/tipoff").write_text(f'#!/bin/sh\nexec {self.python} -m tipoff.cli "$@"\n')
        (folder / "venv/bin/tipoff").chmod(0o755)
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIPOFF", "PIP_"))}
        mine.pop("PYTHONDONTWRITEBYTECODE", None)
        self.env = {
            **mine,
            "PATH": os.pathsep.join([str(self.python.parent), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join(os.path.abspath(each) for each in sys.path if each),  # noqa: PTH100 - not resolved
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # which is how pip spells: without
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "AIRFLOW_HOME": str(folder / "airflow"),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "1",
            "AIRFLOW__API__WORKERS": "1",
            "TIPOFF_HOME": str(folder / "tipoff"),
            "TIPOFF_SOURCE": "embedded:seed=1,teams=32",
            **env,
        }
        if not any(each.name == "tipoff" for each in importlib.metadata.entry_points(group="airflow.plugins")):
            # Where tipoff is on the path and not installed, Airflow does not see its entry point.
            (folder / "airflow/plugins").mkdir(parents=True)
            (folder / "airflow/plugins/page.py").write_text("from tipoff.airflow.ui.plugin import TipoffPage\n")
        self._up: subprocess.Popen[bytes] | None = None
        self._url = self._token = ""

    def start(self) -> None:
        """Starts Airflow, and waits until it answers."""
        port = free_port()
        self._url, self._token = f"http://127.0.0.1:{port}", ""
        with (self.folder / "up.log").open("ab") as log:
            self._up = subprocess.Popen(
                [str(self.python), "-m", "tipoff.cli", "up", "--port", str(port), "--dags", str(self.dags)],
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - a test runner may kill us
            )
        answer = until(lambda: self.call("GET", "/auth/token"), "the start", START_SECONDS)
        self._token = answer["access_token"]

    def stop(self) -> None:
        """Ctrl-C."""
        if self._up is not None:
            self._up.send_signal(signal.SIGINT)
            self._up.wait(STOP_SECONDS)
            self._up = None

    def run(self, *words: str, cwd: Path | None = None, code: int = 0) -> str:
        """What a command in the environment prints."""
        done = subprocess.run(words, cwd=cwd, env=self.env, check=False, capture_output=True, text=True)
        assert done.returncode == code, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def pip(self, *words: str) -> None:
        """Installs and removes."""
        self.run(str(self.python), "-m", "pip", *words)

    def plugins(self) -> dict[str, dict[str, Any]]:
        """What ``tipoff plugins`` says, by name."""
        return {each["name"]: each for each in json.loads(self.run("tipoff", "plugins", "--json"))}

    def get(self, path: str) -> str | None:
        """What Airflow answers; None while it does not answer, or knows nothing there."""
        return self._ask("GET", path, None)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The same as JSON."""
        answer = self._ask(method, path, None if body is None else json.dumps(body).encode())
        return None if answer is None else json.loads(answer)

    def _ask(self, method: str, path: str, data: bytes | None) -> str | None:
        request = urllib.request.Request(self._url + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")

        def answer() -> tuple[str | None] | None:
            try:
                with urllib.request.urlopen(request, timeout=120) as opened:
                    return (str(opened.read().decode()),)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == 404:
                    return (None,)
                if error.code in (500, 503):  # SQLite is locked, which says nothing of what was asked for
                    return None
                raise
            except OSError:
                assert self._up is not None
                assert self._up.poll() is None, (self.folder / "up.log").read_text()[-4000:]
                return (None,)

        return until(answer, f"an answer from {path}")[0]

    def tasks(self, dag_id: str = "data_collection") -> set[str]:
        """Ids of a DAG's tasks as the UI knows them now."""
        answer = self.call("GET", f"/api/v2/dags/{dag_id}/tasks")
        return {each["task_id"] for each in answer["tasks"]} if answer else set()

    def models(self) -> set[str]:
        """Names of the models that the form of `model_training` offers now."""
        answer = self.call("GET", "/api/v2/dags/model_training/details")
        return set(answer["params"]["models"]["schema"]["items"].get("enum", ())) if answer else set()

    def import_error(self) -> str:
        """What stands among the Import Errors; empty where there is none."""
        errors = (self.call("GET", "/api/v2/importErrors") or {"import_errors": []})["import_errors"]
        assert {Path(each["filename"]).name for each in errors} <= {"plugin_health.py"}, errors
        return "\n".join(each["stack_trace"] for each in errors)

    def page(self) -> str:
        """The page's part about plugins, as text."""
        answer = re.sub(r"</?code>", "`", self.get("/tipoff/plugins") or "")
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer)).split())

    def task(self, dag_id: str, task_id: str) -> str:
        """The state of a task once it has ended in a run of its DAG, which is then broken off."""
        dag, ended = f"/api/v2/dags/{dag_id}", ("success", "failed", "skipped", "upstream_failed")
        runs = f"{dag}/dagRuns"
        if until(lambda: self.call("GET", dag), dag_id)["is_paused"]:  # once let go it makes a run by itself
            until(lambda: self.call("PATCH", dag, {"is_paused": False}), dag_id)
            run = until(lambda: (self.call("GET", runs) or {"dag_runs": []})["dag_runs"], f"a run of {dag_id}")[0]
        else:
            run = until(lambda: self.call("POST", runs, {"logical_date": None}), f"a run of {dag_id}")

        def state() -> str | None:
            found = self.call("GET", f"{runs}/{run['dag_run_id']}/taskInstances/{task_id}")
            return str(found["state"]) if found and found["state"] in ended else None

        found = until(state, f"{task_id} of {dag_id}")
        until(lambda: self.call("PATCH", f"{runs}/{run['dag_run_id']}", {"state": "failed"}), "the end of the run")
        return found
