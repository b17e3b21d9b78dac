"""Looks for inputs that break what reads them: answers, published files, models' files and settings.

Run it with ``python benchmarks/fuzz.py --minutes 60`` (``--only settings`` for one target). An honest input is changed
in a few places that `hypothesis <https://hypothesis.readthedocs.io>`_ draws and, once something breaks, makes as few
and as small as it can: values of another type, size or meaning, what is gone or there twice, bytes that are others or
lack. Whatever comes, each has to be taken in or refused in words:

=========  ======================================================  ======================================
target     honest inputs                                           refused by
=========  ======================================================  ======================================
answers    each kind of ESPN's, as landed from a simulated league  a record or the answer set aside
files      tables of published seasons, as Parquet and CSV         `MalformedResponse`, records set aside
artifacts  a fitted model's files, with hashes that fit            `ArtifactRefused`
settings   every ``TIPOFF_`` variable                              `SettingsError`
=========  ======================================================  ======================================

Another error, a warning, or more than ten seconds for one input is a finding; it is told once, with its place. Exit
code 1 when there is any.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as some
from sklearn.ensemble import HistGradientBoostingRegressor
from tipoff import Payload, Request, plugins
from tipoff.collecting.batch import landed_payloads
from tipoff.collecting.parsing import Parsing
from tipoff.contracts import Fitted
from tipoff.errors import ArtifactRefused, MalformedResponse, SettingsError, SourceUnavailable
from tipoff.modelling import artifacts
from tipoff.settings import Settings
from tipoff.settings import load as load_settings
from tipoff.testing.damage import paths, with_value
from tipoff.warehouse.landing import Landing
from tipoff_history import reading
from tipoff_history.source import SETTING, File

Draw = Callable[[some.SearchStrategy[Any]], Any]
Target = Callable[[Draw], bool]
"""Tries one input, drawn; whether it was refused."""

NOW = "2026-01-21T13:00:00"
SLOW_SECONDS = 10.0
ROUND = 200
"""Inputs that are drawn before the clock is looked at."""

WORDS = (
    "",
    " ",
    "None",
    "nan",
    "--",
    "{}",
    "'",
    "%s",
    "&amp;amp;",
    "../../etc",
    "\x00",
    "\x1b[2J",
    "\ud800",
    "a" * 100_000,
)
NUMBERS = ("-1", "1e999", "4.02E+08", "0x10", "\uff11\uff12", "\u0663", "1_000", "+5", "-0")
DAYS = (
    "2026-02-30",
    "0000-00-00",
    "9999-12-31T24:00Z",
    "2026-01-15T00:00+99:00",
    "2026-01-15",
    "20260115",
    "1e5-01-01",
)
ODD_TEXT = some.sampled_from((*WORDS, *NUMBERS, *DAYS)) | some.text(max_size=8)
ODD = (
    some.none()
    | some.booleans()
    | some.integers(-(10**40), 10**40)
    | some.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**400])
    | some.floats()
    | ODD_TEXT
    | some.recursive(
        some.none() | some.integers() | ODD_TEXT,
        lambda inner: some.lists(inner, max_size=3) | some.dictionaries(ODD_TEXT, inner, max_size=3),
        max_leaves=5,
    )
)


def changed_document(document: Any, draw: Draw) -> Any:
    """A JSON document with one to four of its values exchanged, gone, doubled, or taken from elsewhere in it."""
    document = copy.deepcopy(document)
    for _ in range(draw(some.integers(1, 4))):
        places = [path for path in paths(document) if path]
        if not places:
            return document
        path = places[draw(some.integers(0, len(places) - 1))]
        how = draw(some.sampled_from(("odd", "odd", "odd", "other", "gone", "twice")))
        if how == "other":
            document = with_value(document, path, _at(document, places[draw(some.integers(0, len(places) - 1))]))
        elif how == "odd":
            document = with_value(document, path, draw(ODD))
        else:
            whole, last = _at(document, path[:-1]), path[-1]
            kept: Any = {**whole} if isinstance(whole, dict) else list(whole)
            if how == "gone":
                del kept[last]
            elif isinstance(kept, list):
                kept.append(copy.deepcopy(_at(whole, (last,))))
            document = with_value(document, path[:-1], kept) if path[:-1] else kept
    return document


def changed_bytes(body: bytes, draw: Draw) -> bytes:
    """Bytes of which a few are others, lack, or are there twice."""
    for _ in range(draw(some.integers(1, 3))):
        first = draw(some.integers(0, max(len(body) - 1, 0)))
        last = first + draw(some.sampled_from((0, 1, 2, 8, 1000)))
        body = (
            body[:first]
            + draw(some.sampled_from((b"", b"\xff", b"\x00" * 4, body[first:last] * 2, b'"', b",")))
            + body[last:]
        )
    return body


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def answers(folder: Path) -> Target:
    """Answers of each of ESPN's datasets, through the engine's parsing."""
    home = folder / "home"
    env = {name: value for name, value in os.environ.items() if not name.startswith("TIPOFF_")}
    env |= {"TIPOFF_HOME": str(home), "TIPOFF_SOURCE": "embedded:seed=3,teams=32", "TIPOFF_NOW": NOW}
    words = [sys.executable, "-m", "tipoff.cli", "collect", "--from", "2026-01-10", "--to", "2026-01-20"]
    subprocess.run(words, env=env, check=True, capture_output=True)
    registry = plugins.load(Settings(home=home))
    known, found = registry.tables(), []
    for collector in registry.collectors:
        for dataset in collector.datasets:
            filled = {name: table for name, table in known.items() if table.name in dataset.tables}
            parsing = Parsing(dataset, filled)
            landing = Landing(Settings(home=home).landing, collector.name, "mens-college-basketball", dataset.name)
            kinds = dict[tuple[str, ...], list[Payload]]()
            for name in landing.batches():
                for payload in landed_payloads(landing.read(name, bodies=True).payloads):
                    if payload.body:
                        kinds.setdefault(tuple(sorted(json.loads(payload.body))), []).append(payload)
            found += [
                (parsing, payload) for several in kinds.values() for payload in several[:: max(len(several) // 3, 1)]
            ]

    def target(draw: Draw) -> bool:
        parsing, payload = found[draw(some.integers(0, len(found) - 1))]
        if draw(some.booleans()) or draw(some.booleans()):
            body = json.dumps(changed_document(json.loads(payload.body), draw)).encode()
        else:
            body = changed_bytes(payload.body, draw)
        batch = parsing.batch()
        refused = parsing.add(batch, Payload(payload.request, body, payload.fetched_at, payload.league, payload.status))
        batch.content()
        return isinstance(refused, MalformedResponse)

    return target


GAME = {
    "game_id": 401000001,
    "season": 2026,
    "game_datetime": "2026-01-16T23:30:00Z",
    "home_id": 1,
    "home_team": "One",
    "away_id": 2,
    "away_team": "Two",
    "home_score": 71,
    "away_score": 64,
    "neutral_site": False,
    "same_conf": False,
    "postseason_derived": False,
    "n_ot": 0,
    "home_conf": "ACC",
    "away_conf": "SEC",
}
PLAYER = {
    "season": 2026,
    "team_id": "n1",
    "team": "One",
    "player_id": "p1",
    "name": "Ann Other",
    "jersey": "7",
    "gp": 30,
    "class": "Fr.",
    "position": "G",
    "ht_inches": 73.0,
    "gs": 12,
}
BOX = {
    "game_id": 401000001,
    "season": 2026,
    "game_date": "2026-01-16",
    "team": "One",
    "is_home": True,
    "pts": 71,
    "team_espn_id": 1,
    "opp_espn_id": 2,
    "fgm": 27,
    "fga": 60,
    "tpm": 6,
    "tpa": 20,
    "ftm": 11,
    "fta": 15,
    "orb": 9,
    "drb": 26,
    "ast": 13,
    "blk": 2,
    "tov": 12,
    "pts_match_espn": True,
}


def files(folder: Path) -> Target:
    """Published files, through the reader and the engine's parsing."""
    os.environ[SETTING] = str(folder)
    registry = plugins.load(Settings(home=folder / "none"))
    known = registry.tables()
    parsings = {}
    for collector in registry.collectors:
        for dataset in collector.datasets:
            if collector.name == "history":
                parsings[dataset.name] = Parsing(
                    dataset, {n: table for n, table in known.items() if table.name in dataset.tables}
                )
    layouts = {
        "games": ("history_games", GAME),
        "rosters_ncaa": ("history_rosters", PLAYER),
        "team_box": ("history_stats", BOX),
    }

    def target(draw: Draw) -> bool:
        kind = draw(some.sampled_from(sorted(layouts)))
        dataset, record = layouts[kind]
        table = pa.table({name: [value] * 3 for name, value in record.items()})
        for _ in range(draw(some.integers(0, 3))):
            name = draw(some.sampled_from(table.column_names))
            at, values = table.column_names.index(name), draw(some.lists(ODD, min_size=3, max_size=3))
            try:
                column = pa.array(values)
            except (pa.ArrowException, ValueError, OverflowError):
                column = pa.array([json.dumps(str(each)) for each in values])
            table = table.remove_column(at) if draw(some.integers(0, 9)) == 0 else table.set_column(at, name, column)
            if not table.num_columns:
                return True
        path = folder / f"{kind}.{draw(some.sampled_from(('parquet', 'csv')))}"
        if path.suffix == ".parquet":
            try:
                pq.write_table(table, path)
            except pa.ArrowException:  # no such file can be written
                return True
        else:
            lines = [
                ",".join(table.column_names),
                *(",".join(str(v) for v in row.values()) for row in table.to_pylist()),
            ]
            path.write_bytes("\n".join(lines).encode(errors="surrogatepass"))
        if draw(some.integers(0, 2)) == 0:
            path.write_bytes(changed_bytes(path.read_bytes(), draw))
        file = File(path.as_uri(), kind)
        try:
            whole = reading.read(file)
            for season in reading.seasons(file):
                rows, sink = reading.of_season(whole, season), pa.BufferOutputStream()
                with pa.ipc.new_stream(sink, rows.schema) as writer:
                    writer.write_table(rows)
                request = Request(file.url, {} if season is None else {"season": str(season)})
                payload = Payload(
                    request, sink.getvalue().to_pybytes(), datetime(2026, 1, 21, 13), "mens-college-basketball"
                )
                batch = parsings[dataset].batch()
                parsings[dataset].add(batch, payload)
                batch.content()
        except (MalformedResponse, SourceUnavailable):
            return True
        return False

    return target


