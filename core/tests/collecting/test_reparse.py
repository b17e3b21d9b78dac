"""The tables built again from what has landed, without a request."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from filelock import FileLock
from tipoff.collecting.engine import collect
from tipoff.collecting.reparse import reparse, reparse_outdated
from tipoff.collecting.sources import kin
from tipoff.contracts import Collector, Column, Dataset, Table
from tipoff.errors import PluginError, SettingsError, StoreError
from tipoff.plugins import Registry
from tipoff.warehouse.difference import Difference

NOW = datetime(2026, 1, 20, 12)
WITHOUT_PACE = {"parse": "support_source:parse_without_pace"}
WITHOUT_CLUBS = {"parse": "support_source:parse_without_clubs"}


def again(collecting: Any, **options: Any) -> Any:
    changes = {name: options.pop(name) for name in ("parse", "version") if name in options}
    collecting.league.asked.clear()
    found = reparse(
        registry=collecting.source.registry(**changes), settings=collecting.settings, run_id="again", **options
    )
    assert collecting.league.asked == []
    return found


def test_with_the_same_parser_nothing_changes(collecting: Any) -> None:
    collecting()
    before = {name: collecting.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in OPS}
    found = again(collecting)
    assert (found.batches, found.answers, found.tables, found.missing) == (1, 12, (), 0)
    for name in OPS[:-1]:
        assert collecting.rows(f"SELECT * FROM {name} ORDER BY ALL") == before[name], name
    assert not (collecting.settings.home / ".reparse").exists()


OPS = ("raw.scores", "raw.clubs", "ops.landed_request", "ops.follow_up", "ops.quarantine", "ops.loaded_file")


def test_rows_change_and_go_as_the_parser_says(collecting: Any) -> None:
    collecting()
    found = again(collecting, **WITHOUT_CLUBS)
    assert found.tables == (Difference("raw.clubs", 0, 0, 1),)
    assert collecting.rows("SELECT * FROM raw.clubs") == []
    assert collecting.rows("SELECT DISTINCT run_id FROM raw.scores") == [("run-1",)]
    found = again(collecting)
    assert found.tables == (Difference("raw.clubs", 1, 0, 0),)
    assert collecting.rows("SELECT run_id FROM raw.clubs") == [("again",)]
    found = again(collecting, **WITHOUT_PACE)
    assert found.tables == (Difference("raw.scores", 0, 6, 0),)
    assert collecting.rows("SELECT DISTINCT run_id, pace FROM raw.scores") == [("again", None)]


def test_a_dry_run_only_tells(collecting: Any) -> None:
    collecting()
    found = again(collecting, dry_run=True, **WITHOUT_PACE)
    assert (found.applied, found.tables) == (False, (Difference("raw.scores", 0, 6, 0),))
    assert collecting.rows("SELECT DISTINCT pace FROM raw.scores") == [(70.5,)]


def test_what_a_killed_one_left_goes_with_the_next_run_unless_one_is_at_work(collecting: Any) -> None:
    collecting()
    left = collecting.settings.home / ".reparse"
    left.mkdir()
    (left / "tipoff.duckdb").write_bytes(b"half")
    with FileLock(collecting.settings.home / "reparse.lock"):
        collecting()
        assert left.exists()
    collecting()
    assert not left.exists()


def test_an_answer_that_nothing_could_be_made_of_is_kept_until_something_can(collecting: Any) -> None:
    collecting.league.says["/games/2026-01-01-1"] = "<html>"
    assert collecting().failed == 1
    assert collecting.rows("SELECT reason FROM ops.quarantine") == [
        ("`https://league.example/games/2026-01-01-1` is not JSON",)
    ]
    found = again(collecting, parse="support_source:parse_html_too")
    assert found.tables == (Difference("raw.scores", 0, 1, 0),)
    for table in ("ops.quarantine", "ops.failed_request"):
        assert collecting.rows(f"SELECT * FROM {table}") == []
    assert collecting.rows("SELECT home FROM raw.scores WHERE game_id = '2026-01-01-1'") == [(99,)]


def test_what_the_new_parser_rejects_is_owed(collecting: Any) -> None:
    collecting()
    again(collecting, parse="support_source:parse_no_pages", version="2")
    assert collecting.rows("SELECT count(*), min(kind) FROM ops.failed_request") == [(6, "MalformedResponse")]
    assert collecting.rows("SELECT count(*) FROM ops.landed_request") == [(6,)]
    assert collecting.rows("SELECT count(*) FROM ops.quarantine") == [(6,)]


def test_what_other_collectors_told_stays(collecting: Any) -> None:
    collecting()
    with collecting.store.write() as con:
        con.execute("UPDATE raw.scores SET source = 'league+archive' WHERE game_id LIKE '%-1'").fetchall()
        con.execute("INSERT INTO raw.clubs SELECT 'city', '1900', 'x', 'archive', NULL, loaded_at FROM raw.clubs")
    found = again(collecting, **WITHOUT_PACE)
    assert found.tables == (Difference("raw.scores", 0, 3, 0),)
    assert collecting.rows("SELECT source, count(*) FROM raw.clubs GROUP BY ALL ORDER BY ALL") == [
        ("archive", 1), ("league", 1),
    ]  # fmt: skip


def test_while_batches_are_missing_nothing_is_removed_or_set_back(collecting: Any, monkeypatch: Any) -> None:
    collecting(18, 18)
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-21T12:00")
    collecting.league.says["/games/2026-01-18-1"] = {"rows": [{"season": 2026, "game_id": "2026-01-18-1", "home": 9}]}
    collecting(18, 19)
    folder = collecting.settings.landing / "league" / "m" / "scores"
    newer = max(folder.iterdir())
    newer.rename(collecting.settings.home / newer.name)
    before = collecting.tables(), asked_before(collecting)
    found = again(collecting, version="2")
    assert (found.missing, found.tables) == (1, ())
    assert (collecting.tables(), asked_before(collecting)) == before
    assert reparse_outdated(
        registry=collecting.source.registry(version="2"), settings=collecting.settings, run_id="once more"
    ) is None, "what is missing is not tried again and again"  # fmt: skip
    (collecting.settings.home / newer.name).rename(newer)
    assert again(collecting, **WITHOUT_PACE).missing == 0
    assert collecting.rows("SELECT DISTINCT pace FROM raw.scores") == [(None,)]


def asked_before(collecting: Any) -> Any:
    return collecting.rows("SELECT * EXCLUDE (processing_version) FROM ops.landed_request ORDER BY ALL")


@pytest.mark.parametrize("gone", ["league", "league/m", "league/m/scores"])
def test_a_landing_folder_that_is_gone_takes_nothing_with_it(collecting: Any, gone: str) -> None:
    collecting()
    before = collecting.tables(), asked_before(collecting)
    (collecting.settings.landing / gone).rename(collecting.settings.home / "elsewhere")
    found = again(collecting, version="2")
    assert (found.batches, found.missing, found.tables) == (0, 1, ())
    assert (collecting.tables(), asked_before(collecting)) == before


def test_a_parser_that_breaks_its_contract_changes_nothing(collecting: Any) -> None:
    collecting()
    before = collecting.tables()
    with pytest.raises(PluginError, match="no_such_parser"):
        again(collecting, parse="support_source:no_such_parser")
    with pytest.raises(
        PluginError, match=r"^`support_source:parse_and_break`, on `https?://[^`]+`, raised ZeroDivisionError"
    ):
        again(collecting, parse="support_source:parse_and_break")
    with pytest.raises(PluginError, match="raised SystemExit: 3"):
        again(collecting, parse="support_source:parse_and_exit")
    assert collecting.tables() == before


def test_a_damaged_batch_is_named(collecting: Any) -> None:
    collecting()
    (batch,) = (collecting.settings.landing / "league" / "m" / "scores").iterdir()
    (batch / "payloads.parquet").write_bytes(b"")
    with pytest.raises(StoreError, match=batch.name):
        again(collecting)


def test_a_lower_collectors_batches_do_not_take_the_word_from_a_higher(collecting: Any, monkeypatch: Any) -> None:
    (league,) = collecting.source.registry().collectors
    collecting()
    dataset = replace(league.datasets[0], name="old_scores", parse="support_source:parse_without_pace")
    archive = replace(league, name="archive", tables=(), datasets=(dataset,), precedence=-1)
    both = Registry(collectors=(league, archive))
    shutil.copytree(
        collecting.settings.landing / "league" / "m" / "scores",
        collecting.settings.landing / "archive" / "m" / "old_scores",
    )
    found = reparse(registry=both, settings=collecting.settings, run_id="again")
    assert found.batches == 2
    assert collecting.rows("SELECT DISTINCT pace, source FROM raw.scores") == [(70.5, "league+archive")]


def beside(collecting: Any, *fills: str, key: tuple[str, ...] = ("club",)) -> Registry:
    """The league's plugin beside another, whose parser has a new version and cannot even be imported."""
    other = Table("others", key, (Column("club", "VARCHAR"), Column("league", "VARCHAR")))
    dataset = Dataset("others", tables=("others", *fills), plan="gone:plan", parse="gone:parse", version="2")
    tables = (other, *(table for table in (collecting.source.CLUBS,) if table.name in fills))
    other_one = Collector("other", "other_api", (dataset,), tables=tables)
    return Registry(collectors=(*collecting.source.registry().collectors, other_one))


