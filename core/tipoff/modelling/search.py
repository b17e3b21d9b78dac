"""Hyper-parameter search in time order: random trials, each walked forward over past seasons, within a budget.

Trials are drawn from `Model.search_space` (Bergstra and Bengio, 2012), all of them from the seed before the first
is tried, and judged by the log loss of walk-forward predictions of past seasons. The newest season takes no part:
on its games the gate then asks whether the best trial beats the model's current version beyond doubt. Only then
training uses its parameters (`tipoff.modelling.tuning`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from tipoff import clock
from tipoff.errors import PluginError, SettingsError, Skip
from tipoff.modelling import dataset, decisions, evaluation, gate, pipeline, versions
from tipoff.modelling.cache import FoldCache
from tipoff.modelling.decisions import Note
from tipoff.modelling.frame import of_league
from tipoff.modelling.identity import Spec, canonical, spec_of
from tipoff.modelling.tuning import tuned, with_params
from tipoff.modelling.walkforward import walk_forward

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from tipoff.contracts import Json, Model
    from tipoff.modelling.dataset import DatasetRef
    from tipoff.run import Run

SEASONS = 2
"""Seasons before the newest on which trials are judged, unless others are asked for."""


@dataclass(frozen=True)
class Trial:
    """One set of hyper-parameters, and how it did.

    Args:
        params: all of the model's, searched or not.
        games: on which it was judged.
        log_loss: over all of them, nats.
        mae: of the margin, points.
        seasons: log loss by season.
    """

    params: Mapping[str, Json]
    games: int
    log_loss: float
    mae: float
    seasons: Mapping[str, float]


@dataclass(frozen=True)
class Found:
    """A finished search.

    Args:
        model: its name.
        seasons: on whose games trials were judged.
        until: first day that no trial has seen.
        trials: best first.
        own: the trial of the parameters in use before.
        adopted: whether training uses the best trial's from now on.
        reason: what the gate said.
    """

    model: str
    seasons: tuple[int, ...]
    until: date
    trials: tuple[Trial, ...]
    own: Trial
    adopted: bool
    reason: str


def search(
    run: Run,
    model: str,
    *,
    budget: int,
    seed: int,
    seasons: Sequence[int] = (),
    progress: Callable[[int, int, float], None] | None = None,
) -> Found:
    """Tries parameters, trains a version with the best, lets it through the gate or not, and keeps all of it.

    Args:
        run: who asks.
        model: its name.
        budget: trials, the parameters now in use among them.
        seed: decides the trials; the same seed, space and store give the same search.
        seasons: on whose games to judge; the `SEASONS` before the newest unless given.
        progress: told the trials done, those in all and the lowest log loss so far.

    Raises:
        SettingsError: the model declares no search space, or the newest season is asked for.
        PluginError: the search space cannot be used, or the model sees features that are not learned from.
        Skip: there are too few seasons or games.
    """
    run = tuned(run)
    spec = spec_of(run.registry, model)
    if not spec.model.search_space:
        raise SettingsError(f"model `{model}` declares no `search_space`, so there is nothing to search")
    drawn = draws(spec.model, budget, seed)
    store = run.warehouse()
    ref = dataset.prepare(run.registry, run.settings, store, run.now)
    dataset.must_be_sound(spec, ref)
    past, until, judged = _past(run, ref, seasons)
    trials: list[Trial] = []
    for number, params in enumerate(drawn, start=1):
        trials.append(_tried(run, replace(spec, params=params), past, judged, keep=number == 1))
        if progress:
            progress(number, len(drawn), min(trial.log_loss for trial in trials))
    own, ranked = trials[0], sorted(trials, key=lambda trial: trial.log_loss)
    if ranked[0] is own:
        adopted, reason = False, "no trial was better than the parameters in use"
    else:
        adopted, reason = _let_through(with_params(run, {model: ranked[0].params}), model, ref, until)
    found = Found(model, tuple(judged), until, tuple(ranked), own, adopted, reason)
    _keep(run, spec.model, found, budget, seed)
    return found


def draws(model: Model, budget: int, seed: int) -> list[dict[str, Json]]:
    """The parameters to try: those in use first, then random ones, none of them twice.

    Args:
        model: with its `search_space`.
        budget: how many at most; a space of choices may hold fewer.
        seed: of the random ones.

    Raises:
        PluginError: the space names no parameter of the model, or a distribution is none.
    """
    if strange := sorted(set(model.search_space) - set(model.params)):
        raise _unusable(model, f"it names `{strange[0]}`, which is not among its `params`")
    rng = np.random.default_rng(seed)
    found = {canonical(dict(model.params)): dict(model.params)}
    for _ in range(20 * budget):  # a small space repeats itself
        if len(found) >= budget:
            break
        new = {name: _drawn(model, name, space, rng) for name, space in sorted(model.search_space.items())}
        params = {**model.params, **new}
        found.setdefault(canonical(params), params)
    return list(found.values())


def _drawn(model: Model, name: str, space: Json, rng: np.random.Generator) -> Json:
    if isinstance(space, list) and space:
        return space[int(rng.integers(len(space)))]
    if not isinstance(space, dict) or not set(space) <= {"low", "high", "log"}:
        raise _unusable(model, f"`{name}` is `{space}`; write a list of choices, or low and high")
    low, high, log = space.get("low"), space.get("high"), bool(space.get("log"))
    numbers = [end for end in (low, high) if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(numbers) < 2 or numbers[0] >= numbers[1] or (log and numbers[0] <= 0):
        raise _unusable(model, f"`{name}` goes from `{low}` to `{high}`; low must be below high, and above 0 with log")
    whole = all(isinstance(end, int) for end in numbers)
    ends = np.array(numbers, dtype=np.float64) + (np.array([-0.5, 0.5]) if whole else 0.0)
    value = float(np.exp(rng.uniform(*np.log(np.maximum(ends, 1e-12))))) if log else float(rng.uniform(*ends))
    # Four digits are plenty, and people can read and repeat them.
    return min(max(round(value), int(numbers[0])), int(numbers[1])) if whole else float(f"{value:.4g}")


def _past(run: Run, ref: DatasetRef, seasons: Sequence[int]) -> tuple[list[pa.Table], date, list[int]]:
    """Games of each league before the newest season, that season's first day, and the seasons to judge on."""
    import pyarrow.compute as pc

    frame = dataset.read(run.settings, ref)
    there = sorted(frame["season"].unique().to_pylist())
    if len(there) < 2:
        raise Skip("a search needs games of two seasons: the newest is left for the gate; collect an earlier one")
    judged = [season for season in there[:-1] if season in seasons] if seasons else there[-1 - SEASONS : -1]
    if not judged or (seasons and max(seasons) >= there[-1]):
        raise SettingsError(
            f"seasons `{seasons[0]}` to `{seasons[-1]}` cannot be searched: those before the newest are {there[:-1]}"
        )
    until = clock.season_start(judged[-1] + 1)
    before = frame.filter(pc.less(frame["game_date"], until))
    return [of_league(before, league) for league in ref.leagues], until, judged


