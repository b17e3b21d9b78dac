"""Sensors that look at what is there, never at another DAG's run, and that wait in the triggerer.

The gates between the DAGs pass or skip at once, and say why, when there is nothing to wait for: the first day, the
off-season, no champion yet. Only where data is late and expected do they wait, and when their patience ends they let
the run go on with what there is: late data degrades a forecast, it does not cancel one.

The others are for DAGs of your own: `DataSensor`, `QualitySensor` and `HealthSensor` wait for what they are told to,
and fail when their patience ends.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

from airflow.sdk import BaseSensorOperator, PokeReturnValue
from airflow.sdk.exceptions import AirflowSensorTimeout, AirflowSkipException

from tipoff.airflow.context import as_of
from tipoff.airflow.gates import GateName, Look
from tipoff.airflow.triggers import AGAIN, LookTrigger
from tipoff.plugins import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

    from tipoff.contracts import Json, Severity
    from tipoff.health import Part


class WaitingSensor(BaseSensorOperator):
    """What the sensors share; use one of the subclasses.

    Args:
        patience: how long to wait.
        poke_interval: how often to look meanwhile.
    """

    look: ClassVar[str]
    """Dotted path to the function that looks and returns a `Look`; the triggerer calls the same."""

    def __init__(
        self,
        *,
        patience: timedelta = timedelta(minutes=20),
        poke_interval: timedelta | float = 15,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.patience = patience

    @abstractmethod
    def arguments(self, context: Context) -> dict[str, Json]:
        """What `look` is called with, in JSON's types."""

    def poke(self, context: Context) -> PokeReturnValue:
        """One look; done unless there is something to wait for, with the reason as its value."""
        seen = self._look(self.arguments(context))
        return PokeReturnValue(self._settled(seen), seen.reason)

    def execute(self, context: Context) -> str:
        """The reason for passing.

        Raises:
            AirflowSkipException: there is nothing to do, with the reason.
            TaskDeferred: it is to be waited for.
        """
        arguments = self.arguments(context)
        seen = self._look(arguments)
        if self._settled(seen):
            return seen.reason
        self.log.info("waiting up to %s: %s", self.patience, seen.reason)
        patience = self.patience.total_seconds()
        trigger = LookTrigger(look=self.look, arguments=arguments, interval=self.poke_interval, patience=patience)
        self.defer(trigger=trigger, method_name="resume")
        raise AssertionError("unreachable")  # pragma: no cover

    def resume(self, context: Context, event: Mapping[str, Any]) -> str:
        """Goes on after waiting, with what the trigger saw last."""
        seen = self._look(self.arguments(context)) if event["state"] == AGAIN else Look(**event)
        return seen.reason if self._settled(seen) else self.give_up(seen.reason)

    def give_up(self, reason: str) -> str:
        """What becomes of the task when its patience ends.

        Raises:
            AirflowSensorTimeout: it fails, and is not tried again; with ``soft_fail`` it is skipped instead.
        """
        said = f"the patience of {self.patience} is over: {reason}"
        raise AirflowSkipException(said) if self.soft_fail else AirflowSensorTimeout(said)

    def _look(self, arguments: Mapping[str, Json]) -> Look:
        return cast("Callable[..., Look]", resolve(self.look))(**arguments)

    def _settled(self, seen: Look) -> bool:
        if seen.state == "skip":
            raise AirflowSkipException(seen.reason)
        if seen.state == "pass":
            self.log.info("%s", seen.reason)
        return seen.state == "pass"


class GateSensor(WaitingSensor):
    """What the gates share: when their patience ends, the run goes on; use one of the subclasses."""

    gate: ClassVar[GateName]
    look = "tipoff.airflow.gates:look_again"

    def arguments(self, context: Context) -> dict[str, Json]:
        """Which gate, and the run's instant."""
        return {"gate": self.gate, "now": as_of(context).isoformat()}

    def give_up(self, reason: str) -> str:
        """The reason, with a warning."""
        self.log.warning("patience of %s is over, going on without: %s", self.patience, reason)
        return f"went on without: {reason}"


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


class DataSensor(WaitingSensor):
    """Waits until a table holds rows enough: of a day and later ones, of a season, or of any.

    Args:
        table: its full name, such as ``raw.games``.
        league: whose rows count; each of ``TIPOFF_LEAGUES`` has to have enough unless given.
        day: ISO 8601; only rows of this day and of later ones count.
        season: only rows of this one count, by the year in which it ends.
        min_rows: how many are enough.

    Example::

        todays_games = DataSensor(task_id="todays_games", table="raw.games", day="{{ ds }}", min_rows=10)
    """

    look = "tipoff.airflow.watching:data"
    template_fields: Sequence[str] = ("table", "league", "day", "season")

    def __init__(
        self, *, table: str, league: str = "", day: str = "", season: str = "", min_rows: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.table = table
        self.league = league
        self.day = day
        self.season = season
        self.min_rows = min_rows

    def arguments(self, context: Context) -> dict[str, Json]:
        """As given, templates filled in."""
        names = {"table": self.table, "league": self.league, "day": self.day, "season": self.season}
        return {**names, "min_rows": self.min_rows}


class QualitySensor(WaitingSensor):
    """Waits until quality checks have run, and passed when they last did.

    Args:
        checks: names of the checks, which are meant whatever their severity; all unless given.
        table: only checks of this table.
        severity: where none is named, only checks of this severity and of worse ones: ``info``, ``warn`` or ``block``.

    Example::

        good_games = QualitySensor(task_id="good_games", table="raw.games", severity="warn")
    """

    look = "tipoff.airflow.watching:quality"
    template_fields: Sequence[str] = ("checks", "table", "severity")

    def __init__(
        self, *, checks: Sequence[str] = (), table: str = "", severity: Severity = "block", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.checks = checks
        self.table = table
        self.severity: Severity = severity

    def arguments(self, context: Context) -> dict[str, Json]:
        """As given, templates filled in."""
        return {"checks": list(self.checks), "table": self.table, "severity": self.severity}


class HealthSensor(WaitingSensor):
    """Waits while a part of the installation has failed: what ``tipoff doctor`` shows.

    Sources are asked one question each, as their Airflow connections say.

    Args:
        parts: which of ``versions``, ``plugins``, ``disk``, ``memory``, ``clock``, ``lock``, ``store``, ``ledger``,
            ``models``, ``airflow`` and ``source``.
        disk_gb: of 10⁹ bytes, to be free where the store is.
        memory_gb: of 10⁹ bytes, to be available.

    Example::

        room = HealthSensor(task_id="room", parts=("disk", "memory", "store"), disk_gb=20)
    """

    look = "tipoff.airflow.watching:health"

    def __init__(
        self,
        *,
        parts: Sequence[Part] = ("plugins", "disk", "memory", "store", "source"),
        disk_gb: float = 1.0,
        memory_gb: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.parts = parts
        self.disk_gb = disk_gb
        self.memory_gb = memory_gb

    def arguments(self, context: Context) -> dict[str, Json]:
        """As given."""
        return {"parts": list(self.parts), "disk_gb": self.disk_gb, "memory_gb": self.memory_gb}
