-- A row a game and team, from the team's games of earlier days; `ratings` comes from rating.py.
-- Counts are summed as whole numbers (possessions in thousandths), so that the order of summation cannot matter.
WITH playable AS (
    SELECT
        *,
        (game_date - DATE '1970-01-01')::BIGINT AS day,
        status = 'final' AND home_score IS NOT NULL AND away_score IS NOT NULL AS played
    FROM games
    WHERE
        season = $season
        AND status IN ('scheduled', 'in_progress', 'final')
        AND game_date IS NOT NULL AND home_id IS NOT NULL AND away_id IS NOT NULL
),

sides AS (
    SELECT *, home_id AS team_id, away_id AS opponent_id, true AS is_home, home_score AS scored, away_score AS allowed
    FROM playable
    UNION ALL
    SELECT *, away_id AS team_id, home_id AS opponent_id, false AS is_home, away_score AS scored, home_score AS allowed
    FROM playable
),

box AS (
    SELECT
        league, season, game_id, team_id,
        field_goals_made AS fgm, field_goals_attempted AS fga, three_points_made AS tpm, three_points_attempted AS tpa,
        points_in_paint AS paint, free_throws_made AS ftm, offensive_rebounds AS orb, defensive_rebounds AS drb, turnovers AS tov,
        -- Thousandths of possessions: FGA − OREB + TOV + 0.475 · FTA, the estimate for college basketball of
        -- kenpom.com/blog/ratings-glossary.
        1000 * (field_goals_attempted - offensive_rebounds + turnovers) + 475 * free_throws_attempted AS possessions,
        possessions + fgm + tpm + ftm + drb IS NOT NULL AS complete
    FROM team_stats
    WHERE season = $season
),

-- What each side made of each game it has played; NULL before. A box score counts where both sides have all of it,
-- since every share is of sums over the same games.
lines AS (
    SELECT
        s.*,
        CASE WHEN s.played THEN (s.scored > s.allowed)::INTEGER END AS won,
        CASE WHEN s.played THEN s.scored END AS points,
        CASE WHEN s.played THEN s.allowed END AS points_against,
        CASE WHEN s.played THEN s.scored - s.allowed END AS margin,
        s.played AND own.complete AND other.complete AS boxed,
        40 + 5 * s.overtimes AS minutes,
        -- Both sides' estimates are of the same number, so their mean is taken; here their sum, as a whole number.
        own.possessions + other.possessions AS both_possessions,
        own.fgm, own.fga, own.tpm, own.tpa, own.ftm, own.orb, own.drb, own.tov, own.paint,
        other.fgm AS other_fgm, other.fga AS other_fga, other.tpm AS other_tpm, other.tpa AS other_tpa,
        other.ftm AS other_ftm,
        other.orb AS other_orb, other.drb AS other_drb, other.tov AS other_tov
    FROM sides AS s
    LEFT JOIN box AS own
        ON s.league = own.league AND s.season = own.season AND s.game_id = own.game_id AND s.team_id = own.team_id
    LEFT JOIN box AS other
        ON
            s.league = other.league AND s.season = other.season AND s.game_id = other.game_id
            AND s.opponent_id = other.team_id
),

