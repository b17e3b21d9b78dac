"""One operator for each step of the way from a source to a graded prediction, thin over the engines.

Constructing one costs nothing; the engine is imported by the task that runs. XCom carries references and figures,
never data, so tasks may run on several machines that share a store.

`Skip` becomes a skipped task with its reason, and `tipoff.airflow.retry` decides what the other errors mean.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from tipoff import clock, plugins, settings
from tipoff.airflow import context as task_context
from tipoff.errors import Skip

if TYPE_CHECKING:
    from airflow.sdk import Context

    from tipoff.contracts import Json
    from tipoff.plugins import Registry
    from tipoff.settings import Settings


@dataclass(frozen=True)
class Run:
    """What every engine is given: the plugins, the settings, and who asks when."""

    registry: Registry
    settings: Settings
    run_id: str
    now: datetime

    @classmethod
    def of(cls, context: Context) -> Run:
        """The run that a task belongs to."""
        chosen = task_context.overridden(settings.load())
        return cls(plugins.load(chosen), chosen, task_context.run_id(context), task_context.as_of(context))

    def publish(self) -> None:
        """Brings the copy that people read up to date with the store."""
        from tipoff.warehouse.publish import publish
        from tipoff.warehouse.store import Warehouse

        publish(Warehouse.of(self.settings), self.settings.published)


class TipoffOperator(BaseOperator):
    """What the operators share; a subclass does its work in `work`."""

    def execute(self, context: Context) -> Json:
        """Does the work, and returns its figures or a reference to its result.

        Raises:
            AirflowSkipException: there is nothing to do, with the reason.
            TipoffError: as the engine raises it.
        """
        try:
            return plain(self.work(Run.of(context), context))
        except Skip as reason:
            raise AirflowSkipException(str(reason)) from reason

    @abstractmethod
    def work(self, run: Run, context: Context) -> object:
        """The step itself."""
