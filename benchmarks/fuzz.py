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
import pyarrow.parquet as pq
from changing import ODD, ODD_TEXT, Draw, changed_bytes, changed_document
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as some
from published import LAYOUTS
from sklearn.ensemble import HistGradientBoostingRegressor
from tipoff import Payload, Request, plugins
from tipoff.collecting.batch import landed_payloads
from tipoff.collecting.parsing import Parsing
from tipoff.collecting.sources import landed
from tipoff.contracts import Fitted
from tipoff.errors import ArtifactRefused, MalformedResponse, SettingsError, SourceUnavailable
from tipoff.modelling import artifacts
from tipoff.settings import Settings
from tipoff.settings import load as load_settings
from tipoff_history import reading
from tipoff_history.source import SETTING, File

Target = Callable[[Draw], bool]
"""Tries one input, drawn; whether it was refused."""

NOW = "2026-01-21T13:00:00"
SLOW_SECONDS = 10.0
ROUND = 200
"""Inputs that are drawn before the clock is looked at."""


def answers(folder: Path) -> Target:
    """Answers of each of ESPN's datasets, through the engine's parsing."""
    home = folder / "home"
    env = {name: value for name, value in os.environ.items() if not name.startswith("TIPOFF_")}
    env |= {"TIPOFF_HOME": str(home), "TIPOFF_SOURCE": "embedded:seed=3,teams=32", "TIPOFF_NOW": NOW}
    words = [sys.executable, "-m", "tipoff.cli", "collect", "--from", "2026-01-10", "--to", "2026-01-20"]
    subprocess.run(words, env=env, check=True, capture_output=True)
    chosen, found = Settings(home=home), list[tuple[Parsing, Payload]]()
    for source in landed(plugins.load(chosen), chosen, "fuzz"):
        kinds = dict[tuple[str, ...], list[Payload]]()
        for name in source.landing.batches():
            for payload in landed_payloads(source.landing.read(name, bodies=True).payloads):
                if payload.body:
                    kinds.setdefault(tuple(sorted(json.loads(payload.body))), []).append(payload)
        for several in kinds.values():
            found += [(source.parsing, payload) for payload in several[:: max(len(several) // 3, 1)]]

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


def files(folder: Path) -> Target:
    """Published files, through the reader and the engine's parsing."""
    os.environ[SETTING] = str(folder)
    registry = plugins.load(Settings(home=folder / "none"))
    known, parsings = registry.tables(), dict[str, Parsing]()
    for name, _ in LAYOUTS.values():
        _, dataset = registry.dataset(name)
        parsings[name] = Parsing(dataset, {f"raw.{table}": known[f"raw.{table}"] for table in dataset.tables})

    def target(draw: Draw) -> bool:
        kind = draw(some.sampled_from(sorted(LAYOUTS)))
        dataset, record = LAYOUTS[kind]
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


def alone(name: str, minutes: float) -> int:
    """Tries one target in a process of its own, which an input may end; 1 when something was found."""
    command = [sys.executable, "-X", "faulthandler", __file__, "--only", name, "--minutes", str(minutes)]
    code = subprocess.run(command, check=False).returncode
    if code not in (0, 1):
        print(f"{name:10} an input ended the process with {code}", flush=True)
    return min(1, abs(code))


def main() -> int:
    """1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60, help="for all targets together")
    parser.add_argument("--only", action="append", choices=TARGETS, help="a target (may be repeated)")
    given_words = parser.parse_args()
    chosen = given_words.only or list(TARGETS)
    if len(chosen) > 1:
        return max(alone(name, given_words.minutes / len(chosen)) for name in chosen)
    (name,) = chosen
    with tempfile.TemporaryDirectory() as root:
        os.environ["TIPOFF_NOW"], os.environ["TIPOFF_HOME"] = NOW, root
        hunt = Hunt(TARGETS[name](Path(root)))
        for number in rounds(given_words.minutes):
            hunt.round(number)
    tried = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(hunt.outcomes.items()))
    print(f"{name:10} {tried}; at most {hunt.slowest:.1f} s for one; {len(hunt.found)} findings", flush=True)
    for where, text in hunt.found.items():
        print(f"  {where}\n    {text}", flush=True)
    return 1 if hunt.found else 0


if __name__ == "__main__":
    sys.exit(main())
