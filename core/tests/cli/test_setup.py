"""``tipoff init`` and ``tipoff clock``."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tipoff import clock, plugins, settings
from tipoff.contracts import Access
from tipoff.health import Finding, Needs, examine
from tipoff.warehouse.store import Warehouse


def test_init_creates_the_store_and_sets_the_clock_once(tiny: Any, tmp_path: Path) -> None:
    output = tiny("init").output
    assert f"Created the store {tmp_path / 'home' / 'tipoff.duckdb'}" in output
    assert "Set the clock to 2026-01-15T13:00:00Z, where `tiny` lives in its own time" in output
    assert clock.now() == datetime(2026, 1, 15, 13)
    again = tiny("init").output
    assert again.startswith("Nothing to do")
    assert "Next: tipoff collect" in again


def test_init_leaves_a_set_clock_alone(tiny: Any) -> None:
    clock.set_now(datetime(2024, 3, 1))
    assert "Set the clock" not in tiny("init").output
    assert clock.now() == datetime(2024, 3, 1)


def test_a_cleared_clock_stays_cleared(tiny: Any) -> None:
    tiny("init")
    tiny("clock", "clear")
    tiny("models", "list")
    assert not clock.is_set()


def test_a_source_that_fails_to_say_its_time(run: Any, install_plugin: Any) -> None:
    install_plugin(
        "odd",
        """
        @hookimpl
        def collectors():
            asked = Dataset("odd_games", tables=("games",), plan=f"{__name__}:plan", parse=f"{__name__}:parse")
            return (Collector("odd", conn_id="x", datasets=(asked,), clock=f"{__name__}:present"),)

        def present():
            raise OSError("no league")
        """,
    )
    assert "odd_for_test:present` failed: OSError: no league" in run("init", code=1).output


def test_init_tells_of_a_table_that_the_store_has_in_another_shape(run: Any, install_plugin: Any) -> None:
    plugin = """
        from tipoff import Column, Table

        @hookimpl
        def collectors():
            hills = Table("hills", ("name",), (Column("name", "VARCHAR"), Column("metres", "TYPE")))
            asked = Dataset("all_hills", tables=("hills",), plan=f"{__name__}:plan", parse=f"{__name__}:parse")
            return (Collector("hills", conn_id="x", datasets=(asked,), tables=(hills,)),)

        def plan(ctx):
            return ()

        def parse(payload):
            return ()
        """
    install_plugin("hills", plugin.replace("TYPE", "INTEGER"))
    run("init")
    store = Warehouse.of(settings.load())
    with store.write() as con:
        con.execute("INSERT INTO raw.hills (name, metres, source) VALUES ('Knob', 612, 'hills')").fetchall()
    install_plugin("hills", plugin.replace("TYPE", "DOUBLE"))
    assert "Left as it is" not in run("init").output
    assert store.query("SELECT metres FROM raw.hills")["metres"].to_pylist() == [612.0]
    install_plugin("hills", plugin.replace("TYPE", "DATE"))
    reason = "table `raw.hills`: column `metres` is now `DATE`, the store has `DOUBLE`, and it holds data; "
    reason += "`tipoff reparse --rebuild raw.hills` makes it anew from what has landed, and asks no source"
    assert f"Left as it is: {reason}" in run("init").output
    (found,) = [each for each in store_health() if each.state != "ok"]
    assert (found.state, found.found, found.mend) == ("failed", reason, "tipoff reparse --rebuild raw.hills")
    run("reparse", "--rebuild", "raw.hills")
    assert "Left as it is" not in run("init").output
    assert [each.state for each in store_health()] == ["ok"]


def store_health() -> list[Finding]:
    chosen = settings.load()
    needs = Needs(plugins.load(chosen), chosen, lambda collector: Access())
    return [each for each in examine(needs) if each.part == "store"]


def test_clock_shows_who_says_so(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "(the wall clock)" in run("clock").output
    output = run("clock", "set", "2026-01-15T03:00Z").output
    assert output.startswith("2026-01-15 03:00:00Z, Wednesday 2026-01-14 in the league, season 2026 (standing still")
    assert run("clock", "show").output == run("clock").output == output
    assert "(ticking, from " in run("clock", "set", "2026-01-15", "--ticking").output
    monkeypatch.setenv("TIPOFF_NOW", "2020-01-01")
    assert "(from TIPOFF_NOW)" in run("clock").output
    assert "TIPOFF_NOW is `2020-01-01`, and it wins" in run("clock", "set", "2026-01-15", code=1).output


@pytest.mark.parametrize(
    ("step", "after"),
    [
        ("90m", datetime(2026, 3, 7, 14, 30)),
        ("12h", datetime(2026, 3, 8, 1)),
        ("1d", datetime(2026, 3, 8, 12)),  # eight in the morning in New York, also after the clocks went forward
        ("2w", datetime(2026, 3, 21, 12)),
    ],
)
def test_advance(run: Any, step: str, after: datetime) -> None:
    clock.set_now(datetime(2026, 3, 7, 13))
    run("clock", "advance", step)
    assert clock.now() == after
    assert not clock.is_ticking()


def test_a_ticking_clock_goes_on_ticking(run: Any) -> None:
    clock.set_now(datetime(2026, 3, 1), ticking=True)
    run("clock", "advance", "1d")
    assert clock.is_ticking()
    assert clock.now() - datetime(2026, 3, 2) < timedelta(minutes=1)


@pytest.mark.parametrize("step", ["1", "d", "-1d", "1y", "1.5d"])
def test_a_step_is_a_number_and_a_unit(run: Any, step: str) -> None:
    clock.set_now(datetime(2026, 3, 1))
    assert f"`{step}` is not a step; write 90m, 12h, 1d or 2w" in run("clock", "advance", "--", step, code=1).output


def test_the_wall_clock_cannot_be_moved(run: Any) -> None:
    assert "this is the wall clock, which cannot be moved" in run("clock", "advance", "1d", code=1).output
