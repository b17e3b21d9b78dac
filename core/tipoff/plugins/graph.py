"""The laws between plugins: a name has one owner, and what a spec refers to must be there.

A plugin is taken whole or not at all: it was written against all it brings. `settle` refuses plugins until
those that are left agree with each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import CycleError

from tipoff.contracts import Check, Dataset, FeatureBuilder, Model, Table
from tipoff.contracts.judging import GAME_KEY, label, nearest
from tipoff.domain import TABLES
from tipoff.plugins.brought import Brought
from tipoff.plugins.registry import ordered
from tipoff.quality.own import SCHEMAS, own_checks

MISSING = "which no loaded plugin brings"
"""What a reason says of something that is not there."""


def settle(brought: Mapping[str, Brought], out: Mapping[str, str], established: Collection[str] = ()) -> dict[str, str]:
    """Why each plugin that cannot be had is refused, by plugin.

    Args:
        brought: what each sound plugin brings, those first that win a clash.
        out: the other installed plugins with their states, to explain what is missing.
        established: those that win because they were here first, to explain a clash.

    Returns:
        A reason for each refused plugin; the others can work together.
    """
    refused: dict[str, str] = {}
    while True:
        # Clashes are judged afresh each time: whoever lost a name to a plugin that is refused gets it back.
        clashes = _clashes({name: specs for name, specs in brought.items() if name not in refused}, established)
        gone = {**refused, **clashes}
        left = {name: specs for name, specs in brought.items() if name not in gone}
        missing = dict(_first_missing(left, brought, {**out, **dict.fromkeys(gone, "failed")}))
        if not missing:
            missing = dict(_last_in_cycle(left))
        if not missing:
            return gone
        refused |= missing


def builder_graph(builders: Sequence[FeatureBuilder]) -> dict[str, tuple[str, ...]]:
    """For each builder those that run before it: by `after`, and because it reads their table."""
    makers = {builder.table.full_name: builder.name for builder in builders}
    return {
        builder.name: (*builder.after, *(makers[table] for table in builder.inputs if table in makers))
        for builder in builders
    }


def _clashes(brought: Mapping[str, Brought], established: Collection[str]) -> dict[str, str]:
    owners = {("check", check.name): "" for check in _own_checks(Brought.together(brought.values()))}
    lost: dict[str, str] = {}
    for plugin, specs in brought.items():
        claims = tuple(specs.claims())
        for kind, name in claims:
            owner = plugin if claims.count((kind, name)) > 1 else owners.get((kind, name))
            if owner is not None:
                first = ", and was here first" if owner in established and plugin not in established else ""
                by = "it brings it twice" if owner == plugin else f"plugin `{owner}` brings it already{first}"
                by = by if owner else "tipoff itself has it"
                lost[plugin] = f"{kind} `{name}`: {by}; a name has one owner, so rename this one"
                break
        else:
            owners |= dict.fromkeys(claims, plugin)
    return lost


def _own_checks(whole: Brought) -> Iterator[Check]:
    """The checks that tipoff makes of its own tables and those of plugins."""
    tables = {table.full_name: table for table in (*TABLES.values(), *whole.tables())}
    for schema in SCHEMAS:
        yield from own_checks(schema, tables, whole.collectors)


def _first_missing(
    left: Mapping[str, Brought], brought: Mapping[str, Brought], out: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The first reference of each plugin to what is not there, or cannot be used."""
    whole = Brought.together(left.values())
    features = _features(whole)
    known: dict[str, set[str]] = {
        "dataset": {dataset.name for dataset in whole.datasets()},
        "feature builder": {builder.name for builder in whole.feature_builders},
        "model": {model.name for model in whole.models},
        "table": {table.full_name for table in (*TABLES.values(), *whole.tables())},
        "feature": {name for name, table in features.items() if table.key == GAME_KEY},
    }
    for plugin, specs in left.items():
        for spec, field, kind, name in _references(specs):
            if name in known[kind]:
                continue
            if kind == "feature" and name in features:
                why = (
                    f" of a table with a row for each {', '.join(features[name].key)}; a model takes columns of tables "
                    f"with a row a game (the key is {', '.join(GAME_KEY)}), so bring it into such a table"
                )
            else:
                hint = _why_missing(kind, name, brought, out) or nearest(name, known[kind])
                why = f", {MISSING}{hint}"
            yield plugin, f"{label(spec)}: `{field}` names the {kind} `{name}`{why}"
            break


def _references(specs: Brought) -> Iterator[tuple[Dataset | FeatureBuilder | Model | Check, str, str, str]]:
    """Every (spec, field, kind, name) by which a spec refers to what another may bring."""
    for dataset in specs.datasets():
        yield from ((dataset, "after", "dataset", name) for name in dataset.after)
    for builder in specs.feature_builders:
        yield from ((builder, "inputs", "table", name) for name in builder.inputs)
        yield from ((builder, "after", "feature builder", name) for name in builder.after)
    for model in specs.models:
        yield from ((model, "features", "feature", name) for name in model.features)
        yield from ((model, "stacks", "model", name) for name in model.stacks)
    for check in specs.all_checks():
        yield check, "table", "table", check.table


def _why_missing(kind: str, name: str, brought: Mapping[str, Brought], out: Mapping[str, str]) -> str:
    for plugin, state in out.items():
        specs = brought.get(plugin)
        if specs and ((kind, name) in specs.claims() or (kind == "feature" and name in _features(specs))):
            return f"; plugin `{plugin}` would, but it is {state}"
    unread = [f"`{plugin}` ({state})" for plugin, state in sorted(out.items()) if plugin not in brought]
    return f"; not loaded: {', '.join(unread)}" if unread else ""


def _features(specs: Brought) -> dict[str, Table]:
    """Every ``table.column`` with its table."""
    return {f"{each.table.name}.{c}": each.table for each in specs.feature_builders for c in each.table.column_names}


def _last_in_cycle(left: Mapping[str, Brought]) -> Iterator[tuple[str, str]]:
    """The plugin that closes a cycle: of those in it the one that would lose a clash."""
    whole = Brought.together(left.values())
    graphs: dict[str, Mapping[str, Sequence[str]]] = {
        "dataset": {dataset.name: dataset.after for dataset in whole.datasets()},
        "feature builder": builder_graph(whole.feature_builders),
        "model": {model.name: model.stacks for model in whole.models},
    }
    for kind, graph in graphs.items():
        try:
            ordered(graph)
        except CycleError as error:
            cycle: list[str] = error.args[1]
            in_it = {(kind, name) for name in cycle}
            last = [plugin for plugin, specs in left.items() if in_it & set(specs.claims())][-1]
            yield last, f"{kind}s wait for each other: {' ← '.join(f'`{name}`' for name in cycle)}"
            return
