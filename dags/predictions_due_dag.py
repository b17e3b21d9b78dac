"""# predictions_due

Every morning at `TIPOFF_PREDICTIONS_BY` (9:00 Eastern unless set): fails when games of today have no prediction that
was made today.

Its failure is told like any other, once until a morning on which the predictions are there. It is skipped when people
have been told already why `prediction` makes none.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG
from tipoff.airflow.dag import COMMON, task_defaults
from tipoff.airflow.deadline import PredictionsDue, due_at

with DAG(
    dag_id="predictions_due",
    schedule=due_at(),
    max_active_tasks=1,
    dagrun_timeout=timedelta(minutes=10),
    default_args=task_defaults(retries=1),
    doc_md=__doc__,
    **COMMON,
) as predictions_due_dag:
    PredictionsDue(task_id="predictions_due", doc_md="Looks for today's games without a prediction.")