def landed_by_the_other(collecting: Any) -> None:
    landing = collecting.settings.landing
    shutil.copytree(landing / "league" / "m" / "scores", landing / "other" / "m" / "others")
    with collecting.store.write() as con:
        con.execute(
            "INSERT INTO ops.loaded_file SELECT * REPLACE ('other' AS source, 'others' AS dataset) FROM ops.loaded_file"
        ).fetchall()


def test_another_plugins_parser_stops_nobody_who_fills_no_table_with_it(collecting: Any) -> None:
    collecting()
    landed_by_the_other(collecting)
    kept = {"settings": collecting.settings, "run_id": "again"}
    assert reparse_outdated(registry=kin("league", beside(collecting)), **kept) is None
    for registry in (kin("other", beside(collecting)), kin("league", beside(collecting, "clubs"))):
        with pytest.raises(PluginError, match="gone"):
            reparse_outdated(registry=registry, **kept)


def test_another_plugins_changed_table_stops_nobody(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    collecting()
    landed_by_the_other(collecting)
    kept = {"settings": collecting.settings, "run_id": "again", "now": NOW}
    collecting.store.migrate(beside(collecting).tables().values())
    with collecting.store.write() as con:
        con.execute("INSERT INTO raw.others (club, league) VALUES ('rovers', 'm')").fetchall()
    changed = beside(collecting, key=("club", "league"))
    monkeypatch.setattr(collecting.source, "registry", lambda: changed)
    assert collecting().rows == 0
    assert again(collecting).applied
    with pytest.raises(StoreError, match=r"table `raw\.others`: its key is now"):
        collect("others", registry=changed, **kept)


# ------------------------------------------------------------------- a table that the store has in another shape


def reshaped(collecting: Any, **changes: Any) -> Registry:
    """The collector with another key of its scores, and another type of a column of its clubs."""
    registry: Registry = collecting.source.registry(**changes)
    (collector,) = registry.collectors
    scores, clubs, *others = collector.tables
    numbered = replace(clubs, columns=(clubs.columns[0], Column("seen_on", "DATE")))
    tables = (replace(scores, key=("league", "game_id")), numbered, *others)
    return Registry(collectors=(replace(collector, tables=tables),))


WITH_DAYS = {"parse": "support_source:parse_with_days"}


def test_a_table_of_another_shape_is_made_anew_by_the_command_that_its_error_names(collecting: Any) -> None:
    collecting()
    before = collecting.rows("SELECT * EXCLUDE (run_id, loaded_at) FROM raw.scores ORDER BY ALL")
    registry, options = reshaped(collecting, **WITH_DAYS), {"settings": collecting.settings, "run_id": "again"}
    collecting.league.asked.clear()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"its key is now .* `tipoff reparse --rebuild raw\.scores` makes it anew"):
            collect("scores", registry=registry, now=NOW, **options)
    assert reparse(registry=registry, **options).batches == 0, "without the word nothing of it is touched"
    told = reparse(registry=registry, rebuild="raw.scores", dry_run=True, **options)
    assert told.tables == (Difference("raw.clubs", 1, 0, 1), Difference("raw.scores", 6, 0, 6))
    assert collecting.rows("SELECT seen_on FROM raw.clubs") == [("2026-01-03-2",)]
    found = reparse(registry=registry, rebuild="raw.scores", **options)
    assert (found.tables, found.applied) == (told.tables, True)
    assert collecting.rows("SELECT * EXCLUDE (run_id, loaded_at) FROM raw.scores ORDER BY ALL") == before
    assert collecting.rows("SELECT seen_on FROM raw.clubs") == [(date(2026, 1, 3),)]
    assert collecting.store.migrate(registry.tables().values()) == {}
    assert reparse(registry=registry, rebuild="raw.scores", **options).tables == (), "again it changes nothing"
    assert collecting.league.asked == []


