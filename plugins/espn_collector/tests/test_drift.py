"""ESPN renames a key in mid-season: drift says so in the same night, by name; and says nothing all the other nights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tipoff import Window, plugins
from tipoff.collecting.engine import collect
from tipoff.errors import CheckFailed, TipoffError
from tipoff.plugins import Registry
from tipoff.quality.checks import checks_of, require_passed, run_checks
from tipoff.quality.drift.observing import observe, uses_of
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse
from tipoff_espn import client, uses
from tipoff_espn.payloads.odds import Odds

LEAGUE = "mens-college-basketball"
QUIET = "embedded:seed=3,teams=32"
RENAMED = f"{QUIET},chaos=1,chaos_kinds=renamed"
FIRST = date(2026, 1, 4)


class Nights:
    """Days of a season: collect, then look."""

    def __init__(self, home: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = Settings(home=home, source=source, leagues=(LEAGUE,))
        self.registry: Registry = plugins.load(self.settings)
        self.warehouse = Warehouse.of(self.settings)
        self._patch = monkeypatch
        monkeypatch.setenv("TIPOFF_SOURCE", source)
        monkeypatch.setenv("TIPOFF_HOME", str(home))

    def live(self, first: date, last: date) -> datetime:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            now = datetime(day.year, day.month, day.day, 13)
            self._patch.setenv("TIPOFF_NOW", now.isoformat())
            window = Window(FIRST, day + timedelta(days=2)) if number == 0 else None
            for dataset in ("games", "stats"):
                # Many bad records fail a dataset; what has landed is there all the same.
                with contextlib.suppress(TipoffError):
                    collect(dataset, registry=self.registry, settings=self.settings, run_id=f"{day}", now=now,
                            window=window)  # fmt: skip
            self.warehouse.migrate(self.registry.tables().values())
            observe(self.registry, self.settings, f"{day}", now)
        return now

    def changes(self) -> dict[str, dict[str, Any]]:
        rows = self.warehouse.query("SELECT * FROM ops.field WHERE change NOT IN ('', 'new')").to_pylist()
        return {row["path"]: row for row in rows}


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    client._opened.cache_clear()


@pytest.mark.parametrize(
    ("seed", "field", "successor"),
    [
        (0, "events[].competitions[].competitors[].homeAway", "side"),
        # Nobody misses a rank: without drift's look, all teams would simply be unranked.
        (6, "events[].competitions[].competitors[].curatedRank", "rank"),
    ],
)
def test_a_key_renamed_on_15_january_blocks_that_night_and_is_named(
    seed: int, field: str, successor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights = Nights(tmp_path, f"{RENAMED},chaos_seed={seed}", monkeypatch)
    nights.live(date(2026, 1, 12), date(2026, 1, 14))
    assert nights.changes() == {}
    now = nights.live(date(2026, 1, 15), date(2026, 1, 15))
    lost = nights.changes()[field]
    assert (lost["change"], lost["severity"], lost["perhaps"]) == ("missing", "block", successor)
    assert lost["since"] == date(2026, 1, 15)
    with pytest.raises(CheckFailed, match="drift_fields_lost"):
        run_checks("raw", registry=nights.registry, settings=nights.settings, run_id="checks", now=now)
    with pytest.raises(CheckFailed, match="drift_fields_lost"):
        require_passed(nights.registry, nights.warehouse)


def test_a_quiet_season_raises_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(tmp_path, QUIET, monkeypatch)
    nights.live(date(2026, 1, 13), date(2026, 1, 17))
    assert nights.changes() == {}
    (seen,) = nights.warehouse.query("SELECT count(*) AS fields FROM ops.field WHERE severity = 'block'").to_pylist()
    assert seen["fields"] > 50, "there is something to look at"
    drift = [check for check in checks_of("raw", nights.registry) if check.name.startswith("drift_")]
    assert len(drift) == 5
    assert {check.name: nights.warehouse.query(check.sql).num_rows for check in drift} == {c.name: 0 for c in drift}


def test_every_dataset_names_the_fields_it_reads() -> None:
    (espn,) = [each for each in plugins.load(Settings()).collectors if each.name == "espn"]
    for dataset in espn.datasets:
        named = uses_of(dataset)
        assert named, dataset.name
        for each in named:
            assert each.address.startswith("/")
            assert len(each.fields) == len(set(each.fields))
    assert uses_of(replace(espn.datasets[0], uses="")) == ()


def test_paths_follow_the_types() -> None:
    assert {"provider", "provider.id", "pointSpread.home.open.line"} <= set(uses.paths(Odds))
    assert uses.paths(Odds, under="pickcenter[]")[0] == "pickcenter[].provider"
