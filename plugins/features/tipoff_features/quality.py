"""Checks of the feature tables: nulls, ranges and completeness."""

from __future__ import annotations

from tipoff import Check

CHECKS = (
    Check(
        name="team_features_ratings_present",
        table="features.team_features",
        sql="""
            SELECT league, season, game_id, team_id, elo, rating, rating_deviation
            FROM features.team_features
            WHERE elo IS NULL OR rating IS NULL OR rating_deviation IS NULL OR rating_deviation <= 0
               OR games_played IS NULL
        """,
        severity="block",
        doc="Every side of every game has ratings, if only those before the first game. Report a defect, and run "
        "`tipoff features rebuild team`.",
    ),
    Check(
        name="team_features_shares",
        table="features.team_features",
        sql="""
            SELECT league, season, game_id, team_id, win_percentage, offensive_rebound_percentage,
                   opponent_offensive_rebound_percentage
            FROM features.team_features
            WHERE win_percentage NOT BETWEEN 0 AND 1 OR offensive_rebound_percentage NOT BETWEEN 0 AND 1
               OR opponent_offensive_rebound_percentage NOT BETWEEN 0 AND 1
               OR rest_days < 1 OR games_last_7_days NOT BETWEEN 0 AND 14
               OR three_point_attempt_rate NOT BETWEEN 0 AND 1 OR returning_minutes NOT BETWEEN 0 AND 1.000001
        """,
        severity="block",
        doc="Shares lie between 0 and 1, and a game comes after the one before it. Report a defect.",
    ),
    Check(
        name="team_features_plausible",
        table="features.team_features",
        sql="""
            SELECT league, season, game_id, team_id, games_played, tempo, offensive_efficiency, defensive_efficiency
            FROM features.team_features
            WHERE games_played >= 5
              AND (tempo NOT BETWEEN 50 AND 95 OR offensive_efficiency NOT BETWEEN 50 AND 160
                   OR defensive_efficiency NOT BETWEEN 50 AND 160
                   OR adjusted_offense NOT BETWEEN 50 AND 160 OR adjusted_defense NOT BETWEEN 50 AND 160
                   OR effective_field_goal_percentage NOT BETWEEN 0.2 AND 0.8
                   OR turnover_percentage NOT BETWEEN 0.03 AND 0.45)
        """,
        doc="After five games these figures are where college teams have them. Look at the team's box scores in "
        "raw.team_stats.",
    ),
    Check(
        name="player_features_shares",
        table="features.player_features",
        sql="""
            SELECT league, season, game_id, athlete_id, minutes_share, recent_minutes_share, usage_rate, games_missed
            FROM features.player_features
            WHERE minutes_share NOT BETWEEN 0 AND 1 OR recent_minutes_share NOT BETWEEN 0 AND 1
               OR games_missed < 0
        """,
        severity="block",
        doc="Shares lie between 0 and 1, and nobody misses fewer than no games. Report a defect.",
    ),
    Check(
        name="game_features_probabilities",
        table="features.game_features",
        sql="""
            SELECT league, season, game_id, elo_home_win_prob, home_availability, away_availability
            FROM features.game_features
            WHERE elo_home_win_prob NOT BETWEEN 0 AND 1
               OR home_availability NOT BETWEEN 0 AND 1.000001 OR away_availability NOT BETWEEN 0 AND 1.000001
               OR home_id = away_id
        """,
        severity="block",
        doc="Probabilities and shares lie between 0 and 1. Report a defect.",
    ),
    Check(
        name="game_features_both_sides",
        table="features.game_features",
        sql="""
            SELECT league, season, game_id, game_date, home_id, away_id, home_rating, away_rating
            FROM features.game_features
            WHERE home_rating IS NULL OR away_rating IS NULL
        """,
        doc="A game lacks the features of a side: team_features is behind. Run `tipoff features rebuild team`, then "
        "`tipoff features rebuild game`.",
    ),
    Check(
        name="game_features_up_to_date",
        table="features.game_features",
        sql="""
            SELECT g.league, g.season, g.game_id, g.game_date, g.status
            FROM raw.games AS g
            ANTI JOIN features.game_features AS f
                ON g.league = f.league AND g.season = f.season AND g.game_id = f.game_id
                AND g.game_date = f.game_date AND g.home_id = f.home_id AND g.away_id = f.away_id
            WHERE g.status IN ('scheduled', 'in_progress', 'final')
              AND g.game_date IS NOT NULL AND g.home_id IS NOT NULL AND g.away_id IS NOT NULL
        """,
        doc="A game has no features, or those of another day: the features are older than the games. Run "
        "`feature_engineering` again.",
    ),
)
"""Blocking where only a defect of ours explains a row; a warning where the source may be odd."""
