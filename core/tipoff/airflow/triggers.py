"""What a waiting sensor leaves in the triggerer: it looks again and again, until there is nothing to wait for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from airflow.triggers.base import BaseTrigger, TriggerEvent

from tipoff.errors import TipoffError
from tipoff.plugins import resolve

if TYPE_CHECKING:
    from tipoff.airflow.gates import Look
    from tipoff.contracts import Json

AGAIN = "again"
"""State of an event without a look: it raised, and the task is to look for itself and raise it."""


class LookTrigger(BaseTrigger):
    """Looks every `interval` seconds until `patience` is over, once at least, and sends what it saw last.

    Args:
        look: dotted path to the function, which returns a `Look`.
        arguments: what it is called with, in JSON's types: the same that the task looked with.
        interval: seconds between two looks.
        patience: seconds, of the machine and not of the league, whose clock may stand still. A look may take long,
            since it waits for the store.
    """

    def __init__(self, look: str, arguments: Mapping[str, Json], interval: float, patience: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.look = look
        self.arguments = dict(arguments)
        self.interval = interval
        self.patience = patience

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The trigger as Airflow stores it."""
        names = ("look", "arguments", "interval", "patience")
        return "tipoff.airflow.triggers.LookTrigger", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yields one event: the first look that is not «wait», or the last one."""
        look = cast("Callable[..., Look]", resolve(self.look))
        try:
            over = time.monotonic() + self.patience
            while True:
                await asyncio.sleep(self.interval)
                # The look opens the store and may wait for its lock: not on the triggerer's event loop.
                seen = await asyncio.to_thread(look, **self.arguments)
                if seen.state != "wait" or time.monotonic() >= over:
                    break
        except TipoffError as error:
            yield TriggerEvent({"state": AGAIN, "reason": str(error)})  # type: ignore[no-untyped-call]
        else:
            yield TriggerEvent(asdict(seen))  # type: ignore[no-untyped-call]
