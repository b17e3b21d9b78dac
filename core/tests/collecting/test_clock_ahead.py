"""One run while the clock is ahead: once it is right, what is fetched wins, and what is no longer told is mended."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tipoff import clock
from tipoff.collecting.misdated import Stamp, misdated
from tipoff.collecting.probe import compare_clocks
from tipoff.collecting.reparse import reparse
from tipoff.contracts import Access, Client, Collector, Payload, Request
from tipoff.errors import ClockWrong, SourceUnavailable
from tipoff.http.client import HttpClient
from tipoff.quality.stamps import later_than_now, mend
from tipoff.run import Run

RIGHT = datetime(2026, 1, 20, 12)
AHEAD = datetime(2026, 2, 20, 12)
SQUAD: dict[str, Any] = {
    "tables": ("squads",), "plan": "support_source:plan_squad", "parse": "support_source:parse_squad",
}  # fmt: skip


@pytest.fixture
def at(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs at an instant, by default with the dataset of scores and its own days."""

    def run(now: datetime, *days: int, **options: Any) -> Any:
        monkeypatch.setenv("TIPOFF_NOW", now.isoformat())
        return collecting(*days, now=now, **options)

    return run


def scores(collecting: Any) -> dict[str, int]:
    return dict(collecting.rows("SELECT game_id, home FROM raw.scores WHERE home IS NOT NULL ORDER BY ALL"))


def says(collecting: Any, home: int, day: str = "05") -> None:
    for game in (1, 2):
        row = {"season": 2026, "game_id": f"2026-01-{day}-{game}", "home": home}
        collecting.league.says[f"/games/2026-01-{day}-{game}"] = {"rows": [row]}


def test_later_answers_win_and_what_was_asked_then_is_asked_again(collecting: Any, at: Any) -> None:
    says(collecting, 10)
    at(AHEAD, 5, 5)
    says(collecting, 20)
    report = at(RIGHT, 19, 19)  # days of its own: what is stamped later than now is asked again all the same
    assert collecting.league.asked.count("/games/2026-01-05-1") == 1
    assert {game: home for game, home in scores(collecting).items() if "-05-" in game} == {
        "2026-01-05-1": 20, "2026-01-05-2": 20,
    }  # fmt: skip
    assert report.rows >= 2
    columns = ("raw.scores", "fetched_at"), ("raw.scores", "loaded_at"), ("ops.landed_request", "fetched_at")
    for table, column in columns:
        assert collecting.rows(f"SELECT max({column}) < '2026-01-20 12:01' FROM {table}") == [(True,)], table
    assert at(RIGHT + timedelta(hours=1), 5, 5).requests == 0, "all is fresh again"


def test_a_row_that_is_told_again_as_it_was_is_stamped_anew(collecting: Any, at: Any) -> None:
    at(AHEAD, 5, 5)
    at(RIGHT, 5, 5)
    assert not any(table.startswith("raw.") for table, _ in named(collecting))


def test_asking_again_changes_such_rows(collecting: Any, at: Any) -> None:
    says(collecting, 10)
    at(AHEAD, 5, 5)
    says(collecting, 30)
    at(RIGHT, 5, 5, again=True)
    assert scores(collecting)["2026-01-05-1"] == 30


def test_within_a_run_and_with_a_clock_that_stands_still_the_later_question_stands(collecting: Any, at: Any) -> None:
    at(RIGHT, 5, 5)
    assert collecting.tables()["raw.clubs"] == [("rovers", "2026-01-05-2")]
    at(RIGHT, 6, 6)
    assert collecting.tables()["raw.clubs"] == [("rovers", "2026-01-06-2")]


def test_what_was_owed_and_set_aside_then_is_settled_by_a_later_answer(collecting: Any, at: Any) -> None:
    collecting.league.says["/games/2026-01-05-1"] = 503
    collecting.league.says["/games/2026-01-05-2"] = {"bad": [{"id": 1}]}
    with pytest.raises(SourceUnavailable):
        at(AHEAD, 5, 5)
    assert len(collecting.rows("FROM ops.failed_request")) == 2
    collecting.league.says.clear()
    at(RIGHT, 19, 19)
    assert collecting.rows("FROM ops.failed_request") == collecting.rows("FROM ops.quarantine") == []


def test_a_failure_is_news_from_when_it_is_seen_by_a_clock_that_is_right(collecting: Any, at: Any) -> None:
    collecting.league.says["/games/2026-01-05-1"] = 503
    for now in (AHEAD, RIGHT, RIGHT + timedelta(days=2)):
        with pytest.raises(SourceUnavailable):
            at(now, 5, 5)
    assert collecting.rows("SELECT first_seen, last_seen FROM ops.failed_request") == [
        (RIGHT, RIGHT + timedelta(days=2))
    ]
    at(RIGHT + timedelta(days=4), 5, 5)