def model_files(folder: Path) -> Target:
    """A model's files, changed; the manifest says the hashes of what is there now."""
    chance = np.random.default_rng(0).normal(size=(200, 3))
    trees = HistGradientBoostingRegressor(max_iter=3, random_state=0).fit(chance, chance[:, 0])
    place = folder / "tree" / "20250218-abc"
    artifacts.save(
        place,
        Fitted(state={"slope": 0.3, "names": ["a"]}, estimators={"margin": trees}, card={"n": 1}),
        {"model": "tree"},
    )
    honest = {file.name: file.read_bytes() for file in place.iterdir()}

    def target(draw: Draw) -> bool:
        name = draw(some.sampled_from(sorted(honest)))
        for each, body in honest.items():
            (place / each).write_bytes(body)
        if name.endswith(".json") and draw(some.booleans()):
            changed = json.dumps(changed_document(json.loads(honest[name]), draw)).encode()
        else:
            changed = changed_bytes(honest[name], draw)
        (place / name).write_bytes(changed)
        manifest = json.loads(honest["manifest.json"])
        if name != "manifest.json":
            manifest["files"][name] = hashlib.sha256(changed).hexdigest()
            (place / "manifest.json").write_text(json.dumps(manifest))
        try:
            artifacts.load(place, hashlib.sha256((place / "manifest.json").read_bytes()).hexdigest())
        except ArtifactRefused:
            return True
        return False

    return target


