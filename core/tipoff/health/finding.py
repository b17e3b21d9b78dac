"""What is looked at, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from tipoff.contracts import Access, Collector
    from tipoff.plugins import Registry
    from tipoff.settings import Settings

Part: TypeAlias = Literal[
    "versions", "plugins", "disk", "memory", "clock", "lock", "store", "ledger", "models", "airflow", "source"
]
"""A part of an installation."""

State: TypeAlias = Literal["ok", "warning", "failed"]
"""How it is; a ``warning`` is worth a look and stops nothing."""


@dataclass(frozen=True)
class Finding:
    """What a part of the installation is like.

    Args:
        part: which.
        state: how it is.
        found: what was found.
        mend: what to type, or to do; empty when there is nothing to do.
    """

    part: Part
    state: State
    found: str
    mend: str = ""


@dataclass(frozen=True)
class Needs:
    """What is looked at, and how much of it there must be.

    Args:
        registry: of the loaded plugins.
        settings: where everything is.
        reach: how each collector's source is reached.
        disk_gb: of 10⁹ bytes, free where the store is; at least the store's own size, since publishing copies it.
        memory_gb: of 10⁹ bytes, available.
        thorough: read the store to its last block.
    """

    registry: Registry
    settings: Settings
    reach: Callable[[Collector], Access]
    disk_gb: float = 1.0
    memory_gb: float = 0.5
    thorough: bool = True