def test_a_watermark_beyond_today_is_found_again(collecting: Any, at: Any) -> None:
    at(AHEAD, window=None)
    assert collecting.rows("SELECT day FROM ops.watermark") == [(date(2026, 2, 20),)]
    report = at(RIGHT, window=None)
    assert report.window.start == date(2025, 7, 1), "nothing is known of the days before"
    assert collecting.rows("SELECT day FROM ops.watermark") == [(date(2026, 1, 20),)]


def squad(collecting: Any) -> list[tuple[Any, ...]]:
    query = "SELECT athlete, jersey, since, until FROM raw.squads ORDER BY athlete, since"
    return [(who, jersey, f"{since:%m-%d}", f"{until:%m-%d}") for who, jersey, since, until in collecting.rows(query)]


def test_days_of_a_history_that_were_still_to_come_go(collecting: Any, at: Any) -> None:
    def told(now: datetime, **jerseys: str) -> None:
        collecting.league.says["/squad"] = jerseys
        at(now, **SQUAD)

    told(datetime(2026, 1, 18, 12), ann="1", bea="2", cleo="3")
    told(AHEAD, ann="1", bea="22", cleo="3", dora="4")
    assert [row[3] for row in squad(collecting)] == ["02-20", "01-18", "02-20", "02-20", "02-20"]
    told(RIGHT, ann="1", bea="22", cleo="33", dora="4")
    assert squad(collecting) == [
        ("ann", "1", "01-18", "01-20"),
        ("bea", "2", "01-18", "01-18"),
        ("bea", "22", "01-20", "01-20"),
        ("cleo", "3", "01-18", "01-20"),
        ("cleo", "33", "01-20", "01-20"),
        ("dora", "4", "01-20", "01-20"),
    ]
    assert not any(table.startswith("raw.") for table, _ in named(collecting, **SQUAD))


def named(collecting: Any, **options: Any) -> set[tuple[str, str]]:
    with collecting.store.read() as con:
        return {(table, column) for table, column, *_ in later_than_now(con, collecting.source.registry(**options))}


