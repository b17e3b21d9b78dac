"""What every league's games and box scores obey, whoever collected them."""

from __future__ import annotations

from typing import Final

from tipoff.contracts import Check, Table
from tipoff.domain import FINAL, TABLES
from tipoff.quality.doubts import DOUBTS
from tipoff.warehouse.sql import Identifier


def domain_checks() -> tuple[Check, ...]:
    """The checks of the domain tables that do not follow from a table's spec."""
    return (
        *_GAMES,
        *DOUBTS,
        *(check for table in ("team_stats", "player_stats") for check in _box_score(TABLES[table])),
    )


def _box_score(table: Table) -> tuple[Check, ...]:
    """Arithmetic that every box score obeys."""
    key = ", ".join(str(Identifier(name)) for name in table.key)
    of = Identifier.of(table)
    return (
        Check(
            name=f"{table.name}_made_at_most_attempted",
            table=table.full_name,
            sql=f"""
                SELECT {key}, field_goals_made, field_goals_attempted, three_points_made, three_points_attempted,
                    free_throws_made, free_throws_attempted
                FROM {of}
                WHERE field_goals_made > field_goals_attempted OR three_points_made > three_points_attempted
                    OR free_throws_made > free_throws_attempted OR three_points_made > field_goals_made
                ORDER BY ALL
            """,  # noqa: S608 - identifiers only
            severity="warn",
            doc="More shots made than attempted: the parser mixes up columns, or the source is wrong.",
        ),
        Check(
            name=f"{table.name}_points_add_up",
            table=table.full_name,
            sql=f"""
                SELECT {key}, points, 2 * field_goals_made + three_points_made + free_throws_made AS from_shots
                FROM {of}
                WHERE points <> 2 * field_goals_made + three_points_made + free_throws_made
                ORDER BY ALL
            """,  # noqa: S608 - identifiers only
            severity="warn",
            doc="Points differ from 2 x field goals + threes + free throws: a column is misread, or not yet final.",
        ),
    )


_GAMES: Final = (
    Check(
        name="games_final_without_result",
        table="raw.games",
        sql=f"""
            SELECT league, season, game_id, game_date, home_score, away_score FROM raw.games
            WHERE status = '{FINAL}' AND (home_score IS NULL OR away_score IS NULL OR home_score = away_score)
            ORDER BY ALL
        """,  # noqa: S608 - a constant of ours
        severity="warn",
        doc="A finished game has two scores that differ. These games teach no model; ask the source about them.",
    ),
    Check(
        name="games_results_missing",
        table="raw.games",
        sql=f"""
            SELECT league, season, count(*) AS finished,
                count(*) FILTER (home_score IS NULL OR away_score IS NULL OR home_score = away_score) AS without_result
            FROM raw.games WHERE status = '{FINAL}'
            GROUP BY league, season HAVING without_result > 0.02 * finished ORDER BY ALL
        """,  # noqa: S608 - a constant of ours
        severity="block",
        doc="More than one finished game in fifty lacks a result: the source or the parser has changed. "
        "Models and features would be wrong; look at `ops.quarantine` and at what the source answers.",
    ),
    Check(
        name="games_final_before_they_began",
        table="raw.games",
        sql=f"""
            SELECT league, season, game_id, tip_utc FROM raw.games
            WHERE status = '{FINAL}' AND tip_utc > $now + INTERVAL 1 DAY ORDER BY ALL
        """,  # noqa: S608 - a constant of ours
        severity="block",
        doc="Results from the future would leak into predictions. Look at `tipoff clock`: it may have been set back.",
    ),
    Check(
        name="games_against_oneself",
        table="raw.games",
        sql="SELECT league, season, game_id, home_id FROM raw.games WHERE home_id = away_id ORDER BY ALL",
        severity="warn",
        doc="Home and away are the same team: the source is wrong about one of them.",
    ),
    Check(
        name="games_known_teams",
        table="raw.games",
        sql="""
            SELECT DISTINCT league, team_id FROM (
                SELECT league, home_id AS team_id FROM raw.games UNION ALL SELECT league, away_id FROM raw.games
            )
            ANTI JOIN raw.teams USING (league, team_id) WHERE team_id IS NOT NULL ORDER BY ALL
        """,
        severity="info",
        doc="Teams that play and are not in `raw.teams`, as opponents from other divisions may be.",
    ),
    Check(
        name="games_overdue",
        table="raw.games",
        sql="""
            SELECT league, season, game_id, tip_utc, status FROM raw.games
            WHERE status IN ('scheduled', 'in_progress') AND tip_utc < $now - INTERVAL 3 DAY ORDER BY ALL
        """,
        severity="warn",
        doc="Days after the tip there is no result. Run `tipoff collect games --from DAY --to DAY --again`; where it "
        "stays so, the game was called off unsaid.",
    ),
    Check(
        name="team_stats_points_are_the_score",
        table="raw.team_stats",
        sql=f"""
            SELECT league, season, game_id, stats.team_id, stats.points, games.home_score, games.away_score
            FROM raw.team_stats AS stats JOIN raw.games AS games USING (league, season, game_id)
            WHERE games.status = '{FINAL}' AND (
                (stats.team_id = games.home_id AND stats.points <> games.home_score)
                OR (stats.team_id = games.away_id AND stats.points <> games.away_score)
            )
            ORDER BY ALL
        """,  # noqa: S608 - a constant of ours
        severity="warn",
        doc="A team's points differ from the game's score: one of the two was read before it was corrected.",
    ),
    Check(
        name="team_stats_two_sides",
        table="raw.team_stats",
        sql="""
            SELECT league, season, game_id, count(*) AS sides FROM raw.team_stats
            GROUP BY league, season, game_id HAVING sides <> 2 ORDER BY ALL
        """,
        severity="warn",
        doc="A game has two box scores, one a team: a side is missing, or a third was filed under this game.",
    ),
)