so_far AS (
    SELECT
        *,
        count(won) OVER before AS n_played,
        sum(won) OVER before AS n_won,
        sum(points) OVER before AS sum_points,
        sum(points_against) OVER before AS sum_against,
        avg(margin) FILTER (WHERE is_home AND NOT neutral_site) OVER before AS home_mean,
        avg(margin) FILTER (WHERE NOT is_home AND NOT neutral_site) OVER before AS road_mean,
        sum(points) FILTER (WHERE boxed) OVER before AS b_points,
        sum(points_against) FILTER (WHERE boxed) OVER before AS b_against,
        sum(both_possessions) FILTER (WHERE boxed) OVER before AS b_possessions,
        -- The tempo needs to know how long a game was.
        sum(both_possessions) FILTER (WHERE boxed AND minutes IS NOT NULL) OVER before AS timed_possessions,
        sum(minutes) FILTER (WHERE boxed) OVER before AS b_minutes,
        sum(fgm) FILTER (WHERE boxed) OVER before AS b_fgm,
        sum(fga) FILTER (WHERE boxed) OVER before AS b_fga,
        sum(tpm) FILTER (WHERE boxed) OVER before AS b_tpm,
        sum(tpm) FILTER (WHERE boxed AND tpa IS NOT NULL) OVER before AS known_tpm,
        sum(fgm) FILTER (WHERE boxed AND tpa IS NOT NULL) OVER before AS known_fgm,
        sum(fga) FILTER (WHERE boxed AND tpa IS NOT NULL) OVER before AS known_fga,
        sum(tpa) FILTER (WHERE boxed) OVER before AS b_tpa,
        sum(points) FILTER (WHERE boxed AND paint IS NOT NULL) OVER before AS known_points,
        sum(paint) FILTER (WHERE boxed) OVER before AS b_paint,
        sum(ftm) FILTER (WHERE boxed) OVER before AS b_ftm,
        sum(orb) FILTER (WHERE boxed) OVER before AS b_orb,
        sum(drb) FILTER (WHERE boxed) OVER before AS b_drb,
        sum(tov) FILTER (WHERE boxed) OVER before AS b_tov,
        sum(other_fgm) FILTER (WHERE boxed) OVER before AS o_fgm,
        sum(other_fga) FILTER (WHERE boxed) OVER before AS o_fga,
        sum(other_tpm) FILTER (WHERE boxed) OVER before AS o_tpm,
        sum(other_fga) FILTER (WHERE boxed AND other_tpa IS NOT NULL) OVER before AS o_known_fga,
        sum(other_tpa) FILTER (WHERE boxed) OVER before AS o_tpa,
        sum(other_ftm) FILTER (WHERE boxed) OVER before AS o_ftm,
        sum(other_orb) FILTER (WHERE boxed) OVER before AS o_orb,
        sum(other_drb) FILTER (WHERE boxed) OVER before AS o_drb,
        sum(other_tov) FILTER (WHERE boxed) OVER before AS o_tov,
        -- The schedule is known beforehand, so games still to come count for rest and congestion.
        max(day) OVER before AS last_day,
        count(*) OVER week AS n_week
    FROM lines
    WINDOW
        before AS (
            PARTITION BY league, season, team_id ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ),
        week AS (PARTITION BY league, season, team_id ORDER BY day RANGE BETWEEN 7 PRECEDING AND 1 PRECEDING)
)

SELECT
    f.league,
    f.season,
    f.game_id,
    f.team_id,
    f.game_date,
    f.tip_utc,
    f.opponent_id,
    f.is_home,
    f.neutral_site,
    f.n_played::INTEGER AS games_played,
    f.n_won / nullif(f.n_played, 0) AS win_percentage,
    f.sum_points / nullif(f.n_played, 0) AS points_for,
    f.sum_against / nullif(f.n_played, 0) AS points_against,
    f.home_mean AS home_margin,
    f.road_mean AS road_margin,
    f.timed_possessions / (50 * nullif(f.b_minutes, 0)) AS tempo,
    100 * 2000 * f.b_points / nullif(f.b_possessions, 0) AS offensive_efficiency,
    100 * 2000 * f.b_against / nullif(f.b_possessions, 0) AS defensive_efficiency,
    -- The four factors (Oliver, Basketball on Paper, 2004; basketball-reference.com/about/factors.html).
    (2 * f.b_fgm + f.b_tpm) / (2 * nullif(f.b_fga, 0)) AS effective_field_goal_percentage,
    -- Shooting by zone, as far as box scores tell zones apart.
    f.b_tpa / nullif(f.known_fga, 0) AS three_point_attempt_rate,
    f.known_tpm / nullif(f.b_tpa, 0) AS three_point_percentage,
    (f.known_fgm - f.known_tpm) / nullif(f.known_fga - f.b_tpa, 0) AS two_point_percentage,
    f.b_paint / nullif(f.known_points, 0) AS paint_share,
    f.o_tpa / nullif(f.o_known_fga, 0) AS opponent_three_point_attempt_rate,
    2000 * f.b_tov / nullif(f.b_possessions, 0) AS turnover_percentage,
    f.b_orb / nullif(f.b_orb + f.o_drb, 0) AS offensive_rebound_percentage,
    f.b_ftm / nullif(f.b_fga, 0) AS free_throw_rate,
    (2 * f.o_fgm + f.o_tpm) / (2 * nullif(f.o_fga, 0)) AS opponent_effective_field_goal_percentage,
    2000 * f.o_tov / nullif(f.b_possessions, 0) AS opponent_turnover_percentage,
    f.o_orb / nullif(f.o_orb + f.b_drb, 0) AS opponent_offensive_rebound_percentage,
    f.o_ftm / nullif(f.o_fga, 0) AS opponent_free_throw_rate,
    (f.day - f.last_day)::INTEGER AS rest_days,
    f.n_week::INTEGER AS games_last_7_days,
    r.* EXCLUDE (league, season, game_id, team_id)
FROM so_far AS f
INNER JOIN ratings AS r
    ON f.league = r.league AND f.season = r.season AND f.game_id = r.game_id AND f.team_id = r.team_id
