"""Has plugins loaded by other processes (`tipoff.plugins.trial`), and tells how that ended for each."""

from __future__ import annotations

import json
import os
import re
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

from tipoff.plugins import from_source, trial
from tipoff.plugins.patience import LATE, LIMIT_SECONDS

UNDER_TRIAL: Final = "TIPOFF_PLUGINS_UNDER_TRIAL"
"""Set in such a process, and in those that plugins start there: none of them tries plugins in its turn."""

_ALL_SECONDS: Final = 15.0
"""What all of them may take together: Airflow gives a DAG file 30 s to be read."""

_START_SECONDS: Final = 30.0
"""What such a process may take to start, on a machine that has much to do."""

_GRACE_SECONDS: Final = 1.0
"""After the time that a plugin may take: so long it may take to be stopped."""

_TICK_SECONDS: Final = 0.05

_WHERE: Final = re.compile(r'File "([^<"][^"]*)", line (\d+) in ')

_LIBRARY: Final = str(Path(os.__file__).parent)

_FROM_OUTSIDE: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""Signals by which a machine, a terminal or a service ends its processes, whatever these do."""


class Outcome(NamedTuple):
    """How a first load ended.

    Args:
        reason: why the plugin must not be loaded; empty where it came through, be it with an error.
        lasting: whether it would end so again.
    """

    reason: str = ""
    lasting: bool = True


def tried(entries: Sequence[tuple[str, str]]) -> Iterator[tuple[int, Outcome]]:
    """How the first load of each plugin ended, by its position.

    They share a process for as long as it lives. The plugin that it was loading when it ended is the one that ended it,
    and another process goes on with the next.

    Args:
        entries: name and value of each entry point.
    """
    until = time.monotonic() + _ALL_SECONDS
    left = dict(enumerate(entries))
    while left:
        count = len(left)
        with _Trial(left) as process:
            for number, reason in process.ended(until):
                del left[number]
                yield number, Outcome(reason)
        if process.begun is None and (len(left) == count or time.monotonic() > until):
            # It did not get to any, which is no plugin's doing; or there is no more time.
            why = Outcome(_NO_TIME, lasting=False) if time.monotonic() > until else Outcome()
            yield from ((number, why) for number in left)
            return
        if process.begun is not None:
            del left[process.begun]
            yield process.begun, process.outcome()


_NO_TIME: Final = (
    f"not tried yet: those before it took the {_ALL_SECONDS:g} s that first loads may take at a time; the next process "
    "goes on with it"
)


def _is_pythons(file: str) -> bool:
    return file.startswith(_LIBRARY) and "site-packages" not in file


class _Trial:
    """A process that loads plugins one after the other.

    Args:
        entries: name and value of each entry point, by number.
    """

    begun: int | None = None
    """The plugin that it was loading when it ended."""

    late = False
    """Whether that took too long, and could be stopped only with the process."""

    def __init__(self, entries: Mapping[int, tuple[str, str]]) -> None:
        self._entries = entries
        self._imported = False
        self._where = ""
        self._token = secrets.token_hex(8)
        self._deadline = time.monotonic() + _START_SECONDS

    def __enter__(self) -> _Trial:
        path = [str(each) for each in sys.path]
        asked = {
            "path": path,
            "seconds": LIMIT_SECONDS,
            "grace": _GRACE_SECONDS,
            "plugins": list(self._entries.items()),
            "from_source": from_source.held(),
        }
        self._told, descriptor = os.pipe()
        os.set_blocking(self._told, False)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, and what is installed in it
                [sys.executable, "-P", trial.__file__, str(descriptor)],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path), UNDER_TRIAL: self._token},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[descriptor],
                start_new_session=True,  # so that what it starts ends with it
            )
        except BaseException:
            os.close(self._told)
            raise
        finally:
            os.close(descriptor)
        with suppress(OSError):
            self._process.stdin.write(json.dumps(asked).encode())  # type: ignore[union-attr]  # it is a pipe
            self._process.stdin.close()  # type: ignore[union-attr]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for _ in range(10):
                os.killpg(self._process.pid, signal.SIGKILL)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_TICK_SECONDS)
        except ProcessLookupError:
            pass  # it has ended, and all that it started in its session
        finally:
            self._process.wait()
            os.close(self._told)
        if self.begun is not None:
            self._end_what_left()

    def ended(self, until: float) -> Iterator[tuple[int, str]]:
        """Number of each plugin that came through, and why it must not be loaded all the same: it took too long."""
        for line in self._lines():
            what, _, rest = line.partition(" ")
            if what == "began":
                self.begun, self._imported, self._where = int(rest), False, ""
                self._deadline = time.monotonic() + LIMIT_SECONDS + 2 * _GRACE_SECONDS
            elif what == "imported":
                self._imported = True
            elif what == "ended":
                self.begun = None
                number, _, reason = rest.partition(" ")
                yield int(number), json.loads(reason)
                if time.monotonic() > until:
                    return
            elif line.startswith("Timeout ("):
                self.late = True
            elif (found := _WHERE.search(line)) and not self._where and not _is_pythons(found[1]):
                self._where = f" ({found[1]}:{found[2]})"

    def outcome(self) -> Outcome:
        """How the first load of the plugin ended that this process ended with."""
        what = "one of its hooks" if self._imported else "its import"
        code = self._process.returncode
        if self.late:
            return Outcome(f"{what} {LATE} {LIMIT_SECONDS:g} s and could not be stopped{self._where}")
        if code == trial.SPEECHLESS:
            return Outcome(f"{what} closed files of the process that are not its own")
        if code >= 0:
            return Outcome(f"{what} ended the process with exit code {code}{self._where}")
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = str(-code)
        return Outcome(f"{what} ended the process with signal {name}{self._where}", -code not in _FROM_OUTSIDE)

    def _lines(self) -> Iterator[str]:
        """What it tells, until it has ended or its time is over."""
        rest, is_open = b"", True
        while True:
            chunk = b""
            if is_open and select.select([self._told], [], [], _TICK_SECONDS)[0]:
                chunk = os.read(self._told, 65536)
                is_open = bool(chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line.decode(errors="replace") for line in lines)
            if chunk:
                continue
            if time.monotonic() > self._deadline:
                self.late = True
                return
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0 if is_open else _TICK_SECONDS)
                if not is_open or not select.select([self._told], [], [], 0)[0]:
                    return

    def _end_what_left(self) -> None:
        """Ends what it has started in sessions of their own."""
        import psutil

        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get(UNDER_TRIAL) == self._token:
                    process.kill()
