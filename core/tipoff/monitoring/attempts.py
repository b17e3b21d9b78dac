"""Task attempts as the journal tells of them: one for each begun attempt of a task in a run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Final, cast

from tipoff.monitoring import journal
from tipoff.monitoring.journal import RUN, Line, Outcome
from tipoff.process import Process

UNFINISHED: Final = ("running", "waiting")
"""Outcomes of attempts that may go on."""

_WITHOUT_A_WORD: Final = "its process ended without a word: killed, out of memory, or past the run's time limit"


@dataclass(frozen=True)
class Attempt:
    """One attempt of a task, as ``ops.task_run`` has it; instants are naive UTC.

    Args:
        dag_id: its DAG.
        run_id: ``<dag>/<run>``.
        task_id: the task.
        label: of a mapped instance, the name that the DAG gives it, or its number while that is not known; else empty.
        attempt: 1, 2, 3 …
        outcome: how it ended.
        began_at: tipoff's clock.
        ended_at: None while it has not ended, or where nobody saw it end.
        seconds: from its beginning to its end, waiting in the triggerer included.
        cpu_seconds: computed by its processes and their children.
        peak_mb: most memory at once, millions of bytes.
        rows: that it reported.
        error: why it failed, else empty.
    """

    dag_id: str
    run_id: str
    task_id: str
    label: str
    attempt: int
    outcome: Outcome
    began_at: datetime
    ended_at: datetime | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_mb: float | None = None
    rows: int | None = None
    error: str = ""

    @property
    def task(self) -> str:
        """The task with its label, for people."""
        return f"{self.task_id} {self.label}".strip()


def look(path: Path) -> list[Attempt]:
    """The attempts of a run, from its file in the journal; one is ``killed`` whose process is gone without a word."""
    lines = journal.read(path)
    gone = {line.process for line in lines if line.process and not line.process.find()}
    # Whoever is gone by now has said by now whatever he had to say.
    return of(journal.read(path), gone) if gone else of(lines)


def of(lines: Sequence[Line], gone: Collection[Process] = ()) -> list[Attempt]:
    """The attempts that lines of one run tell of.

    Args:
        lines: in order.
        gone: processes that have ended.
    """
    over = run_over(lines)
    told = sorted((line for line in lines if line.task != RUN), key=_key)
    # Airflow may know an instance's name only in the end, which a killed attempt never sees.
    labels = {(line.task.name, line.task.position): line.task.label for line in told if line.task.label}
    attempts = [_attempt(list(found), labels, gone, over) for _, found in groupby(told, key=_key)]
    last = {(each.task_id, each.label): each.attempt for each in attempts}  # they are in order
    return [
        replace(each, outcome="killed", error=_WITHOUT_A_WORD)
        if each.outcome in UNFINISHED and each.attempt < last[each.task_id, each.label]
        else each
        for each in attempts
    ]


def run_over(lines: Sequence[Line]) -> bool:
    """Whether the run has ended, and no task of it was begun again since."""
    marks = [line.task == RUN for line in lines if line.task == RUN or line.event == "began"]
    return bool(marks) and marks[-1]


def failed(attempts: Sequence[Attempt]) -> Iterator[Attempt]:
    """The last attempt of each task that did not succeed in the end, the first failure first."""
    last = {(each.task_id, each.label): each for each in attempts}
    yield from sorted(
        (each for each in last.values() if each.outcome in ("failed", "killed")),
        key=lambda each: (each.ended_at or each.began_at, each.began_at),
    )


def _key(line: Line) -> tuple[str, int, int]:
    return line.task.name, line.task.position, line.task.attempt


def _attempt(
    lines: Sequence[Line], labels: Mapping[tuple[str, int], str], gone: Collection[Process], over: bool
) -> Attempt:
    first, last = lines[0], lines[-1]
    name, position = last.task.name, last.task.position
    outcome = "running" if last.event == "began" else cast("Outcome", last.event)
    killed = (outcome == "running" and last.process in gone) or (outcome == "waiting" and over)
    done = [line for line in lines if line.event != "began"]
    computed = [line.cpu_seconds for line in done if line.cpu_seconds is not None]
    most = [line.peak_mb for line in done if line.peak_mb is not None]
    found = Attempt(
        dag_id=last.dag,
        run_id=last.run,
        task_id=name,
        label=labels.get((name, position), f"number {position}" if position >= 0 else ""),
        attempt=last.task.attempt,
        outcome="killed" if killed else outcome,
        began_at=datetime.fromisoformat(first.at),
        cpu_seconds=round(sum(computed), 3) if computed else None,
        peak_mb=max(most, default=None),
        rows=last.rows,
        error=_WITHOUT_A_WORD if killed else last.error,
    )
    if outcome in UNFINISHED:
        return found
    seconds = last.clock - first.clock
    # The machine was started anew in between where it is negative.
    return replace(found, ended_at=datetime.fromisoformat(last.at), seconds=round(seconds, 3) if seconds >= 0 else None)
