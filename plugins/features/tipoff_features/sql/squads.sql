-- A row a season and athlete who is on a team's roster when its season begins, with what he was in his last season
-- on a floor, of the two before. How often he played then is known from rosters of the end of a season.
WITH sides AS (
    SELECT season, game_id, game_date, unnest([home_id, away_id]) AS team_id
    FROM games
    WHERE
        status IN ('scheduled', 'in_progress', 'final')
        AND game_date IS NOT NULL AND home_id IS NOT NULL AND away_id IS NOT NULL
),

openers AS (
    SELECT season, team_id, min(game_date) AS first_day
    FROM sides
    GROUP BY ALL
),

-- Who had been seen on the roster by the first game's day.
seen AS (
    SELECT
        r.season, r.team_id, r.athlete_id, r.as_of, r.class_year, r.height_in,
        least(r.last_seen, o.first_day) AS last_there
    FROM rosters AS r
    INNER JOIN openers AS o ON r.season = o.season AND r.team_id = o.team_id
    WHERE r.as_of <= o.first_day
),

-- And had not left it by then. A source that says only when it first saw something has no last day.
present AS (
    SELECT *
    FROM seen
    QUALIFY
        row_number() OVER (PARTITION BY season, team_id, athlete_id ORDER BY as_of DESC) = 1
        AND coalesce(last_there = max(last_there) OVER (PARTITION BY season, team_id), true)
),

-- A start usually goes with 28 minutes, another appearance with 11.
finals AS (
    SELECT
        season, team_id, athlete_id,
        max(games_played) AS played,
        max(games_started) AS started,
        28 * max(games_started) + 11 * greatest(max(games_played) - max(games_started), 0) AS minutes
    FROM rosters
    WHERE season < $season AND games_played IS NOT NULL AND games_started IS NOT NULL
    GROUP BY ALL
),

past AS (
    SELECT
        season, team_id, athlete_id, played,
        minutes / (40 * nullif(played, 0)) AS minutes_rate,
        minutes / nullif(sum(minutes) OVER team, 0) AS minutes_share,
        started / nullif(sum(started) OVER team, 0) AS starts_share
    FROM finals
    WINDOW team AS (PARTITION BY season, team_id)
)

SELECT
    p.season,
    p.team_id,
    p.athlete_id,
    l.team_id AS former_team_id,
    p.season - l.season AS seasons_ago,
    l.minutes_share,
    l.starts_share,
    l.minutes_rate,
    p.class_year,
    p.height_in
FROM present AS p
LEFT JOIN past AS l
    ON p.athlete_id = l.athlete_id AND l.season BETWEEN p.season - 2 AND p.season - 1 AND l.played > 0
-- The last season in which he played; of two teams in it the one that he played more for.
QUALIFY
    row_number() OVER (
        PARTITION BY p.season, p.team_id, p.athlete_id ORDER BY l.season DESC, l.minutes_share DESC, l.team_id
    ) = 1
ORDER BY p.season, p.team_id, p.athlete_id
