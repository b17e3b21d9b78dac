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

_WITHOUT = """
    SELECT count(*) AS games FROM raw.schedule
    WHERE game_date = $today AND status = 'scheduled' AND closes_utc > $now AND list_contains($leagues, league)
        AND (league, season, game_id) NOT IN (SELECT (league, season, game_id) FROM predictions.ledger)
"""


def due_at() -> str:
    """The hour of ``TIPOFF_PREDICTIONS_BY`` as a cron time, every day."""
    hour, minute = settings.load().predictions_by.split(":")
    return f"{int(minute)} {int(hour)} * * *"


class PredictionsDue(TipoffOperator):
    """Fails where games of today have no prediction, unless people know already that the DAG `prediction` fails.

    Example::

        predictions_due = PredictionsDue(task_id="predictions_due")
    """

    def work(self, run: Run, context: Context) -> object:
        """How many games were looked for.

        Raises:
            Abort: some have no prediction.
            Skip: people know why.
        """
        from tipoff.monitoring import alerts

        now = clock.now()
        asked = {"leagues": list(run.settings.leagues), "now": now, "today": clock.day_of(now)}
        (row,) = run.warehouse().query(_WITHOUT, **asked).to_pylist()
        if not row["games"]:
            return {"without_prediction": 0}
        if alerts.failing(run.settings.home, PREDICTION):
            raise Skip(f"{row['games']} games of today have no prediction, and people know that `{PREDICTION}` fails")
        raise Abort(
            f"{row['games']} games of today have no prediction by {run.settings.predictions_by} Eastern; look at: "
            f"tipoff runs {PREDICTION}"
        )
