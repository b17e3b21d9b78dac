"""The shapes of the three feature tables. A percentage or rate is a share here, from 0 to 1, as in ``.450``."""

from __future__ import annotations

from tipoff import Column, Table

_GAME = (
    Column("league", "VARCHAR", "e.g. mens-college-basketball"),
    Column("season", "INTEGER", "named by the year it ends in"),
    Column("game_id", "VARCHAR", "the game's id at ESPN"),
)
_WHEN = (
    Column("game_date", "DATE", "calendar day of the tip, US Eastern"),
    Column("tip_utc", "TIMESTAMP", "scheduled tip-off"),
)


def _lines(text: str, kind: str = "DOUBLE") -> tuple[Column, ...]:
    """Columns from lines of ``name: what it holds``; a type other than `kind` stands before the name."""
    columns = []
    for line in text.strip().splitlines():
        left, _, doc = line.strip().partition(": ")
        *given, name = left.split()
        columns.append(Column(name, given[0] if given else kind, doc))  # type: ignore[arg-type]  # fixed text below
    return tuple(columns)


_OF_TEAM = _lines(
    """
    INTEGER games_played: finished games this season
    win_percentage: share of them won
    points_for: points a game
    points_against: points allowed a game
    home_margin: mean margin at home, sites that are neutral or not known left out
    road_margin: mean margin on the road, likewise
    tempo: possessions in 40 minutes; here and below, of games whose box scores are complete
    offensive_efficiency: points in 100 possessions
    defensive_efficiency: points allowed in 100 possessions
    effective_field_goal_percentage: (field goals + half of the threes made) / attempts
    three_point_attempt_rate: share of field goals attempted that are threes
    three_point_percentage: share of threes made
    two_point_percentage: share of twos made
    paint_share: share of points from the paint, where the source says
    opponent_three_point_attempt_rate: share of the opponents' field goals attempted that are threes
    turnover_percentage: turnovers a possession
    offensive_rebound_percentage: offensive rebounds / (those + the opponents' defensive ones)
    free_throw_rate: free throws made / field goals attempted
    opponent_effective_field_goal_percentage: likewise, allowed
    opponent_turnover_percentage: likewise, forced
    opponent_offensive_rebound_percentage: likewise, allowed
    opponent_free_throw_rate: likewise, allowed
    INTEGER rest_days: days since the game before, by the schedule; NULL for the season's first
    INTEGER games_last_7_days: games in the seven days before, by the schedule
    elo: Elo rating, 1500 is average; here and below, a site not said to be neutral is the home team's
    rating: state-space rating, points above an average team
    rating_deviation: its standard deviation, points
    damped_rating: the same from margins with shooting luck damped, or as scored where no box score says
    preseason_rating: the damped rating before the season's first game, from older seasons, conference and roster
    returning_minutes: share of last season's minutes by players who were on the roster when this one began
    incoming_minutes: shares of their former teams' minutes by players who came from elsewhere, summed
    home_edge: points a home game beyond what was expected, over the last seasons, shrunk towards 0
    road_edge: likewise a road game
    total_rating: points that both teams together score more in this team's games, in 40 minutes, overtimes known
    tempo_rating: possessions more in this team's games, in 40 minutes
    adjusted_offense: points in 100 possessions against an average team at a neutral site, by the ratings
    adjusted_defense: points allowed, likewise
    form_3: mean margin, half-life of three games
    form_10: mean margin, half-life of ten games
    surprise_5: mean of margin minus the margin expected from the ratings, half-life of five games
    schedule_strength: mean rating of the opponents so far, as it stood on the day
    """
)

_PARTS = _lines(
    """
    capped_rating: state-space rating of margins in which points beyond twenty count two fifths
    three_luck_rating: of points by threes above the usual share of them, more than the opponents'; so in each below
    assist_rating: of assists
    block_rating: of blocks
    turnover_rating: of turnovers
    offensive_rebound_rating: of offensive rebounds
    shot_rating: of field goals attempted
    three_rating: of threes attempted
    free_throw_rating: of free throws attempted
    both_three_luck_rating: of points by threes above the usual share, by both teams in this team's games; so below
    both_free_throw_luck_rating: of free throws made above the usual share
    both_offensive_rebound_rating: of offensive rebounds
    both_three_rating: of threes attempted
    both_free_throw_rating: of free throws attempted
    """
)
"""Ratings of what goes with the points; a game has their differences only."""

_OF_LEAGUE = _lines(
    """
    home_advantage: the league's home-court advantage as estimated so far, points
    damped_home_advantage: the same from margins with shooting luck damped
    league_total: points of both teams in 40 minutes, as estimated so far
    league_tempo: possessions in 40 minutes, as estimated so far
    """
)

