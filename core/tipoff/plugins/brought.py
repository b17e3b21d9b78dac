"""What one plugin brings, before it is known whether it may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tipoff.contracts import Check, Collector, Dataset, FeatureBuilder, Model, Table
from tipoff.plugins.registry import command_name


@dataclass(frozen=True)
class Brought:
    """The specs of one plugin, or of several together."""

    collectors: tuple[Collector, ...] = ()
    feature_builders: tuple[FeatureBuilder, ...] = ()
    models: tuple[Model, ...] = ()
    checks: tuple[Check, ...] = ()
    commands: tuple[str, ...] = ()

    @classmethod
    def together(cls, parts: Iterable[Brought]) -> Brought:
        """All of them in one."""
        whole = cls()
        for part in parts:
            whole = replace(
                whole,
                collectors=whole.collectors + part.collectors,
                feature_builders=whole.feature_builders + part.feature_builders,
                models=whole.models + part.models,
                checks=whole.checks + part.checks,
                commands=whole.commands + part.commands,
            )
        return whole

    def datasets(self) -> tuple[Dataset, ...]:
        """The collectors' datasets, in the order given."""
        return tuple(dataset for collector in self.collectors for dataset in collector.datasets)

    def tables(self) -> tuple[Table, ...]:
        """The collectors' own tables and the builders' results."""
        own = tuple(table for collector in self.collectors for table in collector.tables)
        return own + tuple(builder.table for builder in self.feature_builders)

    def all_checks(self) -> tuple[Check, ...]:
        """The plugin's checks, its datasets' and its builders'."""
        datasets = tuple(check for dataset in self.datasets() for check in dataset.checks)
        return self.checks + datasets + tuple(check for builder in self.feature_builders for check in builder.checks)

    def claims(self) -> Iterator[tuple[str, str]]:
        """Every (kind, name) that must be unique among all plugins."""
        yield from (("collector", each.name) for each in self.collectors)
        yield from (("dataset", each.name) for each in self.datasets())
        yield from (("table", each.full_name) for each in self.tables())
        yield from (("feature builder", each.name) for each in self.feature_builders)
        yield from (("model", each.name) for each in self.models)
        yield from (("check", each.name) for each in self.all_checks())
        yield from (("command", command_name(each)) for each in self.commands)

    def tasks(self) -> tuple[str, ...]:
        """What a person sees of it: task ids, then checks and commands."""
        return (
            *(f"collect_{each.name}" for each in self.datasets()),
            *(f"{each.name}_features" for each in self.feature_builders),
            *(f"train_model[{each.name}]" for each in self.models),
            *(f"check {each.name}" for each in self.all_checks()),
            *(f"tipoff {command_name(each)}" for each in self.commands),
        )
