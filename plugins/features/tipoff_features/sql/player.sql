-- A row a game and athlete who has been on the team's sheet in an earlier game of the season.
-- Minutes are summed as whole seconds, so that the order of summation cannot matter. All is of one league and season.
WITH playable AS (
    SELECT
        game_id, game_date, tip_utc, home_id, away_id,
        status = 'final' AND home_score IS NOT NULL AND away_score IS NOT NULL AS played
    FROM games
    WHERE
        season = $season
        AND status IN ('scheduled', 'in_progress', 'final')
        AND game_date IS NOT NULL AND home_id IS NOT NULL AND away_id IS NOT NULL
),

sides AS (
    SELECT * EXCLUDE (home_id, away_id), home_id AS team_id FROM playable
    UNION ALL
    SELECT * EXCLUDE (home_id, away_id), away_id AS team_id FROM playable
),

-- The sheets of the games that were played.
lines AS (
    SELECT
        p.team_id, p.athlete_id, s.game_id, s.game_date,
        CASE
            WHEN p.minutes IS NOT NULL THEN p.minutes > 0 ELSE NOT coalesce(p.did_not_play, false)
        END::INTEGER AS appeared,
        p.starter::INTEGER AS started,
        round(p.minutes * 60)::BIGINT AS seconds,
        -- Thousandths of possessions that a player ends: FGA + TOV + 0.475 · FTA.
        1000 * (p.field_goals_attempted + p.turnovers) + 475 * p.free_throws_attempted AS used,
        1000 * p.field_goals_attempted + 475 * p.free_throws_attempted AS shooting,
        p.points,
        -- Tenths of the game score (Hollinger; basketball-reference.com/about/glossary.html); what a source does
        -- not count, counts for nobody.
        10 * p.points + 4 * p.field_goals_made - 7 * p.field_goals_attempted
            - 4 * (p.free_throws_attempted - p.free_throws_made)
            + 7 * coalesce(p.offensive_rebounds, 0) + 3 * coalesce(p.defensive_rebounds, 0)
            + 10 * coalesce(p.steals, 0) + 7 * coalesce(p.assists, 0) + 7 * coalesce(p.blocks, 0)
            - 4 * coalesce(p.fouls, 0) - 10 * coalesce(p.turnovers, 0) AS game_score
    FROM player_stats AS p
    INNER JOIN sides AS s
        ON p.game_id = s.game_id AND p.team_id = s.team_id
    WHERE s.played
),

-- Thousandths of game score above what the minutes of an average player in that game, of both teams, come with.
valued AS (
    SELECT
        *,
        round(100 * (game_score - seconds * sum(game_score) OVER game / nullif(sum(seconds) OVER game, 0)))::BIGINT
            AS above
    FROM lines
    WINDOW game AS (PARTITION BY game_id)
),

-- A team's games that have a sheet, numbered, with running sums up to and including each.
team_games AS (
    SELECT
        team_id, game_date,
        sum(games) OVER upto AS games,
        sum(seconds) OVER upto AS seconds,
        sum(used) OVER upto AS used
    FROM (
        SELECT
            team_id, game_date,
            count(DISTINCT game_id) AS games, sum(seconds) AS seconds, sum(used) AS used
        FROM lines
        GROUP BY ALL
    )
    WINDOW upto AS (PARTITION BY team_id ORDER BY game_date)
),

athletes AS (
    SELECT
        team_id, athlete_id, game_date,
        sum(appeared) OVER upto AS appeared,
        sum(started) OVER upto AS started,
        sum(seconds) OVER upto AS seconds,
        sum(used) OVER upto AS used,
        sum(shooting) OVER upto AS shooting,
        sum(points) OVER upto AS points,
        sum(game_score) OVER upto AS game_score,
        sum(above) OVER upto AS above,
        max(CASE WHEN appeared > 0 THEN game_date END) OVER upto AS last_appearance
    FROM (
        SELECT
            team_id, athlete_id, game_date,
            sum(appeared) AS appeared, sum(started) AS started, sum(seconds) AS seconds, sum(used) AS used,
            sum(shooting) AS shooting, sum(points) AS points, sum(game_score) AS game_score, sum(above) AS above
        FROM valued
        GROUP BY ALL
    )
    WINDOW upto AS (PARTITION BY team_id, athlete_id ORDER BY game_date)
),

-- Each game and side with the state of the team on its morning, and the day before its last five games.
before_game AS (
    SELECT s.game_id, s.team_id, s.game_date, s.tip_utc, t.games, t.seconds, t.used
    FROM sides AS s
    ASOF INNER JOIN team_games AS t
        ON s.team_id = t.team_id AND s.game_date > t.game_date
),

with_recent AS (
    SELECT b.*, five.game_date AS recent_after, coalesce(five.seconds, 0) AS seconds_then
    FROM before_game AS b
    ASOF LEFT JOIN team_games AS five
        ON b.team_id = five.team_id AND b.games - 5 >= five.games
),

squads AS (
    SELECT team_id, athlete_id, min(game_date) AS first_day
    FROM lines
    GROUP BY ALL
),

rows AS (
    SELECT w.*, q.athlete_id
    FROM with_recent AS w
    INNER JOIN squads AS q
        ON w.team_id = q.team_id AND w.game_date > q.first_day
),

as_of AS (
    SELECT
        r.*,
        a.appeared, a.started, a.seconds AS own_seconds, a.used AS own_used, a.shooting, a.points, a.game_score,
        a.above, a.last_appearance
    FROM rows AS r
    ASOF INNER JOIN athletes AS a
        ON
            r.team_id = a.team_id AND r.athlete_id = a.athlete_id
            AND r.game_date > a.game_date
),

recent AS (
    SELECT o.*, coalesce(o.own_seconds - coalesce(a.seconds, 0), 0) AS recent_seconds
    FROM as_of AS o
    ASOF LEFT JOIN athletes AS a
        ON
            o.team_id = a.team_id AND o.athlete_id = a.athlete_id
            AND o.recent_after >= a.game_date
),

missed AS (
    SELECT c.*, c.games - coalesce(t.games, 0) AS games_missed
    FROM recent AS c
    ASOF LEFT JOIN team_games AS t
        ON
            c.team_id = t.team_id
            AND c.last_appearance >= t.game_date
)

SELECT
    $league AS league,
    $season::INTEGER AS season,
    game_id,
    athlete_id,
    team_id,
    game_date,
    tip_utc,
    appeared::INTEGER AS games_played,
    started::INTEGER AS games_started,
    games_missed::INTEGER AS games_missed,
    own_seconds / (60 * nullif(appeared, 0)) AS minutes_per_game,
    own_seconds / nullif(seconds, 0) AS minutes_share,
    recent_seconds / nullif(seconds - seconds_then, 0) AS recent_minutes_share,
    own_used / nullif(used, 0) AS usage_rate,
    500 * points / nullif(shooting, 0) AS true_shooting,
    game_score * 240 / nullif(own_seconds, 0) AS game_score_per_40,
    -- As if he had also played 200 minutes like the average, so that a good quarter of an hour makes nobody a star.
    above * 2.4::DOUBLE / (own_seconds + 12000) AS value_per_40
FROM missed
