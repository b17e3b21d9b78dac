"""One operator for each step of the way from a source to a graded prediction, thin over the engines.

Constructing one costs nothing; the engine is imported by the task that runs. XCom carries references and figures,
never data, so tasks may run on several machines that share a store.

`Skip` becomes a skipped task with its reason, and `tipoff.airflow.retry` decides what the other errors mean.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from tipoff import clock, plugins, settings
from tipoff.airflow import context as task_context
from tipoff.airflow import versions
from tipoff.errors import Abort, SettingsError, Skip
from tipoff.run import Run

if TYPE_CHECKING:
    from airflow.sdk import Context

    from tipoff.contracts import Json
    from tipoff.settings import Settings


_ROWS = ("written", "rows", "added", "graded", "games")
"""What a task's figures may call its rows."""


def run_of(context: Context) -> Run:
    """The run that a task belongs to."""
    chosen = task_context.overridden(settings.load())
    return Run(plugins.load(chosen), chosen, task_context.run_id(context), task_context.as_of(context))


class TipoffOperator(BaseOperator):
    """What the operators share; a subclass does its work in `work`."""

    _reported_rows: int | None = None
    """Rows that the last `execute` told of, for the journal of task attempts (`tipoff.airflow.listener`)."""

    def execute(self, context: Context) -> Json:
        """Does the work, and returns its figures or a reference to its result.

        Raises:
            AirflowSkipException: there is nothing to do, with the reason.
            TipoffError: as the engine raises it.
        """
        try:
            result = plain(self.work(run_of(context), context))
            self._reported_rows = _rows_of(result)
            return result
        except Skip as reason:
            raise AirflowSkipException(str(reason)) from reason

    def tell_assets(self, context: Context, *, rows: int | Mapping[str, int], version: str = "") -> None:
        """Puts what was written into the event of each asset that the task updates.

        Args:
            context: of the task.
            rows: how many rows, of each asset or by its name.
            version: of the data, as it is now: the event of an asset with other data has another one.
        """
        events = context.get("outlet_events")
        if events is not None:
            for outlet in self.outlets:
                count = rows.get(outlet.name, 0) if isinstance(rows, Mapping) else rows
                events[outlet].extra = {"rows": count, "version": version}

    @abstractmethod
    def work(self, run: Run, context: Context) -> object:
        """The step itself."""


