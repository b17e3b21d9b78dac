"""How much memory answers and files take that were made to take all of it, beside honest ones.

Run it with ``python benchmarks/hostile.py`` (about three minutes). An ESPN-compatible server gives one of its
scoreboards in another form each time, and a folder of published games gets one more file; `tipoff collect` takes them
in, in a process of its own. Each is a kind: many records, many values, many names, deep nesting, long text, no JSON,
gzip of ten gigabytes and more; Parquet that is a thousand times as large when it is read, CSV with more lines, cells or
text than a file may have.

Exit code 1 when one took more than a gigabyte (`peak`, the process's own), or when it kept what stood beside it from
being collected.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq
from aiohttp import web
from local_espn import Handler, serving
from published import GAME
from tipoff import clock
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse
from tipoff_espn.server import open_league

LEAGUE = "mens-college-basketball"
NOW = "2026-01-21T13:00:00"
FIRST_DAY = "2026-01-15"
SPOILT_DAY = "20260117"
SIZE = 62 << 20
"""Bytes of an answer: somewhat less than may be sent."""

TEXT_SIZE = 31 << 20
"""The same, of one that is within its bounds otherwise."""

LIMIT_MB = 1000


def bomb() -> bytes:
    """Ten gigabytes of blanks, packed."""
    packer, block = zlib.compressobj(9, zlib.DEFLATED, 31), b" " * (1 << 20)
    return b"".join(packer.compress(block) for _ in range(10 << 10)) + packer.flush()


ANSWERS: dict[str, Callable[[], bytes]] = {
    "records": lambda: b'{"events": [' + b",".join([b"{}"] * (SIZE // 3)) + b"]}",
    "records of one field": lambda: b'{"events": [' + b",".join([b'{"id": "1"}'] * (SIZE // 12)) + b"]}",
    "values": lambda: b'{"events": [], "leagues": [' + b",".join([b"1"] * (SIZE // 2)) + b"]}",
    "names": lambda: b'{"events": [], ' + b",".join(b'"%x": 0' % n for n in range(SIZE // 14)) + b"}",
    "nesting": lambda: b'{"events": ' + b"[" * (SIZE // 2) + b"]" * (SIZE // 2) + b"}",
    "nesting in a record": lambda: b'{"events": [{"id": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}]}",
    "text": lambda: b'{"events": [{"id": "' + b"9" * TEXT_SIZE + b'"}]}',
    "escaped text": lambda: b'{"events": [{"id": "' + rb"\ud83d\ude00" * (TEXT_SIZE // 12) + b'"}]}',
    "a number": lambda: b'{"events": [{"id": ' + b"9" * TEXT_SIZE + b"}]}",
    "no JSON, lines": lambda: b"\n" * SIZE,
    "no JSON, a page": lambda: b"<html>" + b"<p>" * (TEXT_SIZE // 3),
    "gzip": bomb,
    "gzip of records": lambda: gzip.compress(ANSWERS["records"]()),
    "no end": lambda: b'{"events": [' + b'{"id": "1"},' * (SIZE // 12),
}


def parquet(folder: Path, rows: int, **values: object) -> None:
    """Many times one game, which Parquet packs to nearly nothing."""
    one = {name: pa.array([value]) for name, value in (GAME | values).items()}
    ids = {name: pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), each) for name, each in one.items()}
    pq.write_table(pa.table(ids), folder / "games_2026.parquet", compression="zstd")


def csv(folder: Path, rows: int, *, pack: bool = False, values: Mapping[str, object] = MappingProxyType({})) -> None:
    """The same as text, gzipped or not."""
    record = GAME | dict(values)
    head, line = ",".join(record) + "\n", ",".join(map(str, record.values())) + "\n"
    if pack:
        with gzip.open(folder / "games_2026.csv.gz", "wt", compresslevel=6) as file:
            file.write(head)
            file.writelines([line] * rows)
    else:
        (folder / "games_2026.csv").write_text(head + line * rows)


FILES: dict[str, Callable[[Path], None]] = {
    "Parquet, rows": lambda folder: parquet(folder, 20_000_000),
    "Parquet, rows allowed": lambda folder: parquet(folder, 900_000),
    "Parquet, text": lambda folder: parquet(folder, 10_000, home_team="A" * 1_000_000),
    "Parquet, columns": lambda folder: parquet(folder, 900_000, **{f"more_{n}": "A" * 100 for n in range(200)}),
    "CSV, lines": lambda folder: csv(folder, 3_000_000),
    "CSV, text": lambda folder: csv(folder, 100, values={"home_team": "A" * 2_000_000}),
    "CSV, columns": lambda folder: csv(folder, 1, values={f"more_{n}": 1 for n in range(2_000_000)}),
    "CSV, gzipped": lambda folder: csv(folder, 40_000_000, pack=True),
}


WATCH = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stderr=subprocess.STDOUT)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@dataclass(frozen=True)
class Taken:
    """What a run took, and what it brought.

    Args:
        code: how it ended.
        peak_mb: of its memory.
        games: that were collected.
        said: its last line.
    """

    code: int
    peak_mb: float
    games: int
    said: str


def collect(home: Path, datasets: list[str], env: dict[str, str]) -> Taken:
    """Runs ``tipoff collect`` in a process of its own, and looks at it."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("TIPOFF_")}
    settings = mine | {"TIPOFF_HOME": str(home), "TIPOFF_NOW": NOW, "TIPOFF_REQUESTS_PER_SECOND": "1000"} | env
    words = ["collect", *datasets, "--from", FIRST_DAY]
    # Of its own: what is forked from this process would begin with the memory that this one has.
    watch = [sys.executable, "-c", WATCH, sys.executable, "-m", "tipoff.cli", *words]
    done = subprocess.run(watch, env=settings, capture_output=True, text=True, check=False)
    *said, peak = done.stdout.splitlines()
    (row,) = Warehouse.of(Settings(home=home)).query("SELECT count(*) AS games FROM raw.games").to_pylist()
    return Taken(
        done.returncode,
        int(peak) / 1000,
        row["games"],
        next((each for each in reversed(said) if each.strip()), "")[:100],
    )


