"""Who may serve: bounds that every version must keep, and the gate between a challenger and the champion.

Figures are those of walk-forward predictions, on games that both sides predicted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from tipoff.errors import Abort
from tipoff.modelling import availability, decisions, plausibility
from tipoff.modelling.comparison import MIN_JUDGED_GAMES, best, compare, log_losses
from tipoff.modelling.standing import standing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.contracts import Json
    from tipoff.modelling.decisions import Event, Note, Version
    from tipoff.modelling.standing import Standing
    from tipoff.plugins import Registry

CALIBRATION_BOUND = 0.03
"""How far `calibration_error` may exceed what chance alone can make it (`calibration_noise`)."""


def out_of_bounds(figures: Mapping[str, float]) -> str:
    """Why a version with these figures may not serve; empty when it may.

    Args:
        figures: ``games``, ``log_loss``, ``calibration_error`` and ``calibration_noise`` over all folds.
    """
    excess = figures["calibration_error"] - figures["calibration_noise"]
    if not math.isfinite(figures["log_loss"]):
        return f"its log loss is `{figures['log_loss']}`"
    if excess > CALIBRATION_BOUND:
        return (
            f"calibration error {figures['calibration_error']:.4f} on {figures['games']:.0f} games, chance alone "
            f"can make it {figures['calibration_noise']:.4f}; the excess may be {CALIBRATION_BOUND}"
        )
    return ""


def decide(
    con: DuckDBPyConnection, version: Version, note: Note, plugins: Registry, *, unseen_since: date | None = None
) -> Event:
    """Registers an evaluated version and settles who is champion; asked again, it gives the same answer.

    Args:
        con: a connection from `Warehouse.write`.
        version: recorded and evaluated.
        note: who decides when.
        plugins: those that are installed; a champion fitted with others may not be asked any more.
        unseen_since: of a version whose parameters were searched, the first day that the search has not seen: it must
            first beat the current version of its own model on games from then on.

    Returns:
        The decision about the version.

    Raises:
        Abort: the version was never evaluated.
    """
    before = [
        event
        for event in decisions.events(con, version.league)
        if (event.model, event.version) == (version.model, version.version) and event.kind not in ("manual", "rollback")
    ]
    if before:
        return before[-1]
    figures = _figures(con, version)
    judged = figures["games"] >= MIN_JUDGED_GAMES
    if judged and (trouble := out_of_bounds(figures)):
        return decisions.record(con, version, "rejected", trouble, figures=dict(figures), note=note)
    if trouble := _untrue(con, version, plugins, note.now):
        return decisions.record(con, version, "rejected", trouble, figures=dict(figures), note=note)
    if unseen_since and (trouble := _not_better(con, version, unseen_since)):
        return decisions.record(con, version, "rejected", trouble, figures=dict(figures), note=note)
    if trouble := _outdated(con, version, plugins):
        return decisions.record(con, version, "kept", trouble, figures=dict(figures), note=note)
    reason = "within bounds" if judged else f"{figures['games']} games are too few to judge it"
    registered = decisions.record(con, version, "registered", reason, figures=dict(figures), note=note)
    return (_settle(con, version, note, plugins) if judged else None) or registered


def outlook(con: DuckDBPyConnection, version: Version, plugins: Registry, now: datetime) -> tuple[str, dict[str, Json]]:
    """What the gate would say of a version beside the league's champion; nothing is decided.

    Args:
        con: any connection to the store.
        version: a registered one.
        plugins: those that are installed.
        now: the present, naive UTC.

    Returns:
        In words, and the figures behind them.
    """
    try:
        figures = _figures(con, version)
    except Abort:
        return "the gate has nothing to go by: the version was never evaluated", {}
    if figures["games"] < MIN_JUDGED_GAMES:
        return f"the gate would not judge it: {figures['games']} games are too few", dict(figures)
    if trouble := out_of_bounds(figures):
        return f"the gate would reject it: {trouble}", dict(figures)
    if trouble := _untrue(con, version, plugins, now):
        return f"the gate would reject it: {trouble}", dict(figures)
    own = f"log loss {figures['log_loss']:.4f} on {figures['games']} games"
    top = decisions.champion(con, version.league)
    if top is None:
        return f"the gate has no champion to compare it with; {own}", dict(figures)
    defender = decisions.get(con, top.model, top.version)
    champion = f"the champion, `{defender.model}` version `{defender.version}`"
    if defender.spec_id == version.spec_id:
        return f"the gate compares models, and it is one with {champion}; {own}", dict(figures)
    verdict = compare(log_losses(con, version), log_losses(con, defender))
    return f"the gate would {'open against' if verdict.passed else 'keep'} {champion}: {verdict}", verdict.figures


def _untrue(con: DuckDBPyConnection, version: Version, plugins: Registry, now: datetime) -> str:
    """Why a version's figures are not what it would be worth; empty where nothing speaks against them."""
    return (
        standing(con, plugins, version).void
        or availability.comes_late(con, version, plugins, now)
        or plausibility.too_good(con, version)
    )


