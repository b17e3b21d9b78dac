"""The laws a plugin's specs must keep by themselves; `tipoff.plugins.graph` has those between plugins.

Every function yields the breaches it finds as sentences with the value in backticks.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import get_args

from tipoff.contracts import (
    Check,
    Collector,
    Column,
    ColumnType,
    Dataset,
    FeatureBuilder,
    Model,
    Severity,
    Table,
)
from tipoff.domain import ODDS, PROVENANCE, TABLES
from tipoff.plugins.registry import command_name, nearest
from tipoff.views import VIEWS

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

GAME_KEY = ("league", "season", "game_id")
_GIVEN = frozenset({*GAME_KEY, "game_date", "tip_utc", "home_id", "away_id", "neutral_site"})
_GIVEN |= {"home_win", "margin", "total"}
"""What `FitContext.games` holds besides the features."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_VIEW_NAMES = frozenset(view.name for view in VIEWS if view.schema == "raw")
_RESERVED_COLUMNS = frozenset(column.name for column in PROVENANCE)


def breaches(hook: str, spec: object) -> Iterator[str]:
    """What is wrong with one spec that the hook returned."""
    if isinstance(spec, str):
        yield from _dotted("", spec)
        if command_name(spec) in CORE_COMMANDS:
            yield f"`tipoff {command_name(spec)}` is a command of tipoff itself; give the function another name"
        return
    if wrong := tuple(_types(spec)):
        yield from wrong  # the laws below rely on the types
        return
    yield from _LAWS[hook](spec)


def label(spec: object) -> str:
    """How a message calls a spec: ``dataset `games` ``."""
    kind = {"FeatureBuilder": "feature builder", "str": "command"}.get(type(spec).__name__, type(spec).__name__.lower())
    return f"{kind} `{getattr(spec, 'name', spec)}`"


# ---------------------------------------------------------------------------------------------- types


def _tuple_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, tuple) and all(isinstance(each, kind) for each in value)


def _is_range(value: object) -> bool:
    ends = value if isinstance(value, tuple) else ()
    numbers = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    return len(ends) == len(numbers) == 2 and numbers[0] <= numbers[1]


