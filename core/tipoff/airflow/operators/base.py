"""What the operators share."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from tipoff import plugins, settings
from tipoff.airflow import context as task_context
from tipoff.contracts.judging import nearest
from tipoff.disk import keep_private
from tipoff.errors import Abort, SettingsError, Skip
from tipoff.run import Run

if TYPE_CHECKING:
    from airflow.sdk import Context

    from tipoff.contracts import Access, Collector, Json
    from tipoff.features.lookahead import Verdict

_ROWS = ("written", "rows", "added", "graded", "games")
"""What a task's figures may call its rows."""


class TaskRun(Run):
    """The run of a task: it reaches sources by their Airflow connections."""

    def access(self, collector: Collector) -> Access:
        """What the collector's connection says, and the settings for the rest."""
        return task_context.access(collector.conn_id, self.settings, collector.name)


def run_of(context: Context) -> Run:
    """The run that a task belongs to.

    Raises:
        SettingsError: it was given a parameter that its DAG does not have; or others may enter ``TIPOFF_HOME``.
    """
    _must_be_known(context)
    chosen = task_context.overridden(settings.load())
    keep_private(chosen.home)
    return TaskRun(plugins.load(chosen), chosen, task_context.run_id(context), task_context.as_of(context))


def _must_be_known(context: Context) -> None:
    """Airflow passes over a misspelt name in a run's ``conf``, and the run would do what it does without."""
    known = getattr(context.get("dag"), "params", None) or {}
    given = getattr(context.get("dag_run"), "conf", None) or {}
    if known and (unknown := sorted(set(given) - set(known))):
        hint, there = nearest(unknown[0], known), ", ".join(sorted(known))
        raise SettingsError(f"the run was given `{unknown[0]}`{hint}; its parameters are: {there}")


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

    def _tell_of(
        self,
        run: Run,
        what: str,
        *,
        failing: Mapping[str, str],
        well: Callable[[str], bool],
        whose: str = "a model",
        about: str = "",
    ) -> None:
        """Tells people once of each model, builder or league that something is so of, and once that it no longer is.

        What is known is kept apart from the DAG's tasks, which are well again by other signs.

        Args:
            run: who tells.
            what: is so of them (``has decayed``).
            failing: each with the reason.
            well: whether one that people know of, and that does not fail now, is well by that.
            whose: what they are, for the title.
            about: under what it is remembered that people know; the DAG's own unless given.
        """
        from tipoff.monitoring import alerts
        from tipoff.monitoring.channels import tell

        def tell_news(news: alerts.News) -> bool:
            title = f"tipoff: {whose} {what}" if news.failing else f"tipoff: {whose} is well again"
            lines = [f"`{name}` {what}: {why.rstrip('.')}." for name, why in news.failing.items()]
            lines += [f"`{name}` is well again." for name in news.recovered]
            return tell(title, " ".join(lines), self.log.warning, failure=bool(news.failing))

        remembered = f"{about or self.dag_id} {what}"
        try:
            alerts.settle(run.settings.home, remembered, run.run_id, tell_news, failing=failing, well=well)
        except OSError as error:  # what tells must stop nothing
            self.log.warning("nobody was told what %s: %s", what, error)

    def _states_of(self, tasks: Iterable[str], context: Context) -> dict[str, str]:
        """The states of tasks in this run, each instance of a mapped one by itself; empty outside of a run."""
        wanted = sorted(tasks) if "ti" in context else []
        if not wanted:
            return {}
        run_id = context["run_id"]
        states = context["ti"].get_task_states(dag_id=self.dag_id, task_ids=wanted, run_ids=[run_id])
        return {task: str(state) for task, state in states.get(run_id, {}).items()}

    def _tell_of_builders(self, run: Run, judged: Iterable[Verdict]) -> None:
        """Tells people of builders that are not learned from, and of those that no longer are such."""
        found = {each.builder: each for each in judged}
        there = {each.name for each in run.registry.builders}
        self._tell_of(
            run,
            "is not learned from",
            failing={name: each.reason for name, each in found.items() if not each.passed},
            well=lambda name: name in found or name not in there,
            whose="a feature builder",
            about="features",
        )

    @abstractmethod
    def work(self, run: Run, context: Context) -> object:
        """The step itself."""


class ListModels(TipoffOperator):
    """Names the models that there are as a run begins, so that it works on these, whatever is installed meanwhile.

    A mapping over a list that stands in the DAG file would change with the plugins, in the middle of a run; one over
    what this task returned stays as it is.

    Example::

        list_models = ListModels(task_id="list_models")
        GeneratePredictions.partial(task_id="generate_preds", upcoming=[]).expand(model=list_models.output)
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("doc_md", "Names the models there are now; one that comes later waits for the next run.")
        super().__init__(**kwargs)

    def work(self, run: Run, context: Context) -> object:
        """The names, each after those of the models that it stacks."""
        brings = {each.name: each for each in run.registry.plugins}
        for name, plugin in brings.items():
            if models := [task for task in plugin.tasks if task.startswith("train_model[")]:
                self.log.info("%s %s brings %s", name, plugin.version, ", ".join(models))
        return [model.name for model in run.registry.models]


def must_be_there(run: Run, model: str) -> None:
    """Whether a plugin brings a model now.

    Raises:
        Abort: none does; its plugin has gone since the run began, or works no more.
    """
    if model not in {each.name for each in run.registry.models}:
        raise Abort(
            f"no plugin brings the model `{model}` any more: its plugin was removed, disabled or broken since this run "
            "began, so its part of the run cannot go on; that of the others does. See `tipoff plugins`"
        )


def must_be_chosen(run: Run, model: str, models: str | Sequence[str]) -> None:
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


def _rows_of(result: Json) -> int | None:
    """How many rows, predictions or games a task's figures tell of; None where they do not say."""
    if isinstance(result, list):
        told = [rows for rows in map(_rows_of, result) if rows is not None]
        return sum(told) if told else None
    named = result if isinstance(result, dict) else {}
    return next((rows for rows in map(named.get, _ROWS) if isinstance(rows, int)), None)