def _settle(con: DuckDBPyConnection, version: Version, note: Note, plugins: Registry) -> Event | None:
    """Who is champion now that `version` is registered; None where nothing is to be decided about it."""
    top, pinned = decisions.champion(con, version.league), decisions.pinned(con, version.league)
    if top is None:
        return _first(con, version, note, plugins)
    defender = decisions.get(con, top.model, top.version)
    if top.kind == "first" and not pinned and defender.dataset_id == version.dataset_id:
        return _first(con, version, note, plugins)  # the same training goes on
    left = standing(con, plugins, defender)
    if defender.model == version.model:
        if settled := _refit(version, defender, left, pinned=pinned):
            kind, reason = settled
            return decisions.record(con, version, kind, reason, note=note)
    elif left.void or (left.refused and _gone(plugins, defender)):
        why = "its features look ahead" if left.void else "no plugin brings it any more"
        return _first(con, version, note, plugins, f"; in place of `{defender.model}`: {why}")
    elif not any(left) and (trouble := _behind(version, defender)):
        return decisions.record(con, version, "kept", trouble, note=note)
    verdict = compare(log_losses(con, version), log_losses(con, defender))
    kind = "promoted" if verdict.passed else "kept"
    against = f"against `{defender.model}` version `{defender.version}`: {verdict}"
    return decisions.record(con, version, kind, against, figures=verdict.figures, note=note)


def _gone(plugins: Registry, version: Version) -> bool:
    """Whether no installed plugin brings a version's model, nor would if it were mended, allowed or not disabled."""
    there = any(model.name == version.model for model in plugins.models)
    return not there and all(plugin.state == "ok" for plugin in plugins.plugins)


def _refit(version: Version, defender: Version, left: Standing, *, pinned: bool) -> tuple[str, str] | None:
    """Kind and reason where a version of the champion's own model is not to be compared with it."""
    if left.refused:  # the champion would never predict again
        return "refreshed", f"it can be asked: {left.refused}"
    if left.degraded:  # the rebuilt features are the only ones there are
        return "refreshed", "fitted on rebuilt features"
    if defender.spec_id != version.spec_id:
        return None
    if pinned:
        chosen = f"a person chose version `{defender.version}`"
        return "kept", f"{chosen}; `tipoff models unpin` lets refits take over again"
    return "refreshed", f"fitted on games up to {version.last_day}"


def _outdated(con: DuckDBPyConnection, version: Version, plugins: Registry) -> str:
    """Why a version does not become its model's current one: that knows later games, since this is a backfill's."""
    name = decisions.current(con, version.league).get(version.model)
    if name is None:
        return ""
    current = decisions.get(con, version.model, name)
    return "" if any(standing(con, plugins, current)) else _behind(version, current)


def _behind(version: Version, other: Version) -> str:
    """That a version was fitted on fewer days than another; empty where it was not."""
    if version.last_day >= other.last_day:
        return ""
    stays = f"`{other.model}` version `{other.version}` on games up to {other.last_day}"
    return f"fitted on games up to {version.last_day}, {stays}"


def _not_better(con: DuckDBPyConnection, version: Version, since: date) -> str:
    """Why searched parameters do not take the place of those in use; empty when they do."""
    current = decisions.current(con, version.league).get(version.model)
    if current is None:
        return ""
    verdict = compare(
        log_losses(con, version, since), log_losses(con, decisions.get(con, version.model, current), since)
    )
    return "" if verdict.passed else f"searched parameters against version `{current}`, from {since} on: {verdict}"


def _first(con: DuckDBPyConnection, version: Version, note: Note, plugins: Registry, instead: str = "") -> Event | None:
    """Makes the best of a training champion where there is nothing to defend, in whatever order its models come.

    `instead` says in whose place, and why, for the reason.

    Returns:
        None where `version` is not the best.
    """
    current = decisions.current(con, version.league)
    rivals = [decisions.get(con, model, name) for model, name in sorted(current.items())]
    found = best(
        {
            rival.model: log_losses(con, rival)
            for rival in rivals
            if rival.dataset_id == version.dataset_id
            and _figures(con, rival)["games"] >= MIN_JUDGED_GAMES
            and not standing(con, plugins, rival).refused
        }
    )
    if found is None:
        return None
    winner = next(rival for rival in rivals if rival.model == found.model)
    top = decisions.champion(con, version.league)
    if top and (top.model, top.version) == (winner.model, winner.version):
        return None
    figures: dict[str, Json] = {"games": found.games, "log_loss": dict(found.means)}
    event = decisions.record(con, winner, "first", f"{found}{instead}", figures=figures, note=note)
    return event if winner == version else None


def _figures(con: DuckDBPyConnection, version: Version) -> dict[str, float]:
    rows = con.execute(
        "SELECT games, log_loss, calibration_error, calibration_noise FROM models.evaluation "
        "WHERE model = $model AND version = $version AND scope = 'all'",
        {"model": version.model, "version": version.version},
    ).fetchall()
    if not rows:
        raise Abort(f"model `{version.model}` version `{version.version}` was never evaluated; evaluate it first")
    return dict(zip(("games", "log_loss", "calibration_error", "calibration_noise"), rows[0], strict=True))
