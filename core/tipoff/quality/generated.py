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
        params: values of the named parameters in its SQL, besides those of every check (`checks.run_check`).
    """

    params: Mapping[str, Value] = field(default_factory=dict)
