"""By when the morning's predictions must be there, and who looks.

A DAG of its own looks at the store at that hour, and fails where predictions lack, so that its notifier tells people.
It also sees what no deadline on the DAG `prediction` could: that its run was never created, or that it is paused.
(Airflow 3.3's own ``DeadlineAlert`` is none: a DAG with one cannot be run by ``DAG.test`` or ``airflow dags test``.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tipoff import clock, settings
from tipoff.airflow.operators import TipoffOperator
from tipoff.errors import Abort, Skip

if TYPE_CHECKING:
    from airflow.sdk import Context

    from tipoff.run import Run

PREDICTION = "prediction"
"""The DAG that predicts."""

# What yesterday's run said of today's games is no prediction of this morning's, unless a run of today stored the same,
# which adds no row.
_WITHOUT = """
    SELECT count(*) AS games FROM raw.schedule
    WHERE game_date = $today AND status = 'scheduled' AND closes_utc > $now AND list_contains($leagues, league)
        AND (league, season, game_id) NOT IN (
            SELECT (league, season, game_id) FROM predictions.ledger
            WHERE predicted_at >= $midnight OR EXISTS (
                FROM ops.task_run
                WHERE dag_id = $dag AND task_id = 'store_preds' AND outcome = 'success' AND began_at >= $midnight
            )
        )
"""


def due_at() -> str:
    """The hour of ``TIPOFF_PREDICTIONS_BY`` as a cron time, every day."""
    hour, minute = settings.load().predictions_by.split(":")
    return f"{int(minute)} {int(hour)} * * *"


class PredictionsDue(TipoffOperator):
    """Fails where games of today have no prediction of today's, unless people know already why not.

    Example::

        predictions_due = PredictionsDue(task_id="predictions_due")
    """

    def work(self, run: Run, context: Context) -> object:
        """How many games were looked for.

        Raises:
            Abort: some have no prediction.
            Skip: people know why.
        """
        from tipoff.monitoring import folding

        now, store = clock.now(), run.warehouse()
        today = clock.day_of(now)
        asked = {"leagues": list(run.settings.leagues), "now": now, "today": today, "dag": PREDICTION}
        folding.fold(store, run.settings.home)
        (row,) = store.query(_WITHOUT, **asked, midnight=clock.day_start(today)).to_pylist()
        if not row["games"]:
            return {"without_prediction": 0}
        if _is_known(run):
            raise Skip(f"{row['games']} games of today have no prediction, and people know that `{PREDICTION}` fails")
        raise Abort(
            f"{row['games']} games of today have no prediction of today's by {run.settings.predictions_by} Eastern; "
            f"look at: tipoff runs {PREDICTION}"
        )


def _is_known(run: Run) -> bool:
    """Whether people have been told why there are no predictions; that one model fails, or grading, is no reason."""
    from tipoff.monitoring import alerts

    known = set(alerts.failing(run.settings.home, PREDICTION))
    if any(name.partition(" ")[0] not in ("generate_preds", "evaluate_preds") for name in known):
        return True
    models = {f"generate_preds {model.name}" for model in run.registry.models}
    return bool(models) and models <= known