def _one_of(choices: tuple[str, ...]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in choices


_CHOICES: dict[str, tuple[str, ...]] = {
    "ColumnType": get_args(ColumnType),
    "Severity": get_args(Severity),
    "Literal['raw', 'features']": ("raw", "features"),
}

FIELD_TYPES: dict[str, Callable[[object], bool]] = {
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "int | None": lambda value: value is None or (isinstance(value, int) and not isinstance(value, bool)),
    "float | None": lambda value: value is None or (isinstance(value, int | float) and not isinstance(value, bool)),
    "Table": lambda value: isinstance(value, Table),
    **{annotation: _one_of(choices) for annotation, choices in _CHOICES.items()},
    "tuple[str, ...]": _tuple_of(str),
    "tuple[Column, ...]": _tuple_of(Column),
    "tuple[Table, ...]": _tuple_of(Table),
    "tuple[Dataset, ...]": _tuple_of(Dataset),
    "tuple[Check, ...]": _tuple_of(Check),
    "tuple[float, float] | None": lambda value: value is None or _is_range(value),
    "Mapping[str, Json]": lambda value: isinstance(value, Mapping),
}
"""Whether a value is what a spec's field is annotated with; to evaluate the annotations would cost more."""


def _types(spec: object, within: str = "") -> Iterator[str]:
    """Fields, at any depth, that do not hold what their annotation says."""
    where = f"{within}{label(spec)}"
    for field in dataclasses.fields(spec):  # type: ignore[arg-type]  # a spec is always a dataclass
        annotation, value = str(field.type).replace('"', "'"), getattr(spec, field.name)
        if not FIELD_TYPES[annotation](value):
            wanted = f"one of {', '.join(_CHOICES[annotation])}" if annotation in _CHOICES else annotation
            hint = "; a tuple of one needs a comma: (x,)" if annotation.startswith("tuple") else ""
            yield f"{where}: `{field.name}` must be {wanted}, got `{value!r}`{hint}"
            continue
        for part in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(part):
                yield from _types(part, f"{where}, ")


# ----------------------------------------------------------------------------------------------- laws


def _collector(collector: Collector) -> Iterator[str]:
    where = label(collector)
    yield from _name(where, collector.name)
    if not collector.conn_id:
        yield f"{where}: `conn_id` is empty; name the Airflow connection it uses"
    yield from _dotted(f"{where}: `client`", collector.client)
    if collector.clock:
        yield from _dotted(f"{where}: `clock`", collector.clock)
    yield from _unique(where, "table", (table.name for table in collector.tables))
    for table in collector.tables:
        yield from _table(f"{where}, {label(table)}", table, "raw")
        if table.name in TABLES:
            yield f"{where}: `{table.name}` is a domain table; leave it out of `tables` and just fill it"
        if table.name in _VIEW_NAMES:
            yield f"{where}: `{table.name}` is a view over a domain table; give the table another name"
    known = {**TABLES, **{table.name: table for table in collector.tables}}
    for dataset in collector.datasets:
        yield from _dataset(f"{where}, {label(dataset)}", dataset, known)


def _dataset(where: str, dataset: Dataset, known: Mapping[str, Table]) -> Iterator[str]:
    yield from _name(where, dataset.name)
    yield from _version(where, dataset.version)
    yield from _dotted(f"{where}: `plan`", dataset.plan)
    yield from _dotted(f"{where}: `parse`", dataset.parse)
    if dataset.uses:
        yield from _dotted(f"{where}: `uses`", dataset.uses)
    if not dataset.tables:
        yield f"{where}: `tables` is empty; name the tables that its rows go to"
    for table in dataset.per_game:
        if table not in dataset.tables:
            yield f"{where}: `per_game` names `{table}`, which is not among its `tables`" + nearest(
                table, dataset.tables
            )
        elif table in known and not set(GAME_KEY) <= set(known[table].column_names):
            yield f"{where}: `per_game` names `{table}`, which lacks one of the columns {', '.join(GAME_KEY)}"
    for check in dataset.checks:
        yield from _check(check, f"{where}, {label(check)}")
    for table in dataset.tables:
        if table not in known:
            yield f"{where}: `tables` names `{table}`, which is no domain table and none of its own" + nearest(
                table, known
            )


def _builder(builder: FeatureBuilder) -> Iterator[str]:
    where = label(builder)
    yield from _name(where, builder.name)
    yield from _version(where, builder.version)
    yield from _dotted(f"{where}: `compute`", builder.compute)
    table = builder.table
    yield from _table(f"{where}, {label(table)}", table, "features")
    for column in (*GAME_KEY, "game_date", "tip_utc"):
        if column not in table.column_names:
            yield f"{where}: its table `{table.name}` lacks the column `{column}`"
    if table.key[: len(GAME_KEY)] != GAME_KEY:
        yield f"{where}: the key of `{table.name}` must begin with {', '.join(GAME_KEY)}, got `{table.key}`"
    if not builder.inputs:
        yield f"{where}: `inputs` is empty; name the tables it reads, like raw.games"
    if ODDS.full_name in builder.inputs:
        yield f"{where}: `inputs` names `{ODDS.full_name}`, which is a benchmark and never an input; take it out"
    yield from _unique(where, "input", (table.rpartition(".")[2] for table in builder.inputs))
    if builder.lookback is not None and builder.lookback < 0:
        yield f"{where}: `lookback` counts the seasons before, or is None for all of them, got `{builder.lookback}`"
    for check in builder.checks:
        yield from _check(check, f"{where}, {label(check)}")


def _model(model: Model) -> Iterator[str]:
    where = label(model)
    yield from _name(where, model.name)
    yield from _version(where, model.version)
    yield from _dotted(f"{where}: `fit`", model.fit)
    yield from _dotted(f"{where}: `predict`", model.predict)
    for feature in model.features:
        if not re.fullmatch(rf"{_NAME.pattern}\.{_NAME.pattern}", feature):
            yield f"{where}: a feature is written table.column, got `{feature}`"
    bare = [feature.rpartition(".")[2] for feature in model.features]
    yield from _unique(where, "feature", bare)
    for name in sorted(_GIVEN & set(bare)):
        yield f"{where}: the feature `{name}` is a column that every model gets, or its target; rename it"


def _check(check: Check, where: str = "") -> Iterator[str]:
    where = where or label(check)
    yield from _name(where, check.name)
    if not check.sql.strip():
        yield f"{where}: `sql` is empty; write one SELECT whose rows are the offenders"


def _table(where: str, table: Table, schema: str) -> Iterator[str]:
    yield from _name(where, table.name)
    if table.schema != schema:
        yield f"{where}: its schema must be `{schema}`, got `{table.schema}`"
    yield from _unique(where, "column", table.column_names)
    for column in table.column_names:
        yield from _name(f"{where}, column", column)
        if column in _RESERVED_COLUMNS:
            yield f"{where}: the column `{column}` is added by the warehouse; leave it out"
    if table.contradiction:
        yield from _dotted(f"{where}: `contradiction`", table.contradiction)
    if not table.key:
        yield f"{where}: its key is empty; name the columns that identify a row"
    for column in table.key:
        if column not in table.column_names:
            yield f"{where}: key column `{column}` is not among its columns{nearest(column, table.column_names)}"


_LAWS: dict[str, Callable[..., Iterator[str]]] = {
    "collectors": _collector,
    "feature_builders": _builder,
    "models": _model,
    "checks": _check,
}


def _name(where: str, name: str) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"{where}: a name is lower-case letters, digits and _, and begins with a letter, got `{name}`"


def _version(where: str, version: str) -> Iterator[str]:
    if not _VERSION.fullmatch(version):
        yield f"{where}: a version is letters, digits, `.`, `_` and `-`, got `{version}`"


def _dotted(where: str, path: str) -> Iterator[str]:
    if not _DOTTED.fullmatch(path):
        yield f"{where + ' ' if where else ''}must be a dotted path like package.module:function, got `{path}`"


def _unique(where: str, kind: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{where}: two of its {kind}s are called `{name}`"
        seen.add(name)
