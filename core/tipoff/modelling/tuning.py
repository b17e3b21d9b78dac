"""Hyper-parameters that a search found and the gate let through: training uses them in place of the plugin's own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

    from tipoff.contracts import Json
    from tipoff.run import Run

_ADOPTED = """
    SELECT model, model_version, params, until, adopted FROM models.search
    QUALIFY row_number() OVER (PARTITION BY model, model_version ORDER BY adopted DESC, searched_at DESC) = 1
"""


def adopted(con: DuckDBPyConnection) -> dict[tuple[str, str], dict[str, Json]]:
    """The parameters in use in place of the plugins' own, by name and version of the model."""
    rows = con.execute(_ADOPTED).fetchall()
    return {(model, version): json.loads(params) for model, version, params, _, taken in rows if taken}


def tuned(run: Run) -> Run:
    """The run with the parameters that the gate let through; a newer version of a model begins with its own again."""
    with run.warehouse().read() as con:
        found = adopted(con)
    chosen = {name: params for (name, version), params in found.items() if _version(run, name) == version}
    return with_params(run, chosen)


def with_params(run: Run, params: Mapping[str, Mapping[str, Json]]) -> Run:
    """The run with other hyper-parameters for some models, by name."""
    models = tuple(
        replace(model, params=params[model.name]) if model.name in params else model for model in run.registry.models
    )
    return replace(run, registry=replace(run.registry, models=models))


def forget(con: DuckDBPyConnection, model: str) -> int:
    """Goes back to the plugin's own parameters, from the next training on.

    Returns:
        How many adopted searches that undoes.
    """
    undone: int = con.execute(
        "UPDATE models.search SET adopted = false, reason = 'forgotten by a person' WHERE model = $model AND adopted",
        {"model": model},
    ).fetchall()[0][0]
    return undone


def _version(run: Run, name: str) -> str:
    return next((model.version for model in run.registry.models if model.name == name), "")
