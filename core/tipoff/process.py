"""Processes of this machine as a note may name them, to be looked for later by somebody else."""

from __future__ import annotations

import os
from typing import Final, NamedTuple

import psutil

_SLACK: Final = 60.0
"""Seconds by which the beginning of one process may seem to differ, since it is told by a clock that is set."""


class Process(NamedTuple):
    """A process. Its number alone is no proof, since the machine gives it again, after a restart above all.

    Args:
        pid: its number.
        created: when it began, in seconds of Unix time, as the machine says.
    """

    pid: int
    created: float

    @classmethod
    def here(cls) -> Process:
        """The one that asks."""
        return cls(os.getpid(), psutil.Process().create_time())

    def find(self) -> psutil.Process | None:
        """The process, while it runs. One that has ended and was not waited for yet runs no more."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.created) < _SLACK
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None
