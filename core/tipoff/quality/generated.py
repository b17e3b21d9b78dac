"""Checks that tipoff makes from the specs of tables and datasets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tipoff.contracts import Check

Value: TypeAlias = "str | float"


@dataclass(frozen=True)
class Generated(Check):
    """A check with values of its own.

    Args:
        params: values of the named parameters in its SQL, besides ``$now`` and ``$leagues``, the configured ones.
    """

    params: Mapping[str, Value] = field(default_factory=dict)
