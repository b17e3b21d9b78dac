-- A row a game: both sides' features side by side, their differences, the place and the phase of the season.
WITH playable AS (
    SELECT
        *,
        game_date - min(game_date) OVER (PARTITION BY league, season) AS days_in
    FROM games
    WHERE
        season = $season
        AND status IN ('scheduled', 'in_progress', 'final')
        AND game_date IS NOT NULL AND home_id IS NOT NULL AND away_id IS NOT NULL
),

-- What a side will field, from its athletes' shares so far.
squads AS (
    SELECT
        league, season, game_id, team_id,
        list_sum(max(usage_rate, 3)) AS top_heaviness,
        sum(minutes_share) FILTER (WHERE games_missed <= 1) / nullif(sum(minutes_share), 0) AS availability,
        sum(recent_minutes_share * game_score_per_40) AS lineup_value,
        5 * sum(recent_minutes_share * value_per_40) AS lineup_plus
    FROM player_features
    GROUP BY ALL
),

sides AS (
    SELECT t.*, s.top_heaviness, s.availability, s.lineup_value, s.lineup_plus
    FROM team_features AS t
    LEFT JOIN squads AS s
        ON t.league = s.league AND t.season = s.season AND t.game_id = s.game_id AND t.team_id = s.team_id
),

features AS (
    SELECT * EXCLUDE (
        game_date, tip_utc, opponent_id, is_home, neutral_site, home_advantage, damped_home_advantage, league_total,
        league_tempo
    )
    FROM sides
),

home AS (
    SELECT league, season, game_id, team_id, COLUMNS(* EXCLUDE (league, season, game_id, team_id)) AS 'home_\0'
    FROM features
),

away AS (
    SELECT league, season, game_id, team_id, COLUMNS(* EXCLUDE (league, season, game_id, team_id)) AS 'away_\0'
    FROM features
),

joined AS (
    SELECT
        p.league, p.season, p.game_id, p.game_date, p.tip_utc, p.home_id, p.away_id,
        p.neutral_site,
        (NOT p.neutral_site)::DOUBLE AS home_court,
        p.conference_game,
        p.season_type = 3 AS postseason,
        p.tournament IS NOT NULL AS tournament_game,
        p.days_in::INTEGER AS days_into_season,
        l.home_advantage, l.damped_home_advantage, l.league_total, l.league_tempo,
        h.* EXCLUDE (league, season, game_id, team_id),
        a.* EXCLUDE (league, season, game_id, team_id)
    FROM playable AS p
    LEFT JOIN sides AS l
        ON p.league = l.league AND p.season = l.season AND p.game_id = l.game_id AND p.home_id = l.team_id
    LEFT JOIN home AS h
        ON p.league = h.league AND p.season = h.season AND p.game_id = h.game_id AND p.home_id = h.team_id
    LEFT JOIN away AS a
        ON p.league = a.league AND p.season = a.season AND p.game_id = a.game_id AND p.away_id = a.team_id
),

expected AS (
    SELECT
        *,
        home_damped_rating - away_damped_rating + damped_home_advantage * home_court AS damped_margin,
        least(home_games_played, away_games_played) AS games_played_least
    FROM joined
)

SELECT
    -- Of the ratings of what goes with the points, a game has the differences only.
    COLUMNS(lambda name: NOT regexp_matches(
        name,
        '^(home|away)_(capped|three_luck|assist|block|turnover|offensive_rebound|shot|three|free_throw|both_.*)_rating$'
    )),
    home_rating - away_rating + home_advantage * home_court AS expected_margin,
    sqrt(home_rating_deviation * home_rating_deviation + away_rating_deviation * away_rating_deviation)
        AS expected_margin_deviation,
    damped_margin * abs(damped_margin) / 20 AS mismatch,
    damped_margin / (1 + games_played_least) AS early_margin,
    home_court / (1 + games_played_least) AS early_home_court,
    home_home_edge * home_court AS host_edge,
    away_road_edge * home_court AS guest_edge,
    -- 90 Elo points for the home court, as in elo.py.
    1 / (1 + pow(10::DOUBLE, -(home_elo - away_elo + 90 * home_court) / 400)) AS elo_home_win_prob,
    league_total + home_total_rating + away_total_rating AS expected_total,
    league_tempo + home_tempo_rating + away_tempo_rating AS expected_possessions,
    home_rest_days - away_rest_days AS rest_difference,
    home_games_last_7_days - away_games_last_7_days AS congestion_difference,
    home_elo - away_elo AS elo_difference,
    home_rating - away_rating AS rating_difference,
    home_damped_rating - away_damped_rating AS damped_rating_difference,
    home_preseason_rating - away_preseason_rating AS preseason_rating_difference,
    home_total_rating - away_total_rating AS total_rating_difference,
    home_tempo_rating - away_tempo_rating AS tempo_rating_difference,
    home_capped_rating - away_capped_rating AS capped_rating_difference,
    home_three_luck_rating - away_three_luck_rating AS three_luck_rating_difference,
    home_assist_rating - away_assist_rating AS assist_rating_difference,
    home_block_rating - away_block_rating AS block_rating_difference,
    home_turnover_rating - away_turnover_rating AS turnover_rating_difference,
    home_offensive_rebound_rating - away_offensive_rebound_rating AS offensive_rebound_rating_difference,
    home_shot_rating - away_shot_rating AS shot_rating_difference,
    home_three_rating - away_three_rating AS three_rating_difference,
    home_free_throw_rating - away_free_throw_rating AS free_throw_rating_difference,
    home_both_three_luck_rating - away_both_three_luck_rating AS both_three_luck_rating_difference,
    home_both_free_throw_luck_rating - away_both_free_throw_luck_rating AS both_free_throw_luck_rating_difference,
    home_both_offensive_rebound_rating - away_both_offensive_rebound_rating AS both_offensive_rebound_rating_difference,
    home_both_three_rating - away_both_three_rating AS both_three_rating_difference,
    home_both_free_throw_rating - away_both_free_throw_rating AS both_free_throw_rating_difference,
    home_returning_minutes - away_returning_minutes AS returning_minutes_difference,
    home_incoming_minutes - away_incoming_minutes AS incoming_minutes_difference,
    home_win_percentage - away_win_percentage AS win_percentage_difference,
    (home_offensive_efficiency - home_defensive_efficiency) - (away_offensive_efficiency - away_defensive_efficiency)
        AS efficiency_difference,
    home_effective_field_goal_percentage - away_effective_field_goal_percentage AS effective_field_goal_difference,
    home_turnover_percentage - away_turnover_percentage AS turnover_difference,
    home_offensive_rebound_percentage - away_offensive_rebound_percentage AS offensive_rebound_difference,
    home_free_throw_rate - away_free_throw_rate AS free_throw_difference,
    home_form_3 - away_form_3 AS form_3_difference,
    home_form_10 - away_form_10 AS form_10_difference,
    home_surprise_5 - away_surprise_5 AS surprise_5_difference,
    home_schedule_strength - away_schedule_strength AS schedule_strength_difference,
    -- How the host fares at home against how the guest fares on the road.
    home_home_margin - away_road_margin AS venue_margin_difference,
    home_availability - away_availability AS availability_difference,
    home_top_heaviness - away_top_heaviness AS top_heaviness_difference,
    home_lineup_value - away_lineup_value AS lineup_value_difference,
    home_lineup_plus - away_lineup_plus AS lineup_plus_difference
FROM expected
