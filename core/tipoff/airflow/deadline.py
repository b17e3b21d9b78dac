"""By when the morning's predictions must be there: Airflow's own deadline on the DAG, and what is told when it passes.

Airflow watches a run from its creation on, so this also tells of a run that was created late, or never got a slot. It
cannot see a run that was never created, since Airflow is down or the DAG is paused.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from tipoff import settings
from tipoff.errors import SettingsError

if TYPE_CHECKING:
    from tipoff.monitoring.alerts import News
    from tipoff.settings import Settings

log = logging.getLogger(__name__)

DAG_ID = "prediction"
"""The DAG that predicts."""

_WITHOUT = """
    SELECT count(*) AS games FROM raw.schedule
    WHERE game_date = $today AND status = 'scheduled' AND closes_utc > $now AND list_contains($leagues, league)
        AND (league, season, game_id) NOT IN (SELECT (league, season, game_id) FROM predictions.ledger)
"""


def predictions_due(scheduled: time) -> DeadlineAlert:
    """The deadline ``TIPOFF_PREDICTIONS_BY`` of a DAG that starts at `scheduled`, both US Eastern.

    Raises:
        SettingsError: the deadline is not after the start.
    """
    by = settings.load().predictions_by
    day = date(2000, 1, 1)
    interval = datetime.combine(day, time.fromisoformat(by)) - datetime.combine(day, scheduled)
    if interval <= timedelta(0):
        raise SettingsError(
            f"TIPOFF_PREDICTIONS_BY is `{by}`, but predictions are begun at {scheduled:%H:%M}; set a later time"
        )
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
        interval=interval,
        callback=SyncCallback(tell_if_none, kwargs={"by": by}),
        name="predictions",
    )


def tell_if_none(*, by: str, context: Any = None) -> None:
    """Tells that today has games and no predictions, unless people know already that their DAG is failing.

    Args:
        by: the deadline, for the message.
        context: what Airflow says of the run.
    """
    from tipoff.airflow.notifier import tell
    from tipoff.monitoring import alerts

    chosen = settings.load()
    games = without_prediction(chosen)
    if not games or alerts.failing(chosen.home, DAG_ID):
        return
    run_id = str(((context or {}).get("dag_run") or {}).get("dag_run_id", "unknown"))

    def tell_news(news: News) -> bool:
        body = f"{games} games of today have none. Look at: tipoff runs {DAG_ID}"
        return tell(f"tipoff: no predictions by {by} Eastern", body, log.error)

    alerts.settle(chosen.home, DAG_ID, run_id, tell_news, failing={"": f"no predictions by {by}"}, well=())


def without_prediction(chosen: Settings) -> int:
    """How many of today's games that can still be predicted have no prediction, as published."""
    from tipoff import clock
    from tipoff.warehouse.store import Warehouse

    if not chosen.published.exists():
        return 0
    now = clock.now()
    asked = {"leagues": list(chosen.leagues), "now": now, "today": clock.day_of(now)}
    (row,) = Warehouse(chosen.published, chosen.lock_wait_seconds).query(_WITHOUT, **asked).to_pylist()
    return int(row["games"])
