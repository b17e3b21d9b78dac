"""What the report says of the data and of the work: calendar, drift, quarantine, runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from tipoff import plugins
from tipoff.report.operations import Ran, Work
from tipoff.report.page import render
from tipoff.report.read import read, read_run
from tipoff.settings import Settings
from tipoff.warehouse.publish import publish
from tipoff.warehouse.store import Warehouse

NOW = datetime(2026, 1, 15, 13)
LISTS = """
    def plan(context):
        return []

    def parse(payload):
        return []

    @hookimpl
    def collectors():
        games = Dataset("games", tables=("games",), plan=f"{__name__}:plan", parse=f"{__name__}:parse")
        return (Collector("espn", conn_id="x", datasets=(games,)),)
"""


def change(settings: Settings, sql: str, **params: object) -> None:
    store = Warehouse.of(settings)
    with store.write() as con:
        con.execute(sql, params or None).fetchall()
    publish(store, settings.published)


def test_the_calendar_has_whole_weeks_and_every_days_state(
    played: Settings, install_plugin: Callable[..., None]
) -> None:
    install_plugin("lister", LISTS)
    (covered,) = read(played, ("data",)).covered
    assert (covered.title, covered.season) == ("Men's college basketball", 2026)
    assert [month.first for month in covered.months] == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]
    for month in covered.months:
        assert all(len(week) == 7 for week in month.weeks)
        for week in month.weeks:
            assert all(day is None or day.day.weekday() == place for place, day in enumerate(week))
    days = {day.day: day for month in covered.months for week in month.weeks for day in week if day}
    assert len(days) == 30 + 31 + 31
    assert days[date(2025, 11, 1)].state is None, "before the season"
    assert (days[date(2026, 1, 10)].state, days[date(2026, 1, 10)].games) == ("expected", 10)
    assert days[date(2026, 1, 16)].state == "ahead"
    (gap,) = covered.gaps
    assert gap.next.startswith("tipoff collect games --from 2025-11-06")


def test_what_was_set_aside_is_told_together_where_it_is_alike(played: Settings) -> None:
    for number in range(3):
        change(
            played,
            "INSERT INTO ops.quarantine VALUES ('espn', 'l', 'games', $key, 'b', $path, $reason, NULL, 'r', $at, $at, "
            "$at, '1')",
            key=f"k{number}",
            path=f"events[{number}].score",
            reason=f"`{number}` is no score",
            at=NOW - timedelta(number),
        )
    insert = (
        "INSERT INTO ops.quarantine VALUES ('espn', 'l', 'boxes', 'k', 'b', '', 'no', NULL, 'r', $at, $at, $at, '1')"
    )
    change(played, insert, at=NOW)
    found, fewer = read(played, ("data",)).set_aside
    assert (fewer.dataset, fewer.records) == ("boxes", 1), "the most frequent first"
    assert (found.records, found.place, found.reason) == (3, "events[…].score", "`0` is no score")
    assert found.since == NOW - timedelta(2)
    assert len(found.example) == 8


def test_drift_is_told_the_worst_first(played: Settings) -> None:
    assert read(played, ("data",)).looked_at is None
    field = (
        "INSERT INTO ops.field VALUES ('espn', 'l', 'games', 'http://x/scoreboard?dates', '', $path, '2025-11-01', "
        "'2026-01-14', $severity, $change, '2026-01-10', 0.98, 0.0, '{}', $perhaps, '{}', '[]', $now, 'r')"
    )
    change(played, field, path="a.new", severity="warn", change="new", perhaps="", now=NOW)
    change(played, field, path="a.lost", severity="block", change="missing", perhaps="a.found", now=NOW)
    change(
        played,
        "INSERT INTO ops.shift VALUES ('l', 'games.total:mean', '2026-01-01', '2026-01-14', 90, 160.0, 140.0, 4.0, "
        "5.0, 8, 'warn', '2026-01-12', $now, 'r')",
        now=NOW,
    )
    bundle = read(played, ("data",))
    assert bundle.looked_at == NOW
    assert [(each.severity, each.what, each.of) for each in bundle.drifted] == [
        ("block", "a.lost", "games (scoreboard), l"),
        ("warn", "games.total:mean", "l"),
        ("info", "a.new", "games (scoreboard), l"),
    ]
    assert bundle.drifted[0].change == "is missing: in 0% of answers, 98% before; perhaps it is `a.found` now"
    assert bundle.drifted[1].change == "is 160, usually 140 in these weeks (+5.0 deviations)"


def test_work_is_told_with_its_latest_runs(played: Settings) -> None:
    change(played, "DELETE FROM ops.collect_run")
    for number in range(45):
        change_run = (
            "INSERT INTO ops.collect_run VALUES ($run, 'l', 'games', 'espn', '2026-01-01', '2026-01-02', 1, 0, 5, 0, "
            "$seconds, '', $at, true)"
        )
        with Warehouse.of(played).write() as con:
            at = NOW - timedelta(hours=number)
            con.execute(change_run, {"run": f"r{number}", "seconds": 9.0 if number == 0 else 2.0, "at": at}).fetchall()
    change(played, "INSERT INTO ops.feature_run VALUES ('r0', 'team', '1', 1, 9, 4, 0, 0.5, false, 'new', $at)", at=NOW)
    games, team = read(played, ("runs",)).work
    assert (games.kind, games.name, len(games.runs)) == ("collect", "games", 40)
    assert (games.last.run_id, games.usual, games.slow) == ("r0", 2.0, True)
    assert (team.kind, team.name, team.last.rows, team.usual, team.slow) == ("features", "team", 4, None, False)


@pytest.mark.parametrize(
    ("last", "before", "slow"),
    [(4.5, [2.0] * 5, True), (3.9, [2.0] * 5, False), (9.0, [2.0] * 4, False), (0.9, [0.1] * 9, False)],
)
def test_slow_is_far_from_usual_and_not_mere_start_up(last: float, before: list[float], slow: bool) -> None:
    runs = tuple(Ran("r", NOW, seconds, 1, "") for seconds in (last, *before))
    assert Work("collect", "games", runs).slow is slow


def test_a_run_is_told_what_failed_first(played: Settings) -> None:
    found = read_run(played, "r")
    assert (found.done[0].kind, found.done[0].what, found.done[0].failed) == ("checked", "odd_minutes", True)
    assert {each.kind for each in found.done} == {"checked", "collected", "first", "graded", "predicted", "registered"}
    assert read_run(played, "another").done == ()


def test_only_the_parts_that_were_asked_for_are_read(played: Settings) -> None:
    tonight = read(played, ("tonight",))
    assert tonight.leagues[0].days
    assert tonight.checks
    assert not (tonight.leagues[0].series or tonight.leagues[0].cards or tonight.work or tonight.plugins)
    assert read(played, ("accuracy",)).leagues[0].days == ()
    assert len(read(played, ("plugins",)).plugins) == len(plugins.load(played).plugins)


def test_a_failed_check_shows_the_first_row_that_it_found_or_why_it_could_not_run(played: Settings) -> None:
    found = {"odd_minutes": (3, '[{"minutes": 70}, {"minutes": 71}]', ""), "scores_known": (0, "[]", "no table")}
    store = Warehouse.of(played)
    with store.write() as con:
        for name, (offenders, sample, error) in found.items():
            con.execute(
                "UPDATE ops.check_result SET passed = false, offenders = $offenders, sample = $sample, "
                "error = $error WHERE name = $name",
                {"name": name, "offenders": offenders, "sample": sample, "error": error},
            ).fetchall()
    publish(store, played.published)
    states = {each.name: (each.first, each.error) for each in read(played, ("data",)).checks}
    assert states == {"odd_minutes": ('{"minutes":70}', ""), "scores_known": ("", "no table")}
    page = render(read(played, ("data",)), ("data",))
    assert "3 rows</span>" in page
    assert "first: <code>{&#34;minutes&#34;:70}</code>" in page
    assert "could not run: no table" in page