def test_a_rebuild_that_is_broken_off_leaves_the_table_as_it_was(
    collecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    collecting()
    before = {name: collecting.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in OPS}
    registry, options = reshaped(collecting, **WITH_DAYS), {"settings": collecting.settings, "run_id": "again"}

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("tipoff.collecting.reparse.apply", die)
        reparse(registry=registry, rebuild="raw.scores", **options)
    assert {name: collecting.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in OPS} == before
    assert len(reparse(registry=registry, rebuild="raw.clubs", **options).tables) == 2, "all of the collector's at once"


def test_what_landed_and_is_no_more_cannot_be_rebuilt(collecting: Any) -> None:
    collecting()
    before = collecting.rows("SELECT * FROM raw.scores ORDER BY ALL")
    shutil.rmtree(collecting.settings.landing)
    registry, options = reshaped(collecting, **WITH_DAYS), {"settings": collecting.settings, "run_id": "again"}
    with pytest.raises(StoreError, match=r"`raw\.clubs` cannot be made anew, and is as it was: 1 batches"):
        reparse(registry=registry, rebuild="raw.scores", **options)
    assert collecting.rows("SELECT * FROM raw.scores ORDER BY ALL") == before


def test_only_a_collectors_own_table_is_rebuilt(collecting: Any) -> None:
    says = r"is no collector's own table \(did you mean `raw\.scores`\?\); those are: `raw\.clubs`, `raw\.scores`"
    for name in ("raw.games", "raw.score"):
        with pytest.raises(SettingsError, match=f"`{name}` {says}"):
            again(collecting, rebuild=name)
