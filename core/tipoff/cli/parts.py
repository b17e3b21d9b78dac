"""Airflow's processes under ``tipoff up``: started, started again when one ends, and ended with all their children."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from tipoff.cli.running import NOTE, Running
from tipoff.errors import Abort

# `airflow standalone` starts the same four, but two of them then serve logs on every interface. On one machine the
# UI reads the log files themselves, so nobody needs those servers.
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    name: (sys.executable, "-m", "airflow", *words)
    for name, words in {
        "api-server": ("api-server",),
        "scheduler": ("scheduler", "--skip-serve-logs"),
        "dag-processor": ("dag-processor",),
        "triggerer": ("triggerer", "--skip-serve-logs"),
    }.items()
}

STOP_SECONDS: Final = 20.0

WAITS: Final = (1, 2, 4, 8, 16, 32, 60)
"""Seconds before a part is started again: the first time, the second, and so on."""

STEADY_SECONDS: Final = 60
"""A part that has run so long is well: when it ends again, that counts as the first time."""

_LOG_LINES, _LOG_BYTES = 12, 16384
"""What is shown of the log of a part that has ended."""


@dataclass
class Part:
    """One of the processes.

    Args:
        process: the last that was started.
        began: when, in seconds of a clock that only goes on.
        ends: how often it has ended since it was last well.
        due: when it is to be started again; None while it runs.
        reason: why it ended last.
    """

    process: subprocess.Popen[bytes]
    began: float
    ends: int = 0
    due: float | None = None
    reason: str = ""


class Parts:
    """All of them.

    Args:
        home: AIRFLOW_HOME; it keeps their logs, and the note of which they are.
        environment: theirs.
        commands: of each, by name.
        clock: seconds that only go on.
    """

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str],
        commands: Mapping[str, tuple[str, ...]] = COMMANDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home, self._environment, self._commands, self._clock = home, environment, commands, clock
        self._parts: dict[str, Part] = {}

    def start(self) -> None:
        """Starts all of them."""
        for name in self._commands:
            self._parts[name] = Part(self._started(name), self._clock())
            self._note()

    def must_run(self) -> None:
        """While Airflow starts none may end.

        Raises:
            Abort: one did; the message says how, and shows the end of its log.
        """
        for name, part in self._parts.items():
            if (code := part.process.poll()) is not None:
                raise Abort(f"Airflow's {name} {_how(code)}, so all of it stops. {self._last_words(name)}")

    def tend(self) -> Iterator[str]:
        """Starts again what has ended, at once the first time and later each time after that; what there is to say."""
        for name, part in self._parts.items():
            now = self._clock()
            if part.due is None:
                if part.process.poll() is not None:
                    yield self._fell(name, part, _how(part.process.returncode))
                elif part.ends and now >= part.began + STEADY_SECONDS:
                    part.ends = 0
                    yield f"Airflow's {name} is well again"
            elif now >= part.due:
                part.process, part.began, part.due = self._started(name), now, None
                self._note()

    def again(self, name: str, why: str, seconds: float) -> Iterator[str]:
        """Ends a part that has run for so many seconds and does not work, for `tend` to start it; what there is to say.

        One that was started less long ago may still begin to work.
        """
        part = self._parts[name]
        if part.due is None and self._clock() >= part.began + seconds:
            _signal(part.process, signal.SIGKILL)
            part.process.wait()
            yield self._fell(name, part, f"was ended, since {why}")

    def troubles(self) -> dict[str, str]:
        """What people should know: parts that ended more than once without having been well since, and why."""
        return {name: f"it {part.reason}" for name, part in self._parts.items() if part.ends > 1}

    def stop(self) -> None:
        """Ends every part with its children: politely first, then for good."""
        for part in self._parts.values():
            _signal(part.process, signal.SIGINT)
        give_up = time.monotonic() + STOP_SECONDS
        for part in self._parts.values():
            with suppress(subprocess.TimeoutExpired):
                part.process.wait(max(0.1, give_up - time.monotonic()))
            _signal(part.process, signal.SIGKILL)
            part.process.wait()
        if note := Running.of(self._home):
            _kill(note.left(self._home))  # a task has a process group of its own
            (self._home / NOTE).unlink(missing_ok=True)

    def _fell(self, name: str, part: Part, how: str) -> str:
        # What it has left behind works on: two schedulers' workers would do one task twice.
        _kill(Running.here({name: part.process.pid}).left(self._home))
        wait = WAITS[min(part.ends, len(WAITS) - 1)]
        part.ends, part.due, part.reason = part.ends + 1, self._clock() + wait, how
        return f"Airflow's {name} {how}; it is started again in {wait} s. {self._last_words(name)}"

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        with (self._home / "logs" / f"{name}.log").open("ab") as log:
            # A session of its own: Ctrl-C reaches us alone, and we end each part with all its children.
            return subprocess.Popen(  # noqa: S603 - Airflow's command, arguments as a list
                self._commands[name],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - one system call, and no thread runs yet
            )

    def _note(self) -> None:
        Running.here({name: part.process.pid for name, part in self._parts.items()}).note(self._home)

    def _last_words(self, name: str) -> str:
        """The end of a part's log."""
        log = self._home / "logs" / f"{name}.log"
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LOG_BYTES))
            lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()][-_LOG_LINES:]
        return f"The last lines of {log}:\n  " + "\n  ".join(lines) if lines else f"It left nothing in {log}"


def end_with_parent() -> None:
    """In a child process: be interrupted when the parent dies, however it dies (Linux only; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


def _how(code: int) -> str:
    """How a process ended, by its return code."""
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    hint = ": by somebody's kill, or by the system, which had no memory left" if -code == signal.SIGKILL else ""
    return f"was ended by signal {name}{hint}"


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
