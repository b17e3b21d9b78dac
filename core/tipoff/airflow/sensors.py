"""Gates between the DAGs: data-availability sensors that look at what is there, never at another DAG's run.

A gate passes or skips at once, and says why, when there is nothing to wait for: the first day, the off-season,
no champion yet. Only where data is late and expected does it wait, and it waits in the triggerer, so that
no worker slot is held. When its patience ends it lets the run go on with what there is: late data degrades a
forecast, it does not cancel one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseSensorOperator, PokeReturnValue
from airflow.sdk.exceptions import AirflowSkipException

from tipoff.airflow.context import as_of
from tipoff.airflow.gates import GateName, Verdict, look
from tipoff.airflow.triggers import GateTrigger

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context


class GateSensor(BaseSensorOperator):
    """What the gates share; use one of the subclasses.

    Args:
        patience: how long to wait for late data before going on without it.
        poke_interval: how often to look meanwhile.
    """

    gate: ClassVar[GateName]

    def __init__(
        self,
        *,
        patience: timedelta = timedelta(minutes=20),
        poke_interval: timedelta | float = 15,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.patience = patience

    def poke(self, context: Context) -> PokeReturnValue:
        """One look; done unless the gate waits, with the reason as its value."""
        verdict = look(self.gate, as_of(context))
        return PokeReturnValue(self._settled(verdict), verdict.reason)

    def execute(self, context: Context) -> str:
        """The reason for passing.

        Raises:
            AirflowSkipException: there is nothing to do, with the reason.
            TaskDeferred: data is late and expected.
        """
        now = as_of(context)
        verdict = look(self.gate, now)
        if self._settled(verdict):
            return verdict.reason
        self.log.info("waiting up to %s: %s", self.patience, verdict.reason)
        self._wait(now)
        raise AssertionError("unreachable")  # pragma: no cover

    def resume(self, context: Context, event: Mapping[str, Any]) -> str:
        """Goes on after waiting, with what the trigger saw last."""
        verdict = Verdict(**event)
        if self._settled(verdict):
            return verdict.reason
        self.log.warning("patience of %s is over, going on without: %s", self.patience, verdict.reason)
        return f"went on without: {verdict.reason}"

    def _settled(self, verdict: Verdict) -> bool:
        if verdict.state == "skip":
            raise AirflowSkipException(verdict.reason)
        if verdict.state == "pass":
            self.log.info("%s", verdict.reason)
        return verdict.state == "pass"

    def _wait(self, now: datetime) -> None:
        looks = max(1, round(self.patience.total_seconds() / max(self.poke_interval, 0.001)))
        trigger = GateTrigger(gate=self.gate, now=now.isoformat(), interval=self.poke_interval, looks=looks)
        self.defer(trigger=trigger, method_name="resume")


class NewDataSensor(GateSensor):
    """Passes when the collected data reaches the run's day, or nothing was to be expected since it was collected.

    Skips when nothing has ever been collected.

    Example::

        check_new_data = NewDataSensor(task_id="check_new_data")
    """

    gate = "new_data"


class FeaturesSensor(GateSensor):
    """Passes when features stand for the collected data; skips when there are none yet.

    Example::

        check_features = FeaturesSensor(task_id="check_features", patience=timedelta(hours=1))
    """

    gate = "features"


class ModelSensor(GateSensor):
    """Passes when there is a champion and features stand for the collected data; skips without a champion.

    Example::

        check_model = ModelSensor(task_id="check_model", patience=timedelta(minutes=10))
    """

    gate = "model"
