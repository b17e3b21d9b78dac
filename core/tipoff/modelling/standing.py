"""What the plugins that are installed now have left of a version that was fitted with earlier ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from tipoff.errors import SettingsError
from tipoff.features import lookahead
from tipoff.modelling import decisions
from tipoff.modelling.identity import Spec, spec_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.modelling.decisions import Version
    from tipoff.plugins import Registry


class Standing(NamedTuple):
    """What speaks against a version; all empty for one that is as good as new.

    Args:
        refused: why it may not be asked at all.
        degraded: why its answers are less than they could be.
        void: why its figures say nothing; it is refused for that, too.
    """

    refused: str = ""
    degraded: str = ""
    void: str = ""


def standing(con: DuckDBPyConnection, plugins: Registry, version: Version) -> Standing:
    """Whether a version may still be asked, and those it stacks with it.

    Args:
        con: any connection to the store.
        plugins: those that are installed.
        version: a registered one.
    """
    try:
        spec = spec_of(plugins, version.model)
    except SettingsError as error:
        return Standing(refused=str(error))
    if refused := _refused(con, spec, version):
        return Standing(refused=refused)
    if void := _void(con, plugins, version):
        return Standing(refused=void, void=void)
    return Standing(degraded="features were rebuilt since it was fitted" if version.features != spec.features else "")


def named(version: Version) -> str:
    """A version as messages call it."""
    return f"model `{version.model}` version `{version.version}`"


def _void(con: DuckDBPyConnection, plugins: Registry, version: Version) -> str:
    refused = lookahead.refused(lookahead.verdicts(con, plugins).values())
    seen = [table for table in sorted(version.features) if table in refused]
    return f"{named(version)} sees `{seen[0]}`: {refused[seen[0]]}" if seen else ""


def _refused(con: DuckDBPyConnection, spec: Spec, version: Version) -> str:
    made, name = json.loads(version.spec), named(version)
    if made.get("model_version") != spec.model.version:
        fitted_by = f"{name} was fitted by version `{made.get('model_version')}` of the plugin's model"
        return f"{fitted_by}, installed is `{spec.model.version}`"
    if made.get("columns") != list(spec.columns) or set(version.stacked) != set(spec.model.stacks):
        return f"{name} was fitted to other features or other models than `{spec.name}` names now"
    for base in spec.stacks:
        if refused := _refused(con, base, decisions.get(con, base.name, version.stacked[base.name])):
            return refused
    return ""
