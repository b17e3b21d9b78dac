"""The lines of box scores in one answer, held against each other, whoever collected them.

An athlete stands once in a game, under one team. A source that lists one twice is believed where exactly one choice of
his lines makes every team's players add up to what the team did; else his lines are set aside. And where the
players have all of their team's points, so that nobody lacks, their minutes must be those of a game.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

from tipoff.collecting.repeats import Keyed
from tipoff.domain import PLAYER_STATS, TEAM_STATS

_COUNTS: Final = (
    "points",
    "field_goals_made",
    "field_goals_attempted",
    "three_points_made",
    "three_points_attempted",
    "free_throws_made",
    "free_throws_attempted",
    "assists",
    "steals",
    "blocks",
)
"""What a team has of exactly what its players have; rebounds, turnovers and fouls may be the team's own."""

_CHOICES: Final = 4096
"""Ways to choose among lines that are tried; twelve athletes listed under both teams have so many."""

_LEAST: Final = 192
_MOST: Final = 450
"""Minutes of a team: five at a time for 40, and for 5 an overtime, of which there were ten at most; each player's are
rounded. `raw.doubtful_minutes` holds them against the overtimes that there were."""

_Game = tuple[object, ...]
_Line = dict[str, Any]


class Doubt(NamedTuple):
    """Something that is set aside."""

    path: str
    reason: str
    record: Mapping[str, Any]


def settled(rows: list[Keyed]) -> tuple[list[Keyed], list[Doubt]]:
    """The rows of one answer without lines that contradict others, and those.

    Args:
        rows: in the order in which they were given. The minutes of a team that do not add up are made missing in them.
    """
    games: dict[_Game, dict[_Game, list[_Line]]] = {}
    for table, key, values in rows:
        if table == PLAYER_STATS.name:
            games.setdefault(key[:3], {}).setdefault(key, []).append(values)
    if not games:
        return rows, []
    totals: dict[_Game, dict[str, _Line]] = {}
    for table, key, values in rows:
        if table == TEAM_STATS.name and key[:3] in games:
            totals.setdefault(key[:3], {})[values["team_id"]] = values
    dropped: set[int] = set()
    doubts: list[Doubt] = []
    for game, athletes in games.items():
        teams = totals.get(game, {})
        several = {key: lines for key, lines in athletes.items() if _differ(lines)}
        if several:
            sure = [lines[-1] for key, lines in athletes.items() if key not in several]
            chosen = _chosen(several, sure, teams)
            for key, lines in several.items():
                kept = chosen.get(key)
                dropped |= {id(line) for line in lines if line is not kept}
                if kept is None:
                    doubts.append(Doubt(f"{PLAYER_STATS.name}.team_id", _told(key, lines), lines[0]))
                else:
                    reason = f"{_told(key, lines)}; only that of team `{kept['team_id']}` fits its total"
                    doubts += [
                        Doubt(f"{PLAYER_STATS.name}.team_id", reason, line) for line in lines if line is not kept
                    ]
        left = [line for lines in athletes.values() for line in lines if id(line) not in dropped]
        doubts += _minutes(left, teams)
    if dropped:
        rows = [row for row in rows if id(row[2]) not in dropped]
    return rows, doubts


def _differ(lines: Sequence[_Line]) -> bool:
    """Whether an athlete's lines contradict each other; a line may be told in parts."""
    if len(lines) == 1:
        return False
    first = lines[0]
    return any(
        value is not None and first.get(name) is not None and first[name] != value
        for line in lines[1:]
        for name, value in line.items()
    )


def _told(key: _Game, lines: Iterable[_Line]) -> str:
    teams = " and ".join(dict.fromkeys(f"`{line['team_id']}`" for line in lines))
    return f"athlete `{key[3]}` stands {sum(1 for _ in lines)} times in game `{key[2]}`, under {teams}"


def _chosen(
    several: Mapping[_Game, list[_Line]], sure: Sequence[_Line], teams: Mapping[str, _Line]
) -> dict[_Game, _Line]:
    """The one choice of a line for each athlete with which every team adds up; none of an athlete who adds nothing."""
    if len(teams) < 2 or any(line["team_id"] not in teams for lines in several.values() for line in lines):
        return {}
    counting = {key: lines for key, lines in several.items() if any(line.get(n) for line in lines for n in _COUNTS)}
    ways = 1
    for lines in counting.values():
        ways *= len(lines)
    names = [name for name in _COUNTS if all(team.get(name) is not None for team in teams.values())]
    if not counting or ways > _CHOICES or not names:
        return {}
    lacking = {team: [total[name] for name in names] for team, total in teams.items()}
    for line in sure:
        if line["team_id"] in lacking:
            _take(lacking[line["team_id"]], line, names)
    fitting: list[tuple[_Line, ...]] = []
    for choice in product(*counting.values()):
        left = {team: list(counts) for team, counts in lacking.items()}
        for line in choice:
            _take(left[line["team_id"]], line, names)
        if not any(count for counts in left.values() for count in counts):
            fitting.append(choice)
    return dict(zip(counting, fitting[0], strict=True)) if len(fitting) == 1 else {}


def _take(counts: list[int], line: _Line, names: Sequence[str]) -> None:
    for position, name in enumerate(names):
        counts[position] -= line.get(name) or 0


def _minutes(lines: Sequence[_Line], teams: Mapping[str, _Line]) -> Iterator[Doubt]:
    """Makes the minutes of a team missing that no game has, where all its players are there."""
    for team_id, total in teams.items():
        own = [line for line in lines if line["team_id"] == team_id]
        played = [line["minutes"] for line in own if line.get("minutes") is not None]
        if not played or total.get("points") is None or sum(line.get("points") or 0 for line in own) != total["points"]:
            continue
        unknown = any(line.get("minutes") is None and line.get("points") for line in own)
        if sum(played) <= _MOST and (unknown or sum(played) >= _LEAST):
            continue
        reason = f"team `{team_id}` played `{sum(played):g}` minutes in a game of 200, and 25 more an overtime"
        yield Doubt(f"{PLAYER_STATS.name}.minutes", reason, {**own[0], "minutes": sum(played)})
        for line in own:
            if line.get("minutes") is not None:
                line["minutes"] = None
