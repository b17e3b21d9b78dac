"""How the feature tables' cost grows: twenty simulated seasons with players, rebuilt whole, and one corrected day.

    python benchmarks/features_scale.py
    python benchmarks/features_scale.py --seasons 20 --few 5 --home /tmp/scale

Makes up a league of the size of Division I (362 teams, 5,700 games and 145,000 player rows a season, drawn with a
seed; box scores add up) in two stores, of many and of few seasons. In each, all builders that are installed compute
everything, then a day in the middle of the newest season is corrected and they compute what that touches. Each step
runs in a process of its own, whose peak memory is told.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

LEAGUE = "mens-college-basketball"
NOW = datetime(2026, 5, 1)
NEWEST = 2026
TEAMS, GAMES, SQUAD, DAYS = 362, 5_700, 13, 150
SPLIT = ("points", "field_goals_attempted", "free_throws_attempted", "offensive_rebounds", "turnovers", "fouls")
"""What players share of their team's box score; the rest of a sheet follows from these."""


@click.command()
@click.option("--seasons", default=20, show_default=True, help="Seasons of the large store.")
@click.option("--few", default=5, show_default=True, help="Seasons of the small one.")
@click.option("--home", type=click.Path(path_type=Path), default=Path(".tipoff/scale"), show_default=True)
@click.option("--work", nargs=2, hidden=True, help="A store and what to do to it: run in a process of its own.")
def main(seasons: int, few: int, home: Path, work: tuple[str, str] | None) -> None:
    """Fill, rebuild, correct a day, rebuild; for both stores."""
    if work:
        click.echo(json.dumps(done(Path(work[0]), work[1])))
        return
    day: dict[int, dict[str, Any]] = {}
    for count in (few, seasons):
        store = home.absolute() / str(count)
        rows = fill(store, count)
        click.echo(f"\n{count} seasons: " + ", ".join(f"{number:,} {name}" for name, number in rows.items()))
        for step in ("full", "again", "day"):
            told = child(store, step)
            parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in told["builders"].items())
            words = {"full": "full rebuild", "again": "nothing changed", "day": "one corrected day"}[step]
            click.echo(
                f"  {words}: {told['seconds']:.1f} s ({parts}; processor {told['cpu']:.1f} s), "
                f"{told['partitions']} seasons, "
                f"{told['written']:,} rows changed, peak {told['peak_mb']:,.0f} MB"
            )
            if step == "day":
                day[count] = told
    wall, cpu = (day[seasons][name] / day[few][name] for name in ("seconds", "cpu"))
    click.echo(f"\nOne corrected day, {seasons} seasons over {few}: {wall:.2f} times, of the processor {cpu:.2f} times")


