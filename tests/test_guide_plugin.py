"""The guide to writing a plugin, followed word by word: its plugins are installed, run, tested, and do what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tipoff import plugins, settings
from tipoff.cli import cli
from tipoff.features.tiny_league import LEAGUE, TinyLeague, write
from tipoff.testing import installed
from tipoff.warehouse.store import Warehouse

GUIDE = Path(__file__).resolve().parents[1] / "docs/guides/writing-a-plugin.md"
NOW = datetime(2024, 1, 17, 13)
Run = Callable[..., str]


ASKED: list[str] = []
"""Paths that the guide's collector has asked for."""


@pytest.fixture(scope="module")
def source(serve: Callable[[Callable[[str, str], object]], str]) -> str:
    """The source of the guide's collector: two pages, with a record that cannot be used."""

    def answer(here: str, path: str) -> object:
        ASKED.append(path)
        pages: dict[str, Any] = {
            "/v1/arenas.json": {"arenas": [{"id": "1", "elevation": 1600.5}, {}], "next": f"{here}/v1/more.json"},
            "/v1/more.json": {"arenas": [{"id": "2"}]},
        }
        return pages[path]

    return serve(answer)


@pytest.fixture(scope="module")
def site(source: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The guide's files, each of the blocks that name it, and both plugins installed."""
    text = GUIDE.read_text()
    (entry,) = re.findall(r"^\[project\.entry-points\.tipoff\]\n(\w+) = \"([\w.]+)\"", text, re.M)
    folder = tmp_path_factory.mktemp("site")
    for path, block in re.findall(r"^```python\n# (\S+)\n(.*?)^```", text, re.M | re.S):
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        with file.open("a") as whole:
            whole.write(block.replace("https://arenas.example", source))
    with ExitStack() as stack:
        for name, module in (entry, ("travel", "tipoff_travel.plugin")):
            stack.enter_context(installed(name, module, folder))
        yield folder
    for name in [name for name in sys.modules if name.startswith(("tipoff_arenas", "tipoff_travel"))]:
        del sys.modules[name]


@pytest.fixture
def run(site: Path, tipoff_home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``tipoff ARGUMENTS`` and gives what it prints."""
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    monkeypatch.setenv("TIPOFF_LEAGUES", LEAGUE)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(cli, list(arguments), catch_exceptions=False, prog_name="tipoff")
        assert result.exit_code == 0, result.output
        return result.output

    return run


@pytest.fixture
def played(run: Run) -> Run:
    """The same with a league of which games are played and games are to come."""
    store = Warehouse.of(settings.load())
    store.migrate(plugins.load().tables().values())
    records = TinyLeague(seasons=(2023, 2024), games=120, players=False, played_until=date(2024, 1, 16)).records()
    write(store, {**records, "games": [{**game, "venue_id": game["home_id"]} for game in records["games"]]}, NOW)
    return run


def cells(output: str, start: str) -> list[str]:
    """The cells of the printed row that begins with `start`."""
    return next(line.split() for line in output.splitlines() if line.startswith(start))


def test_every_python_block_names_its_file() -> None:
    blocks = re.findall(r"^```python\n(.*)$", GUIDE.read_text(), re.M)
    assert len(blocks) > 8
    assert [first for first in blocks if not re.fullmatch(r"# [\w/]+\.py", first)] == []


def test_the_plugins_are_sound(site: Path) -> None:
    mine = {each.name: each for each in plugins.load().plugins if each.name in ("arenas", "travel")}
    assert {each.state for each in mine.values()} == {"ok"}
    assert mine["arenas"].tasks == ("collect_arenas",)
    assert mine["travel"].tasks == (
        "travel_features", "train_model[travelled]", "check travel_busy_venues", "tipoff busiest-venues",
    )  # fmt: skip


def test_the_collector_page_by_page(run: Run) -> None:
    output = run("collect", "arenas")
    assert cells(output, "arenas")[5:9] == ["3", "0", "2", "1"], "asked, fresh, rows, set aside"
    assert "1 for: arenas[…].id: an arena without an id; see `tipoff quarantine list arenas`" in output
    assert "an arena without an id" in run("quarantine", "list", "arenas")
    assert cells(run("collect", "arenas"), "arenas")[5:7] == ["1", "1"], "the bad one once more"
    (bad,) = {page for page in ASKED if ASKED.count(page) == 3}
    assert sorted(set(ASKED) - {bad}) == [page for page in ("/v1/arenas.json", "/v1/more.json") if page != bad]
    rows = Warehouse.of(settings.load()).query("SELECT * FROM raw.arenas ORDER BY venue_id").to_pylist()
    found = [(row["league"], row["venue_id"], row["elevation_m"], row["source"]) for row in rows]
    assert found == [(LEAGUE, "1", 1600.5, "arenas"), (LEAGUE, "2", None, "arenas")]
    assert "metres above sea level" in run("tables", "arenas")


def test_features_model_check_and_command(played: Run) -> None:
    assert cells(played("features"), "travel")[1:3] == ["2", "240"]
    trained = played("train", "travelled")
    assert cells(trained, "travelled")[1] == LEAGUE
    assert "unchanged" in played("train", "travelled")
    assert "unchanged" not in played("train", "travelled", "--again")
    checked = played("checks", "features")
    for check in ("travel_busy_venues", "travel_features_known_games", "travel_features_complete"):
        assert cells(checked, check)[-1] == "passed"
    assert "added to the ledger" in played("predict", "travelled")
    venues = dict(line.split(": ") for line in played("busiest-venues", "--season", "2024").splitlines())
    assert (len(venues), sum(map(int, venues.values()))) == (6, 120)


def test_the_tests_of_the_guide(site: Path, run: Run) -> None:
    path = os.pathsep.join([str(site), *(str(Path(each).absolute()) for each in sys.path if each)])
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "--import-mode=importlib", "-p", "no:cacheprovider", "tests"],
        cwd=site,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tests.returncode == 0, tests.stdout
    assert "TestArenas::test_it_goes_on_after_a_kill[arenas] PASSED" in tests.stdout
    assert "TestTravel::test_nothing_from_the_future[travel] PASSED" in tests.stdout
    assert "TestTravel::test_it_comes_back_from_storage[travelled] PASSED" in tests.stdout
    assert "test_home_games_before PASSED" in tests.stdout
