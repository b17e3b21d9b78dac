"""What makes two fits the same: digests of tables and JSON, and the `Spec` of a model.

Nothing is fitted or evaluated twice, because whatever was made is filed under the digest of what it was
made from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from tipoff.contracts import Json, Model

if TYPE_CHECKING:
    import pyarrow as pa

    from tipoff.plugins import Registry


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: equal values, equal text.

    Raises:
        ValueError: a number is NaN or infinite; JSON has no word for it, and NaN is not even equal to itself.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(value: object) -> str:
    """SHA-256 of `canonical`, in hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def digest_of_rows(rows: pa.Table) -> str:
    """SHA-256 of a table's columns and values in their order, in hex.

    The byte form is our own: a file format's footer names the library's version, and Arrow's buffers hold what
    lies beneath a NULL or beside a slice. Each column is its NULLs and its values, little-endian, text with its
    lengths.

    Args:
        rows: columns of text, numbers, booleans, days and instants.
    """
    schema = [[column.name, str(column.type)] for column in rows.schema]
    found = hashlib.sha256(canonical([rows.num_rows, schema]).encode())
    for column in rows.columns:
        for part in _bytes(column.combine_chunks()):
            found.update(part)
    return found.hexdigest()


def _bytes(column: pa.Array) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.compute as pc

    yield column.is_valid().to_numpy(zero_copy_only=False).tobytes()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        text = column.fill_null("")
        yield pc.binary_length(text).to_numpy(zero_copy_only=False).astype("<i8").tobytes()
        yield "".join(text.to_pylist()).encode()
        return
    stored: dict[str, pa.DataType] = {"bool": pa.uint8(), "date32[day]": pa.int32(), "timestamp[us]": pa.int64()}
    values = column.cast(stored.get(str(column.type), column.type)).fill_null(0).to_numpy(zero_copy_only=False)
    yield values.astype(values.dtype.newbyteorder("<")).tobytes()


@dataclass(frozen=True)
class Spec:
    """Everything that decides a fit beside its games.

    Args:
        model: what the plugin says.
        params: the hyper-parameters to use.
        seed: for every random choice.
        features: version of the builder of each feature table that the model, or one that it stacks, sees.
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

    @property
    def columns(self) -> tuple[str, ...]:
        """The features that the model declares, then those of the models it stacks."""
        below = (column for spec in self.stacks for column in spec.columns)
        return tuple(dict.fromkeys((*self.model.features, *below)))

    @cached_property
    def id(self) -> str:
        """Short digest of all of it; walk-forward predictions are filed under it."""
        return digest_of(self.described())[:16]

    def described(self) -> dict[str, Json]:
        """The spec as JSON, for the manifest."""
        return {
            "model": self.model.name,
            "model_version": self.model.version,
            "columns": list(self.columns),
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
    stacks = tuple(spec_of(registry, base, seed=seed) for base in model.stacks)
    spec = Spec(model, model.params, seed, stacks=stacks)
    return replace(spec, features=feature_versions(registry, {name.rpartition(".")[0] for name in spec.columns}))


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
