"""One id for an athlete over seasons and teams.

The rosters number a player anew each season. Two player-seasons are one athlete when name and height agree and his
class goes on as time does; a season may be missed in between (a transfer used to sit one out). First those are joined
whose class goes up by the years that passed, then those whose class does not fall; each time only where neither side
has another candidate. What is ambiguous stays separate. The id is the number of the athlete's first season, so that
no later season changes an earlier one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

CLASSES: Final = {"Fr.": 0, "So.": 1, "Jr.": 2, "Sr.": 3, "Gr.": 4}
PREFIX: Final = "ncaa:"
"""Before the NCAA's number, so that it is never taken for an id at ESPN."""

_GAP: Final = 2
"""Years between two seasons of an athlete, at most."""

_BRACKETS, _GAPS, _OTHER = re.compile(r"\(.*?\)"), re.compile(r"[,\s-]+"), re.compile(r"[^a-z0-9 ]+")
_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "v"})


class PlayerSeason(NamedTuple):
    """What a roster says of a player that tells who he is."""

    season: int
    player_id: str
    name: str
    height: float | None
    year: int | None
    """0 a freshman to 4 a graduate."""


@dataclass(slots=True, eq=False)
class _Athlete:
    id: str
    last: PlayerSeason
    height: float | None
    year: int | None

    def take(self, player: PlayerSeason) -> None:
        self.last = player
        self.height = self.height if player.height is None else player.height
        self.year = self.year if player.year is None else player.year


def athlete_ids(players: Iterable[PlayerSeason]) -> dict[str, str]:
    """The athlete's id for each ``player_id``."""
    by_name: dict[str, list[PlayerSeason]] = defaultdict(list)
    for player in players:
        by_name[name_key(player.name)].append(player)
    ids: dict[str, str] = {}
    for namesakes in by_name.values():
        _follow(sorted(namesakes, key=lambda player: (player.season, player.player_id)), ids)
    return ids


def name_key(name: str) -> str:
    """A name without case, accents, punctuation, nickname in brackets and generation."""
    plain = _BRACKETS.sub(" ", name)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    letters = _OTHER.sub("", _GAPS.sub(" ", plain.lower()))
    return " ".join(word for word in letters.split() if word not in _SUFFIXES) or name


def _follow(players: list[PlayerSeason], ids: dict[str, str]) -> None:
    athletes: list[_Athlete] = []
    for season in sorted({player.season for player in players}):
        waiting = [player for player in players if player.season == season]
        free = [athlete for athlete in athletes if season - athlete.last.season <= _GAP]
        for fits in (_goes_up, _does_not_fall):
            waiting, free = _join(waiting, free, fits, ids)
        for player in waiting:
            ids[player.player_id] = f"{PREFIX}{player.player_id}"
            athletes.append(_Athlete(ids[player.player_id], player, player.height, player.year))


def _join(
    players: list[PlayerSeason],
    athletes: list[_Athlete],
    fits: Callable[[_Athlete, PlayerSeason], bool],
    ids: dict[str, str],
) -> tuple[list[PlayerSeason], list[_Athlete]]:
    """Joins the pairs that have no other candidate on either side; returns what is left of both."""
    if not players or not athletes:
        return players, athletes
    found = {p: [a for a in athletes if _same_height(a, p) and fits(a, p)] for p in players}
    wanted = Counter(id(athlete) for candidates in found.values() for athlete in candidates)
    pairs = {p: each[0] for p, each in found.items() if len(each) == 1 and wanted[id(each[0])] == 1}
    for player, athlete in pairs.items():
        athlete.take(player)
        ids[player.player_id] = athlete.id
    joined = set(map(id, pairs.values()))
    return [p for p in players if p not in pairs], [a for a in athletes if id(a) not in joined]


def _same_height(athlete: _Athlete, player: PlayerSeason) -> bool:
    return athlete.height is None or player.height is None or athlete.height == player.height


def _goes_up(athlete: _Athlete, player: PlayerSeason) -> bool:
    if athlete.year is None or player.year is None:
        return False
    return player.year - athlete.year == player.season - athlete.last.season


def _does_not_fall(athlete: _Athlete, player: PlayerSeason) -> bool:
    return athlete.year is None or player.year is None or player.year >= athlete.year
