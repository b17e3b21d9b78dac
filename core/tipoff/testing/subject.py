"""The plugin under test, and what every suite starts from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, NoReturn, TypeVar, cast

import pytest

from tipoff.contracts import Access, Table, Window
from tipoff.contracts.judging import nearest
from tipoff.features.tiny_league import Record, TinyLeague, names_of
from tipoff.plugins import Plugin, Registry
from tipoff.plugins.brought import Brought
from tipoff.plugins.endless import SECONDS
from tipoff.plugins.loading import load, load_alone
from tipoff.settings import Settings
from tipoff.testing.installing import installed

Records = Mapping[str, Sequence[Mapping[str, object]]]
_Kept = TypeVar("_Kept")

KEPT = ("TIPOFF_SHARED",)
"""Variables of tipoff's that a suite leaves as they are; all others it clears, so that nobody's shell decides."""

LOADS = "test_it_loads"
"""The law that says why a plugin is not loaded, for all others."""

_SECONDS = 60.0
"""What a plugin's function may take on the small data here."""


def broken(what: str, mend: str) -> NoReturn:
    """Fails the test with what is wrong and what to do about it, and without a traceback through the kit."""
    raise pytest.fail.Exception(f"{what}\nTo mend it: {mend}", pytrace=False) from None


def not_shown(what: str, give: str) -> NoReturn:
    """Fails the test because it had nothing to look at: that a law was not broken there shows nothing."""
    raise pytest.fail.Exception(f"Not shown: {what}\nTo show it: {give}", pytrace=False) from None


@dataclass(frozen=True)
class Subject:
    """What a suite is about.

    Args:
        module: what the plugin's entry point names.
        wanted: hooks of which the plugin must bring something.
        env: environment variables that the plugin needs.
        answers: what the source says, by address.
        access: how the collector's own client reaches its source, where that is not over HTTP.
        now: the runs' present instant.
        window: the days that are collected.
        leagues: that are collected.
        records: rows to put into the store, by the name of their table.
        league: what the features are computed from.
        between: limits of the made-up values of features, by ``table.column``.
        offenders: rows that a check must find, by the check's name and then by the name of their table.
    """

    module: str
    wanted: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, object] | None = None
    access: Access | None = None
    now: datetime = datetime(2026, 1, 15, 13)
    window: Window | None = None
    leagues: tuple[str, ...] = ("mens-college-basketball",)
    records: Records = field(default_factory=dict)
    league: TinyLeague = field(default_factory=TinyLeague)
    between: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    offenders: Mapping[str, Records] = field(default_factory=dict)

    @cached_property
    def found(self) -> tuple[Plugin, Brought]:
        """The plugin's state by itself, and what it brings."""
        with environment(self.env):
            return load_alone(self.module)

    @property
    def brought(self) -> Brought:
        """What the plugin brings; nothing, where it cannot be loaded."""
        return self.found[1]

    def given(
        self, tables: Iterable[Table], records: Records | None = None, argument: str = "records="
    ) -> dict[str, list[Record]]:
        """The author's records by the bare name of their raw table, or in full; fails where these are none.

        Args:
            tables: that there are.
            records: what was given for `argument`; `Subject.records` unless said.
            argument: for messages.
        """
        bare = {name: names_of(table)[-1] for table in tables for name in names_of(table)}
        found: dict[str, list[Record]] = {}
        for name, rows in (self.records if records is None else records).items():
            if name not in bare:
                there = ", ".join(sorted({each for each in bare if "." in each}))
                broken(
                    f"`{argument}` of `{self.module}` names `{name}`, which is no table here{nearest(str(name), bare)}",
                    f"name one of {there}; a table that another plugin brings is here once that plugin is installed",
                )
            if isinstance(rows, str | Mapping) or any(not isinstance(row, Mapping) for row in rows):
                broken(f"`{argument}` of `{self.module}`: `{name}` must be a list of rows", "write each row as a dict")
            found.setdefault(bare[name], []).extend(rows)
        return found

    @property
    def is_loaded(self) -> bool:
        """Whether it loads by itself."""
        return self.found[0].state == "ok"

    def beside(self) -> Registry:
        """The registry with the plugin among whatever else is installed here."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            # A home of its own: what the author has locked there is not the plugin's business.
            settings = Settings(home=folder / "home", plugins_lock=None, plugins_disabled=(), plugins_strict=False)
            registry = load(settings)
            if not any(plugin.module == self.module for plugin in registry.plugins):
                stack.enter_context(installed(self.module.partition(".")[0], self.module, folder))
                registry = load(settings)
            return registry


class Suite:
    """Base of the suites: alone in an empty home, with a place for what several tests share."""

    subject: ClassVar[Subject]
    shared: ClassVar[dict[str, object]]

    def once(self, name: str, make: Callable[[], _Kept]) -> _Kept:
        """What `make` gives, made once for all tests of the suite."""
        if name not in self.shared:
            self.shared[name] = make()
        return cast("_Kept", self.shared[name])

    @pytest.fixture(autouse=True)
    def _alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Keeps the author's own store and settings out of it."""
        for name in [name for name in os.environ if name.startswith("TIPOFF_") and name not in KEPT]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "no-store-here"))
        monkeypatch.setenv("TIPOFF_NOW", self.subject.now.isoformat())
        for name, value in self.subject.env.items():
            monkeypatch.setenv(name, value)
        for work, seconds in SECONDS.items():
            monkeypatch.setitem(SECONDS, work, min(seconds, _SECONDS))

    @pytest.fixture(autouse=True)
    def _loaded_first(self, request: pytest.FixtureRequest) -> None:
        """One plugin that does not load is one failure, and not one of each law."""
        if request.function.__name__ != LOADS:
            self.skip_unless_loaded()

    def skip_unless_loaded(self) -> None:
        """Skips a law where there is no plugin to hold it to."""
        if not self.subject.is_loaded:
            pytest.skip(f"`{self.subject.module}` is not loaded: see {LOADS}")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test for each of what the plugin brings, by name."""
        brought = self.subject.brought
        kinds: dict[str, tuple[object, ...]] = {
            "collector": brought.collectors,
            "dataset": brought.datasets(),
            "builder": brought.feature_builders,
            "model": brought.models,
            "check": brought.all_checks(),
        }
        for kind, specs in kinds.items():
            if kind in metafunc.fixturenames:
                names = [str(getattr(spec, "name", "")) for spec in specs]
                why = f"`{self.subject.module}` brings no {kind}" + ("" if self.subject.is_loaded else f": see {LOADS}")
                none = [pytest.param(None, id="none", marks=pytest.mark.skip(reason=why))]
                metafunc.parametrize(kind, specs or none, ids=names or None)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Sets environment variables while the context lasts."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
