"""What makes two fits the same: digests of tables and JSON, and the `Spec` of a model.

Nothing is fitted or evaluated twice, because whatever was made is filed under the digest of what it was
made from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tipoff.contracts import Json, Model

if TYPE_CHECKING:
    import pyarrow as pa

    from tipoff.plugins import Registry


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: equal values, equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(value: object) -> str:
    """SHA-256 of `canonical`, in hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def digest_of_rows(rows: pa.Table) -> str:
    """SHA-256 of a table's columns and values in their order, in hex.

    Parquet is the byte form: unlike Arrow's buffers it leaves out what lies beneath a NULL or beside a slice.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    bare = rows.replace_schema_metadata(None)
    pq.write_table(bare, sink, compression="none", use_dictionary=False, write_statistics=False, store_schema=False)
    return hashlib.sha256(sink.getvalue()).hexdigest()


@dataclass(frozen=True)
class Spec:
    """Everything that decides a fit beside its games.

    Args:
        model: what the plugin says.
        params: the hyper-parameters to use.
        seed: for every random choice.
        features: version of the builder of each feature table that the model sees.
        stacks: the specs of the models whose predictions it takes as input.
    """

    model: Model
    params: Mapping[str, Json] = field(default_factory=dict)
    seed: int = 0
    features: Mapping[str, str] = field(default_factory=dict)
    stacks: tuple[Spec, ...] = ()

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @cached_property
    def id(self) -> str:
        """Short digest of all of it; walk-forward predictions are filed under it."""
        return digest_of(self.described())[:16]

    def described(self) -> dict[str, Json]:
        """The spec as JSON, for the manifest."""
        return {
            "model": self.model.name,
            "model_version": self.model.version,
            "columns": list(self.model.features),
            "params": dict(self.params),
            "seed": self.seed,
            "features": dict(self.features),
            "stacks": {spec.name: spec.id for spec in self.stacks},
        }


def spec_of(registry: Registry, name: str, *, seed: int = 0) -> Spec:
    """The spec of a registered model as the installed plugins make it now.

    Raises:
        SettingsError: no plugin brings the model, or one that it stacks.
    """
    model = registry.model(name)
    return Spec(
        model=model,
        params=model.params,
        seed=seed,
        features=feature_versions(registry, {column.rpartition(".")[0] for column in model.features}),
        stacks=tuple(spec_of(registry, base, seed=seed) for base in model.stacks),
    )


def feature_versions(registry: Registry, tables: Iterable[str]) -> dict[str, str]:
    """Version of the builder of each feature table, and of every table that it is built from.

    Args:
        registry: the loaded plugins.
        tables: bare names (``game_features``); unknown ones are left out.
    """
    builders = {builder.table.full_name: builder for builder in registry.builders}
    waiting, found = [f"features.{name}" for name in tables], {}
    while waiting:
        builder = builders.get(waiting.pop())
        if builder and builder.table.name not in found:
            found[builder.table.name] = builder.version
            waiting.extend(builder.inputs)
    return dict(sorted(found.items()))
