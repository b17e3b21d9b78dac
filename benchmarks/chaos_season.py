"""A season lived through chaos, and what of it is missing afterwards: every difference must be accounted for.

Run it with ``python benchmarks/chaos_season.py`` (about ten minutes). A small simulated league is served twice:
quietly, and with 5 % of all answers spoilt in every way that `tipoff espn-server --chaos` knows, but for the 403 that a
person must see to. Both seasons are lived week by week, each week collected on its Monday morning; a dataset that fails
is collected again, three times at most, as Airflow would. Then the raw tables are compared, provenance left out.

A row that differs is accounted for when the chaotic store says of its game, its day or its team, by itself,

- in ``ops.quarantine`` that a record was set aside;
- in ``ops.failed_request`` that an answer is owed;
- in the coverage that the game, or its day, is not collected;
- by the check ``espn_days_incomplete`` that another list of ESPN's has the game.

A table of what changes now and then has a row for each thing that was seen, a spoilt list among them. There a row is
accounted for when both stores end with the same.

Exit code 1 when a row differs of which nothing is said.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from local_espn import Row, differing, serving
from tipoff import Table, clock, plugins
from tipoff.collecting.engine import collect
from tipoff.errors import TipoffError
from tipoff.quality import coverage
from tipoff.settings import Settings
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.store import Warehouse
from tipoff_espn.server import Chaos, open_league
from tipoff_espn.server.chaos import KINDS

LEAGUE, SEASON = "mens-college-basketball", 2026
FIRST, LAST = datetime(2025, 11, 3, 13), datetime(2026, 5, 4, 13)
TRIES = 4
_TEAM = re.compile(r"/teams/(\w+)")
_EVENT = re.compile(r"[?&]event=(\w+)|/events/(\w+)/")
_DAY = re.compile(r"[?&]dates=(\d{4})(\d{2})(\d{2})\b")


class Life:
    """One store, and the seasons it lives through."""

    def __init__(self, home: Path, url: str) -> None:
        self.settings = Settings(
            home=home,
            source=url,
            leagues=(LEAGUE,),
            requests_per_second=5000,
            max_concurrency=16,
            timeout_seconds=2,
            plugins_disabled=("history",),
        )
        self.registry = plugins.load(self.settings)
        self.store = Warehouse.of(self.settings)
        self.failures = Counter[str]()
        self.seconds = 0.0

    def week(self, now: datetime) -> None:
        """Collects every dataset, and again what failed."""
        started = time.monotonic()
        for dataset in self.registry.datasets():
            for attempt in range(TRIES):
                run_id = f"{now:%Y-%m-%d}/{attempt}"
                try:
                    collect(dataset.name, registry=self.registry, settings=self.settings, run_id=run_id, now=now)
                    break
                except TipoffError as error:
                    self.failures[f"{dataset.name}: {type(error).__name__}"] += 1
        self.seconds += time.monotonic() - started

    def accounts(self) -> dict[str, dict[str, str]]:
        """What the store says is missing or set aside: by ``game``, ``day`` or ``team``, the thing and what is said."""
        said: dict[str, dict[str, str]] = {"game": {}, "day": {}, "team": {}}
        for table, reason in (("quarantine", "path || ': ' || reason"), ("failed_request", "kind || ': ' || reason")):
            found = f"SELECT key, {reason} AS said FROM ops.{table}"
            for row in self.store.query(found).to_pylist():
                for kind, name in _about(row["key"]):
                    said[kind].setdefault(name, f"{table}: {row['said'][:120]}")
        with self.store.read() as con:
            read = coverage.read(con, self.registry, league=LEAGUE, season=SEASON, now=clock.now())
        for row in read.games.to_pylist():
            if row["state"] != "collected":
                said["game"].setdefault(row["game_id"], f"coverage of {row['table_name']}: {row['state']}")
        (listed,) = (each for each in self.registry.dataset("games")[1].checks if each.name == "espn_days_incomplete")
        for row in self.store.query(listed.sql).to_pylist():
            said["game"].setdefault(row["game_id"], f"{listed.name}: on the list `{row['list']}`")
        for row in read.days.to_pylist():
            if row["state"] not in ("collected", "no games", "ahead"):
                said["day"].setdefault(str(row["day"]), f"coverage of {row['dataset']}: {row['state']}")
        return said


def _about(key: str) -> Iterator[tuple[str, str]]:
    """The games, days and teams that a request is about."""
    if found := _EVENT.search(key):
        yield "game", found[1] or found[2]
    if found := _TEAM.search(key):
        yield "team", found[1]
    if found := _DAY.search(key):
        yield "day", "-".join(found.groups())


def account(row: Row, said: dict[str, dict[str, str]], days: dict[str, date]) -> str:
    """What the chaotic store says about a row that differs; empty: nothing."""
    game = str(row.get("game_id") or "")
    day = row.get("game_date") or row.get("day") or days.get(game)
    # That something is wrong with a team excuses no game of it.
    places = [("game", game), ("day", str(day))] if game or day else [("team", str(row.get("team_id")))]
    return next((said[kind][name] for kind, name in places if name in said[kind]), "")


def live(home: Path, chaos: Chaos | None, teams: int, step: int) -> Life:
    """Lives the season, quietly or not."""
    league = open_league(f"embedded:seed=1,teams={teams},first_season={SEASON}", (LEAGUE,))
    os.environ["TIPOFF_HOME"] = str(home)  # limits and clock look for it there
    with serving(league, clock.now, chaos) as local:
        life, now = Life(home, local.url), FIRST
        while now <= LAST:
            os.environ["TIPOFF_NOW"] = now.isoformat()
            life.week(now)
            now += timedelta(days=step)
        struck = Counter(strike.kind for strike in chaos.strikes) if chaos else {}
        print(f"{len(local.asked):,} requests, {sum(struck.values())} spoilt {dict(struck)}, {life.seconds:.0f} s")
        print(f"  failed tasks: {dict(life.failures) or 'none'}", flush=True)
    return life


def compare(quiet: Life, chaotic: Life) -> int:
    """Prints each difference with what accounts for it; how many nothing accounts for."""
    said = chaotic.accounts()
    listed = "SELECT game_id, game_date FROM raw.games"
    days = {
        row["game_id"]: row["game_date"] for life in (chaotic, quiet) for row in life.store.query(listed).to_pylist()
    }
    silent = differences = 0
    for table in sorted(quiet.registry.tables().values(), key=lambda each: each.full_name):
        if table.schema != "raw":
            continue
        lacking, instead = differing(table, quiet.store, chaotic.store)
        by_key = {tuple(row[name] for name in table.key): row for row in instead}
        ends = _ends(table, quiet.store), _ends(table, chaotic.store)
        pairs = [(row, by_key.pop(tuple(row[name] for name in table.key), None)) for row in lacking]
        for row, other in (*pairs, *((None, row) for row in by_key.values())):
            why = next(filter(None, (account(each, said, days) for each in (row, other) if each)), "")
            if table.history and ends[0].get(_thing(table, row or other)) == ends[1].get(_thing(table, row or other)):
                why = why or "a look in between; the last one shows the same"
            differences, silent = differences + 1, silent + (not why)
            print(f"{table.full_name} {_told(table.key, row, other)}: {why or 'NOTHING IS SAID OF IT'}")
    print(f"{differences} rows differ, {silent} of them silently")
    return silent


def _thing(table: Table, row: Row | None) -> tuple[object, ...]:
    """Whose history a row belongs to."""
    return tuple((row or {})[name] for name in table.key if name not in table.history)


def _ends(table: Table, store: Warehouse) -> dict[tuple[object, ...], Row]:
    """The last row of each thing in a table of history, without the days since which and until which it held."""
    if not table.history:
        return {}
    rows = store.query(f"SELECT * FROM {Identifier.of(table)} ORDER BY {Identifier(table.history[0])}").to_pylist()
    kept = [name for name in table.column_names if name not in table.history]
    return {_thing(table, row): {name: row[name] for name in kept} for row in rows}


def _told(key: tuple[str, ...], quiet: Row | None, chaotic: Row | None) -> str:
    row = quiet or chaotic or {}
    name = " ".join(str(row[each]) for each in key if each not in ("league", "season"))
    if quiet is None or chaotic is None:
        return f"{name} is {'missing' if chaotic is None else 'in the chaotic store alone'}"
    changed = {each: (quiet[each], chaotic[each]) for each in quiet if quiet[each] != chaotic[each]}
    return f"{name} " + ", ".join(f"{each} `{one!s:.40}` is `{other!s:.40}`" for each, (one, other) in changed.items())


def main() -> int:
    """1 when something is missing silently."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--teams", type=int, default=32)
    parser.add_argument("--step", type=int, default=7, help="days between two collections")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)  # the server's own, of connections that chaos resets
    kinds = tuple(kind for kind in KINDS if kind != "403")
    chaos = Chaos(seed=given.seed, rate=given.rate, kinds=kinds, stall_seconds=3, retry_after=1)
    with tempfile.TemporaryDirectory() as name:
        lives = [
            live(Path(name) / kind, each, given.teams, given.step)
            for kind, each in (("quiet", None), ("chaotic", chaos))
        ]
        return 1 if compare(*lives) else 0


if __name__ == "__main__":
    sys.exit(main())
