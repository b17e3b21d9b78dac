"""Which Airflow ``tipoff up`` has started: a note in AIRFLOW_HOME, and the processes that it names."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from tipoff.process import Process

NOTE: Final = "tipoff-up.json"

SEEN: Final[Mapping[str, str]] = {"SPT_NOENV": "1"}
"""Environment of Airflow's processes: with the titles that some give themselves they would cover up AIRFLOW_HOME."""


@dataclass(frozen=True)
class Running:
    """Processes as the note has them.

    Args:
        up: ``tipoff up``.
        parts: of Airflow, each leading a session of its own, by name.
    """

    up: Process
    parts: Mapping[str, int]

    @classmethod
    def here(cls, parts: Mapping[str, int]) -> Running:
        """This process, as the one that has started `parts`."""
        return cls(Process.here(), dict(parts))

    @classmethod
    def of(cls, home: Path) -> Running | None:
        """What the note in `home` says, whether it still runs or not; None without one."""
        try:
            said = json.loads((home / NOTE).read_text())
            return cls(Process(*said["up"]), said["parts"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def note(self, home: Path) -> None:
        """Writes the note."""
        (home / NOTE).write_text(json.dumps(asdict(self)))

    def leader(self) -> psutil.Process | None:
        """The process of ``tipoff up``, if it still runs."""
        return self.up.find()

    def left(self, home: Path) -> list[psutil.Process]:
        """Processes of the parts that still run: of their sessions, and with `home` as AIRFLOW_HOME (see `SEEN`)."""
        sessions, found = set(self.parts.values()), []
        for process in psutil.process_iter():
            with suppress(psutil.Error, ProcessLookupError, PermissionError):
                ours = os.getsid(process.pid) in sessions and process.environ().get("AIRFLOW_HOME") == str(home)
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def stop(self, home: Path, seconds: float) -> None:
        """Ends all of it, politely, and after `seconds` for good. ``tipoff up``, if it runs, ends its parts itself."""
        leader = self.leader()
        for process in [leader] if leader else self.left(home):
            with suppress(psutil.Error):
                process.send_signal(signal.SIGINT)
        give_up = time.monotonic() + seconds
        while (left := self.all(home)) and time.monotonic() < give_up:
            psutil.wait_procs(left, timeout=0.5)
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=5)
        (home / NOTE).unlink(missing_ok=True)

    def all(self, home: Path) -> list[psutil.Process]:
        """Everything of it that still runs."""
        return [*filter(None, [self.leader()]), *self.left(home)]
