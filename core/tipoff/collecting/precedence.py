"""Whose word counts where two collectors fill the same row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tipoff.contracts import Collector

if TYPE_CHECKING:
    from tipoff.plugins import Registry


def above(collector: Collector, registry: Registry) -> tuple[str, ...]:
    """The collectors whose word goes before this one's."""
    ranks = {each.name: (-each.precedence, each.name) for each in registry.collectors}
    return tuple(sorted(name for name, rank in ranks.items() if rank < ranks[collector.name]))
