"""Where «now» comes from, and how instants become days and seasons."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tipoff import clock
from tipoff.errors import SettingsError

INSTANT = datetime(2026, 1, 15, 13, 0)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, with nothing set."""
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TIPOFF_NOW", raising=False)
    return tmp_path / "home"


def test_the_environment_beats_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    clock.set_now(INSTANT)
    assert clock.now() == INSTANT
    monkeypatch.setenv("TIPOFF_NOW", "2024-03-01T07:00-05:00")
    assert clock.now() == datetime(2024, 3, 1, 12)


def test_a_set_clock_stands_still_until_it_is_cleared() -> None:
    assert not clock.is_set()
    clock.set_now(INSTANT)
    assert clock.is_set()
    assert clock.now() == clock.now() == INSTANT
    clock.clear()
    clock.clear()
    assert not clock.is_set()
    assert clock.now() > INSTANT, "the wall clock again"


def test_a_ticking_clock_goes_on_with_the_wall_clock(home: Path) -> None:
    clock.set_now(INSTANT, ticking=True)
    saved = json.loads(clock.clock_file().read_text())
    hour_ago = datetime.fromisoformat(saved["set_at"]) - timedelta(hours=1)
    clock.clock_file().write_text(json.dumps({**saved, "set_at": hour_ago.isoformat()}))
    assert INSTANT + timedelta(hours=1) <= clock.now() < INSTANT + timedelta(hours=2)


def test_setting_leaves_no_second_file(home: Path) -> None:
    clock.set_now(INSTANT)
    clock.set_now(INSTANT.replace(tzinfo=timezone.utc))
    assert [path.name for path in home.iterdir()] == ["clock.json"]


@pytest.mark.parametrize("text", ["{", "[]", '{"now": "2026-01-15"}'])
def test_a_damaged_clock_file_says_to_remove_it(home: Path, text: str) -> None:
    home.mkdir()
    clock.clock_file().write_text(text)
    with pytest.raises(SettingsError, match=r"clock\.json .*remove it to go back to the wall clock"):
        clock.now()


def test_nonsense_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", "yesterday")
    with pytest.raises(SettingsError, match="TIPOFF_NOW: `yesterday` is not an ISO 8601 instant"):
        clock.now()


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-01-15T04:59Z", date(2026, 1, 14)),  # 23:59 in New York, winter: UTC-5
        ("2026-01-15T05:00Z", date(2026, 1, 15)),
        ("2026-07-15T03:59Z", date(2026, 7, 14)),  # summer: UTC-4
        ("2026-07-15T04:00Z", date(2026, 7, 15)),
    ],
)
def test_a_day_is_the_leagues(instant: str, day: date) -> None:
    assert clock.day_of(clock.parse(instant)) == day


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_a_day_begins_and_ends_where_day_of_changes(day: date) -> None:
    start, end = clock.day_start(day), clock.day_end(day)
    assert clock.day_of(start) == day == clock.day_of(end - timedelta(microseconds=1))
    assert clock.day_of(end) == day + timedelta(days=1)
    assert end - start in (timedelta(hours=23), timedelta(hours=24), timedelta(hours=25))


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_every_day_is_in_one_season(day: date) -> None:
    season = clock.season_of(day)
    assert clock.season_start(season) <= day <= clock.season_end(season)
    assert clock.season_end(season) + timedelta(days=1) == clock.season_start(season + 1)


def test_a_season_is_named_by_the_year_it_ends_in() -> None:
    assert clock.season_of(date(2025, 11, 4)) == clock.season_of(date(2026, 4, 6)) == 2026
    assert clock.season_of(date(2026, 7, 1)) == 2027
