"""Whether an installation can do its work: what ``tipoff doctor`` prints and what `HealthSensor` waits for.

Each part is looked at by itself, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from tipoff.errors import TipoffError
from tipoff.health import machine, outside, stamps, storage
from tipoff.health.finding import Finding, Needs, Part

__all__ = ["PARTS", "Finding", "Needs", "Part", "examine"]

PARTS: Mapping[Part, Callable[[Needs], Iterator[Finding]]] = {
    "versions": machine.versions,
    "plugins": machine.plugins,
    "disk": machine.disk,
    "memory": machine.memory,
    "clock": stamps.stamps,
    "lock": storage.lock,
    "store": storage.store,
    "ledger": storage.ledger,
    "models": storage.models,
    "airflow": outside.airflow,
    "source": outside.source,
}
"""What there is to look at, in the order in which it is told."""


def examine(needs: Needs, parts: Collection[Part] = ()) -> Iterator[Finding]:
    """Looks at `parts` (all unless given), in the order of `PARTS`; one that cannot be looked at has failed."""
    for part, look in PARTS.items():
        if part in parts or not parts:
            try:
                yield from look(needs)
            except (TipoffError, OSError) as error:
                yield Finding(part, "failed", f"cannot be looked at: {error}")