class CollectOperator(TipoffOperator):
    """Collects one dataset over all configured leagues: ask, land, load.

    Args:
        dataset: name of the dataset, as its plugin declares it.
        start: first day to collect (ISO 8601); empty: from the watermark, and in a backfill the run's own day.
            Templated, like the others.
        end: last day; empty: today.
        season: a whole season instead, by the year it ends in.
        leagues: only these, separated by commas; all of ``TIPOFF_LEAGUES`` unless given.
        force: ask again for all of it, also where a fresh answer has landed.
        conn_id: Airflow connection with the source's host, key and limits; the collector's own unless given.

    Example::

        collect_teams = CollectOperator(task_id="collect_teams", dataset="teams")
    """

    template_fields: Sequence[str] = ("dataset", "start", "end", "season", "leagues", "force", "conn_id")

    def __init__(
        self,
        *,
        dataset: str,
        start: str = "",
        end: str = "",
        season: str = "",
        leagues: str | Sequence[str] = "",
        force: bool | str = False,
        conn_id: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.dataset = dataset
        self.start = start
        self.end = end
        self.season = season
        self.leagues = leagues
        self.force = force
        self.conn_id = conn_id

    def work(self, run: Run, context: Context) -> object:
        """A report for each league."""
        from tipoff.collecting.engine import collect
        from tipoff.collecting.telling import Teller

        collector, _ = run.registry.dataset(self.dataset)
        days, now = task_context.asked_for(context, self.start, self.end, self.season)
        reports = collect(
            self.dataset,
            registry=run.registry,
            settings=self._of_leagues(run.settings),
            run_id=run.run_id,
            now=now,
            window=days,
            again=task_context.flag(self.force, "force"),
            access=task_context.access(self.conn_id or collector.conn_id, run.settings, collector.name),
            progress=Teller(self.dataset, self.log.info),
        )
        rows = Counter[str]()
        for report in reports:
            rows.update(report.tables)
        self.tell_assets(context, rows=rows, version=versions.collected(run.warehouse(), self.dataset))
        return reports

    def _of_leagues(self, chosen: Settings) -> Settings:
        leagues = task_context.listed(self.leagues)
        if unknown := [league for league in leagues if league not in chosen.leagues]:
            have = ", ".join(chosen.leagues)
            raise SettingsError(f"league `{unknown[0]}` is none of TIPOFF_LEAGUES, which has: {have}; add it there")
        return chosen.model_copy(update={"leagues": leagues}) if leagues else chosen


class QualityOperator(TipoffOperator):
    """Runs every check on the tables of one schema, and publishes, also when a check fails.

    It runs whatever became of the tasks before it, since one that failed is no reason to leave unjudged, or
    unpublished, what the others brought. As the DAG's last task it then fails for them, so that the run does. Where all
    of them were skipped, so is it.

    Args:
        schema: ``raw`` or ``features``.

    Example::

        data_quality = QualityOperator(task_id="data_quality", schema="raw")
    """

    template_fields: Sequence[str] = ("schema",)

    def __init__(self, *, schema: Literal["raw", "features"], **kwargs: Any) -> None:
        kwargs.setdefault("trigger_rule", "all_done")
        super().__init__(**kwargs)
        self.schema: Literal["raw", "features"] = schema

    def work(self, run: Run, context: Context) -> object:
        """The results, one a check.

        Raises:
            CheckFailed: a check of severity ``block`` found rows.
            Abort: a task before it failed.
            Skip: all tasks before it were skipped.
        """
        before = self._states_before(context)
        if before and set(before.values()) == {"skipped"}:
            raise Skip("all tasks before were skipped, so there is nothing new to judge")
        results = self._judge(run)
        failed = ", ".join(f"`{task}`" for task, state in sorted(before.items()) if state == "failed")
        if failed:
            raise Abort(f"checked and published, but before that failed: {failed}; look at the logs of those")
        return results

    def _states_before(self, context: Context) -> dict[str, str]:
        """The states of the tasks that this one waited for, direct or not; empty outside of a run."""
        tasks = sorted(self.get_flat_relative_ids(upstream=True)) if "ti" in context else []
        if not tasks:
            return {}
        run_id = context["run_id"]
        states = context["ti"].get_task_states(dag_id=self.dag_id, task_ids=tasks, run_ids=[run_id])
        return {task: str(state) for task, state in states.get(run_id, {}).items()}

    def _judge(self, run: Run) -> object:
        from tipoff.quality.checks import run_checks

        # The present, and not the day that the run speaks for: a past day's data was asked for now, results and all.
        now = clock.now()
        try:
            return run_checks(self.schema, registry=run.registry, settings=run.settings, run_id=run.run_id, now=now)
        finally:
            run.publish()


class FeatureOperator(TipoffOperator):
    """Brings one builder's table up to date with the collected data, computing only what changed games touch.

    Args:
        builder: name of the feature builder. Templated, like the others.
        full: compute everything again.
        season: only this one, by the year it ends in; all of them unless given.

    Example::

        team_features = FeatureOperator(task_id="team_features", builder="team")
    """

    template_fields: Sequence[str] = ("builder", "full", "season")

    def __init__(self, *, builder: str, full: bool | str = False, season: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.builder = builder
        self.full = full
        self.season = season

    def work(self, run: Run, context: Context) -> object:
        """What was computed, and why."""
        from tipoff.features.engine import build

        report = build(
            self.builder,
            registry=run.registry,
            settings=run.settings,
            run_id=run.run_id,
            now=run.now,
            full=task_context.flag(self.full, "full"),
            seasons=self._seasons(run),
        )
        self.tell_assets(context, rows=report.rows, version=versions.computed(run.warehouse(), self.builder))
        return report

    def _seasons(self, run: Run) -> tuple[int, ...]:
        from tipoff.features import overview

        if not self.season:
            return ()
        with run.warehouse().read() as con:
            there = overview.seasons(con, run.registry, [self.builder])
        if self.season not in map(str, there):
            have = ", ".join(map(str, there)) or "none"
            raise SettingsError(f"`season` is `{self.season}`, of which nothing is stored; there are: {have}")
        return (int(self.season),)


class PrepareDataset(TipoffOperator):
    """Joins finished games, results and features into the one dataset that all models are fitted on.

    Example::

        prepare_dataset = PrepareDataset(task_id="prepare_dataset")
        train = TrainModel(task_id="train_model", model="elo", dataset=prepare_dataset.output)
    """

    def work(self, run: Run, context: Context) -> object:
        """A reference to the dataset."""
        from tipoff.modelling import pipeline

        ref: Mapping[str, Any] = pipeline.prepare(run)
        self.tell_assets(context, rows=ref["games"], version=ref["id"])
        return ref


class TrainModel(TipoffOperator):
    """Fits one model on a prepared dataset.

    Args:
        model: its name. Templated, like the others.
        dataset: the reference that `PrepareDataset` returned.
        models: those that the run is for, separated by commas; another one is skipped. All unless given.
        force: fit again what was fitted to the same games.

    Example::

        train = TrainModel(task_id="train_model", model="elo", dataset=prepare_dataset.output)
    """

    template_fields: Sequence[str] = ("model", "dataset", "models", "force")

    def __init__(
        self, *, model: str, dataset: Any, models: str | Sequence[str] = "", force: bool | str = False, **kwargs: Any
    ) -> None:
        kwargs.setdefault("map_index_template", "{{ task.model }}")
        super().__init__(**kwargs)
        self.model = model
        self.dataset = dataset
        self.models = models
        self.force = force

    def work(self, run: Run, context: Context) -> object:
        """A reference to the fitted model."""
        from tipoff.modelling import pipeline

        _must_be_chosen(run, self.model, self.models)
        return pipeline.train(run, self.model, self.dataset, again=task_context.flag(self.force, "force"))


class EvaluateModel(TipoffOperator):
    """Judges a fitted model by walking forward in time: each game is predicted from what came before it.

    Args:
        trained: the reference that `TrainModel` returned.

    Example::

        evaluate = EvaluateModel(task_id="evaluate_model", trained=train.output)
    """

    template_fields: Sequence[str] = ("trained",)

    def __init__(self, *, trained: Any, **kwargs: Any) -> None:
        kwargs.setdefault("map_index_template", "{{ task.trained['model'] }}")
        super().__init__(**kwargs)
        self.trained = trained

    def work(self, run: Run, context: Context) -> object:
        """The reference, with its metrics."""
        from tipoff.modelling import pipeline

        return pipeline.evaluate_version(run, self.trained)


class RegisterModel(TipoffOperator):
    """Registers an evaluated model; it becomes champion only through the gate. Publishes.

    Args:
        evaluated: the reference that `EvaluateModel` returned.

    Example::

        register = RegisterModel(task_id="register_model", evaluated=evaluate.output)
    """

    template_fields: Sequence[str] = ("evaluated",)

    def __init__(self, *, evaluated: Any, **kwargs: Any) -> None:
        kwargs.setdefault("map_index_template", "{{ task.evaluated['model'] }}")
        super().__init__(**kwargs)
        self.evaluated = evaluated

    def work(self, run: Run, context: Context) -> object:
        """The decision of the gate."""
        from tipoff.modelling import pipeline

        try:
            told: Mapping[str, Any] = pipeline.register(run, self.evaluated)
        finally:
            run.publish()
        named = (f"{told['model']} {version}" for _, version in sorted(told["versions"].items()))
        self.tell_assets(context, rows=len(told["versions"]), version=", ".join(named))
        return told


class GetUpcoming(TipoffOperator):
    """Finds the games ahead and their features.

    Example::

        get_upcoming = GetUpcoming(task_id="get_upcoming")
    """

    def work(self, run: Run, context: Context) -> object:
        """A reference to them."""
        from tipoff.modelling import pipeline

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
            _must_be_chosen(run, self.model, self.models)
            return pipeline.predict(run, self.model, self.upcoming)
        except Skip as reason:
            self.log.warning("no predictions of `%s`: %s", self.model, reason)
            return None


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
    """Grades the predictions of games that are over, tells people of models that have decayed, and publishes.

    Example::

        evaluate_preds = EvaluatePredictions(task_id="evaluate_preds")
    """

    def work(self, run: Run, context: Context) -> object:
        """How many predictions were graded, and which models have become worse than their backtest."""
        from tipoff.airflow.notifier import tell
        from tipoff.modelling import pipeline

        try:
            graded: Mapping[str, Any] = pipeline.grade(run)
        finally:
            run.publish()
        self.tell_assets(context, rows=graded["graded"], version=versions.predicted(run.warehouse()))
        if graded["alerts"]:
            body = "; ".join(graded["alerts"])
            tell("tipoff: a model has decayed", f"{body}. Look at: tipoff models decay", self.log.warning)
        return graded


def _rows_of(result: Json) -> int | None:
    """How many rows, predictions or games a task's figures tell of; None where they do not say."""
    if isinstance(result, list):
        told = [rows for rows in map(_rows_of, result) if rows is not None]
        return sum(told) if told else None
    named = result if isinstance(result, dict) else {}
    return next((rows for rows in map(named.get, _ROWS) if isinstance(rows, int)), None)


def _must_be_chosen(run: Run, model: str, models: str | Sequence[str]) -> None:
    """Whether a run is for a model.

    Raises:
        Skip: it is for others.
        SettingsError: it names one that no plugin brings.
    """
    chosen = [run.registry.model(name).name for name in task_context.listed(models)]
    if chosen and model not in chosen:
        raise Skip(f"the run is for {', '.join(chosen)} and not for {model}")


def plain(value: object) -> Json:
    """A report as plain JSON, for XCom: dataclasses as objects, days and instants as ISO 8601 text."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, str) or not isinstance(value, Iterable):
        result: Json = json.loads(json.dumps(value, default=str))
        return result
    return [plain(item) for item in value]
