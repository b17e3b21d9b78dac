from __future__ import annotations

from dataclasses import replace

import pytest
from tipoff.errors import SettingsError
from tipoff.features.engine import build
from tipoff.features.laws import Bench
from tipoff.features.overview import Overview, overview, with_dependents
from tipoff.plugins import Registry

from .conftest import APART, WINS, with_builders


def look(bench: Bench) -> dict[str, Overview]:
    with bench.warehouse.read() as con:
        return {each.builder.name: each for each in overview(con, bench.registry)}


def test_nothing_built_yet_is_all_stale(bench: Bench) -> None:
    wins = look(bench)["wins"]
    assert (wins.rows, wins.seasons, wins.built_at, wins.seconds) == (0, 0, None, None)
    assert [(each.partition.season, each.reason) for each in wins.stale] == [
        (2022, "new"), (2023, "new"), (2024, "new"),
    ]  # fmt: skip


def test_what_stands_and_when_it_was_built(bench: Bench) -> None:
    bench.build()
    built = look(bench)["wins"]
    bench.build()  # nothing to compute: the build before is the last that did something
    assert look(bench)["wins"] == built
    assert (built.rows, built.seasons, built.stale) == (72, 3, ())
    assert built.seconds is not None and built.seconds > 0
    assert look(bench)["apart"].rows == 36


def test_a_changed_season_is_stale_and_so_is_a_changed_builder(bench: Bench) -> None:
    bench.build()
    with bench.warehouse.write() as con:
        con.execute("UPDATE raw.games SET home_score = 1, loaded_at = now() WHERE season = 2023").fetchall()
    assert [each.partition.season for each in look(bench)["wins"].stale] == [2023]
    newer = with_builders(bench, replace(WINS, version="2"), APART)
    assert [each.reason for each in look(newer)["wins"].stale] == ["version 1 became 2"] * 3


def test_a_builder_brings_those_that_are_built_on_it(bench: Bench) -> None:
    names = with_dependents(bench.registry, ["wins"])
    assert names == ["wins", "apart"]
    assert with_dependents(bench.registry, ["apart"]) == ["apart"]
    assert with_dependents(bench.registry, []) == ["wins", "apart"]
    further = replace(APART, name="further", inputs=("raw.games",), after=("apart",))
    assert with_dependents(Registry(builders=(WINS, APART, further)), ["wins"]) == ["wins", "apart", "further"]
    with pytest.raises(SettingsError, match="no plugin brings"):
        with_dependents(bench.registry, ["none"])


def test_only_the_asked_seasons_are_computed(bench: Bench) -> None:
    told: list[tuple[int, int, str]] = []
    bench.build()
    report = build(
        "wins", registry=bench.registry, settings=bench.settings, run_id="r", now=look(bench)["wins"].built_at,  # type: ignore[arg-type]
        full=True, seasons=(2022, 2024), progress=lambda *each: told.append(each),
    )  # fmt: skip
    assert (report.partitions, report.rows, report.written) == (2, 48, 0)
    assert told == [(0, 2, "tiny-league 2022"), (1, 2, "tiny-league 2024")]
