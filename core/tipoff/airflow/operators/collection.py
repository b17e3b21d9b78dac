"""The tasks of ``data_collection``, and the judging that ``feature_engineering`` ends with, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from tipoff import clock
from tipoff.airflow import context as task_context
from tipoff.airflow import versions
from tipoff.airflow.operators.base import TipoffOperator
from tipoff.errors import Abort, SettingsError, Skip

if TYPE_CHECKING:
    from airflow.sdk import Context

    from tipoff.run import Run
    from tipoff.settings import Settings


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
        before = self._states_of(self.get_flat_relative_ids(upstream=True), context)
        if before and set(before.values()) == {"skipped"}:
            raise Skip("all tasks before were skipped, so there is nothing new to judge")
        results = self._judge(run)
        failed = ", ".join(f"`{task}`" for task, state in sorted(before.items()) if state == "failed")
        if failed:
            raise Abort(f"checked and published, but before that failed: {failed}; look at the logs of those")
        return results

    def _judge(self, run: Run) -> object:
        from tipoff.quality.checks import run_checks

        # The present, and not the day that the run speaks for: a past day's data was asked for now, results and all.
        now = clock.now()
        try:
            return run_checks(self.schema, registry=run.registry, settings=run.settings, run_id=run.run_id, now=now)
        finally:
            run.publish()
