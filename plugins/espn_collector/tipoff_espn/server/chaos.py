"""Chaos: what a source may do to a client on a bad day, reproducibly and in a known share of requests."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args
from urllib.parse import urlencode

from aiohttp import web
from tipoff.errors import SettingsError

Kind = Literal[
    "429", "429-retry-after", "5xx", "403", "stall", "reset",
    "truncated", "mistyped", "renamed", "25-events", "incomplete", "duplicates",
]  # fmt: skip

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""Every kind. The first six touch the answer's way, the others its contents."""

RENAMES: Final[Mapping[str, str]] = {
    "competitors": "participants",
    "homeAway": "side",
    "score": "points",
    "linescores": "lineScores",
    "curatedRank": "rank",
    "conferenceId": "groupId",
    "attendance": "crowd",
    "displayValue": "display",
    "didNotPlay": "dnp",
    "predictor": "projection",
    "pickcenter": "pickCenter",
    "experience": "classYear",
    "ranks": "rankedTeams",
    "displayName": "title",
}
"""Keys that may get another name. Some of them are always there, and some are never missed."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One answer that was spoilt.

    Args:
        request: path and query, the parameters in order.
        asked: how often it had been asked before.
        kind: what was done.
    """

    request: str
    asked: int
    kind: Kind


@dataclass(kw_only=True, slots=True)
class Chaos:
    """Spoils a share of the answers.

    Whether and how an answer is spoilt depends on `seed`, the request, and how often that was asked before: the same
    questions meet the same fate, and asking again may help. One `Chaos` counts for all the servers it is given to.

    Args:
        seed: of all draws.
        rate: share of requests to spoil, 0 to 1.
        kinds: in what ways. One that a given answer does not allow gives way to another of them.
        first: spoil a request only the first so many times it is asked; None: whenever it is drawn.
        stall_seconds: how long a stalled answer takes.
        retry_after: seconds that a ``Retry-After`` asks for.
        agents: every request is refused with 403 whose User-Agent holds one of these texts, whatever the draw.
        renames: keys and their new names. In any one list of the API the same key changes, from 15 January on.
        log: a file that notes each strike, a JSON object a line, so that the counts outlive the process.

    Raises:
        SettingsError: a rate outside 0 to 1, an unknown kind or none.
    """

    seed: int = 0
    rate: float = 0.05
    kinds: tuple[Kind, ...] = KINDS
    first: int | None = None
    stall_seconds: float = 60.0
    retry_after: int = 1
    agents: tuple[str, ...] = ()
    renames: Mapping[str, str] = field(default_factory=lambda: dict(RENAMES))
    log: Path | None = None
    strikes: list[Strike] = field(default_factory=list, init=False)
    """What was done so far, by this object."""
    _asked: Counter[str] = field(default_factory=Counter, init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise SettingsError(f"chaos strikes a share of 0 to 1 of the requests, got `{self.rate}`; try 0.05")
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds:
            raise SettingsError(
                f"`{'`, `'.join(unknown)}` is no kind of chaos; choose one or more of {', '.join(KINDS)}"
            )
        if self.log is not None and self.log.exists():
            for line in self.log.read_text().splitlines():
                seen = json.loads(line)
                self._asked[seen["request"]] = max(self._asked[seen["request"]], seen["asked"] + 1)

    def ask(self, request: web.Request) -> Draw | None:
        """Counts a request, and draws its fate; None when it is to be answered as it is."""
        key = request_key(request)
        asked = self._asked[key]
        self._asked[key] += 1
        if any(text in request.headers.get("User-Agent", "") for text in self.agents):
            return Draw(key, asked, random.Random(0), ("403",))
        # Text as a seed gives the same numbers in every process.
        rng = random.Random(f"{self.seed}|{key}|{asked}")
        if rng.random() >= self.rate or (self.first is not None and asked >= self.first):
            return None
        return Draw(key, asked, rng, tuple(rng.sample(self.kinds, len(self.kinds))))

    def note(self, draw: Draw, kind: Kind) -> None:
        """Records that a request was struck."""
        strike = Strike(draw.request, draw.asked, kind)
        self.strikes.append(strike)
        if self.log is not None:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            line = {"request": strike.request, "asked": strike.asked, "kind": strike.kind}
            with self.log.open("a") as file:
                file.write(json.dumps(line) + "\n")


@dataclass(frozen=True, slots=True)
class Draw:
    """A request that is to be struck, with the random numbers for it and the kinds to try, in order."""

    request: str
    asked: int
    rng: random.Random
    kinds: tuple[Kind, ...]


def request_key(request: web.Request) -> str:
    """A request's path and query, the parameters in order; host and headers do not count."""
    query = urlencode(sorted(request.query.items()))
    return f"{request.path}?{query}" if query else request.path
