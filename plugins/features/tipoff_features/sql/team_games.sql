-- Every game that counts or is still to come, in all seasons at hand, with what the ratings observe of it.
-- Ratings need every game that has a result, so a home team plays at home unless the source says otherwise. What
-- depends on the length of a game is not observed where the source does not say how many overtimes it had.
-- Shooting luck: a team controls how often it shoots threes and free throws better than how many of them fall,
-- so four fifths of the distance from the usual 34.5 and 70 per cent count in the damped margin.
WITH box AS (
    SELECT
        league, season, game_id, team_id,
        field_goals_attempted - offensive_rebounds + turnovers + 0.475::DOUBLE * free_throws_attempted AS possessions,
        3 * (three_points_made - 0.345::DOUBLE * three_points_attempted)
            + (free_throws_made - 0.70::DOUBLE * free_throws_attempted) AS luck
    FROM team_stats
),

playable AS (
    SELECT
        *,
        status = 'final' AND home_score IS NOT NULL AND away_score IS NOT NULL AS played
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
    CASE WHEN g.played THEN (g.home_score - g.away_score)::DOUBLE END AS margin,
    CASE
        WHEN g.played
            THEN (g.home_score - g.away_score)::DOUBLE - 0.2::DOUBLE * coalesce(home.luck - away.luck, 0.0)
    END AS damped_margin,
    CASE
        WHEN g.played
            THEN (g.home_score + g.away_score) * 40.0::DOUBLE / (40 + 5 * g.overtimes)
    END AS total,
    CASE
        WHEN g.played
            THEN (home.possessions + away.possessions) * 20.0::DOUBLE / (40 + 5 * g.overtimes)
    END AS tempo
FROM playable AS g
LEFT JOIN box AS home
    ON g.league = home.league AND g.season = home.season AND g.game_id = home.game_id AND g.home_id = home.team_id
LEFT JOIN box AS away
    ON g.league = away.league AND g.season = away.season AND g.game_id = away.game_id AND g.away_id = away.team_id
ORDER BY g.league, g.season, g.game_date, g.game_id
