"""What a run of each DAG may be told: the trigger form in the UI, and the same names in a run's ``conf``.

Airflow refuses a run whose values do not fit; what only a run can know (a season without data, a league that is not
configured) fails its task at once, with what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from tipoff import clock

if TYPE_CHECKING:
    from tipoff.plugins import Registry


def collecting(leagues: Iterable[str]) -> dict[str, Param]:
    """Other days than the watermark asks for, fewer leagues, or everything once more.

    Args:
        leagues: that the form proposes.
    """
    day: dict[str, Any] = {"type": ["null", "string"], "format": "date"}
    return {
        "from": Param(None, title="From", description="first day to collect", **day),
        "to": Param(None, title="To", description="last day to collect; today if empty", **day),
        "season": _season("a whole season instead, by the year in which it ends"),
        "leagues": _some("Leagues", "only these; all of TIPOFF_LEAGUES if empty", examples=sorted(leagues)),
        "force": _flag("Force", "ask again, also where a fresh answer has landed"),
    }


def building() -> dict[str, Param]:
    """Features of one season, or of what has not changed, too."""
    return {
        "season": _season("only this season, by the year in which it ends; all that have changed if empty"),
        "full": _flag("Full", "compute everything again, also what has not changed"),
    }


def training(registry: Registry) -> dict[str, Param]:
    """Fewer models, or those again that are there."""
    return {
        "models": _models(registry, "fit only these; all if empty"),
        "force": _flag("Force", "fit again, also what was fitted to the same games"),
    }


def predicting(registry: Registry) -> dict[str, Param]:
    """Fewer models."""
    return {"models": _models(registry, "ask only these; all if empty")}


def _models(registry: Registry, description: str) -> Param:
    names = sorted(model.name for model in registry.models)
    return _some("Models", description, examples=names, **({"enum": names} if names else {}))


def _some(title: str, description: str, *, examples: list[str], **item: Any) -> Param:
    # With null, since the form would ask for a choice without it.
    schema: dict[str, Any] = {"type": ["null", "array"], "items": {"type": "string", **item}, "uniqueItems": True}
    return Param(None, title=title, description=description, examples=examples, **schema)


def _season(description: str) -> Param:
    year: dict[str, Any] = {"type": ["null", "integer"], "minimum": clock.SEASONS[0], "maximum": clock.SEASONS[-1]}
    return Param(None, title="Season", description=description, **year)


def _flag(title: str, description: str) -> Param:
    return Param(False, title=title, description=description, type="boolean")
