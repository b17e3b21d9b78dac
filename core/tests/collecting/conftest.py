from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tipoff.collecting.engine import collect
from tipoff.collecting.report import CollectReport
from tipoff.contracts import Access, Window
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse

NOW = datetime(2026, 1, 20, 12)
HERE = Path(__file__).parent


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(HERE))
    yield importlib.import_module("support_source")
    sys.modules.pop("support_source", None)


@pytest.fixture
def league(source: ModuleType) -> Iterator[Any]:
    with source.League() as league:
        yield league


class Collecting:
    """Runs `collect` against the league, and reads the store."""

    def __init__(self, source: ModuleType, league: Any, home: Path) -> None:
        self.source = source
        self.league = league
        self.settings = Settings(home=home, leagues=("m",), settle_days=3, horizon_days=2, lock_wait_seconds=5)
        self.store = Warehouse.of(self.settings)
        self.runs = 0

    def __call__(
        self, first: int = 1, last: int = 3, *, attempts: int = 1, concurrency: int = 4, **options: Any
    ) -> CollectReport:
        """Collects days of January 2026; options go to `collect`, or change the dataset."""
        self.runs += 1
        self.league.asked.clear()
        passed: dict[str, Any] = {
            name: options.pop(name) for name in ("window", "now", "progress", "settings", "again") if name in options
        }
        access = Access(
            host=self.league.url, max_concurrency=concurrency, requests_per_second=math.inf, attempts=attempts
        )
        window = Window(date(2026, 1, first), date(2026, 1, last))
        values: dict[str, Any] = {"window": window, "now": NOW, "settings": self.settings, **passed}
        reports = collect(
            "scores", registry=self.source.registry(**options), run_id=f"run-{self.runs}", access=access, **values
        )
        return reports[-1]

    def rows(self, sql: str, **params: object) -> list[tuple[Any, ...]]:
        with self.store.read() as con:
            return con.execute(sql, params).fetchall()

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """The store's content without provenance."""
        return {
            table: self.rows(f"SELECT * EXCLUDE (run_id, source, fetched_at, loaded_at) FROM {table} ORDER BY ALL")
            for table in ("raw.scores", "raw.clubs")
        }


@pytest.fixture
def collecting(
    source: ModuleType, league: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., CollectReport]:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    return Collecting(source, league, tmp_path / "home")
