"""Real batches in a landing zone, looked at night by night."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest
from tipoff.contracts import Collector, Dataset, Uses
from tipoff.errors import CheckFailed, SettingsError
from tipoff.plugins import Registry
from tipoff.quality.checks import CheckResult, require_passed, run_checks
from tipoff.quality.drift.observing import observe
from tipoff.quality.drift.storing import accept
from tipoff.settings import Settings
from tipoff.warehouse.landing import FOLLOW_UPS, PAYLOADS, QUARANTINE, Content, Landing
from tipoff.warehouse.store import Warehouse

START = datetime(2026, 1, 1, 12)
Edit = Callable[[dict[str, Any]], None]
USES: list[Any] = []


def uses() -> list[Any]:
    return USES


def nothing(event: dict[str, Any]) -> None:
    """No change."""


class Nights:
    """A dataset whose answers land day by day, and what the checks say in the night."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = Settings(home=home, leagues=("m",))
        self.warehouse = Warehouse.of(self.settings)
        dataset = Dataset("games", ("games",), "x:y", "x:y", uses="uses_of_nights:uses")
        self.registry = Registry(collectors=(Collector("feed", "feed", (dataset,)),))
        self.landing = Landing(self.settings.landing, "feed", "m", "games")
        self.day = 0
        self._patch = monkeypatch

    def land(self, edit: Edit = nothing, *, answers: int = 4, rejected: bool = False) -> None:
        rows = []
        for number in range(answers):
            events = [
                {"id": str(game), "status": {"name": "FINAL" if game % 2 else "SCHEDULED"}, "crowd": 10 * game,
                 "news": {"title": "x"}, **({"odds": -3.5} if game % 2 == 0 else {"score": "70"})}
                for game in range(6)
            ]  # fmt: skip
            for event in events:
                edit(event)
            rows.append({
                "key": f"k{self.day}-{number}", "url": f"https://feed.org/days/{number}/scoreboard",
                "params": json.dumps({"day": str(self.day)}), "context": "{}", "optional": False, "status": 200,
                "fetched_at": START, "league": "m", "processing_version": "1",
                "body": json.dumps({"events": events}).encode(),
            })  # fmt: skip
        answered, refused = ([], rows) if rejected else (rows, [])
        self.landing.write(
            Content(
                payloads=pa.Table.from_pylist(answered, PAYLOADS),
                rows={},
                quarantine=QUARANTINE.empty_table(),
                follow_ups=FOLLOW_UPS.empty_table(),
                rejected=pa.Table.from_pylist(refused, PAYLOADS),
            )
        )

    def tomorrow(self) -> datetime:
        self.day += 1
        now = START + timedelta(days=self.day)
        self._patch.setenv("TIPOFF_NOW", now.isoformat())
        self.warehouse.migrate(self.registry.tables().values(), new=True)  # batches land before there is a store
        return now

    def look(self) -> None:
        """The look alone, a day later."""
        observe(self.registry, self.settings, f"r{self.day}", self.tomorrow())

    def check(self) -> dict[str, CheckResult]:
        """What the drift checks say, a day later; those that did not pass."""
        now = self.tomorrow()
        try:
            results = run_checks("raw", registry=self.registry, settings=self.settings, run_id=f"r{self.day}", now=now)
            self.blocked = ""
        except CheckFailed as error:
            self.blocked = str(error)
            results = []
        return {each.name: each for each in results if not each.passed and each.name.startswith("drift_")}

    def fields(self) -> dict[tuple[str, str], dict[str, Any]]:
        rows = self.warehouse.query("SELECT * FROM ops.field WHERE change <> ''").to_pylist()
        return {(row["state"], row["path"]): row for row in rows}


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nights]:
    module = ModuleType("uses_of_nights")
    module.uses = uses  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "uses_of_nights", module)
    USES[:] = [
        Uses(
            "/scoreboard", ("events[].id", "events[].crowd", "events[].score"), record="events[]", state="status.name"
        ),
        Uses("/scoreboard", ("events[].odds",), severity="warn", record="events[]", state="status.name"),
    ]
    yield Nights(tmp_path / "home", monkeypatch)


def quiet(nights: Nights, days: int = 8) -> None:
    """Nights on which nothing happens; all checks run on the last of them only, since they take their time."""
    for left in reversed(range(days)):
        nights.land()
        if left:
            nights.look()
        else:
            assert nights.check() == {}
            assert nights.blocked == ""


def rename(old: str, new: str) -> Edit:
    def edit(event: dict[str, Any]) -> None:
        if old in event:
            event[new] = event.pop(old)

    return edit