def test_what_is_no_longer_told_is_named_and_mended_from_the_landing_zone(
    collecting: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    collecting.league.says["/squad"] = {"ann": "1", "bea": "2"}
    at(AHEAD, **SQUAD)
    collecting.league.says["/squad"] = {"ann": "7"}
    at(RIGHT, **SQUAD)
    ghosts = {("raw.squads", "fetched_at"), ("raw.squads", "loaded_at")}
    assert named(collecting, **SQUAD) > ghosts
    registry = collecting.source.registry(**SQUAD)
    for later in (RIGHT, datetime(2026, 3, 1)):  # also when the stamp is no longer to come
        monkeypatch.setenv("TIPOFF_NOW", later.isoformat())
        reparse(registry=registry, settings=collecting.settings, run_id="again")
        assert squad(collecting) == [
            ("ann", "1", "01-20", "01-20"), ("ann", "7", "01-20", "01-20"), ("bea", "2", "01-20", "01-20"),
        ][1:]  # fmt: skip
        monkeypatch.setenv("TIPOFF_NOW", RIGHT.isoformat())
        assert not named(collecting, **SQUAD) & ghosts


def test_built_again_from_the_landing_zone_the_later_answer_stands(
    collecting: Any, at: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(collecting, 10)
    at(AHEAD, 5, 5)
    says(collecting, 20)
    at(RIGHT, 5, 5)
    for now in (RIGHT, datetime(2026, 3, 1)):
        collecting.settings.store.unlink()
        collecting.store.migrate(new=True)
        at(now, 19, 19)  # which recovers what has landed
        assert scores(collecting)["2026-01-05-1"] == 20
        monkeypatch.setenv("TIPOFF_NOW", now.isoformat())
        reparse(registry=collecting.source.registry(), settings=collecting.settings, run_id="again")
        assert scores(collecting)["2026-01-05-1"] == 20


def test_a_batch_that_landed_then_and_was_not_loaded_is_not_lost_and_not_fresh(
    collecting: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(RIGHT - timedelta(days=1), 4, 4)
    says(collecting, 10, "19")
    at(AHEAD, 19, 19)
    collecting.settings.store.unlink()
    collecting.store.migrate(new=True)
    collecting.league.says["/games/2026-01-19-2"] = {"rows": []}
    report = at(datetime(2026, 1, 30, 12), 19, 19)  # it has settled since, and was asked about before it had
    assert report.recovered == 2
    assert "/days/2026-01-19?page=1" in collecting.league.asked
    assert scores(collecting)["2026-01-19-2"] == 10


class Boasting(HttpClient):
    """Stamps its answers with an hour that is still to come."""

    async def fetch(self, request: Request, league: str) -> Payload:
        payload = await super().fetch(request, league)
        return Payload(request, payload.body, AHEAD, league)


def test_a_client_that_stamps_later_than_now_is_not_believed(
    collecting: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def boasting(access: Access) -> Client:
        return Boasting(access)

    monkeypatch.setattr(collecting.source, "client", boasting)
    at(RIGHT, 5, 5)
    assert collecting.rows("SELECT DISTINCT fetched_at FROM raw.scores") == [(RIGHT,)]


def test_a_machine_whose_clock_is_far_from_the_sources_stores_nothing(
    collecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = clock._wall()
    monkeypatch.delenv("TIPOFF_NOW")
    monkeypatch.setenv("TIPOFF_HOME", str(collecting.settings.home))
    monkeypatch.setattr(clock, "_wall", lambda: real + timedelta(days=31))
    with pytest.raises(ClockWrong, match=rf"clock says .*Z, and the source .* says {real:%Y-%m-%d}"):
        collecting()
    for table in ("raw.scores", "ops.collect_run", "ops.watermark", "ops.landed_request"):
        assert collecting.rows(f"FROM {table}") == [], table
    monkeypatch.setattr(clock, "_wall", lambda: real)
    assert collecting().requests == 12


class Elsewhere(Run):
    """A run that reaches its source at the address that it is named after."""

    def access(self, collector: Collector) -> Access:
        return Access(host=self.run_id, requests_per_second=math.inf)


@pytest.fixture
def compare(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Compares clocks on a machine whose clock is ahead of the source's by so many days."""
    monkeypatch.setenv("TIPOFF_HOME", str(collecting.settings.home))
    real = clock._wall()

    def ahead_by(days: float) -> None:
        monkeypatch.setattr(clock, "_wall", lambda: real + timedelta(days=days))
        compare_clocks(Elsewhere(collecting.source.registry(), collecting.settings, collecting.league.url, clock.now()))

    return ahead_by


@pytest.mark.parametrize("days", [31, 0.01, -0.01, -31])
def test_a_clock_is_compared_with_the_sources(
    compare: Callable[..., None], days: float, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    compare(days)  # it is set, so nobody is asked
    monkeypatch.delenv("TIPOFF_NOW")
    compare(0)
    with pytest.raises(ClockWrong):
        compare(days)
    assert not caplog.messages


def test_a_source_that_is_away_leaves_a_clock_uncompared_and_says_so(
    collecting: Any, compare: Callable[..., None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("TIPOFF_NOW")
    monkeypatch.setattr(collecting.source, "client", lambda access: HttpClient(Access(host="http://127.0.0.1:9")))
    compare(31)
    assert "clock could not be compared with that of `league`" in caplog.text


def test_what_tipoff_did_is_stamped_anew(collecting: Any, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(AHEAD, 5, 5)
    monkeypatch.setenv("TIPOFF_NOW", RIGHT.isoformat())
    told = named(collecting)
    assert {("raw.scores", "loaded_at"), ("ops.collect_run", "ended_at"), ("ops.loaded_file", "loaded_at")} < told
    tables = collecting.source.registry().tables()
    with collecting.store.write() as con:
        done = mend(con, tables)
    assert done["ops.collect_run.ended_at"] == 1
    assert named(collecting) == {
        ("raw.scores", "fetched_at"),
        ("raw.clubs", "fetched_at"),
        ("ops.landed_request", "fetched_at"),
    }
    with collecting.store.write() as con:
        assert mend(con, tables) == {}


class Landed:
    """Batches by when they begin, in days of January."""

    def __init__(self, *days: float) -> None:
        self.days = {f"{number:03}": datetime(2026, 1, 1) + timedelta(days=day) for number, day in enumerate(days)}

    def batches(self) -> list[str]:
        return list(self.days)

    def begun(self, name: str) -> datetime:
        return self.days[name]


def day(number: float) -> datetime:
    return datetime(2026, 1, 1) + timedelta(days=number)


@pytest.mark.parametrize(
    ("days", "now", "found"),
    [
        ((), 9, {}),
        ((1, 2, 2, 3), 9, {}),
        ((1, 2, 1.98, 3), 9, {}),  # two runs at once
        ((1, 31, 2, 3), 9, {"001": (2, 1)}),
        ((1, 31, 2, 3), 40, {"001": (2, 1)}),  # its stamp is no longer to come
        ((31, 32, 2, 3), 9, {"000": (2, None), "001": (2, None)}),
        ((1, 31), 9, {"001": (9, 1)}),
        ((1, 2, -9000, 3, 4), 9, {"002": (3, 2)}),  # a clock that was behind takes nothing with it
    ],
)
def test_batches_that_a_wrong_clock_has_stamped(days: Any, now: int, found: dict[str, Any]) -> None:
    expected = {
        name: Stamp(day(at) - timedelta(microseconds=1), datetime(1970, 1, 1) if asked is None else day(asked))
        for name, (at, asked) in found.items()
    }
    assert misdated(Landed(*days), day(now)) == expected  # type: ignore[arg-type]
