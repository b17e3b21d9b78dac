"""What the report shows of the data and of the work that brings it, as plain data. Instants are naive UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tipoff.quality.coverage import Gap, State, Total

SLOW = 2.0
"""A run that takes so many times the usual is called slow."""

SLOW_SECONDS = 1.0
"""A run that takes less is never called slow: it is all start-up."""

USUAL_RUNS = 5
"""So many earlier runs are needed to know what is usual."""


@dataclass(frozen=True)
class Freshness:
    """How far a dataset was collected, and how its last run went; `error` is empty where that went well."""

    league: str
    dataset: str
    day: date | None
    ended_at: datetime | None
    rows: int
    quarantined: int
    error: str


@dataclass(frozen=True)
class CheckState:
    """A quality check's latest result; `first` is a row that it found, as JSON, `error` why it could not run."""

    name: str
    table: str
    severity: str
    passed: bool
    offenders: int
    checked_at: datetime
    first: str = ""
    error: str = ""


@dataclass(frozen=True)
class Date:
    """A day of the calendar: its worst state (None outside of the season), and how many games are listed."""

    day: date
    state: State | None
    games: int


@dataclass(frozen=True)
class Month:
    """A month of the calendar, in weeks from Monday to Sunday; None for days of other months."""

    first: date
    weeks: tuple[tuple[Date | None, ...], ...]


@dataclass(frozen=True)
class Covered:
    """A season held against the schedule; see `tipoff.quality.coverage`."""

    title: str
    season: int
    months: tuple[Month, ...]
    totals: tuple[Total, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Drifted:
    """A field of an answer, or a figure of the data, that is not what it was."""

    severity: str
    what: str
    of: str
    change: str
    since: date | None


@dataclass(frozen=True)
class SetAside:
    """Records in quarantine that are alike in place and reason; `example` is the id of one."""

    dataset: str
    league: str
    records: int
    place: str
    reason: str
    since: datetime
    example: str


@dataclass(frozen=True)
class Ran:
    """One run of a piece of work; `rows` were new or changed, `error` is empty where it went well.

    A task of Airflow's also tells how its last attempt ended (`outcome`), what that took, and how many there were.
    """

    run_id: str
    ended_at: datetime
    seconds: float
    rows: int | None
    error: str
    outcome: str = "success"
    attempts: int = 1
    cpu_seconds: float | None = None
    peak_mb: float | None = None

    @property
    def typical(self) -> bool:
        """Whether its duration says what is usual."""
        return not self.error and self.outcome == "success"


@dataclass(frozen=True)
class Work:
    """A dataset that is collected, a builder that computes features, or a task, with its latest runs, newest first.

    Args:
        kind: ``collect`` or ``features``; of a task its DAG.
        name: of the dataset, the builder or the task.
        runs: the latest.
    """

    kind: str
    name: str
    runs: tuple[Ran, ...]

    @property
    def last(self) -> Ran:
        """The latest run."""
        return self.runs[0]

    @property
    def usual(self) -> float | None:
        """Median of the seconds of the earlier runs that went well; None where they are too few."""
        earlier = [each.seconds for each in self.runs[1:] if each.typical]
        return median(earlier) if len(earlier) >= USUAL_RUNS else None

    @property
    def slow(self) -> bool:
        """Whether the latest run took far longer than usual."""
        seconds = self.last.seconds
        return self.usual is not None and seconds > SLOW_SECONDS and seconds > SLOW * self.usual

    @property
    def retries(self) -> int:
        """Attempts beyond the first, over all the runs."""
        return sum(each.attempts - 1 for each in self.runs)


@dataclass(frozen=True)
class Limit:
    """What the limiter knows of a source's host, as the processes of this machine share it.

    Args:
        host: with its port.
        permitted: requests a second that it is seen to bear.
        asked: requests so far.
        refused: those that it answered with «too many requests».
        trouble: share of errors and timeouts among the latest answers.
    """

    host: str
    permitted: float
    asked: int
    refused: int
    trouble: float


@dataclass(frozen=True)
class Done:
    """One thing that a run did; figures that do not exist for it are None."""

    kind: str
    what: str
    seconds: float | None
    rows: int | None
    said: str
    failed: bool
