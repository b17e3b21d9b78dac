"""Plugins with raw tables of their own, of every kind of dating, and features computed from them: leaking and sound."""

from __future__ import annotations

from collections.abc import Mapping

HEAD = '''
"""A source, and features from it."""
from tipoff import Collector, Column, Dataset, FeatureBuilder, Table, hookimpl

TIPOFF_API = 1
KEY = (Column("league", "VARCHAR"), Column("season", "INTEGER"), Column("game_id", "VARCHAR"))
CROWDS = Table("crowds", key=("league", "season", "game_id"), doc="A row a game.",
               columns=(*KEY, Column("crowd", "INTEGER", "people", between=(0, 20000))))
REFEREES = Table("referees", key=("league", "season", "game_id"), doc="A row a game.",
                 columns=(*KEY, Column("referee_age", "DOUBLE", "years", known_before_tip=True),
                          Column("whistles", "INTEGER", "in the game")))
SPLITS = Table("splits", key=("league", "season", "game_id", "team_id"), doc="A row a game and team.",
               columns=(*KEY, Column("team_id", "VARCHAR"), Column("first_half", "INTEGER", "points", between=(0, 90))))
WEATHER = Table("weather", key=("league", "day"), doc="A row a day.",
                columns=(KEY[0], Column("day", "DATE"), Column("rain", "DOUBLE", "mm"),
                         Column("expected", "DOUBLE", "mm", known_before_tip=True)))
RUMORS = Table("rumors", key=("league", "team_id", "heard_at"), doc="A row a rumor.",
               columns=(KEY[0], Column("team_id", "VARCHAR"), Column("heard_at", "TIMESTAMP"),
                        Column("mood", "DOUBLE", "of 10", between=(0, 10))))
TOTALS = Table("totals", key=("league", "season", "team_id"), doc="A row a team and season.",
               columns=(*KEY[:2], Column("team_id", "VARCHAR"), Column("wins", "INTEGER", "games", between=(0, 40))))
ARENAS = Table("arenas", key=("league", "venue_id"), doc="A row an arena.",
               columns=(KEY[0], Column("venue_id", "VARCHAR"), Column("height", "DOUBLE", "m", known_before_tip=True),
                        Column("noise", "DOUBLE", "dB")))
COACHES = Table("coaches", key=("league", "team_id", "since"), history=("since", "until"), doc="A row a coach.",
                columns=(KEY[0], Column("team_id", "VARCHAR"), Column("since", "DATE"), Column("until", "DATE"),
                         Column("wins", "INTEGER", "so far")))
TABLES = (CROWDS, REFEREES, SPLITS, WEATHER, RUMORS, TOTALS, ARENAS, COACHES)
FEATURES = Table(
    "told_features", schema="features", key=("league", "season", "game_id"), doc="A row a game.",
    columns=(*KEY, Column("game_date", "DATE"), Column("tip_utc", "TIMESTAMP"), Column("told", "DOUBLE", "the text")),
)


@hookimpl
def collectors():
    work = f"{__name__}:plan"
    told = Dataset("told", tables=tuple(t.name for t in TABLES), plan=work, parse=work, doc="D.")
    return (Collector("told", conn_id="told", datasets=(told,), tables=TABLES, doc="A source."),)


def plan(_):
    return ()
'''

BUILDER = '''

@hookimpl
def feature_builders():
    inputs = ("raw.games", "{table}")
    compute = f"{{__name__}}:compute"
    return (FeatureBuilder("told", FEATURES, inputs=inputs, compute=compute, lookback={lookback}, doc="D."),)


def compute(ctx):
    return ctx.sql("""
        SELECT g.league, g.season, g.game_id, g.game_date, g.tip_utc, CAST(({told}) AS DOUBLE) AS told
        FROM games AS g WHERE g.season = $season
    """)
'''


def told(table: str, sql: str, lookback: int = 0) -> str:
    """Features that a subquery tells of each game ``g``."""
    return BUILDER.format(table=table, told=sql, lookback=lookback)


def plugin(table: str, sql: str, lookback: int = 0) -> str:
    """A plugin that brings the tables, and features from one of them."""
    return HEAD + told(table, sql, lookback)


