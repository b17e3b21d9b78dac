"""Whether a field that is seen today is as it ever was.

Fields come and go: odds before the game only, attendance not of every game. So a field is held against its own past:
against the *lowest* share that it ever had among the objects that could hold it, and what is called drift must be both
large and all but impossible by chance. A look that showed drift does not become part of the past, so that drift stays
until it is mended, or until a person accepts it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from tipoff.contracts import Severity
from tipoff.quality.drift.profile import Seen

Change = Literal["", "new", "missing", "rarer", "retyped"]

CHANCE: Final = 1e-6
"""A loss that is likelier than this by chance is none: a season holds some 50,000 comparisons."""

_CHANCE_OF_NEW: Final = 1e-4
_APART: Final = timedelta(days=7)
"""How far apart looks are that may be at other games."""

_RARER: Final = 0.8
"""A field is rarer when its share falls below this part of the lowest it ever had."""

_GONE: Final = 0.1
"""It is missing when its share falls below this part of what it usually is."""

_NOTED: Final = 0.2
"""The loss of a field that nobody uses is told if it usually had at least this share."""

_LOOKS: Final = 3
"""Earlier looks that are needed before anything is judged."""

_OBJECTS: Final = 5
"""Objects that a share is reckoned from at the least; looks at fewer are taken together."""

_ALIKE: Final = 10
"""Objects of one answer that count as independent of each other, at the most."""

_TYPED: Final = 20
"""Values that must have been seen before a type can be called new."""

_RECENT, _OLDER = 20, 40
"""Looks that are remembered: the last ones all, and of those before one a week."""

NEWS: Final = timedelta(days=14)
"""How long a new field is told."""

FORGET: Final = timedelta(days=30)
"""How long the loss of a field is told that nobody uses."""


class Look(NamedTuple):
    """How a field was seen at one look."""

    day: date
    answers: int
    objects: int
    present: int


@dataclass(frozen=True)
class Field:
    """A field as it is known; the columns of ``ops.field``."""

    state: str
    path: str
    first_seen: date
    last_seen: date
    severity: Severity = "info"
    change: Change = ""
    since: date | None = None
    share_before: float | None = None
    share_now: float | None = None
    now_types: Mapping[str, float] = field(default_factory=dict)
    perhaps: str = ""
    types: Mapping[str, int] = field(default_factory=dict)
    looks: Sequence[Look] = ()


def learn(known: Field | None, seen: Seen, day: date, severity: Severity) -> Field:
    """A field with one more look, unjudged."""
    base = known or Field(seen.state, seen.path, day, day)
    looks = remembered([*base.looks, Look(day, seen.answers, seen.objects, seen.present)])
    types = {name: base.types.get(name, 0) + seen.types.get(name, 0) for name in {**base.types, **seen.types}}
    return replace(
        base,
        last_seen=day if seen.present else base.last_seen,
        severity=severity,
        share_now=_share(seen.present, seen.objects),
        now_types=_shares(seen.types),
        types=types,
        looks=looks,
    )


def judge(known: Field, seen: Seen, day: date, severity: Severity) -> Field:
    """A known field after another look at objects that could hold it.

    Args:
        known: as it was.
        seen: now.
        day: today.
        severity: of its loss, as the dataset says now.
    """
    change, before = _compare(known, seen)
    used = severity != "info"
    if change in ("missing", "rarer", "retyped") or (change is None and known.change not in ("", "new")):
        kept = change or known.change
        since = known.since if known.change not in ("", "new") and known.since else day
        if not used and day - since > FORGET:
            return learn(replace(known, change="", since=None, looks=(), types={}), seen, day, severity)
        return replace(
            known,
            last_seen=day if seen.present else known.last_seen,
            severity=severity,
            change=kept,
            since=since,
            share_before=before if change else known.share_before,
            share_now=_share(seen.present, seen.objects),
            now_types=_shares(seen.types),
        )
    still_new = known.change == "new" and known.since is not None and day - known.since <= NEWS
    calm = known if still_new else replace(known, change="", since=None, perhaps="", share_before=None)
    return learn(calm, seen, day, severity)


def is_new(found: Field, parent: Field, now: Seen) -> bool:
    """Whether a field is one that was not there before, and not just a rare one.

    Were it as frequent as ever, then the answers that have it would lie anywhere among all those that could: what is
    judged is the chance that all of them lie in those since it was first seen.

    Args:
        found: the field, first seen lately.
        parent: what holds it.
        now: the last look at the field.
    """
    earlier = [look for look in parent.looks if look.day < found.first_seen and look.present]
    since = [look for look in parent.looks if look.day >= found.first_seen]
    if len(earlier) < _LOOKS or not now.present:
        return False
    before, after = sum(look.answers for look in earlier), sum(look.answers for look in since)
    having = max(1, round(after * now.having / max(1, now.answers)))
    chance = 1.0
    for place in range(min(having, after)):
        chance *= (after - place) / (before + after - place)
    return chance < _CHANCE_OF_NEW


def remembered(looks: Sequence[Look]) -> list[Look]:
    """The looks that are kept: the last ones, and one a week of those before."""
    older: dict[tuple[int, int], Look] = {}
    for look in looks[:-_RECENT]:
        older[look.day.isocalendar()[:2]] = look
    return [*list(older.values())[-_OLDER:], *looks[-_RECENT:]]


def _compare(known: Field, seen: Seen) -> tuple[Change | None, float | None]:
    """What has changed, None where that cannot be said; and the share that the field usually had."""
    looks, now = _pooled(known.looks, seen)
    if len(looks) < _LOOKS or now.objects == 0:
        return None, None
    shares = sorted(look.present / look.objects for look in looks)
    lowest, usual = shares[0], shares[len(shares) // 2]
    share = now.present / now.objects
    if known.severity == "info" and usual < _NOTED:
        return "", usual
    if share < _RARER * lowest:
        had, could = sum(look.present for look in looks), sum(look.objects for look in looks)
        least = min(lowest, (had + 0.5) / (could + 1))
        independent = min(now.objects, _ALIKE * now.answers)
        if _at_most(round(share * independent), independent, least) < CHANCE:
            return ("missing" if share <= _GONE * usual else "rarer"), usual
        return None, None
    if _retyped(known.types, seen.types):
        return "retyped", usual
    return "", usual


def _retyped(before: Mapping[str, int], now: Mapping[str, int]) -> bool:
    """Whether most values have a type that hardly any had."""
    earlier, later = sum(before.values()), sum(now.values())
    if earlier < _TYPED or not later:
        return False
    fresh = sum(count for name, count in now.items() if before.get(name, 0) < earlier / 200)
    return fresh >= later / 2 and fresh >= min(_LOOKS, later)


def _pooled(looks: Sequence[Look], seen: Seen) -> tuple[list[Look], Look]:
    """Earlier looks, small ones taken together; and the present one, with those just before it that had none either.

    Of large ones just before it one a week counts: a game that is ahead is looked at day after day, and says the same.
    """
    now = Look(date.max, seen.answers, seen.objects, seen.present)
    earlier = list(looks)
    counted = earlier[-1].day if earlier else now.day
    while not now.present and earlier and not earlier[-1].present:
        look = earlier.pop()
        if look.objects < _OBJECTS or counted - look.day >= _APART:
            now, counted = _together(now, look), look.day
    pooled: list[Look] = []
    for look in earlier:
        if pooled and pooled[-1].objects < _OBJECTS:
            pooled[-1] = _together(pooled[-1], look)
        elif look.objects:
            pooled.append(look)
    if len(pooled) > 1 and pooled[-1].objects < _OBJECTS:
        last = pooled.pop()
        pooled[-1] = _together(pooled[-1], last)
    return pooled, now


def _together(one: Look, other: Look) -> Look:
    return Look(one.day, one.answers + other.answers, one.objects + other.objects, one.present + other.present)


def _at_most(successes: int, trials: int, chance: float) -> float:
    """The binomial probability of at most so many successes."""
    if chance >= 1:
        return 1.0 if successes >= trials else 0.0
    total = 0.0
    for count in range(successes + 1):
        ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
        total += math.exp(ways + count * math.log(chance) + (trials - count) * math.log1p(-chance))
    return total


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _shares(types: Mapping[str, int]) -> dict[str, float]:
    whole = sum(types.values())
    return {name: round(count / whole, 4) for name, count in sorted(types.items())}