def _tried(run: Run, spec: Spec, past: Sequence[pa.Table], judged: Sequence[int], *, keep: bool) -> Trial:
    """One trial; its walk-forward predictions are kept where they are of use to others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cache, since = FoldCache(run.warehouse()), clock.season_start(judged[0])
    parts = []
    for games in past:
        said = walk_forward(spec, games, cache=cache, since=since)
        said = said.filter(pc.is_in(said["season"], value_set=pa.array(judged, pa.int32())))
        parts.append(evaluation.with_results(said, games))
    rows = pa.concat_tables(parts)
    if not keep:
        cache.forget(spec)
    if not rows.num_rows:
        raise Skip(f"no game of seasons {judged[0]} to {judged[-1]} could be predicted; collect them first")
    figures = evaluation.scores(rows)
    by_season = {
        str(season): evaluation.scores(rows.filter(pc.equal(rows["season"], season))).log_loss
        for season in sorted(rows["season"].unique().to_pylist())
    }
    return Trial(dict(spec.params), figures.games, figures.log_loss, figures.mae, by_season)


def _let_through(run: Run, model: str, ref: DatasetRef, until: date) -> tuple[bool, str]:
    """Trains a version with the run's parameters and asks the gate; whether it opened in every league, and why."""
    store = run.warehouse()
    with store.read() as con:
        current = {league: decisions.serving(con, league, model) for league in ref.leagues}
    if not all(current.values()):
        return False, f"`{model}` has no version yet to be compared with; train it, then search again"
    trained: Mapping[str, Any] = versions.train(run, store, model, ref, again=False)
    pipeline.evaluate(run, trained)
    said = []
    with store.write() as con:
        for league, name in sorted(trained["versions"].items()):
            version = decisions.get(con, model, name)
            verdict = gate.decide(con, version, Note(run.run_id, run.now), run.registry, unseen_since=until)
            said.append((verdict.kind != "rejected", f"{league}: {verdict.reason}"))
    return all(passed for passed, _ in said), "; ".join(reason for _, reason in said)


def _keep(run: Run, model: Model, found: Found, budget: int, seed: int) -> None:
    best = found.trials[0]
    with run.warehouse().write() as con:
        con.execute(
            "INSERT INTO models.search VALUES ($model, $version, $run_id, $seed, $budget, $seasons, $until, $trials, "
            "$params, $log_loss, $own, $adopted, $reason, $now)",
            {
                "model": model.name,
                "version": model.version,
                "run_id": run.run_id,
                "seed": seed,
                "budget": budget,
                "seasons": canonical(list(found.seasons)),
                "until": found.until,
                "trials": canonical([asdict(trial) for trial in found.trials]),
                "params": canonical(dict(best.params)),
                "log_loss": best.log_loss,
                "own": found.own.log_loss,
                "adopted": found.adopted,
                "reason": found.reason,
                "now": run.now,
            },
        ).fetchall()


def _unusable(model: Model, what: str) -> PluginError:
    return PluginError(f"model `{model.name}`: its `search_space` cannot be used: {what}")
