"""A season's payloads into DuckDB: by tipoff, by dlt, and by one INSERT a row, side by side.

Run it with ``python benchmarks/dlt_comparison.py FOLDER``, the folder with genuine summaries of ESPN's
(``<game id>.json`` or ``.json.gz``); the first hundred are repeated under further game ids to a season's 6,000.
``--games 600`` is quicker. dlt is installed into an environment of its own, kept in the cache folder; it is no
dependency of tipoff.

| what                  | from                         | to                                                         |
|-----------------------|------------------------------|------------------------------------------------------------|
| tipoff                | payload bytes                | payloads landed, rows of box scores, players, odds merged  |
| tipoff, load          | the same rows, in memory     | merged by key, and what was asked for remembered           |
| dlt                   | payload bytes                | every payload merged, and each nested list in it a table   |
| dlt after a parser    | payload bytes                | lines of box scores merged, and nothing else kept          |
| INSERT                | the same rows, in memory     | one INSERT with parameters a row, a table with its key     |

dlt's fair best: JSON read by orjson, items handed over in lists, Parquet files, merge by primary key. Given the
payloads as they are it does what it is for, and unpacks them all. The other way a parser of one's own picks the rows
first, as tipoff's does, and dlt gets flat dicts; it then keeps no payload and checks no value. That ratio is shown and
held to nothing. Each is a process of its own; its imports are not measured.

dlt on whole payloads is measured on 60 and on 300 of them, and the difference scaled to all: a season would take it
an hour. INSERT commits each row, as a loop does that gives it no further thought; 2,000 rows are measured and scaled.

Exit code 1 when tipoff is less than 5 times as fast as dlt, its load is less than 300 times as fast as INSERT, or its
memory exceeds 500 MB.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from repeated_payloads import Payloads
from tipoff import Access, Payload, PlanContext, Request, Window, clock
from tipoff.collecting import loading
from tipoff.collecting.engine import collect
from tipoff.collecting.loading import Origin
from tipoff.plugins import Registry
from tipoff.settings import Settings
from tipoff.warehouse.landing import Landing
from tipoff.warehouse.store import Warehouse
from tipoff_espn import endpoints
from tipoff_espn.plugin import collectors

if TYPE_CHECKING:
    from types import TracebackType

DLT = "dlt[duckdb,parquet]==1.31.0"
TIMES_DLT, TIMES_INSERT, MEGABYTES = 5.0, 300.0, 500.0
LEAGUE = "mens-college-basketball"
WINDOW = Window(datetime(2025, 11, 1).date(), datetime(2026, 4, 10).date())
SAMPLES = 60, 300
INSERTS = 2_000


class Memory:
    """A client whose answers are in memory: no network in what is measured."""

    payloads: Payloads
    concurrency = 4

    def __init__(self, access: Access) -> None:
        """As `tipoff.contracts.Collector.client` asks; nothing of `access` matters here."""

    async def __aenter__(self) -> Memory:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""

    async def fetch(self, request: Request, league: str) -> Payload:
        """The summary; of anything else there is nothing."""
        if "event" in request.params:
            return Payload(request, self.payloads.body(request.params["event"]), clock.now(), league)
        return Payload(request, b"", clock.now(), league, 404)


def plan(context: PlanContext) -> Iterator[Request]:
    """Asks for every summary."""
    for game_id in Memory.payloads.ids:
        yield replace(endpoints.summary(context.league, game_id, fresh_since=context.now), fresh_since=None)


def registry() -> Registry:
    """ESPN's collector with its own parser; its questions and its answers are the benchmark's."""
    (collector,) = collectors()
    stats = next(each for each in collector.datasets if each.name == "stats")
    asked = replace(stats, plan="__main__:plan", after=())
    return Registry(collectors=(replace(collector, datasets=(asked,), client="__main__:Memory"),))


class Measured(NamedTuple):
    """What one process took."""

    seconds: float
    cpu: float
    megabytes: float
    rows: float


def ours(home: Path) -> Measured:
    """Collects, in this process."""
    settings = Settings(home=home, leagues=(LEAGUE,))
    brought = registry()
    started = time.monotonic()
    collect(
        "stats",
        registry=brought,
        settings=settings,
        run_id="benchmark",
        now=clock.now(),
        window=WINDOW,
        access=Access(),
    )
    seconds = time.monotonic() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    rows = sum(count(settings, f"raw.{name}") for name in brought.datasets()[0].tables)
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, rows)


def load(home: Path) -> Measured:
    """Loads into a new store what has landed in `home`, all at once, as a run does with what one before it landed."""
    settings = Settings(home=home, leagues=(LEAGUE,), duckdb_path=home / "load.duckdb")
    brought = registry()
    collector, dataset = brought.dataset("stats")
    tables = {f"raw.{name}": brought.tables()[f"raw.{name}"] for name in dataset.tables}
    origin = Origin(collector.name, LEAGUE, dataset.name, dataset.version, "benchmark")
    landing = Landing(settings.landing, collector.name, LEAGUE, dataset.name)
    batches = {name: landing.read(name) for name in landing.batches()}
    store = Warehouse.of(settings)
    store.migrate(brought.tables().values())
    started, cpu = time.monotonic(), time.process_time()
    with store.write() as con:
        loading.load(con, origin, tables, batches)
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    rows = sum(count(settings, name) for name in tables)
    return Measured(seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, rows)


def count(settings: Settings, table: str) -> int:
    """Rows of a table."""
    (found,) = Warehouse.of(settings).query(f"SELECT count(*) AS rows FROM {table}").to_pylist()
    return int(found["rows"])


def insert(home: Path) -> Measured:
    """One INSERT a row of the player lines that are in the store of `home`, into a new table with their key."""
    import duckdb

    settings = Settings(home=home, leagues=(LEAGUE,))
    table = registry().tables()["raw.player_stats"]
    rows = Warehouse.of(settings).query("SELECT * FROM raw.player_stats LIMIT $most", most=INSERTS)
    columns = ", ".join(f"{name} {kind}" for name, kind in _types(settings))
    with duckdb.connect(str(home / "insert.duckdb")) as con:
        con.execute(f"CREATE TABLE player_stats ({columns}, PRIMARY KEY ({', '.join(table.key)}))").fetchall()
        places = ", ".join("?" for _ in rows.column_names)
        started, cpu = time.monotonic(), time.process_time()
        for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            con.execute(f"INSERT INTO player_stats VALUES ({places})", row).fetchall()
        seconds = time.monotonic() - started
    cpu = time.process_time() - cpu
    return Measured(seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, rows.num_rows)


def _types(settings: Settings) -> list[tuple[str, str]]:
    found = Warehouse.of(settings).query("DESCRIBE raw.player_stats").to_pylist()
    return [(row["column_name"], row["column_type"]) for row in found]


def environment() -> Path:
    """The Python of dlt, installed on first use."""
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "tipoff-benchmarks" / DLT.partition("==")[2]
    )
    python = cache / "bin" / "python"
    if not (cache / "ready").exists():
        print(f"installing {DLT} into {cache} ...", flush=True)
        shutil.rmtree(cache, ignore_errors=True)
        venv.create(cache, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", DLT], check=True)
        (cache / "ready").touch()
    return python


def run(command: Iterable[object], **env: str) -> Measured:
    """Runs a process that prints the four figures in its last line."""
    done = subprocess.run(
        [str(word) for word in command], env=os.environ | env, text=True, stdout=subprocess.PIPE, check=True
    )
    return Measured(*(float(word) for word in done.stdout.splitlines()[-1].split()))


def compare(folder: Path, games: int) -> bool:
    """Prints a line each; whether the bounds are kept."""
    python = environment()
    again = [sys.executable, __file__, folder, "--games", games]
    dlt = [python, Path(__file__).with_name("dlt_pipeline.py")]
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    size = Payloads(folder, games).size
    print(f"{games:,} payloads, {games * size:,.0f} MB")
    print(f"{'':22} {'seconds':>9} {'CPU s':>9} {'payloads/s':>11} {'rows':>9} {'rows/s':>9} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        mine = run([*again, "--do", "collect", "--home", home / "tipoff"])
        show("tipoff", mine, games)
        loaded = run([*again, "--do", "load", "--home", home / "tipoff"])
        show("tipoff, load", loaded, games)
        first, second = (run([*dlt, "whole", folder, few, home / f"whole-{few}"], **quiet) for few in SAMPLES)
        whole = extended(first, second, games)
        show("dlt (scaled)", whole, games)
        parsed = run([*dlt, "rows", folder, games, home / "rows"], **quiet)
        show("dlt after a parser", parsed, games)
        one = run([*again, "--do", "insert", "--home", home / "tipoff"])
        inserted = scaled(one, loaded.rows / one.rows)
        show("INSERT (scaled)", inserted, games)
    print()
    for name, dlt_took in (("dlt", whole), ("dlt after a parser", parsed)):
        wanted = f", at least {TIMES_DLT:g} wanted" if dlt_took is whole else ""
        wall, cpu = dlt_took.seconds / mine.seconds, dlt_took.cpu / mine.cpu
        print(f"tipoff is {wall:.1f} times as fast as {name} ({cpu:.1f} by processor time){wanted}")
    times = inserted.seconds / loaded.seconds
    print(f"its load is {times:,.0f} times as fast as INSERT, at least {TIMES_INSERT:g} wanted")
    print(f"its memory is {mine.megabytes:.0f} MB at most, {MEGABYTES:g} wanted")
    enough = whole.seconds >= TIMES_DLT * mine.seconds and times >= TIMES_INSERT
    return enough and mine.megabytes <= MEGABYTES


def extended(first: Measured, second: Measured, games: int) -> Measured:
    """What `games` payloads would take, where each further one takes what those between the two samples did."""
    few, more = SAMPLES
    by = (games - more) / (more - few)
    seconds, cpu, _, rows = (late + (late - early) * by for early, late in zip(first, second, strict=True))
    return Measured(seconds, cpu, second.megabytes, rows)


def scaled(measured: Measured, by: float) -> Measured:
    """As if `by` times as much had been done in the same way; memory stays."""
    return measured._replace(seconds=measured.seconds * by, cpu=measured.cpu * by, rows=measured.rows * by)


def show(name: str, measured: Measured, games: int) -> None:
    """Prints a line."""
    seconds, cpu, megabytes, rows = measured
    print(
        f"{name:22} {seconds:9,.1f} {cpu:9,.1f} {games / seconds:11,.0f} {rows:9,.0f} {rows / seconds:9,.0f} "
        f"{megabytes:8,.0f}",
        flush=True,
    )


def main() -> int:
    """1 when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--games", type=int, default=6000)
    parser.add_argument("--do", choices=("collect", "load", "insert"), help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.do is None:
        return 0 if compare(given.folder, given.games) else 1
    Memory.payloads = Payloads(given.folder, given.games)
    print(*{"collect": ours, "load": load, "insert": insert}[given.do](given.home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
