"""What every plugin must obey, whatever it brings."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import click
import pytest
from click.testing import CliRunner

from tipoff import public
from tipoff.contracts import Check, Collector, Dataset, FeatureBuilder, Model, Table
from tipoff.domain import PROVENANCE, TABLES
from tipoff.errors import TipoffError
from tipoff.plugins import command_name, resolve
from tipoff.plugins.graph import MISSING
from tipoff.plugins.loading import BUDGET_SECONDS, HEAVY
from tipoff.plugins.side_effects import told
from tipoff.plugins.validation import SPECS
from tipoff.testing import fresh
from tipoff.testing.subject import Suite, broken, not_shown

_HEAVY: Final = (*HEAVY, "airflow", "numpy")

_TRIES: Final = 5
"""Processes of which the fastest counts: the first may have to compile the modules."""
_SECONDS: Final = 60.0
"""What each of them gets: it starts Python and imports tipoff besides."""

_SELF_EVIDENT: Final = frozenset(column.name for table in TABLES.values() for column in (*table.columns, *PROVENANCE))
"""Columns that mean everywhere what they mean in the domain tables."""


class _Loaded(NamedTuple):
    """CPU seconds of loading a plugin, the modules that were imported with it, and what that changed."""

    seconds: float
    modules: frozenset[str]
    changed: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """Top names of the modules."""
        return frozenset(name.partition(".")[0] for name in self.modules)


class PluginLaws(Suite):
    """Loads, is cheap, is documented, and keeps to what is public."""

    def test_it_loads(self) -> None:
        """Its state is ok by itself, and it brings something."""
        plugin, _ = self.subject.found
        if plugin.state != "ok":
            broken(f"`{self.subject.module}` is {plugin.state}: {plugin.reason}", "see docs/guides/writing-a-plugin.md")
        brings = plugin.tasks
        for hook in self.subject.wanted:
            found = self.subject.brought.all_checks() if hook == "checks" else getattr(self.subject.brought, hook)
            if not found:
                broken(f"`{self.subject.module}` has no `{hook}`", f"write a function {hook}() with @hookimpl above it")
        if not brings:
            broken(f"`{self.subject.module}` brings nothing", f"write one of the hooks {', '.join(SPECS)}")

    def test_it_is_ok_beside_what_is_installed(self) -> None:
        """Its names are its own, and what it refers to is there."""
        registry = self.subject.beside()
        mine, *more = (plugin for plugin in registry.plugins if plugin.module == self.subject.module)
        if more:
            owners = ", ".join(f"`{plugin.distribution}`" for plugin in (mine, *more))
            broken(f"`{self.subject.module}` is installed by {owners}", "pip uninstall all but one of them")
        if mine.state == "ok":
            return
        kind = re.search(rf"names the ([a-z ]+) `[^`]+`, {MISSING}", mine.reason)
        there = {
            "dataset": registry.datasets(),
            "feature": registry.builders,
            "feature builder": registry.builders,
            "model": registry.models,
            "table": registry.builders,
        }
        if kind and not there[kind[1]]:
            pytest.skip(f"{mine.reason}; no plugin that brings any {kind[1]} is installed here")
        broken(
            f"beside the other plugins it is {mine.state}: {mine.reason}",
            "give what clashes a name of its own, and install what it needs; `tipoff plugins` lists what there is",
        )

    def test_it_is_cheap_to_load(self) -> None:
        """Import and hooks stay within the budget of CPU time: every task and every DAG file's parse pays it."""
        spent = self._loaded().seconds
        if spent > BUDGET_SECONDS:
            broken(
                f"loading `{self.subject.module}` took {spent:.3f} s of CPU time; {BUDGET_SECONDS} s are allowed",
                "move the work into the functions that the specs name by a dotted path, and their imports with it",
            )

    def test_it_imports_nothing_heavy(self) -> None:
        """Nothing that takes long to import is imported with the plugin's module."""
        if heavy := sorted(self._loaded().names & set(_HEAVY)):
            broken(
                f"importing `{self.subject.module}` imports {', '.join(f'`{name}`' for name in heavy)} too",
                "import these in the modules that the specs name by a dotted path; those are imported in tasks only",
            )

    def test_it_leaves_the_process_as_it_is(self) -> None:
        """Loaded, it has changed nothing that all share: environment, signals, logging, warnings, others' functions."""
        if changed := self._loaded().changed:
            broken(
                f"importing `{self.subject.module}` and calling its hooks changes {told(changed)}",
                "do that in the functions that the specs name, or not at all: a plugin is loaded in every process, "
                "beside all others",
            )

    def test_what_it_names_is_there(self) -> None:
        """Every dotted path leads to a function."""
        for path in self._paths():
            try:
                found = resolve(path)
            except TipoffError as error:
                broken(str(error), "a dotted path is package.module:function; write it as the file and function are")
            if not callable(found):
                broken(f"`{path}` is `{found!r:.80}` and no function", "name the function that does the work")

    def test_it_is_documented(self) -> None:
        """Every spec and column of its own says what it is: people read that in Airflow, and in `tipoff tables`."""
        if missing := list(self._undocumented()):
            broken(
                f"there is no `doc` of: {', '.join(missing)}", "say in a sentence what it holds, a column's unit too"
            )

    def test_its_commands_have_help(self) -> None:
        """`tipoff <command> --help` works."""
        for path in self.subject.brought.commands:
            command = resolve(path)
            if not isinstance(command, click.Command):
                broken(f"`{path}` is no click command", "put @click.command() above the function")
            said = CliRunner().invoke(command, ["--help"], catch_exceptions=False)
            if not command.help or said.exit_code:
                broken(f"`tipoff {command_name(path)} --help` says nothing", "give the function a docstring")

    def test_it_keeps_to_what_is_public(self) -> None:
        """Its sources import of tipoff only what the public record holds, and of other plugins nothing."""
        sources = _sources(self.subject.module)
        if not sources:
            not_shown(f"no source of `{self.subject.module}` is found", "test it from its sources")
        for file in sources:
            for line, name in public.strangers(file):
                broken(
                    f"{file}:{line} imports `{name}`, which is not public: it may change at any time",
                    "import it from `tipoff` or one of the modules in docs/guides/public-api.md, or do without",
                )

    def _loaded(self) -> _Loaded:
        """What a process of its own says of loading it."""
        return self.once("loaded", self._load)

    def _load(self) -> _Loaded:
        runs = []
        for _ in range(_TRIES):
            runs.append(self._load_once(()))
            if runs[-1].seconds <= BUDGET_SECONDS:
                break
        best, package = min(runs, key=lambda run: run.seconds), self.subject.module.partition(".")[0]
        others = tuple(sorted(name for name in best.modules if name.partition(".")[0] != package))
        return best._replace(changed=self._load_once(others).changed)

    def _load_once(self, beforehand: tuple[str, ...]) -> _Loaded:
        """Loads it in a process of its own, in which other modules are imported beforehand."""
        with TemporaryDirectory() as folder:
            return self._told(Path(folder, "answer.json"), beforehand)

    def _told(self, answer: Path, beforehand: tuple[str, ...]) -> _Loaded:
        path = os.pathsep.join(str(Path(each).absolute()) for each in sys.path)
        try:
            run = subprocess.run(  # noqa: S603 - this interpreter, and the plugin that is being tested
                [sys.executable, "-P", fresh.__file__, self.subject.module, ",".join(SPECS), str(answer)],
                input=json.dumps(beforehand),
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "PYTHONPATH": path},
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            broken(f"importing it in a fresh process had not ended after {_SECONDS:g} s", "mend the import")
        if not answer.exists():
            broken(
                f"importing it in a fresh process failed, exit code {run.returncode}:\n{run.stderr}", "mend the import"
            )
        said = json.loads(answer.read_text())
        return _Loaded(said["seconds"], frozenset(said["modules"]), tuple(said["changed"]))

    def _paths(self) -> Iterator[str]:
        brought = self.subject.brought
        for collector in brought.collectors:
            yield collector.client
            if collector.clock:
                yield collector.clock
        for dataset in brought.datasets():
            yield from (dataset.plan, dataset.parse)
            if dataset.uses:
                yield dataset.uses
        yield from (builder.compute for builder in brought.feature_builders)
        for model in brought.models:
            yield from (model.fit, model.predict)
        yield from brought.commands

    def _undocumented(self) -> Iterator[str]:
        brought = self.subject.brought
        # A builder's own doc says what its table holds.
        tables = tuple(table for collector in brought.collectors for table in collector.tables)
        specs: tuple[Collector | Dataset | FeatureBuilder | Model | Check | Table, ...] = (
            *brought.collectors, *brought.datasets(), *tables,
            *brought.feature_builders, *brought.models, *brought.all_checks(),
        )  # fmt: skip
        for spec in specs:
            if not spec.doc.strip():
                yield f"{type(spec).__name__} `{spec.name}`"
        for table in brought.tables():
            for column in table.columns:
                if not column.doc.strip() and column.name not in _SELF_EVIDENT:
                    yield f"column `{table.name}.{column.name}`"


def _sources(module: str) -> list[Path]:
    """The files of the module's package, or the one file that it is."""
    spec = importlib.util.find_spec(module.partition(".")[0])
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return sorted(file for folder in spec.submodule_search_locations for file in Path(folder).rglob("*.py"))
    return [Path(spec.origin)] if spec.origin else []
