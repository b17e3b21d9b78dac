"""Which features each model sees."""

from __future__ import annotations


def _of_game(names: str) -> tuple[str, ...]:
    return tuple(f"game_features.{name}" for name in names.split())


ELO = _of_game("elo_difference home_court")

LINEAR = _of_game(
    """
    expected_margin elo_difference damped_rating_difference home_court win_share_difference efficiency_difference
    effective_field_goal_difference turnover_difference offensive_rebound_difference free_throw_difference
    form_3_difference surprise_5_difference schedule_strength_difference rest_difference congestion_difference
    """
)

BOOSTING = _of_game(
    """
    expected_margin expected_margin_deviation elo_difference home_court damped_rating_difference home_advantage
    win_share_difference efficiency_difference effective_field_goal_difference turnover_difference
    offensive_rebound_difference free_throw_difference form_3_difference form_10_difference surprise_5_difference
    schedule_strength_difference venue_margin_difference rest_difference congestion_difference
    home_rest_days away_rest_days expected_total expected_possessions days_into_season games_played_least
    conference_game postseason tournament_game home_rating away_rating home_rating_deviation away_rating_deviation
    availability_difference top_heaviness_difference lineup_value_difference
    """
)
