"""The steps from features to graded predictions: what the operators and the command line call.

Each step takes a run and plain JSON, returns plain JSON, and may be called again: what was fitted, evaluated,
decided or written already is found and left as it is.

    prepare → train → evaluate_version → register        for each model
    check_model → upcoming → predict (for each model) → store → grade
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tipoff import clock
from tipoff.collecting.probe import compare_clocks
from tipoff.errors import Abort, LedgerError, Skip
from tipoff.modelling import (
    dataset,
    decay,
    decisions,
    evaluation,
    gate,
    grades,
    heads,
    ledger,
    serving,
    verification,
    versions,
)
from tipoff.modelling.cache import FoldCache
from tipoff.modelling.dataset import DatasetRef
from tipoff.modelling.decisions import Note
from tipoff.modelling.frame import of_league
from tipoff.modelling.identity import spec_of
from tipoff.modelling.tuning import tuned
from tipoff.modelling.walkforward import walk_forward

if TYPE_CHECKING:
    from tipoff.contracts import Json
    from tipoff.modelling.serving import Serving
    from tipoff.run import Run

log = logging.getLogger(__name__)

UNGRADED_DAYS = 7
"""How many days back `grade` says which predictions get no grade."""


def prepare(run: Run) -> dict[str, Json]:
    """Joins finished games, results and features into one file (`tipoff.modelling.dataset`).

    Returns:
        A `DatasetRef`.

    Raises:
        Skip: no game is over yet.
    """
    ref = dataset.prepare(run.registry, run.settings, run.warehouse(), run.now)
    if not ref.games:
        raise Skip("no game is over yet, so there is nothing to learn from")
    log.info("dataset %s: %s games, %s to %s", ref.id, ref.games, ref.first_day, ref.last_day)
    for table, why in ref.refused.items():
        log.warning("`%s` is not learned from: %s", table, why)
    return ref.as_json()


def train(run: Run, model: str, ref: Mapping[str, Any], *, again: bool = False) -> dict[str, Json]:
    """Fits a model on a dataset, for each league by itself.

    Args:
        run: who asks.
        model: its name.
        ref: from `prepare`.
        again: also what has been fitted to these games already, and its walk-forward predictions.

    Returns:
        ``model``, ``versions`` (by league) and ``fitted`` (the leagues for which it was not there yet).

    Raises:
        Skip: there are too few games.
        PluginError: the model broke its contract, or sees features that are not learned from.
    """
    return versions.train(tuned(run), run.warehouse(), model, DatasetRef.of(ref), again=again)


def evaluate_version(run: Run, trained: Mapping[str, Any]) -> dict[str, Json]:
    """Judges fitted versions by walking forward over the dataset they were fitted on.

    Args:
        run: who asks.
        trained: from `train`.

    Returns:
        ``model``, ``versions`` and ``figures`` over all folds, by league.
    """
    return evaluate(tuned(run), trained)


def evaluate(run: Run, trained: Mapping[str, Any]) -> dict[str, Json]:
    """The same with the hyper-parameters that `run` brings.

    Raises:
        Abort: the version was fitted with others, or by other plugins.
    """
    store = run.warehouse()
    figures: dict[str, Json] = {}
    for league, name in sorted(trained["versions"].items()):
        with store.read() as con:
            version = decisions.get(con, trained["model"], name)
        spec = spec_of(run.registry, version.model)
        if spec.id != version.spec_id:
            raise Abort(f"model `{version.model}` version `{name}` was fitted by other plugins; train anew")
        games = of_league(dataset.read(run.settings, versions.dataset_of(version)), league)
        predictions = walk_forward(spec, games, cache=FoldCache(store))
        rows = evaluation.by_scope(evaluation.with_results(predictions, games))
        versions.record_evaluation(run, store, version, rows)
        figures[league] = rows[0]
    return {"model": trained["model"], "versions": dict(trained["versions"]), "figures": figures}


def register(run: Run, evaluated: Mapping[str, Any]) -> dict[str, Json]:
    """Makes evaluated versions current, and champion where the gate opens (`tipoff.modelling.gate`).

    Args:
        run: who asks.
        evaluated: from `evaluate_version`.

    Returns:
        ``model``, ``versions`` and ``decisions`` by league: kind and reason.
    """
    told: dict[str, Json] = {}
    with run.warehouse().write() as con:
        for league, name in sorted(evaluated["versions"].items()):
            version = decisions.get(con, evaluated["model"], name)
            event = gate.decide(con, version, Note(run.run_id, run.now), run.registry)
            told[league] = {"kind": event.kind, "reason": event.reason}
            log.info("%s version %s: %s, %s", event.model, event.version, event.kind, event.reason)
    return {"model": evaluated["model"], "versions": dict(evaluated["versions"]), "decisions": told}


def check_model(run: Run) -> dict[str, Json]:
    """Who speaks for each league that has a champion: model and version; where it stands in, for whom and why.

    Raises:
        Skip: no league has one.
        Abort: no league's champion can serve, nor can another version in its place.
    """
    found: dict[str, Json] = {}
    mute = list[str]()
    for now in serves(run):
        if now.voice:
            said: dict[str, Json] = {"model": now.voice.model, "version": now.voice.version}
            stands_in = {"stands_in_for": now.champion.model, "reason": str(now)} if now.champion and now.absent else {}
            found[now.league] = {**said, **stands_in}
        elif now.champion:
            mute.append(f"{now.league}: {now}")
    if mute and not found:
        raise Abort("; ".join(mute))
    if not found:
        raise Skip("there is no champion yet; run model_training (or `tipoff train`) first")
    return found


def serves(run: Run) -> list[Serving]:
    """What serves in each league."""
    with run.warehouse().read() as con:
        return [serving.look(con, run.registry, run.settings.artifacts, league) for league in run.settings.leagues]


def upcoming(run: Run) -> dict[str, Json]:
    """Gathers the games still to be played today and tomorrow, with their features.

    Returns:
        A `DatasetRef`.

    Raises:
        ClockWrong: this machine's clock and a source's are far apart, so which games are ahead is not known.
        Skip: there are none.
    """
    compare_clocks(run)
    ref = dataset.upcoming(run.registry, run.settings, run.warehouse(), run.now)
    if not ref.games:
        until = f"until {dataset.HORIZON_DAYS} day after {clock.day_of(run.now)}"
        raise Skip(f"no game of `{', '.join(run.settings.leagues)}` is scheduled {until}")
    return ref.as_json()


def predict(run: Run, model: str, ref: Mapping[str, Any]) -> dict[str, Json]:
    """Asks one model about the upcoming games.

    Args:
        run: who asks.
        model: its name.
        ref: from `upcoming`.

    Returns:
        ``model``, ``path`` of the predictions below the home folder, ``games``, and by league ``versions`` and, where
        others answered, ``refused``: why this one's did not.

    Raises:
        Skip: the model has no version that may serve.
        ArtifactRefused: the artifact of no league's version can be trusted and used.
        PluginError: the model broke its contract.
    """
    return versions.predict(run, run.warehouse(), model, DatasetRef.of(ref))


def store(run: Run, predicted: Iterable[Mapping[str, Any] | None]) -> dict[str, Json]:
    """Writes predictions to the ledger. The stamp is the present, whatever instant the run speaks for.

    The present is held against the sources' clocks first, since a row is never changed.

    Args:
        run: who asks.
        predicted: from `predict`, one for each model; None for a model that was skipped.

    Returns:
        ``added``, ``unchanged`` and ``refused`` (reason by game).

    Raises:
        ClockWrong: this machine's clock and a source's are far apart, so nothing is written.
        LedgerError: the ledger was tampered with; or its last row is stamped later than the present, so that not
            every game ahead got its prediction.
    """
    compare_clocks(run)
    warehouse = run.warehouse()
    head = run.settings.head
    with warehouse.write() as con:
        present = max(run.now, clock.now())  # while nobody can publish a head of the chain without these rows
        ledger.expect_head(con, head)
        rows = [row for each in predicted if each for row in versions.read_predictions(run, con, each)]
        stored = ledger.append(con, rows, present)
    with warehouse.read() as con:
        ledger.remember(con, head)
    for game, reason in stored.refused.items():
        log.warning("no prediction for game `%s`: %s", game, reason)
    if stored.late:
        raise LedgerError(
            f"no prediction for {len(stored.late)} games ahead, game `{stored.late[0]}` among them: "
            f"{stored.refused[stored.late[0]]}, though now is `{present}`. A clock was ahead, or is behind now: set "
            "the machine's clock right, run `tipoff clock mend`, which leaves a note in the chain, and predict again"
        )
    return {"added": stored.added, "unchanged": stored.unchanged, "refused": dict(stored.refused)}


def grade(run: Run) -> dict[str, Json]:
    """Grades the predictions of games that are over, and looks whether a model has decayed since its backtest.

    Returns:
        ``graded``: how many grades were added; ``decayed``: by league and model what has become worse
        (`tipoff.modelling.decay`); ``sound``: which are as their backtest promised; ``ungraded``: by league and game
        of the last `UNGRADED_DAYS` days, why published predictions of it get no grade
        though it was not called off.

    Raises:
        LedgerError: the ledger is not as it was written, so nothing is graded.
    """
    note = Note(run.run_id, max(run.now, clock.now()))
    warehouse = run.warehouse()
    with warehouse.write() as con:
        verification.verify_rows(con, run.settings.head, warehouse.record, heads.published(run.settings.heads))
        graded = grades.grade(con, note)
        since = clock.day_of(note.now) - timedelta(days=UNGRADED_DAYS)
        without = grades.ungraded(con, run.settings.leagues, since)
    found = [each for league in run.settings.leagues for each in decay.look(warehouse, league)]
    with warehouse.write() as con:
        decay.record(con, found, note)
    decayed: dict[str, Json] = {f"{each.league}, {each.model}": str(each) for each in found if each.decayed}
    for model, reason in decayed.items():
        log.warning("%s has decayed: %s", model, reason)
    ungraded: dict[str, Json] = {
        f"{each.league}, game {each.game_id}": each.reason for each in without if not each.called_off
    }
    for game, reason in ungraded.items():
        log.warning("predictions of %s are not graded: %s", game, reason)
    sound: list[Json] = [f"{each.league}, {each.model}" for each in found if not each.decayed]
    return {"graded": graded, "decayed": decayed, "sound": sound, "ungraded": ungraded}
