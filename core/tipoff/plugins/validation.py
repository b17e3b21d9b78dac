"""What a sound spec must keep beside tipoff's own tables and commands.

That it makes sense by itself is judged where it is made (`tipoff.contracts.judging`); `tipoff.plugins.graph` has the
laws between plugins. What is found is told as sentences with the value in backticks.
"""

from __future__ import annotations

from collections.abc import Iterator

from tipoff.contracts import Check, Collector, FeatureBuilder, Model
from tipoff.contracts.judging import GAME_KEY, dotted, label, nearest
from tipoff.domain import TABLES, VIEWS
from tipoff.plugins.registry import command_name

SPECS: dict[str, type] = {
    "collectors": Collector,
    "feature_builders": FeatureBuilder,
    "models": Model,
    "checks": Check,
    "commands": str,
}
"""What each hook returns a tuple of."""

CORE_COMMANDS = (
    "backtest",
    "checks",
    "clock",
    "collect",
    "coverage",
    "demo",
    "doctor",
    "down",
    "drift",
    "features",
    "init",
    "ledger",
    "models",
    "plugin",
    "plugins",
    "predict",
    "quarantine",
    "reparse",
    "report",
    "restore",
    "runs",
    "tables",
    "train",
    "up",
)
"""Names that a plugin's command cannot have."""


def breaches(spec: object) -> Iterator[str]:
    """What is wrong with one spec that a hook returned."""
    if isinstance(spec, str):
        yield from dotted("", spec)
        if command_name(spec) in CORE_COMMANDS:
            yield f"`tipoff {command_name(spec)}` is a command of tipoff itself; give the function another name"
    elif isinstance(spec, Collector):
        yield from _collector(spec)


def _collector(collector: Collector) -> Iterator[str]:
    where = label(collector)
    for table in collector.tables:
        if table.name in TABLES:
            yield f"{where}: `{table.name}` is a domain table; leave it out of `tables` and just fill it"
        if table.name in VIEWS:
            yield f"{where}: `{table.name}` is a view over a domain table; give the table another name"
    known = {**TABLES, **{table.name: table for table in collector.tables}}
    for dataset in collector.datasets:
        for name in dataset.tables:
            if name not in known:
                near = nearest(name, known)
                yield (
                    f"{where}, {label(dataset)}: `tables` names `{name}`, which is no domain table and none of its "
                    f"own{near}"
                )
        for name in dataset.per_game:
            if name in known and not set(GAME_KEY) <= set(known[name].column_names):
                yield (
                    f"{where}, {label(dataset)}: `per_game` names `{name}`, which lacks one of the columns "
                    f"{', '.join(GAME_KEY)}"
                )
