"""Specs and the small types beside them: values, identity, cost of import."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime
from pathlib import Path

import pytest
import tipoff
from tipoff.contracts import Access, Bad, Column, Payload, Request, Table, Window
from tipoff.domain import PROVENANCE, TABLES
from tipoff.errors import Abort, MalformedResponse, Quarantine, Retry, Skip, StoreError, TipoffError
from tipoff.settings import load
from tipoff.warehouse.store import Warehouse

NOW = datetime(2026, 1, 15, 13)


def test_a_window_counts_both_ends() -> None:
    window = Window(date(2024, 2, 28), date(2024, 3, 1))
    assert window.days() == (date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1))
    assert Window(date(2024, 2, 28), date(2024, 2, 28)).days() == (date(2024, 2, 28),)
    assert str(window) == "2024-02-28 to 2024-03-01"


def test_a_window_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="`2024-03-02` to `2024-03-01`"):
        Window(date(2024, 3, 2), date(2024, 3, 1))


def test_a_requests_key_does_not_depend_on_the_order_of_its_parameters() -> None:
    one = Request("https://example.org/a", params={"limit": "5", "dates": "20240101"})
    other = Request("https://example.org/a", params={"dates": "20240101", "limit": "5"}, context={"team": "1"})
    assert one.key == other.key == "https://example.org/a?dates=20240101&limit=5"
    assert Request("https://example.org/a").key == "https://example.org/a"
    assert one.key != Request("https://example.org/a", params={"limit": "5"}).key


def test_a_payload_as_json() -> None:
    payload = Payload(Request("https://example.org/a", {"page": "2"}), b'{"rows": [1.5, null]}', NOW, "tiny-league")
    assert payload.json() == {"rows": [1.5, None]}
    for body in (b"<html>", b"\xff", b""):
        with pytest.raises(MalformedResponse, match=r"`https://example.org/a\?page=2` is not JSON"):
            replace(payload, body=body).json()


def test_access_hides_its_key() -> None:
    assert "hunter2" not in repr(Access(host="https://example.org", api_key="hunter2", proxy="http://me:hunter2@proxy"))


def test_specs_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        TABLES["games"].name = "other"  # type: ignore[misc]


def test_a_tables_names() -> None:
    table = Table("pace", key=("a",), columns=(Column("a", "VARCHAR"), Column("b", "DOUBLE")), schema="features")
    assert table.full_name == "features.pace"
    assert table.column_names == ("a", "b")


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_domain_tables_are_sound(table: Table) -> None:
    names = table.column_names
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)
    assert table.key[0] == "league"
    assert not {column.name for column in PROVENANCE} & set(names)
    assert table.doc


def test_errors_are_sorted_by_what_the_caller_does_next() -> None:
    kinds = (Retry, Skip, Quarantine, Abort)
    for error in tipoff.errors.__dict__.values():
        if isinstance(error, type) and issubclass(error, TipoffError) and error is not TipoffError:
            assert sum(issubclass(error, kind) for kind in kinds) == 1, error


def test_a_quarantine_says_where() -> None:
    bad = Bad(Quarantine("a score must be a number, got `x`", path="events[3].score"), {"score": "x"})
    assert str(bad.reason) == "events[3].score: a score must be a number, got `x`"
    assert str(Quarantine("no id")) == "no id"


def test_the_public_names_exist() -> None:
    assert tipoff.__all__ == sorted(tipoff.__all__)
    for name in tipoff.__all__:
        assert getattr(tipoff, name) is not None


def test_importing_tipoff_is_light() -> None:
    heavy = {"pyarrow", "duckdb", "pydantic", "click"}
    code = f"import sys, tipoff, tipoff.domain; print(sorted({heavy} & set(sys.modules)))"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_two_questions_never_have_one_key() -> None:
    one, other = Request("https://x", {"a": "1&b=2"}), Request("https://x", {"a": "1", "b": "2"})
    assert one.key != other.key == "https://x?a=1&b=2"


def test_everything_public_is_there() -> None:
    assert all(hasattr(tipoff, name) for name in tipoff.__all__)


def test_query_reads_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path))
    with pytest.raises(StoreError, match="there is no store"):
        tipoff.query("SELECT 1")
    Warehouse.of(load()).migrate(TABLES.values())
    assert tipoff.query("SELECT count(*) AS games FROM raw.games WHERE season = $season", season=2026) == [{"games": 0}]
    with pytest.raises(StoreError, match="read-only"):
        tipoff.query("DELETE FROM raw.games")
