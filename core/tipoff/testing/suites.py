"""The functions that make a suite of a plugin."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from types import ModuleType

from tipoff.contracts import Access, Window
from tipoff.features.tiny_league import TinyLeague
from tipoff.testing.check_laws import CheckLaws
from tipoff.testing.collector_laws import CollectorLaws
from tipoff.testing.feature_laws import FeatureLaws
from tipoff.testing.model_laws import ModelLaws
from tipoff.testing.plugin_laws import PluginLaws
from tipoff.testing.subject import Records, Subject, Suite

_KINDS: dict[str, type[Suite]] = {
    "collectors": CollectorLaws,
    "feature_builders": FeatureLaws,
    "models": ModelLaws,
    "checks": CheckLaws,
}


def plugin_tests(
    module: str | ModuleType,
    *,
    answers: Mapping[str, object] | None = None,
    access: Access | None = None,
    now: datetime = Subject.now,
    window: Window | None = None,
    leagues: tuple[str, ...] = Subject.leagues,
    records: Records | None = None,
    league: TinyLeague | None = None,
    between: Mapping[str, tuple[float, float]] | None = None,
    offenders: Mapping[str, Records] | None = None,
    env: Mapping[str, str] | None = None,
) -> type[Suite]:
    """A class of tests: every law that applies to what the plugin brings.

    Args:
        module: what the plugin's entry point names.
        answers: what the source says, by address as `Request.key` writes it: bytes, text, or what becomes JSON. The
            kit serves them; every other address is a 404. All of a dataset's answers together must give rows.
        access: for a collector with a client of its own that needs no server: how it reaches its source.
        now: the runs' present instant, naive UTC.
        window: the days to collect; without it the week that ends on `now`'s day.
        leagues: the leagues to collect.
        records: rows that must be in the store before the plugin works, by the name of their table, such as
            ``arenas`` or ``raw.arenas``. Raw tables that a builder reads and that are not here are filled with rows
            that the kit makes up.
        league: what feature builders work on; without it a few teams' two small seasons.
        between: limits of the values that are made up of features for models, by ``table.column``; those of the
            feature's own `Column.between` unless given, and without either values around zero.
        offenders: rows that each check must find, by the check's name and then by the name of their table.
        env: environment variables that the plugin needs.

    Returns:
        A class for pytest to find, whose name begins with ``Test``: ``TestArenas = plugin_tests("arenas.plugin")``.
    """
    subject = Subject(
        module if isinstance(module, str) else module.__name__,
        env=env or {},
        answers=answers,
        access=access,
        now=now,
        window=window,
        leagues=leagues,
        records=records or {},
        league=league or TinyLeague(teams=5, games=20),
        between=between or {},
        offenders=offenders or {},
    )
    brought = subject.brought
    there = {
        "collectors": brought.collectors,
        "feature_builders": brought.feature_builders,
        "models": brought.models,
        "checks": brought.all_checks(),
    }
    return _suite(subject, *(laws for hook, laws in _KINDS.items() if there[hook]))


def collector_tests(
    module: str | ModuleType,
    *,
    answers: Mapping[str, object] | None = None,
    access: Access | None = None,
    now: datetime = Subject.now,
    window: Window | None = None,
    leagues: tuple[str, ...] = Subject.leagues,
    records: Records | None = None,
    env: Mapping[str, str] | None = None,
) -> type[Suite]:
    """The laws of plugins and of collectors; see `plugin_tests`."""
    suite = plugin_tests(
        module, answers=answers, access=access, now=now, window=window, leagues=leagues, records=records, env=env
    )
    return _only("collectors", suite.subject)


def features_tests(
    module: str | ModuleType,
    *,
    records: Records | None = None,
    league: TinyLeague | None = None,
    env: Mapping[str, str] | None = None,
) -> type[Suite]:
    """The laws of plugins and of feature builders; see `plugin_tests`."""
    return _only("feature_builders", plugin_tests(module, records=records, league=league, env=env).subject)


def model_tests(
    module: str | ModuleType,
    *,
    between: Mapping[str, tuple[float, float]] | None = None,
    env: Mapping[str, str] | None = None,
) -> type[Suite]:
    """The laws of plugins and of models; see `plugin_tests`."""
    return _only("models", plugin_tests(module, between=between, env=env).subject)


def check_tests(
    module: str | ModuleType,
    *,
    records: Records | None = None,
    offenders: Mapping[str, Records] | None = None,
    env: Mapping[str, str] | None = None,
) -> type[Suite]:
    """The laws of plugins and of checks; see `plugin_tests`."""
    return _only("checks", plugin_tests(module, records=records, offenders=offenders, env=env).subject)


def _only(hook: str, subject: Subject) -> type[Suite]:
    return _suite(dataclasses.replace(subject, wanted=(hook,)), _KINDS[hook])


def _suite(subject: Subject, *laws: type[Suite]) -> type[Suite]:
    made: type[Suite] = type("PluginTests", (PluginLaws, *laws), {"subject": subject, "shared": {}})
    return made
