"""Which answers of "there is nothing" are believed, and which are an outage.

A 404 to an optional request, and an answer of which nothing comes, say that the source has nothing there. Of one game
that is an answer. Of many questions of one kind at one time it is an outage: they are owed and asked again by every
run, the run fails, and coverage says so.

- *Finished games, to a dataset with rows of every game* (`Dataset.per_game`): an outage is at least `FEWEST`, and more
  than `SHARE` of those that were asked about then and twice the share that is usual.
- *Other questions of a kind* to which it answers 404, or where it had something before: likewise; where nothing is
  known of earlier answers, more than `SHARE_AT_FIRST`.
- *A list that stands alone in its kind*, like that of all teams: where it had `LIST` rows or more.
- *Days of which games are known, to a dataset that lists games*: at least `FEWEST_DAYS`, and more than `SHARE_OF_DAYS`.

*Then* is a calendar day (UTC), with the days before it where fewer than `ENOUGH` were asked. An empty answer (200) to a
question that was never asked before is taken at its word, unless it is about a finished game and its kind has answered
others: some leagues have no odds, some seasons no box scores.

The source is believed when it says the same `REPEATED` later or more, while it answers others of that kind. So too of a
single finished game, and of a single day whose games all went: they are asked about once more, and fail no run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from tipoff import clock

FEWEST: Final = 5
FEWEST_DAYS: Final = 3
ENOUGH: Final = 20
"""Answers from which a share can be told, and earlier ones from which it is known what is usual."""

SHARE: Final = 0.1
SHARE_AT_FIRST: Final = 0.5
SHARE_OF_DAYS: Final = 0.25
REPEATED: Final = timedelta(hours=20)
"""After which the same answer counts as said again: by the run of the next day, and not by a retry."""

LIST: Final = 20
"""Rows that a list had which is an outage by itself when it has none."""

WELL: Final = 3
"""Questions of a kind that must have something before the source counts as well."""

LONE: Final = 100
"""Single games, at most, about which a run makes the next one ask once more."""

_BACK: Final = timedelta(days=6)
ONCE: Final = "the source says once that it has nothing; it is asked once more"


class Answer(NamedTuple):
    """The latest answer to a question, or to those about a day: what is judged."""

    keys: tuple[tuple[str, str], ...]
    """Key and batch of each."""
    kind: str
    at: datetime
    nothing: bool
    plain: bool
    """It says so in plain words (404), or had something before."""
    due: bool
    """Of a finished game there should be rows, of a known day games."""
    said_since: datetime | None
    owed_since: datetime | None
    reason: str
    """Why it is owed."""
    had_rows: int = 0
    """Rows that the last of its answers gave that gave any."""

    @property
    def believed(self) -> bool:
        """Whether it was said again, and is not owed."""
        return (
            self.nothing and self.owed_since is None and self.said_since is not None and _again(self, self.said_since)
        )

    @property
    def suspect(self) -> bool:
        """Whether it says for the first time that there is nothing."""
        return self.nothing and self.owed_since is None and not self.believed


def _again(answer: Answer, since: datetime) -> bool:
    return answer.at - since >= REPEATED


def questions(answers: Iterable[Answer]) -> Iterator[tuple[Answer, str]]:
    """Those of the questions whose answer is not believed, each with the reason."""
    kinds: dict[str, list[Answer]] = {}
    for answer in answers:
        kinds.setdefault(answer.kind, []).append(answer)
    few = [kind for kind, of in kinds.items() if len(of) < FEWEST]
    kinds[""] = [answer for kind in few for answer in kinds.pop(kind)]  # lists, and addresses with names for ids
    lists = {answer for answer in kinds[""] if answer.had_rows >= LIST}
    lone: list[Answer] = []
    for of in kinds.values():
        storms = dict[Answer, str]()
        for window in _windows(of):
            storms |= _storm(of, window)
        is_well = _answers_others(of)
        for answer in of:
            if answer in storms:
                yield answer, storms[answer]
            elif answer.nothing and answer.owed_since is not None:
                if not ((is_well or answer in lists) and _again(answer, answer.owed_since)):
                    yield answer, answer.reason
            elif answer.suspect and answer in lists:
                yield answer, f"the source has nothing, where it had {answer.had_rows} rows: an outage"
            elif answer.suspect and answer.due:
                lone.append(answer)
    for answer in sorted(lone, key=lambda each: each.at, reverse=True)[:LONE]:
        yield answer, ONCE


def days(answers: Iterable[Answer], began: datetime, settle: timedelta) -> Iterator[tuple[Answer, str]]:
    """Those of the days whose list is not believed, each with the reason."""
    by_look: dict[date, list[Answer]] = {}
    for answer in answers:
        by_look.setdefault(answer.at.date(), []).append(answer)
    for of in by_look.values():
        gone = [answer for answer in of if answer.suspect or (answer.nothing and answer.owed_since is None)]
        storm = len(gone) >= FEWEST_DAYS and len(gone) > SHARE_OF_DAYS * len(of)
        reason = f"the list of the day is empty, like those of {len(gone)} of {len(of)} days of which games are known"
        is_well = not storm and any(not answer.nothing for answer in of)
        for answer in of:
            if not answer.nothing:
                continue
            if answer.owed_since is not None:
                if not (is_well and _again(answer, answer.owed_since)):
                    yield answer, answer.reason
            elif storm:
                yield answer, reason
            elif answer.at >= began and clock.day_end(date.fromisoformat(answer.kind)) + settle <= answer.at:
                yield answer, ONCE  # a day that has not settled is asked about again in any case


def _windows(answers: Sequence[Answer]) -> Iterator[list[Answer]]:
    """The answers of each day on which something was suspect, with those of days before it where they are few."""
    by_day: dict[date, list[Answer]] = {}
    for answer in answers:
        by_day.setdefault(answer.at.date(), []).append(answer)
    for day in sorted(day for day, of in by_day.items() if any(answer.suspect for answer in of)):
        window: list[Answer] = []
        back = day
        while len(_counted(window)) < ENOUGH and back >= day - _BACK:
            window += by_day.get(back, ())
            back -= timedelta(days=1)
        yield window


def _counted(answers: Sequence[Answer]) -> list[Answer]:
    """Those that tell whether the source is well: neither known to have nothing, nor asked since they had nothing."""
    return [answer for answer in answers if not answer.believed and not (answer.nothing and answer.owed_since)]


def _storm(kind: Sequence[Answer], window: Sequence[Answer]) -> dict[Answer, str]:
    """The window's answers that are an outage, each with the reason; none where there is none."""
    usual = _usual(kind, window)
    found = [answer for answer in window if answer.suspect and (answer.plain or (answer.due and usual is not None))]
    asked = len(_counted(window))
    at_first = SHARE if all(answer.due for answer in found) else SHARE_AT_FIRST
    share = at_first if usual is None else max(SHARE, 2 * usual)
    if len(found) < FEWEST or len(found) <= share * asked:
        return {}
    return dict.fromkeys(found, f"the source has nothing, as it says of {len(found)} of {asked} alike: an outage")


def _answers_others(kind: Sequence[Answer]) -> bool:
    """Whether the source answers the latest questions of a kind: those of the last day, or of a few days before it."""
    latest = max(answer.at for answer in kind).date() if kind else date.min
    window: list[Answer] = []
    for back in range(_BACK.days + 1):
        window += [answer for answer in kind if answer.at.date() == latest - timedelta(days=back)]
        if len(_counted(window)) >= ENOUGH:
            break
    counted = _counted(window)
    nothing = sum(answer.nothing for answer in counted)
    most = max(SHARE, 2 * (_usual(kind, window) or 0.0))
    return len(counted) - nothing >= WELL and nothing <= most * len(counted)


def _usual(kind: Sequence[Answer], window: Sequence[Answer]) -> float | None:
    """The share of nothing among a kind's answers outside of a window; None where it cannot be told."""
    inside = set(window)
    others = [answer for answer in kind if answer not in inside]
    return sum(answer.nothing for answer in others) / len(others) if len(others) >= ENOUGH else None
