"""Tables of ESPN's own: what the checks need to know beyond the games themselves."""

from __future__ import annotations

from tipoff import Column, Table

_LEAGUE = Column("league", "VARCHAR", "e.g. mens-college-basketball")
_AS_OF = Column("as_of", "DATE", "the first day on which it was seen to be so")
_LAST_SEEN = Column("last_seen", "DATE", "the last such day")

SCOREBOARD, CORE, SCHEDULE = "scoreboard", "core", "schedule"
"""ESPN's lists of games: the scoreboard of a day, the core API's events of a day, a team's schedule."""

DAYS = Table(
    "espn_days",
    key=("league", "game_date", "list", "as_of"),
    columns=(
        _LEAGUE,
        Column("game_date", "DATE", "calendar day, US Eastern"),
        Column("list", "VARCHAR", "scoreboard or core, with the group that was asked for (scoreboard/50)"),
        _AS_OF,
        _LAST_SEEN,
        Column("events", "INTEGER", "how many it listed"),
    ),
    doc="A row a day and list, each time its number of events was seen changed.",
    history=("as_of", "last_seen"),
)

LISTED = Table(
    "espn_listed",
    key=("league", "game_id", "list", "as_of"),
    columns=(
        _LEAGUE,
        Column("game_id", "VARCHAR", "the game's id"),
        Column("list", "VARCHAR", "core or schedule: who lists it besides the scoreboard"),
        _AS_OF,
        _LAST_SEEN,
        Column("game_date", "DATE", "calendar day, US Eastern"),
        Column("home_score", "INTEGER", "points, only when final, and only a schedule tells"),
        Column("away_score", "INTEGER", "likewise"),
    ),
    doc="A row a game that another list than the scoreboard holds: games that the scoreboard leaves out, or corrects.",
    history=("as_of", "last_seen"),
)

TEAM_NAMES = Table(
    "espn_team_names",
    key=("league", "team_id", "as_of"),
    columns=(_LEAGUE, Column("team_id", "VARCHAR", "the team's id"), _AS_OF, _LAST_SEEN, Column("name", "VARCHAR")),
    doc="A row a team and name, each time it was seen changed: an id should stay the same team's.",
    history=("as_of", "last_seen"),
)

TABLES = (DAYS, LISTED, TEAM_NAMES)