def test_a_renamed_field_blocks_predictions_names_itself_and_its_successor_until_it_is_mended(nights: Nights) -> None:
    quiet(nights)
    require_passed(nights.registry, nights.warehouse)
    nights.land(rename("crowd", "attendance"))
    nights.check()
    assert "drift_fields_lost" in nights.blocked
    assert "`games_final" not in nights.blocked
    lost = nights.fields()["FINAL", "events[].crowd"]
    assert (lost["change"], lost["severity"], lost["perhaps"]) == ("missing", "block", "attendance")
    assert (lost["share_before"], lost["share_now"], str(lost["since"])) == (1.0, 0.0, "2026-01-10")
    with pytest.raises(CheckFailed, match="drift_fields_lost"):
        require_passed(nights.registry, nights.warehouse)

    nights.check()
    assert "drift_fields_lost" in nights.blocked, "nothing new landed, and nothing is mended"
    nights.land()
    nights.check()
    assert nights.blocked == ""
    require_passed(nights.registry, nights.warehouse)


def test_answers_that_were_rejected_are_looked_at_too(nights: Nights) -> None:
    quiet(nights)
    nights.land(rename("id", "uid"), rejected=True)
    nights.check()
    assert "events[].id" in nights.blocked


def test_a_field_of_another_type_blocks(nights: Nights) -> None:
    quiet(nights)
    nights.land(lambda event: event.update(crowd=str(event["crowd"])))
    nights.check()
    assert nights.fields()["FINAL", "events[].crowd"]["change"] == "retyped"
    assert "drift_fields_lost" in nights.blocked


def test_what_is_read_for_benchmarks_only_warns_and_what_nobody_reads_informs(nights: Nights) -> None:
    quiet(nights)
    nights.land(rename("odds", "line"))
    assert set(nights.check()) == {"drift_fields_rarer", "drift_fields_other"}
    nights.land(rename("news", "articles"))
    found = nights.check()
    assert set(found) == {"drift_fields_other"}
    told = nights.fields()
    assert told["FINAL", "events[].articles"]["change"] == "new"
    assert told["FINAL", "events[].news"]["change"] == "missing"
    assert ("FINAL", "events[].articles.title") not in told, "what holds it is new, which says it all"


def test_a_field_that_depends_on_the_state_goes_with_the_state(nights: Nights) -> None:
    """Odds before the game only: on a day when all games are over, none has them."""
    quiet(nights)

    def over(event: dict[str, Any]) -> None:
        event["status"]["name"] = "FINAL"
        event.pop("odds", None)
        event["score"] = "70"

    nights.land(over)
    assert nights.check() == {}
    assert nights.blocked == ""


def test_a_state_that_cannot_be_read_any_more_is_told(nights: Nights) -> None:
    quiet(nights)
    nights.land(rename("status", "state"))
    nights.check()
    assert "events[].status.name" in nights.blocked


def test_what_a_person_accepts_is_usual_from_then_on(nights: Nights) -> None:
    quiet(nights)
    nights.land(rename("crowd", "attendance"))
    nights.check()
    with nights.warehouse.write() as con:
        assert accept(con, "events[].nothing", START) == (0, 0)
        assert accept(con, "events[].crowd", START) == (2, 0), "before the game and after it"
    nights.land(rename("crowd", "attendance"))
    nights.check()
    assert nights.blocked == ""


def test_a_first_look_at_a_whole_season_counts_as_several(nights: Nights) -> None:
    nights.land(answers=40)
    assert nights.check() == {}
    nights.land(rename("crowd", "attendance"))
    nights.check()
    assert "events[].crowd" in nights.blocked


def test_a_look_costs_the_same_however_much_landed(nights: Nights) -> None:
    nights.land(answers=300)
    nights.check()
    (row,) = nights.warehouse.query("SELECT looks FROM ops.field WHERE path = '' AND state = ''").to_pylist()
    assert sum(look[1] for look in json.loads(row["looks"])) == 40


def test_uses_that_fail_are_told_and_the_rest_goes_on(nights: Nights) -> None:
    quiet(nights, 2)
    USES.append("events[].id")
    nights.land()
    found = nights.check()
    assert set(found) == {"drift_fields_rarer"}
    assert "return or yield Uses" in str(found["drift_fields_rarer"])
    USES.pop()
    nights.land()
    assert nights.check() == {}


def test_a_damaged_batch_and_a_body_that_is_no_json_stop_nothing(nights: Nights) -> None:
    quiet(nights, 2)
    nights.land()
    broken = nights.landing.folder / nights.landing.batches()[-1] / "payloads.parquet"
    broken.write_bytes(b"no parquet")
    assert nights.check() == {}


def test_accept_of_what_has_not_drifted_is_refused(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner
    from tipoff.cli.drift import drift

    quiet(nights, 1)
    monkeypatch.setenv("TIPOFF_HOME", str(nights.settings.home))
    result = CliRunner().invoke(drift, ["--accept", "events[].crowd"])
    assert isinstance(result.exception, SettingsError)
    shown = CliRunner().invoke(drift, [])
    assert "No drift." in shown.output


def test_a_field_that_came_may_go_as_it_came(nights: Nights) -> None:
    """Conference games begin in December and end in March: what they have was not always there."""
    USES[0] = USES[0]._replace(fields=(*USES[0].fields, "events[].conference"))
    quiet(nights, 6)
    for _ in range(22):
        nights.land(lambda event: event.update(conference="ACC"))
        nights.look()
    assert nights.fields() == {}
    nights.land()
    assert nights.check() == {}
    assert nights.blocked == ""