TEAM = Table(
    "team_features",
    schema="features",
    key=("league", "season", "game_id", "team_id"),
    columns=(
        *_GAME,
        Column("team_id", "VARCHAR", "the team's id at ESPN"),
        *_WHEN,
        *_lines(
            """
            VARCHAR opponent_id: the other team
            BOOLEAN is_home: listed as the home team, also at a neutral site
            BOOLEAN neutral_site: neither team plays at home; NULL where the source does not say
            """
        ),
        *_OF_TEAM,
        *_PARTS,
        *_OF_LEAGUE,
    ),
    doc="A row a game and team, as of the morning of the game's day.",
)

PLAYER = Table(
    "player_features",
    schema="features",
    key=("league", "season", "game_id", "athlete_id"),
    columns=(
        *_GAME,
        Column("athlete_id", "VARCHAR", "the athlete's id at ESPN"),
        Column("team_id", "VARCHAR", "the team's id at ESPN"),
        *_WHEN,
        *_lines(
            """
            INTEGER games_played: games of this season played; a sheet without minutes counts unless it says absent
            INTEGER games_started: games of this season that the athlete started; NULL where no sheet says
            INTEGER games_missed: games of the team since the athlete's last appearance
            minutes_per_game: minutes in a game played
            minutes_share: share of all minutes of the team's players, the whole season; 0.2 is never off the floor
            recent_minutes_share: the same in the team's last five games
            usage_rate: share of the team's possessions that the athlete ended
            true_shooting: points / (2 · (field goals attempted + 0.475 · free throws attempted))
            game_score_per_40: Hollinger's game score in 40 minutes; what a source does not count adds nothing
            value_per_40: game score above the average player of his games in 40 minutes, 200 minutes at 0 added
            """
        ),
    ),
    doc="A row a game and athlete who has been on the team's sheet this season, as of the morning of the game's day.",
)

_OF_SQUAD = _lines(
    """
    top_heaviness: usage share of the three players with the most
    availability: share of the season's minutes by players who were in one of the last two games
    lineup_value: game score in 40 minutes, weighted with the minutes of the last five games
    lineup_plus: value in 40 minutes of the five on the floor, weighted likewise: who is away is missed
    """
)

GAME = Table(
    "game_features",
    schema="features",
    key=("league", "season", "game_id"),
    columns=(
        *_GAME,
        *_WHEN,
        *_lines(
            """
            VARCHAR home_id: the team listed as home
            VARCHAR away_id: the other team
            BOOLEAN neutral_site: neither team plays at home; NULL where the source does not say
            home_court: 1 where the home team plays at home, 0 at a neutral site, NULL where the source does not say
            BOOLEAN conference_game: both play for the conference
            BOOLEAN postseason: after the conference tournaments
            BOOLEAN tournament_game: part of a tournament; a game of which the source names none is not
            INTEGER days_into_season: days since the season's first game
            """
        ),
        *_OF_LEAGUE,
        *(
            Column(f"{side}_{column.name}", column.type, f"{side} team: {column.doc}")
            for side in ("home", "away")
            for column in (*_OF_TEAM, *_OF_SQUAD)
        ),
        *_lines(
            """
            expected_margin: home minus away points, by the ratings and the place; NULL where home_court is
            expected_margin_deviation: standard deviation of the ratings' part of it, points
            damped_margin: the same by the damped ratings
            mismatch: the damped margin times its size, in units of 20 points
            early_margin: the damped margin over one more than the finished games of the side that has fewer
            early_home_court: home_court over the same
            host_edge: the home team's home_edge, 0 at a neutral site
            guest_edge: the away team's road_edge, 0 at a neutral site
            elo_home_win_prob: probability that the home team wins, by Elo and the place; NULL where home_court is
            expected_total: points of both teams in 40 minutes
            expected_possessions: possessions in 40 minutes
            INTEGER games_played_least: finished games of the side that has fewer
            INTEGER rest_difference: days
            INTEGER congestion_difference: games in seven days
            elo_difference: place left out
            rating_difference: points, place left out
            damped_rating_difference: points, place left out
            preseason_rating_difference: points, place left out
            returning_minutes_difference: home minus away
            incoming_minutes_difference: home minus away
            total_rating_difference: points
            tempo_rating_difference: possessions
            win_percentage_difference: home minus away
            efficiency_difference: of points minus points allowed in 100 possessions
            effective_field_goal_difference: home minus away
            turnover_difference: home minus away
            offensive_rebound_difference: home minus away
            free_throw_difference: home minus away
            form_3_difference: points
            form_10_difference: points
            surprise_5_difference: points
            schedule_strength_difference: points
            venue_margin_difference: the home team's margin at home minus the away team's on the road
            availability_difference: home minus away
            top_heaviness_difference: home minus away
            lineup_value_difference: home minus away
            lineup_plus_difference: points of game score
            """
        ),
        *(Column(f"{column.name}_difference", column.type, f"home minus away: {column.doc}") for column in _PARTS),
    ),
    doc="A row a game with both sides side by side, as of the morning of the game's day; differences are home − away.",
)
