"""The tutorial, block by block: its files are written, its commands run, and a running Airflow shows it."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tipoff.airflow.testing.services import free_port
from tipoff.warehouse.store import Warehouse

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/guides/tutorial.md").read_text()
BLOCK = re.compile(r"(?:^(At the end of )?`(\S+?)`[^`\n]*:\n\n)?^```(\w+)\n(.*?)^```", re.M | re.S)
PORT = "8765"


def chapters() -> dict[str, str]:
    """The text of each chapter by its number."""
    return {text[:1]: text for text in re.split(r"^## ", PAGE, flags=re.M) if text[:1].isdigit()}


class Reader:
    """Someone who does what the page says, in a folder of his own."""

    def __init__(self, live: Any, folder: Path) -> None:
        self._live, self._folder = live, folder
        self._background: list[subprocess.Popen[bytes]] = []
        self._port = str(free_port())

    def follow(self, chapter: str) -> str:
        """Does a chapter; what its commands print."""
        printed = []
        for at_end, path, kind, block in BLOCK.findall(chapters()[chapter]):
            text = block.replace(PORT, self._port)
            if kind == "python":
                file = self._folder / path
                assert file.parent.is_dir(), file
                file.write_text((file.read_text() + "\n\n" if at_end else "") + text)
                continue
            assert kind == "console", kind
            for line in text.splitlines():
                printed.append(self._command(line.removeprefix("$ ")))
        return "\n".join(printed)

    def _command(self, line: str) -> str:
        if line.startswith("cd "):
            self._folder = self._folder / line.removeprefix("cd ")
            return ""
        if line.endswith("&"):
            command = ["bash", "-c", f"exec {line[:-1]}"]
            quiet = subprocess.DEVNULL
            started = subprocess.Popen(command, cwd=self._folder, env=self._live.env, stdout=quiet, stderr=quiet)
            self._background.append(started)
            return ""
        return str(self._live.run("bash", "-c", line, cwd=self._folder))

    def stop(self) -> None:
        """Ends what runs in the background."""
        for process in self._background:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def live(support: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running Airflow with a league in its store: what the page wants before it starts."""
    folder = tmp_path_factory.mktemp("tutorial")
    dags = shutil.copytree(ROOT / "dags", folder / "dags", ignore=shutil.ignore_patterns("__pycache__", "BUILD"))
    live = support.Live(folder, dags, {})
    try:
        live.run("tipoff", "init")
        live.run("tipoff", "collect", "teams", "games")
        live.start()
        yield live
    finally:
        live.stop()


@pytest.fixture
def reader(live: Any, tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(live, tmp_path)
    yield reader
    reader.stop()


def test_the_tutorial(live: Any, support: ModuleType, reader: Reader) -> None:
    assert re.search(r"^\d+ arenas$", reader.follow("1"), re.M)
    assert " passed" in reader.follow("2")
    tests = reader.follow("3")
    assert " passed" in tests
    assert "failed" not in tests

    said = reader.follow("4")
    assert live.plugins()["altitudes"]["state"] == "ok"
    assert "metres above sea level" in said
    for check in ("altitudes_ranges", "freshness_altitudes"):
        assert re.search(rf"^{check}\b.*passed", said, re.M), said
    store = Warehouse(live.folder / "tipoff/tipoff.duckdb")
    arenas = store.query("SELECT count(*) AS n, count(altitude_m) AS known FROM raw.altitudes").to_pylist()[0]
    assert arenas["n"] == arenas["known"] > 0
    support.until(lambda: "collect_altitudes" in live.tasks(), "the task")
    support.until(lambda: "altitudes 0.1.0 ok collect_altitudes" in live.page(), "the page")
    assert live.task("data_collection", "collect_altitudes") == "success"

    said = reader.follow("5")
    assert re.search(r"\d+ passed", said)
    assert re.search(r"^altitude .*\d", said, re.M), said
    games = store.query("SELECT count(*) AS n, count(climb_m) AS known FROM features.altitude_features").to_pylist()[0]
    assert games["n"] > games["known"] > 0, "nobody has been at home before his first game"
    support.until(lambda: "altitude_features" in live.tasks("feature_engineering"), "the feature's task")
    support.until(lambda: "altitudes 0.2.0 ok collect_altitudes, altitude_features" in live.page(), "the page")

    reader.follow("6")
    assert "altitudes" not in live.plugins()
    support.until(lambda: "collect_altitudes" not in live.tasks(), "the end of the task")
    assert live.import_error() == ""


def test_every_block_is_one_that_the_test_follows() -> None:
    text = "".join(chapters().values())
    assert len(re.findall(r"^```\w+$", text, re.M)) == len(BLOCK.findall(text)) > 12
    files = [path for _, path, kind, _ in BLOCK.findall(text) if kind == "python"]
    assert all(files), files
