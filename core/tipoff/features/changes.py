"""What can happen to stored games, for tests of feature builders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from tipoff.domain import GAMES, PLAYER_STATS, TEAM_STATS
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Change = Callable[["DuckDBPyConnection", date], None]
"""Changes the raw tables around a day."""


def corrected(con: DuckDBPyConnection, day: date) -> None:
    """Scores and box scores of a day come out different, long after it."""
    con.execute(
        "UPDATE raw.games SET home_score = home_score + 9, loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_date = $day",
        {"day": day},
    )
    con.execute(
        "UPDATE raw.team_stats SET turnovers = turnovers + 3, "
        "points = CASE WHEN is_home THEN points + 9 ELSE points END, "
        "loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_id IN (SELECT game_id FROM raw.games WHERE game_date = $day)",
        {"day": day},
    )
    con.execute(
        "UPDATE raw.player_stats SET minutes = minutes / 2, loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_id IN (SELECT game_id FROM raw.games WHERE game_date = $day)",
        {"day": day},
    )


def moved_later(con: DuckDBPyConnection, day: date) -> None:
    """A day's games turn out to be played nine days later."""
    _move(con, day, 9)


def moved_earlier(con: DuckDBPyConnection, day: date) -> None:
    """A day's games turn out to have been played four days earlier."""
    _move(con, day, -4)


def _move(con: DuckDBPyConnection, day: date, days: int) -> None:
    con.execute(
        "UPDATE raw.games SET game_date = game_date + $days::INTEGER, tip_utc = tip_utc + to_days($days::INTEGER), "
        "loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_date = $day",
        {"day": day, "days": days},
    )


def canceled(con: DuckDBPyConnection, day: date) -> None:
    """A day's games are canceled."""
    con.execute(
        "UPDATE raw.games SET status = 'canceled', home_score = NULL, away_score = NULL, "
        "loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_date = $day",
        {"day": day},
    )


def deleted(con: DuckDBPyConnection, day: date) -> None:
    """A day's games are gone with all that was known of them."""
    for table in (TEAM_STATS, PLAYER_STATS, GAMES):
        con.execute(
            f"DELETE FROM {Identifier.of(table)} "  # noqa: S608 - identifiers only
            "WHERE game_id IN (SELECT game_id FROM raw.games WHERE game_date = $day)",
            {"day": day},
        )


def boxes_withdrawn(con: DuckDBPyConnection, day: date) -> None:
    """The box scores of a day are gone; the results stay."""
    for table in (TEAM_STATS, PLAYER_STATS):
        con.execute(
            f"DELETE FROM {Identifier.of(table)} "  # noqa: S608 - identifiers only
            "WHERE game_id IN (SELECT game_id FROM raw.games WHERE game_date = $day)",
            {"day": day},
        )


def sides_swapped(con: DuckDBPyConnection, day: date) -> None:
    """Home and away of a day's games were the wrong way round."""
    con.execute(
        "UPDATE raw.games SET home_id = away_id, away_id = home_id, home_score = away_score, away_score = home_score, "
        "loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_date = $day",
        {"day": day},
    )
    con.execute(
        "UPDATE raw.team_stats SET is_home = NOT is_home, loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_id IN (SELECT game_id FROM raw.games WHERE game_date = $day)",
        {"day": day},
    )


def turned_out_not_to_count(con: DuckDBPyConnection, day: date) -> None:
    """A day's games turn out to be exhibitions."""
    con.execute(
        "UPDATE raw.games SET exhibition = true, loaded_at = loaded_at + to_seconds(1) WHERE game_date = $day",
        {"day": day},
    )


def contradicted(con: DuckDBPyConnection, day: date) -> None:
    """The box scores of a day are found to have other scores than the games, which did not change themselves."""
    con.execute(
        "UPDATE raw.team_stats SET points = points + 1, loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_id IN (SELECT game_id FROM raw.games WHERE game_date = $day)",
        {"day": day},
    )


CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        change.__name__: change
        for change in (
            corrected,
            moved_later,
            moved_earlier,
            canceled,
            deleted,
            boxes_withdrawn,
            sides_swapped,
            turned_out_not_to_count,
            contradicted,
        )
    }
)
"""Changes after which an incremental build must equal a full one, by name."""


def nonsense_from(con: DuckDBPyConnection, day: date) -> None:
    """Makes nonsense of every result of `day` and later, and of the schedule and the rosters after `day`.

    Half of the athletes seen later stay with their team, so that what is told of them still finds them there.
    """
    values = {"day": day}
    con.execute(
        "UPDATE raw.rosters SET team_id = CASE WHEN hash(athlete_id) % 2 = 0 THEN 'a-stranger' ELSE team_id END, "
        "games_played = 50 - coalesce(games_played, 20), games_started = hash(athlete_id) % 10, "
        "class_year = 'GR', height_in = 100, loaded_at = loaded_at + to_seconds(1) WHERE as_of > $day",
        values,
    )
    con.execute(
        "UPDATE raw.rosters SET last_seen = $day, loaded_at = loaded_at + to_seconds(1) "
        "WHERE as_of <= $day AND last_seen > $day",
        values,
    )
    con.execute(
        "UPDATE raw.team_stats SET field_goals_attempted = 3 * field_goals_attempted + 1, three_points_made = 50, "
        "offensive_rebounds = 0, turnovers = 40, loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_id IN (SELECT game_id FROM raw.games WHERE game_date >= $day)",
        values,
    )
    con.execute(
        "DELETE FROM raw.player_stats WHERE hash(athlete_id) % 3 = 0 "
        "AND game_id IN (SELECT game_id FROM raw.games WHERE game_date >= $day)",
        values,
    )
    con.execute(
        "UPDATE raw.player_stats SET minutes = 200 - minutes, points = 99, "
        "loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_id IN (SELECT game_id FROM raw.games WHERE game_date >= $day)",
        values,
    )
    con.execute(
        "UPDATE raw.games SET home_score = CASE WHEN hash(game_id) % 4 > 0 THEN (home_score * 37) % 151 END, "
        "away_score = (away_score * 53) % 149, overtimes = 4, loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_date >= $day",
        values,
    )
    con.execute(
        "UPDATE raw.games SET status = CASE hash(game_id) % 5 WHEN 0 THEN 'canceled' WHEN 1 THEN 'scheduled' "
        "ELSE status END, game_date = game_date + (hash(game_id) % 7)::INTEGER, neutral_site = NOT neutral_site, "
        "home_id = CASE WHEN hash(game_id) % 6 = 0 THEN 'a-stranger' ELSE home_id END, "
        "loaded_at = loaded_at + to_seconds(1) "
        "WHERE game_date > $day",
        values,
    )
    con.execute("DELETE FROM raw.games WHERE game_date > $day AND hash(game_id) % 11 = 0", values)
