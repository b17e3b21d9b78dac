"""What has landed and is not in the store gets there, whichever dataset is collected next, and however many at once."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tipoff.collecting import intake, recovering
from tipoff.collecting.engine import collect
from tipoff.contracts import Access, Collector, Dataset
from tipoff.plugins import Registry

NOW = datetime(2026, 1, 20, 12)
OPS = {
    "ops.landed_request": "* EXCLUDE (fetched_at)",
    "ops.follow_up": "*",
    "ops.quarantine": "* EXCLUDE (run_id, fetched_at, quarantined_at, first_seen)",
    "ops.failed_request": "* EXCLUDE (run_id, first_seen, last_seen)",
    "ops.loaded_file": "* EXCLUDE (run_id, loaded_at)",
}


@pytest.fixture
def landed(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A landing zone of many small batches, in which answers with bad records were looked at twice."""
    monkeypatch.setattr(intake, "BATCH_PAYLOADS", 3)
    says = collecting.league.says
    says["/games/2026-01-02-1"] = {"rows": [{"season": 2026, "game_id": "2026-01-02-1", "home": 71}], "bad": [{"x": 1}]}
    collecting(1, 4)
    says["/games/2026-01-05-2"] = {"error": "quarantine"}
    collecting(2, 5)
    files = collecting.settings.landing.glob("*/*/*/[0-9]*/payloads.parquet")
    keys = [key for file in files for key in pq.read_table(file)["key"].to_pylist()]
    assert len(keys) > len(set(keys)), "a second look has landed in another batch"
    return collecting


def again(collecting: Any, home: Path) -> Any:
    """Another home with the same landing zone and no store."""
    other = type(collecting)(collecting.source, collecting.league, home)
    shutil.copytree(collecting.settings.landing, other.settings.landing)
    return other


def content(collecting: Any) -> dict[str, list[tuple[Any, ...]]]:
    found = {table: collecting.rows(f"SELECT {columns} FROM {table} ORDER BY ALL") for table, columns in OPS.items()}
    return {**collecting.tables(), **found}


def test_many_at_once_are_as_one_after_the_other(landed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = landed.tables()
    assert len(landed.rows("FROM ops.loaded_file")) > 5
    at_once, one_by_one = again(landed, tmp_path / "at once"), again(landed, tmp_path / "one by one")
    for each in (at_once, one_by_one):
        each.store.migrate(new=True)
    assert at_once(1, 1).recovered == len(landed.rows("FROM ops.loaded_file"))
    monkeypatch.setattr(recovering, "ROWS_AT_ONCE", 1)
    one_by_one(1, 1)
    assert at_once.tables() == before
    assert content(at_once) == content(one_by_one)


def registry(source: Any) -> Registry:
    """The source's dataset, and another one that fills one of its tables and asks nothing."""
    collector: Collector = source.collector()
    (scores,) = collector.datasets
    other = replace(scores, name="others", tables=("clubs",), plan=f"{__name__}:nothing")
    apart = Dataset("apart", tables=("seen",), plan=f"{__name__}:nothing", parse=scores.parse)
    seen = replace(collector.tables[1], name="seen")
    return Registry(collectors=(replace(collector, datasets=(scores, other, apart), tables=(*collector.tables, seen)),))


def nothing(context: object) -> list[Any]:
    return []


def test_a_dataset_that_shares_a_table_brings_it_in(
    landed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    elsewhere = again(landed, tmp_path / "elsewhere")
    known = registry(landed.source)
    asked = {"registry": known, "settings": elsewhere.settings, "run_id": "r", "access": Access(host=landed.league.url)}
    landed.league.asked.clear()
    elsewhere.store.migrate(known.tables().values(), new=True)
    (report,) = collect("apart", now=NOW, **asked)
    assert (report.recovered, elsewhere.rows("FROM raw.clubs")) == (0, [])
    (report,) = collect("others", now=NOW, **asked)
    assert report.recovered == 0, "none of its own"
    assert elsewhere.tables() == landed.tables()
    assert landed.league.asked == []