def variables(folder: Path) -> Target:
    """The settings, from the environment."""
    names = sorted(f"TIPOFF_{name.upper()}" for name in Settings.model_fields)
    text = (ODD_TEXT | some.integers().map(str) | some.floats().map(str)).filter(
        lambda it: "\0" not in it and "\ud800" not in it
    )

    def target(draw: Draw) -> bool:
        kept = dict(os.environ)
        os.environ.update(draw(some.dictionaries(some.sampled_from(names), text, min_size=1, max_size=3)))
        try:
            load_settings()
        except SettingsError:
            return True
        finally:
            os.environ.clear()
            os.environ.update(kept)
        return False

    return target


TARGETS: dict[str, Callable[[Path], Target]] = {
    "answers": answers,
    "files": files,
    "artifacts": model_files,
    "settings": variables,
}


class Hunt:
    """What was tried of one target, and what was found."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.outcomes = Counter[str]()
        self.slowest = 0.0
        self.found: dict[str, str] = {}

    def round(self, number: int) -> None:
        """So many inputs; a finding ends it."""

        @seed(number)
        @settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(some.data())
        def one(data: Any) -> None:
            began = time.perf_counter()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    refused = self._target(data.draw)
            except Exception as error:
                if place(error) in self.found:
                    return  # known; there may be others
                raise
            seconds = time.perf_counter() - began
            self.slowest = max(self.slowest, seconds)
            self.outcomes["refused" if refused else "taken in"] += 1
            if seconds > SLOW_SECONDS:
                raise TimeoutError(f"{seconds:.0f} s for one input")

        try:
            one()
        except* Exception as group:
            for error in _leaves(group):
                notes = "\n".join(getattr(error, "__notes__", []))[:1500]
                self.found[place(error)] = f"round {number}: {str(error)[:300]}\n{notes}"


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def place(error: BaseException) -> str:
    """Where an error comes from: the innermost line of ours."""
    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None and cause not in causes:
        causes.append(cause)
    for each in reversed(causes):
        ours = [frame for frame in traceback.extract_tb(each.__traceback__) if "tipoff" in frame.filename]
        if ours:
            return f"{type(each).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return type(error).__name__


def rounds(minutes: float) -> Iterator[int]:
    """Numbers, until the time is over."""
    give_up, number = time.monotonic() + 60 * minutes, 0
    while time.monotonic() < give_up:
        yield (number := number + 1)


def main() -> int:
    """1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60, help="for all targets together")
    parser.add_argument("--only", action="append", choices=TARGETS, help="a target (may be repeated)")
    given_words = parser.parse_args()
    chosen = given_words.only or list(TARGETS)
    findings = 0
    with tempfile.TemporaryDirectory() as root:
        os.environ["TIPOFF_NOW"], os.environ["TIPOFF_HOME"] = NOW, root
        for name in chosen:
            (folder := Path(root) / name).mkdir()
            hunt = Hunt(TARGETS[name](folder))
            for number in rounds(given_words.minutes / len(chosen)):
                hunt.round(number)
            findings += len(hunt.found)
            tried = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(hunt.outcomes.items()))
            print(f"{name:10} {tried}; at most {hunt.slowest:.1f} s for one; {len(hunt.found)} findings", flush=True)
            for where, text in hunt.found.items():
                print(f"  {where}\n    {text}", flush=True)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
