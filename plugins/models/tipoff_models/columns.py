"""Which features each model sees."""

from __future__ import annotations


def _of_game(names: str) -> tuple[str, ...]:
    return tuple(f"game_features.{name}" for name in names.split())


ELO = _of_game("elo_difference home_court")

LINEAR = _of_game(
    """
    damped_margin expected_margin home_court host_edge guest_edge mismatch early_margin early_home_court
    capped_rating_difference three_luck_rating_difference assist_rating_difference block_rating_difference
    turnover_rating_difference offensive_rebound_rating_difference shot_rating_difference three_rating_difference
    free_throw_rating_difference total_rating_difference tempo_rating_difference both_three_luck_rating_difference
    both_free_throw_luck_rating_difference both_offensive_rebound_rating_difference both_three_rating_difference
    both_free_throw_rating_difference lineup_plus_difference lineup_value_difference availability_difference
    """
)

BOOSTING = _of_game(
    """
    damped_margin expected_margin expected_margin_deviation elo_difference home_court home_advantage
    capped_rating_difference assist_rating_difference three_luck_rating_difference
    host_edge guest_edge preseason_rating_difference returning_minutes_difference incoming_minutes_difference
    win_percentage_difference efficiency_difference form_3_difference surprise_5_difference schedule_strength_difference
    rest_difference congestion_difference home_rest_days away_rest_days expected_total expected_possessions
    days_into_season games_played_least conference_game postseason tournament_game
    home_damped_rating away_damped_rating home_rating_deviation away_rating_deviation
    availability_difference top_heaviness_difference lineup_value_difference lineup_plus_difference
    """
)

TOTAL = _of_game("expected_total expected_possessions expected_margin home_court")
"""What `totals` needs."""

SPREAD = _of_game("expected_possessions expected_margin_deviation games_played_least")
"""What `spread` needs."""