def main() -> int:
    """1 when one takes more than it may, or when it keeps the rest from being collected."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="inputs with this in their name")
    only = parser.parse_args().only
    failed: list[str] = []
    body: bytes | None = None
    packed = False

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        if body is None or "scoreboard" not in request.path or request.query.get("dates") != SPOILT_DAY:
            return await handler(request)
        headers = {"Content-Type": "application/json"} | ({"Content-Encoding": "gzip"} if packed else {})
        return web.Response(body=body, headers=headers)

    def show(name: str, size: int, taken: Taken, honest: Taken) -> None:
        wrong = taken.peak_mb > LIMIT_MB or taken.games < least
        failed.extend([name] * wrong)
        mark = "WRONG" if wrong else ""
        print(
            f"{name:24}{size / 1e6:10.1f}{taken.peak_mb:9.0f}{taken.peak_mb / honest.peak_mb:9.1f}{taken.games:7}"
            f"{taken.code:6}  {mark}{taken.said}",
            flush=True,
        )

    print(f"{'input':24}{'MB sent':>10}{'peak MB':>9}{'x honest':>9}{'games':>7}{'code':>6}  last line")
    league = open_league("embedded:seed=7,teams=32", (LEAGUE,))
    with tempfile.TemporaryDirectory() as root, serving(league, lambda: clock.parse(NOW), first=spoil) as local:
        source = {"TIPOFF_SOURCE": local.url}

        def asked(name: str) -> Taken:
            (home := Path(root) / name.replace(" ", "_")).mkdir()
            return collect(home, ["teams", "games"], source)

        least = 0
        honest = asked("an honest day")
        show("an honest day", 0, honest, honest)
        least = honest.games // 2
        for name, make in ANSWERS.items():
            if only in name:
                body, packed = make(), name.startswith("gzip")
                show(name, len(body), asked(name), honest)
        body = None

        least = 12
        for name, write in {"an honest file": lambda folder: csv(folder, 1), **FILES}.items():
            if only in name or name == "an honest file":
                (folder := Path(root) / f"files_{re.sub('[^A-Za-z]', '_', name)}").mkdir()
                (home := Path(root) / f"of_{folder.name}").mkdir()
                for year in range(2014, 2026):
                    that = {"season": year, "game_datetime": f"{year}-01-16T23:30:00Z", "game_id": 400000000 + year}
                    pq.write_table(pa.Table.from_pylist([GAME | that]), folder / f"games_{year}.parquet")
                write(folder)
                size = max(each.stat().st_size for each in folder.iterdir())
                taken = collect(home, ["history_games"], source | {"TIPOFF_HISTORY_SOURCE": str(folder)})
                honest = taken if name == "an honest file" else honest
                show(name, size, taken, honest)
                for each in folder.iterdir():
                    each.unlink()
    print(f"\nwrong: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
