"""The journal of task attempts: one file a DAG run, one line of JSON an event, only ever added to.

A line is one write to the end of the file, so that several processes may add to one file, and a kill at any instant
leaves whole lines behind. Nothing here opens the store or waits for it. `tipoff.monitoring.folding` brings the journal
into ``ops.task_run``, and removes a run's file once the run has ended.

An attempt has a line when a process begins to work on it, and one when that process ends. A killed process writes no
second one. A sensor that waits in the triggerer works in two processes, and has a pair of lines for each.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from tipoff.process import Process

if TYPE_CHECKING:
    from tipoff.contracts import Json

FOLDER: Final = "journal"
"""Below ``TIPOFF_HOME``."""

ERROR_LENGTH: Final = 2000
"""Characters of an error that are kept."""

Outcome = Literal["running", "waiting", "success", "skipped", "retried", "failed", "killed"]
"""How an attempt ended, if it has: ``waiting`` is in the triggerer, and of a ``killed`` one the process just ended."""


class Task(NamedTuple):
    """A task instance of a run. `position` tells mapped instances apart within the run, and is nowhere stored."""

    name: str
    label: str
    position: int
    attempt: int


RUN: Final = Task("", "", -1, 0)
"""Stands for the run as a whole."""


class Line(NamedTuple):
    """What a line of the journal says.

    Args:
        dag: the DAG.
        run: ``<dag>/<run>``, as on every row that the run writes.
        task: the task instance, or `RUN`.
        event: ``began``, or how it ended.
        at: tipoff's present instant, naive UTC, ISO 8601.
        clock: seconds of the machine's monotonic clock, by which durations are measured.
        cpu_seconds: that the process and its children have computed since it began.
        peak_mb: of memory, the process or its largest child, in millions of bytes.
        rows: that the task reported.
        error: why it failed.
        process: that began it.
    """

    dag: str
    run: str
    task: Task
    event: str
    at: str
    clock: float
    cpu_seconds: float | None = None
    peak_mb: float | None = None
    rows: int | None = None
    error: str = ""
    process: Process | None = None


def path_of(home: Path, run: str) -> Path:
    """The file of a run, whatever its id is made of."""
    return home / FOLDER / f"{hashlib.sha256(run.encode()).hexdigest()[:24]}.jsonl"


def paths(home: Path) -> list[Path]:
    """The files that are there."""
    return sorted((home / FOLDER).glob("*.jsonl"))


def add(home: Path, line: Line) -> None:
    """Adds a line to its run's file.

    Raises:
        OSError: the disk is full, say.
    """
    said: dict[str, Json] = {name: value for name, value in line._asdict().items() if value not in (None, "")}
    said["task"] = list(line.task)
    # A new line in front too: what a full disk has cut short must not swallow this one.
    text = f"\n{json.dumps(said, separators=(',', ':'))}\n".encode()
    path = path_of(home, line.run)
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)  # held for one write, here and where the file is removed
            if os.fstat(descriptor).st_nlink:
                os.write(descriptor, text)
                return
        finally:
            os.close(descriptor)


def read(path: Path) -> list[Line]:
    """The lines of a file, in order; empty where it is gone."""
    try:
        return list(_lines(path.read_bytes()))
    except FileNotFoundError:
        return []


def end_run(home: Path, dag: str, run: str, event: str, at: str) -> None:
    """Notes that a run has ended; nothing where none of its tasks is in the journal."""
    if path_of(home, run).exists():
        add(home, Line(dag, run, RUN, event, at, time.monotonic()))


def remove(path: Path, size: int) -> bool:
    """Removes a file that has not grown beyond `size`; whether it is gone."""
    with _held(path) as descriptor:
        if descriptor is None:
            return True
        if os.fstat(descriptor).st_size != size:
            return False
        path.unlink(missing_ok=True)
        return True


@contextmanager
def _held(path: Path) -> Iterator[int | None]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _lines(content: bytes) -> Iterator[Line]:
    for text in content.splitlines():
        try:
            said = json.loads(text)
            said["process"] = Process(*said["process"]) if "process" in said else None
            yield Line(**{**said, "task": Task(*said["task"])})
        except (ValueError, TypeError, KeyError):
            continue  # cut short, or of another version of tipoff
