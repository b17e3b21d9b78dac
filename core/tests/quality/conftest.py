from __future__ import annotations

import contextlib
import importlib
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tipoff import clock
from tipoff.collecting.engine import collect
from tipoff.contracts import Collector, Window
from tipoff.errors import TipoffError
from tipoff.plugins import Registry
from tipoff.quality import coverage
from tipoff.quality.checks import CheckResult, run_checks
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse

HERE = Path(__file__).parent


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(HERE))
    yield importlib.import_module("support_world")
    sys.modules.pop("support_world", None)


class Season:
    """A store that collects from the world, day by day."""

    def __init__(self, world: ModuleType, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = world
        self.world = world.WORLD
        self.settings = Settings(home=home, leagues=("m",), lock_wait_seconds=5)
        self.warehouse = Warehouse.of(self.settings)
        self.collectors: tuple[Collector, ...] = (world.collector(),)
        self._patch = monkeypatch
        self.runs = 0
        self.at(datetime(2026, 1, 20, 12))

    @property
    def registry(self) -> Registry:
        return Registry(collectors=self.collectors)

    def at(self, instant: datetime) -> None:
        self._patch.setenv("TIPOFF_NOW", instant.isoformat())

    def play(self, first: int, last: int, games: int = 2, **values: Any) -> None:
        """Games on days of January 2026, called after their day."""
        for day in range(first, last + 1):
            self.world.play(date(2026, 1, day), *(f"{day}-{number}" for number in range(games)), **values)

    def collect(self, *datasets: str, first: int = 1, last: int = 19, after: int = 0) -> None:
        """Collects days of January 2026; a minute later by the clock than the last time."""
        self.runs += 1
        self.at(clock.now() + timedelta(hours=after, minutes=1))
        start = date(2026, 1, 1)
        window = Window(start + timedelta(days=first - 1), start + timedelta(days=last - 1))
        for name in datasets or ("games", "stats"):
            # What could not be had is in the store's books, and of interest here.
            with contextlib.suppress(TipoffError):
                collect(name, registry=self.registry, settings=self.settings, run_id=f"r{self.runs}",
                        now=clock.now(), window=window)  # fmt: skip

    def coverage(self, dataset: str = "", season: int = 2026) -> coverage.Coverage:
        with self.warehouse.read() as con:
            return coverage.read(con, self.registry, league="m", season=season, now=clock.now(), dataset=dataset)

    def days(self, dataset: str = "games") -> dict[int, str]:
        """States of the days of January, by day of the month."""
        rows = self.coverage(dataset).days.to_pylist()
        return {row["day"].day: row["state"] for row in rows if row["day"].month == 1}

    def games(self, dataset: str = "stats") -> dict[str, tuple[str, str]]:
        """State and reason of each game."""
        rows = self.coverage(dataset).games.to_pylist()
        return {row["game_id"]: (row["state"], row["reason"]) for row in rows}

    def states(self) -> Counter[str]:
        return Counter(state for state, _ in self.games().values())

    def checks(self) -> dict[str, CheckResult]:
        self.runs += 1
        results = run_checks(
            "raw", registry=self.registry, settings=self.settings, run_id=f"c{self.runs}", now=clock.now()
        )
        return {result.name: result for result in results}

    def failing(self, *prefixes: str) -> dict[str, int]:
        """Offenders of the checks that found any, of those whose names begin so."""
        found = self.checks().items()
        return {name: each.offenders for name, each in found if not each.passed and name.startswith(prefixes)}

    def execute(self, sql: str) -> None:
        with self.warehouse.write() as con:
            con.execute(sql).fetchall()


@pytest.fixture
def season(world: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Season:
    return Season(world, tmp_path / "home", monkeypatch)
