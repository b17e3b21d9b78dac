"""The tasks of ``prediction``."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tipoff.airflow import versions
from tipoff.airflow.operators.base import TipoffOperator, must_be_chosen, must_be_there
from tipoff.errors import Abort, Skip

if TYPE_CHECKING:
    from airflow.sdk import Context

    from tipoff.run import Run

log = logging.getLogger(__name__)


class GetUpcoming(TipoffOperator):
    """Finds the games ahead and their features, unless the data is known to be wrong.

    Example::

        get_upcoming = GetUpcoming(task_id="get_upcoming")
    """

    def work(self, run: Run, context: Context) -> object:
        """A reference to them.

        Raises:
            CheckFailed: a check of severity ``block`` did not pass when it last ran.
        """
        from tipoff.modelling import pipeline
        from tipoff.quality.checks import require_passed

        # A gate looks at this, too, but goes on when its patience ends, also where it could not look.
        require_passed(run.registry, run.warehouse())
        return pipeline.upcoming(run)


class GeneratePredictions(TipoffOperator):
    """Asks one model about the games ahead.

    Args:
        model: its name. Templated, like the others.
        upcoming: the reference that `GetUpcoming` returned.
        models: those that the run is for, separated by commas; another one is not asked. All unless given.

    Example::

        GeneratePredictions.partial(task_id="generate_preds", upcoming=get_upcoming.output).expand(model=["elo"])
    """

    template_fields: Sequence[str] = ("model", "upcoming", "models")

    def __init__(self, *, model: str, upcoming: Any, models: str | Sequence[str] = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.upcoming = upcoming
        self.models = models

    def work(self, run: Run, context: Context) -> object:
        """A reference to the predictions; None where the model has nothing to say yet.

        That is no skipped task, since one would make Airflow skip the storing of the others' predictions.
        """
        from tipoff.modelling import pipeline

        try:
            must_be_chosen(run, self.model, self.models)
            must_be_there(run, self.model)
            told: Mapping[str, Any] = pipeline.predict(run, self.model, self.upcoming)
        except Skip as reason:
            self.log.warning("no predictions of `%s`: %s", self.model, reason)
            return None
        # Where others of its leagues answered, the task succeeds, so nobody else tells.
        refused = {f"{league}, {self.model}": why for league, why in told["refused"].items()}
        answered = {f"{league}, {self.model}" for league in told["versions"]}
        self._tell_of(run, "cannot be asked", failing=refused, well=answered.__contains__)
        return told


class StorePredictions(TipoffOperator):
    """Writes predictions to the ledger; those of games that have begun are refused.

    Args:
        predictions: the references that `GeneratePredictions` returned.

    Example::

        store_preds = StorePredictions(task_id="store_preds", predictions=generate_preds.output)
    """

    template_fields: Sequence[str] = ("predictions",)

    def __init__(self, *, predictions: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.predictions = predictions

    def work(self, run: Run, context: Context) -> object:
        """How many predictions were written."""
        from tipoff.modelling import pipeline

        told: Mapping[str, Any] = pipeline.store(run, list(self.predictions))
        self.tell_assets(context, rows=told["added"], version=versions.predicted(run.warehouse()))
        return told


class EvaluatePredictions(TipoffOperator):
    """Grades the predictions of games that are over, tells people what is wrong with the models, and publishes.

    They are told of a model that has decayed, and of a champion that cannot serve; and on a morning with predictions,
    where the ledger's chain ends now, since whoever keeps that can tell a chain that was made anew.

    It runs whatever became of the tasks before it, since last night's games are graded also where nothing can be
    predicted. As the DAG's last task it then fails for a task right before it that failed or could not run, so that
    the run does.

    Example::

        evaluate_preds = EvaluatePredictions(task_id="evaluate_preds")
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trigger_rule", "all_done")
        super().__init__(**kwargs)

    def work(self, run: Run, context: Context) -> object:
        """How many predictions were graded, and which models have become worse than their backtest.

        Raises:
            Abort: a task right before it failed, or could not run.
        """
        from tipoff.modelling import pipeline

        try:
            graded: Mapping[str, Any] = pipeline.grade(run)
        finally:
            run.publish()
        self.tell_assets(context, rows=graded["graded"], version=versions.predicted(run.warehouse()))
        _send_head(run)
        decayed = {model: f"{why}; look at: tipoff models decay" for model, why in graded["decayed"].items()}
        self._tell_of(run, "has decayed", failing=decayed, well=graded["sound"].__contains__)
        mute = {each.league: str(each) for each in pipeline.serves(run) if each.absent}
        what, speaking = "has a champion that cannot serve", set(run.settings.leagues) - mute.keys()
        self._tell_of(run, what, failing=mute, well=speaking.__contains__, whose="a league")
        before = self._states_of(self.upstream_task_ids, context)
        if bad := ", ".join(f"`{task}`" for task, state in before.items() if state in ("failed", "upstream_failed")):
            raise Abort(f"graded and published, but before that failed: {bad}; look at: tipoff runs {self.dag_id}")
        return graded


def _send_head(run: Run) -> None:
    """Sends the ledger's head to people's channels, where there are any, on a day on which the chain grew."""
    from tipoff import clock
    from tipoff.modelling import heads, ledger
    from tipoff.monitoring.channels import tell

    if not run.settings.alert_urls:
        return
    known = heads.published(run.settings.heads)
    with run.warehouse().read() as con:
        grew = ledger.last_stamp(con) >= clock.day_start(clock.day_of(clock.now()))
    if known and grew:
        said = (
            f"{known[-1].rows:,} predictions. Keep this; any change to them shows by it: tipoff ledger verify --against"
        )
        tell("tipoff: the ledger's head", f"{said} {known[-1]}", log.info, failure=False)