LEAKING: Mapping[str, tuple[str, str]] = {
    "its game": ("raw.crowds", "SELECT crowd FROM crowds AS c WHERE c.game_id = g.game_id"),
    "its game or else the mean": (
        "raw.crowds",
        """SELECT coalesce((SELECT crowd FROM crowds AS c WHERE c.game_id = g.game_id), avg(crowd)) FROM crowds
        JOIN games AS e USING (game_id) WHERE e.game_date < g.game_date""",
    ),
    "whether its game was counted": ("raw.crowds", "SELECT count(*) FROM crowds AS c WHERE c.game_id = g.game_id"),
    "another game of the day": (
        "raw.crowds",
        "SELECT avg(crowd) FROM crowds AS c JOIN games AS e USING (game_id) WHERE e.game_date <= g.game_date",
    ),
    "the mean of the season": ("raw.crowds", "SELECT avg(crowd) FROM crowds AS c WHERE c.season = g.season"),
    "a column beside one that is known": (
        "raw.referees", "SELECT whistles FROM referees AS r WHERE r.game_id = g.game_id",
    ),
    "a column that is known, of the next game": (
        "raw.referees",
        "SELECT avg(referee_age) FROM referees AS r JOIN games AS e USING (game_id) WHERE e.game_date > g.game_date",
    ),
    "its game, of one side": (
        "raw.splits", "SELECT first_half FROM splits AS s WHERE s.game_id = g.game_id AND s.team_id = g.home_id",
    ),
    "the day": ("raw.weather", "SELECT rain FROM weather AS w WHERE w.day = g.game_date"),
    "the next days": (
        "raw.weather", "SELECT avg(expected) FROM weather AS w WHERE w.day <> g.game_date AND w.day < g.game_date + 4",
    ),
    "days to come": ("raw.weather", "SELECT sum(rain) FROM weather AS w WHERE w.day >= g.game_date - 3"),
    "an instant after the tip": (
        "raw.rumors", "SELECT avg(mood) FROM rumors AS r WHERE r.heard_at < g.tip_utc + INTERVAL 2 HOUR",
    ),
    "the season's end": (
        "raw.totals", "SELECT wins FROM totals AS t WHERE t.team_id = g.home_id AND t.season = g.season",
    ),
    "no day at all": ("raw.arenas", "SELECT noise FROM arenas AS a WHERE a.venue_id = g.venue_id"),
    "a history's day": (
        "raw.coaches",
        "SELECT sum(wins) FROM coaches AS c WHERE c.team_id = g.home_id AND c.since <= g.game_date",
    ),
    "how many came, in tipoff's own table": ("raw.teams", "SELECT g.attendance FROM teams LIMIT 1"),
    "a box score's assists": (
        "raw.team_stats", "SELECT assists FROM team_stats AS t WHERE t.game_id = g.game_id AND t.team_id = g.home_id",
    ),
    "a player's blocks": ("raw.player_stats", "SELECT sum(blocks) FROM player_stats AS p WHERE p.game_id = g.game_id"),
    "the poll of a week": ("raw.rankings", "SELECT sum(rank) FROM rankings AS r WHERE r.season = g.season"),
}  # fmt: skip
"""The table, and what is told of a game that nobody knew before it."""

SOUND: Mapping[str, tuple[str, str, int]] = {
    "earlier games": (
        "raw.crowds",
        "SELECT avg(crowd) FROM crowds AS c JOIN games AS e USING (game_id) WHERE e.game_date < g.game_date", 0,
    ),
    "what is known of its game": (
        "raw.referees", "SELECT referee_age FROM referees AS r WHERE r.game_id = g.game_id", 0,
    ),
    "earlier days": ("raw.weather", "SELECT avg(rain) FROM weather AS w WHERE w.day < g.game_date", 0),
    "what is expected of the day": ("raw.weather", "SELECT expected FROM weather AS w WHERE w.day = g.game_date", 0),
    "instants before the tip": ("raw.rumors", "SELECT avg(mood) FROM rumors AS r WHERE r.heard_at < g.tip_utc", 0),
    "the season before": (
        "raw.totals", "SELECT wins FROM totals AS t WHERE t.team_id = g.home_id AND t.season = g.season - 1", 1,
    ),
    "what never changes": ("raw.arenas", "SELECT height FROM arenas AS a WHERE a.venue_id = g.venue_id", 0),
    "a history's earlier days": (
        "raw.coaches", "SELECT max(wins) FROM coaches AS c WHERE c.team_id = g.home_id AND c.since < g.game_date", 0,
    ),
    "names in tipoff's own table": ("raw.teams", "SELECT length(name) FROM teams AS t WHERE t.team_id = g.home_id", 0),
}  # fmt: skip
