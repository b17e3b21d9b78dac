"""One id for an athlete over seasons and teams.

The records number a player anew each season. Two player-seasons are the same athlete when name and height agree
and his class goes on as time does. A season may be missed in between (a transfer used to sit one out). First
those are joined whose class goes up by exactly the years that passed, then those whose class merely does not
fall; each time only where neither side has another candidate. Whatever is ambiguous stays separate. Later
seasons never change an earlier id: it is the number of the athlete's first season.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tipoff_espn.server.recorded.tables import Row

CLASSES = {"Fr.": 0, "So.": 1, "Jr.": 2, "Sr.": 3, "Gr.": 4}
MAX_GAP = 2
"""Years between two seasons of an athlete."""

_BRACKETS, _GAPS, _OTHER = re.compile(r"\(.*?\)"), re.compile(r"[,\s-]+"), re.compile(r"[^a-z0-9 ]+")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "v"})


@dataclass(slots=True)
class _Chain:
    """An athlete as known so far."""

    id: str
    season: int
    height: float | None
    year: int | None

    def take(self, row: Row) -> None:
        """Adds a season."""
        self.season = row["season"]
        self.height = row["ht_inches"] if row["ht_inches"] is not None else self.height
        self.year = CLASSES.get(row["class"], self.year)


def athlete_ids(rows: Iterable[Row]) -> dict[str, str]:
    """The athlete's id for each ``player_id`` of the rosters of all seasons."""
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["name"] and row["player_id"]:
            by_name[name_key(row["name"])].append(row)
    ids: dict[str, str] = {}
    for same_name in by_name.values():
        _follow(same_name, ids)
    return ids


def name_key(name: str) -> str:
    """A name without case, accents, punctuation, nickname in brackets and generation."""
    plain = _BRACKETS.sub(" ", name) if "(" in name else name
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    letters = _OTHER.sub("", _GAPS.sub(" ", plain.lower()))
    return " ".join(word for word in letters.split() if word not in _SUFFIXES) or name


def _follow(rows: list[Row], ids: dict[str, str]) -> None:
    """Joins the seasons of one name."""
    seasons: dict[int, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["season"], row["player_id"])):
        seasons[row["season"]].append(row)
    chains: list[_Chain] = []
    for season, players in sorted(seasons.items()):
        open_ = [chain for chain in chains if season - chain.season <= MAX_GAP]
        waiting = players
        for fits in (_goes_up, _does_not_fall):
            if waiting and open_:
                waiting, open_ = _join(waiting, open_, fits, ids)
        for row in waiting:
            chain = _Chain(row["player_id"], season, None, None)
            chain.take(row)
            chains.append(chain)
            ids[row["player_id"]] = chain.id


def _join(
    players: list[Row], chains: list[_Chain], fits: Callable[[_Chain, Row], bool], ids: dict[str, str]
) -> tuple[list[Row], list[_Chain]]:
    """Joins pairs that have no other candidate on either side; returns what is left of both."""
    candidates = {row["player_id"]: [c for c in chains if _same_height(c, row) and fits(c, row)] for row in players}
    wanted: dict[int, int] = defaultdict(int)
    for found in candidates.values():
        for chain in found:
            wanted[id(chain)] += 1
    joined: set[int] = set()
    left = []
    for row in players:
        found = candidates[row["player_id"]]
        if len(found) == 1 and wanted[id(found[0])] == 1:
            found[0].take(row)
            joined.add(id(found[0]))
            ids[row["player_id"]] = found[0].id
        else:
            left.append(row)
    return left, [chain for chain in chains if id(chain) not in joined]


def _same_height(chain: _Chain, row: Row) -> bool:
    """Equal, or one of them not recorded."""
    return chain.height is None or row["ht_inches"] is None or chain.height == row["ht_inches"]


def _goes_up(chain: _Chain, row: Row) -> bool:
    year = CLASSES.get(row["class"])
    return chain.year is not None and year is not None and year - chain.year == row["season"] - chain.season


def _does_not_fall(chain: _Chain, row: Row) -> bool:
    year = CLASSES.get(row["class"])
    return chain.year is None or year is None or year >= chain.year
