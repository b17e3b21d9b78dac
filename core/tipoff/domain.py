"""The domain tables: what all plugins share, whoever collected it.

One registry drives the DDL, every MERGE, the checks and the tests. Identifiers are strings. An instant is
naive UTC, a day is the league's calendar day (US Eastern), a season carries the year in which it ends.
A value that its source does not give is NULL, never a stand-in.

The warehouse adds the provenance columns `PROVENANCE` to each table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from tipoff import limits
from tipoff.contracts import Column, ColumnType, Table

PROVENANCE: tuple[Column, ...] = (
    Column("run_id", "VARCHAR", "the Airflow or command-line run that wrote the row"),
    Column("source", "VARCHAR", "the collector that said it (`a+b`: b filled in what a left out), or the builder"),
    Column("fetched_at", "TIMESTAMP", "when the source last said it; NULL for computed rows"),
    Column("loaded_at", "TIMESTAMP", "when the row was written"),
)

FINAL = "final"
"""The one game status with a result. The others: scheduled, in_progress, postponed, canceled, forfeited."""


def _columns(*groups: tuple[ColumnType, str]) -> tuple[Column, ...]:
    """Columns from lines of ``name: what it holds``, a group for each type."""
    columns = []
    for kind, lines in groups:
        for line in lines.strip().splitlines():
            name, _, doc = line.strip().partition(":")
            columns.append(Column(name, kind, doc.strip()))
    return tuple(columns)


def _judged(
    table: Table,
    between: limits.Limits,
    required: Collection[str] = (),
    late: Collection[str] | None = None,
    contradiction: str = "",
) -> Table:
    """The table with limits of its columns, columns that must have a value, and what a row cannot say at once.

    Known before the tip is all but `late`, where there are any such columns, and nothing where that is not said.
    """
    columns = (
        replace(
            each,
            between=between.get(each.name),
            required=each.name in required,
            known_before_tip=late is not None and each.name not in late,
        )
        for each in table.columns
    )
    return replace(table, columns=tuple(columns), contradiction=contradiction)


_LEAGUE = Column("league", "VARCHAR", "e.g. mens-college-basketball")
_SEASON = Column("season", "INTEGER", "named by the year it ends in")
_GAME = Column("game_id", "VARCHAR", "the game's id at ESPN")
_TEAM = Column("team_id", "VARCHAR", "the team's id at ESPN; stable across renames")

_BOX_SCORE = _columns(
    (
        "INTEGER",
        """
        points: points scored
        field_goals_made: two- and three-pointers
        field_goals_attempted:
        three_points_made:
        three_points_attempted:
        free_throws_made:
        free_throws_attempted:
        offensive_rebounds:
        defensive_rebounds:
        rebounds: individual rebounds; may exceed offensive plus defensive only where the source corrects itself
        assists:
        steals:
        blocks:
        turnovers: for a team, team turnovers included
        fouls: personal fouls
        """,
    ),
)

TEAMS = Table(
    "teams",
    key=("league", "team_id"),
    columns=(
        _LEAGUE,
        _TEAM,
        *_columns(
            (
                "VARCHAR",
                """
                name: full display name, as last seen
                short_name:
                abbreviation:
                location: school or city
                color: hex without #
                """,
            ),
            ("BOOLEAN", "is_active: as the source says it"),
        ),
    ),
    doc="A row a team.",
)
TEAMS = _judged(TEAMS, {}, ("name",), late=())

TEAM_SEASONS = Table(
    "team_seasons",
    key=("league", "season", "team_id"),
    columns=(
        _LEAGUE,
        _SEASON,
        _TEAM,
        *_columns(("VARCHAR", "conference_id: at ESPN\nconference: name, where the source gives one")),
    ),
    doc="A row a team and season: the conference it played in.",
)
TEAM_SEASONS = _judged(TEAM_SEASONS, {}, late=())

GAMES = Table(
    "games",
    key=("league", "season", "game_id"),
    columns=(
        _LEAGUE,
        _SEASON,
        _GAME,
        *_columns(
            ("TIMESTAMP", "tip_utc: scheduled tip-off"),
            ("BOOLEAN", "tip_known: false while the time of day is still to be announced"),
            ("DATE", "game_date: calendar day of the tip, US Eastern"),
            (
                "INTEGER",
                "season_type: 2 regular season with conference tournaments, 3 postseason; 1 and 4 count for nobody",
            ),
            ("BOOLEAN", "exhibition: counts for nobody, as an exhibition or an All-Star game"),
            ("VARCHAR", "status: scheduled, in_progress, final, postponed, canceled or forfeited"),
            ("VARCHAR", "home_id: NULL while the opponent is to be determined\naway_id: likewise"),
            ("INTEGER", "home_score: points, only when final\naway_score: points, only when final"),
            ("INTEGER", "overtimes: overtime periods played, only when final"),
            ("BOOLEAN", "neutral_site: neither team plays at home\nconference_game: both play for the conference"),
            ("VARCHAR", "tournament: headline of the tournament the game belongs to, else NULL\nvenue_id: at ESPN"),
            ("INTEGER", "attendance:\nhome_rank: poll rank, NULL when unranked\naway_rank: likewise"),
        ),
    ),
    doc="A row a game, played or not.",
)
GAMES = _judged(
    GAMES,
    limits.GAME,
    ("tip_utc", "game_date", "status"),
    late=("home_score", "away_score", "overtimes", "attendance"),
    contradiction="tipoff.contradictions:of_game",
)

PLAYERS = Table(
    "players",
    key=("league", "athlete_id"),
    columns=(
        _LEAGUE,
        Column("athlete_id", "VARCHAR", "the athlete's id at ESPN, kept over teams and seasons"),
        *_columns(
            ("VARCHAR", "name: full name\nposition: abbreviation (G, F, C)"),
            ("DOUBLE", "height_in: inches\nweight_lb: pounds"),
        ),
    ),
    doc="A row an athlete, as last seen.",
)
PLAYERS = _judged(PLAYERS, limits.BODY, late=())

ROSTERS = Table(
    "rosters",
    key=("league", "season", "team_id", "athlete_id", "as_of"),
    columns=(
        _LEAGUE,
        _SEASON,
        _TEAM,
        Column("athlete_id", "VARCHAR", "the athlete's id at ESPN"),
        Column("as_of", "DATE", "the first day on which the roster was seen to say this"),
        Column("last_seen", "DATE", "the last such day; who has left is last seen before his team's roster was"),
        *_columns(
            ("VARCHAR", "jersey:\nposition: abbreviation\nclass_year: FR, SO, JR, SR or GR"),
            ("DOUBLE", "height_in: inches"),
            ("INTEGER", "games_played: this season up to as_of\ngames_started: this season up to as_of"),
        ),
    ),
    doc="A row an athlete on a team's roster, each time it was seen changed.",
    history=("as_of", "last_seen"),
)
ROSTERS = _judged(ROSTERS, limits.BODY, late=(), contradiction="tipoff.contradictions:of_roster")

TEAM_STATS = Table(
    "team_stats",
    key=("league", "season", "game_id", "team_id"),
    columns=(
        _LEAGUE,
        _SEASON,
        _GAME,
        _TEAM,
        Column("opponent_id", "VARCHAR", "the other team"),
        Column("is_home", "BOOLEAN", "listed as the home team, also at a neutral site"),
        *_BOX_SCORE,
        *_columns(
            (
                "INTEGER",
                """
                points_in_paint:
                fast_break_points:
                points_off_turnovers:
                """,
            ),
        ),
    ),
    doc="A row a team and finished game: the team's box score.",
)
TEAM_STATS = _judged(TEAM_STATS, limits.TEAM_BOX, ("opponent_id", "is_home", "points"))

PLAYER_STATS = Table(
    "player_stats",
    key=("league", "season", "game_id", "athlete_id"),
    columns=(
        _LEAGUE,
        _SEASON,
        _GAME,
        Column("athlete_id", "VARCHAR", "the athlete's id at ESPN"),
        _TEAM,
        *_columns(
            ("BOOLEAN", "starter:\ndid_not_play: on the sheet, but never on the floor"),
            ("DOUBLE", "minutes: played"),
        ),
        *_BOX_SCORE,
    ),
    doc="A row a player and finished game: the player's box score.",
)
PLAYER_STATS = _judged(PLAYER_STATS, limits.PLAYER_BOX, ("team_id",), contradiction="tipoff.contradictions:of_line")

RANKINGS = Table(
    "rankings",
    key=("league", "season", "poll", "week", "team_id"),
    columns=(
        _LEAGUE,
        _SEASON,
        Column("poll", "VARCHAR", "ap, usa"),
        Column("week", "INTEGER", "of the poll"),
        _TEAM,
        *_columns(
            ("INTEGER", "rank:\nprevious_rank: NULL when unranked the week before"),
            ("DOUBLE", "points: votes"),
        ),
    ),
    doc="A row a ranked team, poll and week.",
)
RANKINGS = _judged(RANKINGS, limits.POLL, ("rank",))

ODDS = Table(
    "odds",
    key=("league", "season", "game_id", "provider"),
    columns=(
        _LEAGUE,
        _SEASON,
        _GAME,
        Column("provider", "VARCHAR", "a sportsbook's name, or espn_projection for ESPN's own pre-game forecast"),
        *_columns(
            (
                "DOUBLE",
                """
                home_spread_open: points, negative when the home team is favoured
                home_spread_close: likewise, last before the tip
                total_open: points of both teams
                total_close: likewise
                home_moneyline: American odds
                away_moneyline: American odds
                home_win_prob: where the provider publishes a probability
                """,
            ),
        ),
    ),
    doc="A row a game and provider. A benchmark only: no feature and no fit may read it.",
)
ODDS = _judged(ODDS, limits.LINE, contradiction="tipoff.contradictions:of_odds")

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        TEAMS,
        TEAM_SEASONS,
        GAMES,
        PLAYERS,
        ROSTERS,
        TEAM_STATS,
        PLAYER_STATS,
        RANKINGS,
        ODDS,
    )
}
"""The domain tables by name."""

VIEWS: frozenset[str] = frozenset(
    {
        "competitive_games",
        "counted_player_box",
        "counted_team_box",
        "doubtful_games",
        "doubtful_minutes",
        "lines",
        "results",
        "schedule",
        "uncounted_games",
    }
)
"""Names of the views over them (`tipoff.views`)."""
