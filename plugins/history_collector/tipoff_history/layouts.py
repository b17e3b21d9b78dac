"""The layouts of published files: which columns each must have, and which are used where they are there.

docs/guides/history.md says what they mean.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Layout:
    """Columns of a kind of file, as one publisher writes it."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    def missing(self, columns: Collection[str]) -> list[str]:
        """Required columns that are not among `columns`."""
        return [name for name in self.required if name not in columns]

    def used(self, columns: Collection[str]) -> list[str]:
        """Those of `columns` that are used."""
        return [name for name in (*self.required, *self.optional) if name in columns]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GAMES: Final = Layout(
    _names(
        """game_id season game_datetime home_id home_team away_id away_team home_score away_score neutral_site same_conf
        postseason_derived n_ot"""
    ),
    _names("home_conf away_conf forfeit_suspect"),
)
TEAM_CONFERENCES: Final = Layout(_names("season ncaa_name espn_team_id conference ncaa_team_id"))
TEAMS: Final = Layout(_names("espn_team_id name"))
TEAM_BOX: Final = Layout(
    _names(
        """game_id season game_date team_espn_id opp_espn_id pts fgm fga tpm tpa ftm fta orb drb ast blk tov
        pts_match_espn"""
    ),
    _names("team is_home"),
)
ROSTERS: Final = Layout(_names("season team_id player_id name jersey class position ht_inches"), _names("team gp gs"))
ODDS: Final = Layout(
    _names("game_id season home_spread_close"),
    _names("source_range total_close home_ml away_ml home_spread_open"),
)

IDS: Final = frozenset(
    _names(
        """game_id home_id away_id team_espn_id opp_espn_id espn_team_id ncaa_team_id team_id opponent_team_id player_id
        athlete_id venue_id home_conference_id away_conference_id groups_id"""
    )
)
"""Columns that hold ids, in whichever file."""

SDV_SCHEDULE: Final = Layout(
    _names(
        """game_id season season_type date home_id away_id home_score away_score neutral_site status_type_name
        status_type_state status_type_completed"""
    ),
    _names(
        """time_valid conference_competition attendance notes_headline venue_id status_period format_regulation_periods
        home_current_rank away_current_rank home_conference_id away_conference_id groups_id groups_name
        home_display_name home_short_display_name home_abbreviation home_location home_color home_is_active
        away_display_name away_short_display_name away_abbreviation away_location away_color away_is_active"""
    ),
)
_SDV_SHOTS: Final = _names(
    """field_goals_made field_goals_attempted three_point_field_goals_made three_point_field_goals_attempted
    free_throws_made free_throws_attempted"""
)
_SDV_COUNTS: Final = _names("offensive_rebounds defensive_rebounds assists steals blocks turnovers fouls")
SDV_TEAM_BOX: Final = Layout(
    (*_names("game_id season game_date team_id opponent_team_id team_home_away team_score"), *_SDV_SHOTS),
    (*_SDV_COUNTS, *_names("total_rebounds total_turnovers points_in_paint fast_break_points turnover_points")),
)
SDV_PLAYER_BOX: Final = Layout(
    (*_names("game_id season game_date athlete_id athlete_display_name team_id minutes points"), *_SDV_SHOTS),
    (*_SDV_COUNTS, *_names("rebounds starter did_not_play athlete_position_abbreviation")),
)

LAYOUTS: Final = {
    "games": (GAMES,),
    "mbb_schedule": (SDV_SCHEDULE,),
    "team_conferences": (TEAM_CONFERENCES,),
    "teams": (TEAMS,),
    "team_box": (TEAM_BOX, SDV_TEAM_BOX),
    "player_box": (SDV_PLAYER_BOX,),
    "rosters_ncaa": (ROSTERS,),
    "odds_close_by_game": (ODDS,),
}
"""By the kind of file; of several, that one is meant of which least is missing."""


def layout_of(kind: str, columns: Collection[str]) -> Layout:
    """The layout of a file of some kind with these columns."""
    return min(LAYOUTS[kind], key=lambda layout: len(layout.missing(columns)))
