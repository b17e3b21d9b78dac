"""The tasks of ``feature_engineering``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tipoff.airflow import context as task_context
from tipoff.airflow import versions
from tipoff.airflow.operators.base import TipoffOperator
from tipoff.errors import SettingsError

if TYPE_CHECKING:
    from airflow.sdk import Context

    from tipoff.run import Run


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
        """What was computed, and why.

        A builder that looks ahead fails no task: its table is not learned from, which people are told
        (`tipoff.features.lookahead`).
        """
        from tipoff.features import lookahead
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
        judged = lookahead.judge(run.registry, run.warehouse(), run.now, [self.builder])
        for verdict in judged:
            if verdict.builder == self.builder and verdict.reason:
                self.log.error("not learned from: %s", verdict.reason)
        self.tell_of_builders(run, [verdict for verdict in judged if verdict.builder == self.builder])
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
