"""What a waiting gate leaves in the triggerer: it looks again and again, until there is a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from tipoff import clock
from tipoff.airflow.gates import look

if TYPE_CHECKING:
    from tipoff.airflow.gates import GateName


class GateTrigger(BaseTrigger):
    """Looks at a gate every `interval` seconds, at most `looks` times, and sends what it saw last.

    Args:
        gate: which one, by its name in `tipoff.airflow.gates`.
        now: the run's instant, ISO 8601: the same one that the task looked with.
        interval: seconds between two looks.
        looks: how many; a count and not an hour, since a league's clock may stand still.
    """

    def __init__(self, gate: GateName, now: str, interval: float, looks: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.gate: GateName = gate
        self.now = now
        self.interval = interval
        self.looks = looks

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The trigger as Airflow stores it."""
        kwargs = {"gate": self.gate, "now": self.now, "interval": self.interval, "looks": self.looks}
        return "tipoff.airflow.triggers.GateTrigger", kwargs

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yields one event: the first verdict that is not «wait», or the last one."""
        now = clock.parse(self.now, where="GateTrigger.now")
        for _ in range(self.looks):
            await asyncio.sleep(self.interval)
            # The look opens the store and may wait for its lock: not on the triggerer's event loop.
            verdict = await asyncio.to_thread(look, self.gate, now)
            if verdict.state != "wait":
                break
        yield TriggerEvent(asdict(verdict))  # type: ignore[no-untyped-call]
