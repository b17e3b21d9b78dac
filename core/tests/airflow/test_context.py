"""Instant, window, run and access of a task, from Airflow's context."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from tipoff import clock, settings
from tipoff.airflow import context as task_context
from tipoff.contracts import Window
from tipoff.errors import SettingsError
from tipoff.http.secrets import secrets_of

NOW = datetime(2026, 1, 15, 13)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type, misc]  # year, month, day, hour


def airflow_context(logical: datetime | None, run_after: datetime, run_type: str = "scheduled", **more: Any) -> Any:
    run = SimpleNamespace(dag_id="d", run_id="r", run_after=run_after, run_type=run_type)
    return {"dag_run": run, **({} if logical is None else {"logical_date": logical}), **more}


class TestAsOfOnTheMachinesClock:
    def test_is_the_logical_date_of_a_scheduled_run(self) -> None:
        nine = utc(2026, 1, 15, 9)
        assert task_context.as_of(airflow_context(nine, nine)) == datetime(2026, 1, 15, 9)

    def test_is_a_past_day_that_was_asked_for(self) -> None:
        asked = utc(2023, 1, 1)
        assert task_context.as_of(airflow_context(asked, utc(2026, 1, 15, 13))) == datetime(2023, 1, 1)

    def test_is_never_the_future(self) -> None:
        before = clock.now()
        instant = task_context.as_of(airflow_context(utc(2999, 1, 1), utc(2026, 1, 15, 13)))
        assert before <= instant <= clock.now()

    def test_is_the_partition_before_the_logical_date(self) -> None:
        context = airflow_context(utc(2026, 1, 10), utc(2026, 1, 15), partition_date=utc(2024, 5, 1))
        assert task_context.as_of(context) == datetime(2024, 5, 1)

    def test_is_run_after_without_a_logical_date(self) -> None:
        assert task_context.as_of(airflow_context(None, utc(2026, 1, 14, 8))) == datetime(2026, 1, 14, 8)

    def test_is_the_present_without_a_run(self) -> None:
        before = clock.now()
        assert before <= task_context.as_of({}) <= clock.now()


class TestAsOfInALeagueWithItsOwnTime:
    @pytest.fixture(autouse=True)
    def league_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())

    @pytest.mark.parametrize("wall", [utc(2020, 3, 1, 9), utc(2031, 3, 1, 9)])
    def test_a_run_for_the_machines_present_means_the_leagues(self, wall: datetime) -> None:
        assert task_context.as_of(airflow_context(wall, wall)) == NOW

    def test_a_run_for_another_day_means_that_day(self) -> None:
        assert task_context.as_of(airflow_context(utc(2023, 1, 1), utc(2031, 3, 1))) == datetime(2023, 1, 1)


class TestAskedFor:
    @pytest.fixture(autouse=True)
    def league_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())

    def test_a_run_of_a_backfill_collects_its_own_day_and_asks_now(self) -> None:
        """Airflow makes it as if it had been created on that day."""
        context = airflow_context(utc(2023, 1, 5, 9), utc(2023, 1, 5, 9), "backfill")
        assert task_context.as_of(context) == datetime(2023, 1, 5, 9)
        assert task_context.asked_for(context, "", "", "") == (Window(date(2023, 1, 5), date(2023, 1, 5)), NOW)

    def test_days_that_are_named_go_before_the_day_of_the_backfill(self) -> None:
        context = airflow_context(utc(2023, 1, 5, 9), utc(2023, 1, 5, 9), "backfill")
        days = Window(date(2022, 7, 1), date(2023, 1, 5))
        assert task_context.asked_for(context, "", "", "2023") == (days, NOW)

    def test_a_run_that_names_no_day_leaves_the_choice_to_the_engine_as_of_its_own(self) -> None:
        context = airflow_context(utc(2023, 1, 5, 9), utc(2026, 1, 15, 9), "manual")
        assert task_context.asked_for(context, "", "", "") == (None, datetime(2023, 1, 5, 9))
        assert task_context.asked_for({}, "", "", "") == (None, NOW)

    def test_a_run_that_names_days_asks_now(self) -> None:
        context = airflow_context(utc(2023, 1, 5, 9), utc(2026, 1, 15, 9), "manual")
        days = Window(date(2023, 1, 1), date(2023, 1, 5))
        assert task_context.asked_for(context, "2023-01-01", "", "") == (days, NOW)


def test_run_id_names_dag_and_run() -> None:
    assert task_context.run_id(airflow_context(None, utc(2026, 1, 1))) == "d/r"
    assert task_context.run_id({}) == "manual"


@pytest.mark.parametrize(
    ("start", "end", "season", "expected"),
    [
        ("", "", "", None),
        ("2024-01-01", "2024-01-31", "", Window(date(2024, 1, 1), date(2024, 1, 31))),
        ("2026-01-01", "", "", Window(date(2026, 1, 1), date(2026, 1, 15))),
        ("", "", "2024", Window(date(2023, 7, 1), date(2024, 6, 30))),
        ("", "", "2026", Window(date(2025, 7, 1), date(2026, 1, 15))),
    ],
)
def test_window(start: str, end: str, season: str, expected: Window | None) -> None:
    assert task_context.window(start, end, season, NOW) == expected


@pytest.mark.parametrize(
    ("start", "end", "season", "says"),
    [
        ("2024-01-01", "", "2024", "one or the other"),
        ("", "2024-01-31", "", "`to` is `2024-01-31` without `from`"),
        ("2024-02-01", "2024-01-31", "", "`2024-02-01` to `2024-01-31` holds no day"),
        ("soon", "", "", "`from` is `soon`"),
        ("", "", "last", "`season` is `last`"),
        ("", "", "30", "from 1900 to 2100"),
        ("", "", "2030", "`2029-07-01` to `2026-01-15`"),
    ],
)
def test_window_that_makes_no_sense_is_refused(start: str, end: str, season: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        task_context.window(start, end, season, NOW)


class TestAccess:
    def test_is_the_settings_without_a_connection(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIPOFF_SOURCE", "http://127.0.0.1:8642")
        access = task_context.access("nowhere", settings.load())
        assert (access.source, access.host) == ("http://127.0.0.1:8642", "")

    def test_takes_what_the_connection_says_and_the_rest_from_the_settings(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TIPOFF_ATTEMPTS", "7")
        extra = {"max_concurrency": 2, "user_agent": "me", "proxy": ""}
        connection = {
            "conn_type": "http", "schema": "http", "host": "127.0.0.1", "port": 8642, "password": "secret-key",
            "extra": extra,
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_ESPN_TEST", json.dumps(connection))
        access = task_context.access("espn_test", settings.load())
        assert (access.host, access.api_key) == ("http://127.0.0.1:8642", "secret-key")
        assert (access.max_concurrency, access.user_agent, access.attempts) == (2, "me", 7)
        assert "secret-key" not in repr(access)

    def test_wrong_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_ESPN_TEST", json.dumps({"conn_type": "http", "extra": {"attempts": "many"}}))
        with pytest.raises(SettingsError, match="extra `attempts` is `many`"):
            task_context.access("espn_test", settings.load())

    def test_a_login_and_a_signature_of_its_host_are_parted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = {"conn_type": "http", "host": "https://me:hunter2@espn.example/v1?sig=hunter3", "port": 0}
        monkeypatch.setenv("AIRFLOW_CONN_ESPN_TEST", json.dumps(said))
        found = task_context.access("espn_test", settings.load())
        assert found.host == "https://espn.example/v1"
        assert "hunter" not in repr(found)
        assert {"me:hunter2", "hunter2", "sig=hunter3"} <= set(secrets_of(found))


class TestVariable:
    def test_may_choose_the_source(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_VAR_TIPOFF", '{"source": "espn", "history_seasons": 3}')
        chosen = task_context.overridden(settings.load())
        assert (chosen.source, chosen.history_seasons) == ("espn", 3)

    def test_gives_way_to_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_VAR_TIPOFF", '{"source": "espn"}')
        monkeypatch.setenv("TIPOFF_SOURCE", "embedded")
        assert task_context.overridden(settings.load()).source == "embedded"

    @pytest.mark.parametrize(
        ("value", "says"),
        [
            ("not json", "not JSON"),
            ("[1]", "it is a JSON object"),
            ('{"home": "/elsewhere"}', "names `home`"),
            ('{"history_seasons": 0}', "`history_seasons` is `0`: Input should be greater than"),
            ('{"source": "http:/me:secret@host"}', r"`source` is `http:/\*\*\*@host`: .* a URL such as"),
            ('{"leagues": ["../../elsewhere"]}', r"`leagues` is .*a league is named by"),
            ('{"source": "http://me:secr/et@host"}', r"`source` is `http://\*\*\*@host`: .* write `/` as %2F"),
            ('{"proxy": ["http://me:secret@host"]}', r"`proxy` is `\*\*\*@host.*`: .* a valid string"),
        ],
    )
    def test_that_makes_no_sense_is_refused(self, value: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_VAR_TIPOFF", value)
        with pytest.raises(SettingsError, match=says) as refused:
            task_context.overridden(settings.load())
        assert "secret" not in str(refused.value)
