-- Every game that counts or is still to come, in all seasons at hand, with what the ratings observe of it.
-- Ratings need every game that has a result, so a home team plays at home unless the source says otherwise. What
-- depends on the length of a game is not observed where the source does not say how many overtimes it had.
-- Of each count there are two: home minus away, and (`both_`) home plus away. From the first come ratings of how
-- much more a team makes of it than its opponents, from the second of how much there is of it in its games.
-- Shooting luck: a team controls how often it shoots threes and free throws better than how many of them fall, so
-- the points above the usual 34.5 and 70 per cent say less of the next game than the others.
WITH box AS (
    SELECT
        league, season, game_id, team_id,
        field_goals_attempted - offensive_rebounds + turnovers + 0.475::DOUBLE * free_throws_attempted AS possessions,
        3 * (three_points_made - 0.345::DOUBLE * three_points_attempted) AS three_luck,
        free_throws_made - 0.70::DOUBLE * free_throws_attempted AS free_throw_luck,
        assists, blocks, turnovers, offensive_rebounds, field_goals_attempted, three_points_attempted,
        free_throws_attempted
    FROM team_stats
),

playable AS (
    SELECT
        *,
        status = 'final' AND home_score IS NOT NULL AND away_score IS NOT NULL AS played,
        (home_score - away_score)::DOUBLE AS difference,
        40.0::DOUBLE / (40 + 5 * overtimes) AS to_40_minutes
    FROM games
    WHERE
        status IN ('scheduled', 'in_progress', 'final')
        AND game_date IS NOT NULL AND home_id IS NOT NULL AND away_id IS NOT NULL
)

SELECT
    g.league,
    g.season,
    g.game_id,
    g.home_id,
    g.away_id,
    (g.game_date - DATE '1970-01-01')::BIGINT AS day,
    CASE WHEN g.neutral_site THEN 0.0 ELSE 1.0 END::DOUBLE AS host,
    g.played,
    CASE WHEN g.played THEN g.difference END AS margin,
    CASE
        WHEN g.played
            THEN g.difference - 0.7::DOUBLE * coalesce(h.three_luck - a.three_luck, 0.0)
                - 0.6::DOUBLE * coalesce(h.free_throw_luck - a.free_throw_luck, 0.0)
    END AS damped_margin,
    -- Points beyond twenty count two fifths: the end of a game that is decided is played by others.
    CASE
        WHEN g.played THEN 0.4::DOUBLE * g.difference + 0.6::DOUBLE * greatest(least(g.difference, 20.0), -20.0)
    END AS capped_margin,
    CASE WHEN g.played THEN h.three_luck - a.three_luck END AS three_luck,
    CASE WHEN g.played THEN (h.assists - a.assists)::DOUBLE END AS assists,
    CASE WHEN g.played THEN (h.blocks - a.blocks)::DOUBLE END AS blocks,
    CASE WHEN g.played THEN (h.turnovers - a.turnovers)::DOUBLE END AS turnovers,
    CASE WHEN g.played THEN (h.offensive_rebounds - a.offensive_rebounds)::DOUBLE END AS offensive_rebounds,
    CASE WHEN g.played THEN (h.field_goals_attempted - a.field_goals_attempted)::DOUBLE END AS shots,
    CASE WHEN g.played THEN (h.three_points_attempted - a.three_points_attempted)::DOUBLE END AS threes,
    CASE WHEN g.played THEN (h.free_throws_attempted - a.free_throws_attempted)::DOUBLE END AS free_throws,
    CASE WHEN g.played THEN (g.home_score + g.away_score) * g.to_40_minutes END AS both_points,
    CASE WHEN g.played THEN (h.possessions + a.possessions) / 2 * g.to_40_minutes END AS both_possessions,
    CASE WHEN g.played THEN h.three_luck + a.three_luck END AS both_three_luck,
    CASE WHEN g.played THEN h.free_throw_luck + a.free_throw_luck END AS both_free_throw_luck,
    CASE WHEN g.played THEN (h.offensive_rebounds + a.offensive_rebounds)::DOUBLE END AS both_offensive_rebounds,
    CASE WHEN g.played THEN (h.three_points_attempted + a.three_points_attempted)::DOUBLE END AS both_threes,
    CASE WHEN g.played THEN (h.free_throws_attempted + a.free_throws_attempted)::DOUBLE END AS both_free_throws
FROM playable AS g
LEFT JOIN box AS h
    ON g.league = h.league AND g.season = h.season AND g.game_id = h.game_id AND g.home_id = h.team_id
LEFT JOIN box AS a
    ON g.league = a.league AND g.season = a.season AND g.game_id = a.game_id AND g.away_id = a.team_id
ORDER BY g.league, g.season, g.game_date, g.game_id