def child(home: Path, step: str) -> dict[str, Any]:
    """One step in a process of its own."""
    command = [sys.executable, __file__, "--work", str(home), step]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def done(home: Path, step: str) -> dict[str, Any]:
    """What the builders did and what it cost."""
    from tipoff import plugins
    from tipoff.features.changes import corrected
    from tipoff.features.engine import build
    from tipoff.settings import Settings
    from tipoff.warehouse.store import Warehouse

    settings = Settings(home=home)
    registry = plugins.load(settings)
    if step == "day":
        with Warehouse.of(settings).write() as con:
            corrected(con, date(NEWEST, 1, 20))
    began, cpu, reports = time.monotonic(), time.process_time(), []
    for builder in registry.builders:
        reports.append(
            build(builder.name, registry=registry, settings=settings, run_id=step, now=NOW, full=step == "full")
        )
    return {
        "seconds": time.monotonic() - began,
        "cpu": time.process_time() - cpu,
        "builders": {each.builder: each.seconds for each in reports},
        "partitions": sum(each.partitions for each in reports),
        "written": sum(each.written + each.removed for each in reports),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


# ------------------------------------------------------------------------------------------ the simulated league


def fill(home: Path, seasons: int) -> dict[str, int]:
    """Makes the store anew, with raw tables and nothing else; rows by table."""
    import shutil

    from tipoff import plugins
    from tipoff.domain import TABLES
    from tipoff.settings import Settings
    from tipoff.warehouse.sql import Identifier
    from tipoff.warehouse.store import Warehouse

    shutil.rmtree(home, ignore_errors=True)
    settings = Settings(home=home)
    warehouse = Warehouse.of(settings)
    warehouse.migrate(plugins.load(settings).tables().values())
    counted: dict[str, int] = {}
    for season in range(NEWEST - seasons + 1, NEWEST + 1):
        with warehouse.write() as con:
            for name, rows in drawn(season):
                con.register("made", rows)
                con.execute(
                    f"INSERT OR IGNORE INTO {Identifier.of(TABLES[name])} BY NAME "
                    "SELECT *, $run AS run_id, 'simulated' AS source, $now AS fetched_at, $now AS loaded_at FROM made",
                    {"run": f"season-{season}", "now": NOW},
                ).fetchall()
                con.unregister("made")
                counted[name] = counted.get(name, 0) + rows.num_rows
    return counted


def drawn(season: int) -> Iterator[tuple[str, pa.Table]]:
    """One season's rows by table; the same season is always the same."""
    import pyarrow as pa

    rng = np.random.default_rng(season)
    strength = np.random.default_rng(1).normal(0, 6, TEAMS) + rng.normal(0, 4, TEAMS)
    day = np.sort(rng.integers(0, DAYS, GAMES))
    home, away = _pairs(rng, day)
    first = date(season - 1, 11, 5)
    days = np.array([first + timedelta(days=int(each)) for each in range(DAYS)])[day]
    ids = np.array([f"{season}{number:05d}" for number in range(GAMES)])
    sides = [_box(rng, strength[home] + 1.5 - strength[away]), _box(rng, strength[away] - 1.5 - strength[home])]
    tied = sides[0]["points"] == sides[1]["points"]
    for name in ("points", "free_throws_made", "free_throws_attempted"):
        sides[0][name] += tied
    key = {"league": pa.array([LEAGUE] * GAMES), "season": pa.array([season] * GAMES, pa.int32())}
    names = np.array([str(number + 1) for number in range(TEAMS)])
    conferences = np.arange(TEAMS) // 12
    yield (
        "games",
        pa.table(
            {
                **key, "game_id": ids, "game_date": days, "tip_known": np.full(GAMES, True),
                "tip_utc": np.array(days, dtype="datetime64[us]") + np.timedelta64(24, "h"),
                "season_type": pa.array([2] * GAMES, pa.int32()), "status": ["final"] * GAMES, "home_id": names[home],
                "away_id": names[away], "home_score": sides[0]["points"], "away_score": sides[1]["points"],
                "overtimes": pa.array([0] * GAMES, pa.int32()), "neutral_site": rng.random(GAMES) < 0.1,
                "conference_game": conferences[home] == conferences[away],
            }
        ),
    )  # fmt: skip
    squads = {"league": pa.array([LEAGUE] * TEAMS), "season": pa.array([season] * TEAMS, pa.int32()), "team_id": names}
    yield "team_seasons", pa.table({**squads, "conference_id": [str(each) for each in conferences]})
    yield "teams", pa.table({"league": squads["league"], "team_id": names, "name": names})
    for box, team, other, at_home in ((sides[0], home, away, True), (sides[1], away, home, False)):
        whose = {**key, "game_id": ids, "team_id": names[team]}
        yield (
            "team_stats",
            pa.table({**whose, "opponent_id": names[other], "is_home": np.full(GAMES, at_home), **box}),
        )
        yield "player_stats", _sheets(rng, season, ids, team, box)


def _pairs(rng: np.random.Generator, day: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Home and away of each game; nobody plays twice a day."""
    sides = np.concatenate(
        [rng.permutation(TEAMS)[: 2 * int(count)].reshape(-1, 2) for count in np.bincount(day, minlength=DAYS)]
    )
    return sides[:, 0], sides[:, 1]


def _box(rng: np.random.Generator, edge: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.int32]]:
    """Box scores that add up; `edge` is the expected margin, points."""
    threes, twos = rng.integers(15, 28, GAMES), rng.integers(32, 42, GAMES)
    throws = rng.integers(10, 26, GAMES)
    made = (
        rng.binomial(twos, np.clip(0.5 + edge / 200, 0.3, 0.7)),
        rng.binomial(threes, np.clip(0.34 + edge / 400, 0.2, 0.5)),
        rng.binomial(throws, 0.72),
    )
    box = {
        "points": 2 * made[0] + 3 * made[1] + made[2], "field_goals_made": made[0] + made[1],
        "field_goals_attempted": twos + threes, "three_points_made": made[1], "three_points_attempted": threes,
        "free_throws_made": made[2], "free_throws_attempted": throws, "offensive_rebounds": rng.integers(5, 14, GAMES),
        "defensive_rebounds": rng.integers(18, 30, GAMES), "assists": rng.integers(8, 20, GAMES),
        "steals": rng.integers(3, 10, GAMES), "blocks": rng.integers(1, 7, GAMES),
        "turnovers": rng.integers(7, 18, GAMES), "fouls": rng.integers(10, 24, GAMES),
    }  # fmt: skip
    return {name: values.astype(np.int32) for name, values in box.items()}


def _sheets(
    rng: np.random.Generator,
    season: int,
    ids: npt.NDArray[np.str_],
    team: npt.NDArray[np.int64],
    box: dict[str, npt.NDArray[np.int32]],
) -> pa.Table:
    """Thirteen athletes a side, of whom nine or so play; a quarter of each squad is new each season."""
    import pyarrow as pa

    count = GAMES * SQUAD
    place = np.tile(np.arange(SQUAD), GAMES)
    weight = np.linspace(1.0, 0.1, SQUAD) * (rng.random((GAMES, SQUAD)) > np.linspace(0.05, 0.7, SQUAD))
    weight[:, 0] += 0.05  # somebody plays
    share = weight / weight.sum(axis=1, keepdims=True)
    cohort = (season + place) // 4
    athlete = np.char.add(np.char.add(np.repeat(team + 1, SQUAD).astype(str), "-"), place.astype(str))
    parts = {name: rng.multinomial(box[name], share).reshape(-1).astype(np.int32) for name in SPLIT}
    played, minutes = (share > 0).reshape(-1), 200 * share.reshape(-1)
    return pa.table(
        {
            "league": pa.array([LEAGUE] * count), "season": pa.array([season] * count, pa.int32()),
            "game_id": np.repeat(ids, SQUAD), "athlete_id": np.char.add(np.char.add(athlete, "-"), cohort.astype(str)),
            "team_id": np.repeat(team + 1, SQUAD).astype(str), "starter": (place < 5) & played,
            "did_not_play": ~played, "minutes": pa.array(np.where(played, minutes, np.nan), from_pandas=True), **parts,
            "field_goals_made": parts["field_goals_attempted"] // 2,
            "free_throws_made": parts["free_throws_attempted"] // 2,
        }
    )  # fmt: skip


if __name__ == "__main__":
    main()
