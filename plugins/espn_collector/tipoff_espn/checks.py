"""What ESPN's data should satisfy, besides what tipoff checks of every source."""

from __future__ import annotations

from tipoff import Check

TEAMS = (
    Check(
        name="espn_team_renamed",
        table="raw.espn_team_names",
        severity="warn",
        sql="""
            SELECT league, team_id, lag(name) OVER (PARTITION BY league, team_id ORDER BY as_of) AS before, name, as_of
            FROM raw.espn_team_names
            QUALIFY before <> name AND as_of >= $today - 30 ORDER BY ALL
        """,
        doc="An id has another name than before. Schools do rename themselves in summer; if it is another school, "
        "ESPN has given the id away: what was learned of the team is not this one's, so collect no more and report it.",
    ),
    Check(
        name="espn_teams_unseen",
        table="raw.games",
        severity="warn",
        sql="""
            WITH lately AS (
                SELECT DISTINCT league, home_id AS team_id FROM raw.games
                WHERE starts_with(source, 'espn') AND NOT neutral_site
                  AND game_date BETWEEN $today - 7 AND $today + 7
            ), before AS (
                SELECT league, team_id, min(game_date) AS since FROM (
                    SELECT league, home_id AS team_id, game_date FROM raw.games
                    UNION ALL SELECT league, away_id, game_date FROM raw.games
                ) GROUP BY ALL
            ), known AS (SELECT league, min(since) AS since FROM before GROUP BY ALL)
            SELECT lately.league, lately.team_id, before.since
            FROM lately JOIN before USING (league, team_id) JOIN known USING (league)
            WHERE known.since < $today - 60
            QUALIFY avg(CAST(before.since >= $today - 7 AS DOUBLE)) OVER (PARTITION BY lately.league) > 0.05
                AND before.since >= $today - 7
            ORDER BY ALL
        """,
        doc="More than one in twenty of this fortnight's home teams has never played before: either ids have changed, "
        "or another league's games have come in. Look one of the ids up at ESPN.",
    ),
)

GAMES = (
    Check(
        name="espn_days_incomplete",
        table="raw.espn_listed",
        severity="warn",
        sql="""
            SELECT l.league, l.game_date, l.list, l.game_id, l.as_of
            FROM raw.espn_listed l ANTI JOIN raw.games g USING (league, game_id)
            WHERE EXISTS (
                FROM raw.espn_days d
                WHERE d.league = l.league AND d.game_date = l.game_date AND starts_with(d.list, 'scoreboard'))
              AND (l.list <> 'core' OR l.last_seen >= (
                SELECT max(d.last_seen) FROM raw.espn_days d
                WHERE d.league = l.league AND d.game_date = l.game_date AND starts_with(d.list, 'core')))
            QUALIFY row_number() OVER (PARTITION BY l.league, l.game_id, l.list ORDER BY l.as_of DESC) = 1
            ORDER BY ALL
        """,
        doc="The core API or a team's schedule has a game that the scoreboard of its day does not show. The next runs "
        "ask again for three days. After that run `tipoff collect games --from DAY --to DAY --again`; if it stays "
        "away, ESPN's scoreboard does not list it, and the store goes without.",
    ),
    Check(
        name="espn_days_cut_short",
        table="raw.espn_days",
        severity="warn",
        sql="""
            WITH latest AS (
                FROM raw.espn_days
                QUALIFY row_number() OVER (PARTITION BY league, game_date, list ORDER BY as_of DESC) = 1
            )
            SELECT s.league, s.game_date, s.list, s.events, c.events AS core
            FROM latest s LEFT JOIN latest c
              ON c.league = s.league AND c.game_date = s.game_date AND c.list = replace(s.list, 'scoreboard', 'core')
            WHERE starts_with(s.list, 'scoreboard') AND s.events IN (25, 100) AND s.events IS DISTINCT FROM c.events
              AND s.game_date < $today
            ORDER BY ALL
        """,
        doc="A day of exactly 25 or 100 games, to which ESPN cuts answers without a word, and the core API does not "
        "agree. Run `tipoff collect games --from DAY --to DAY --again`.",
    ),
    Check(
        name="espn_games_gone",
        table="raw.games",
        severity="warn",
        sql="""
            SELECT g.league, g.season, g.game_id, g.game_date, g.status, g.fetched_at
            FROM raw.games g
            WHERE starts_with(g.source, 'espn') AND g.status IN ('scheduled', 'in_progress')
              AND EXISTS (
                FROM raw.espn_days d
                WHERE d.league = g.league AND d.game_date = g.game_date AND starts_with(d.list, 'scoreboard')
                  AND d.last_seen > g.game_date + 1)
              AND g.fetched_at < CAST(g.game_date + 1 AS TIMESTAMP)
            ORDER BY ALL
        """,
        doc="A game that the scoreboard of its day no longer lists, looked at after that day: ESPN has deleted it, or "
        "gave it a new id. Nothing is graded on it; where the source has it under another day, it moves by itself.",
    ),
    Check(
        name="espn_ranked_share",
        table="raw.games",
        severity="warn",
        sql="""
            WITH sides AS (
                SELECT league, season, home_id AS team_id, home_rank AS rank FROM raw.games
                WHERE starts_with(source, 'espn') AND game_date BETWEEN $today - 7 AND $today
                UNION ALL
                SELECT league, season, away_id, away_rank FROM raw.games
                WHERE starts_with(source, 'espn') AND game_date BETWEEN $today - 7 AND $today
            )
            SELECT league, season, count(*) AS sides, count(rank) AS ranked, count(DISTINCT team_id) AS teams
            FROM sides SEMI JOIN raw.rankings USING (league, season) GROUP BY ALL
            HAVING count(*) >= 100
               AND (count(rank) = 0 OR count(rank) / count(*) > 2 * 25 / count(DISTINCT team_id))
        """,
        doc="In a week with polls nobody is ranked, or twice as many as 25 teams explain: ESPN may write «unranked» "
        "in another way than 99. Look at `curatedRank` on its scoreboard.",
    ),
)

PLAYERS = (
    Check(
        name="espn_scores_agree",
        table="raw.espn_listed",
        severity="warn",
        sql="""
            SELECT l.league, g.season, l.game_id, l.home_score, l.away_score, g.home_score AS ours_home,
                   g.away_score AS ours_away
            FROM raw.espn_listed l JOIN raw.games g USING (league, game_id)
            WHERE g.status = 'final' AND (l.home_score <> g.home_score OR l.away_score <> g.away_score)
              AND l.last_seen > CAST(g.fetched_at AS DATE)
            QUALIFY row_number() OVER (PARTITION BY l.league, l.game_id ORDER BY l.as_of DESC) = 1
            ORDER BY ALL
        """,
        doc="A team's schedule has another final score than the scoreboard had: it was corrected after its day had "
        "settled. The next runs ask again for three days; after that run `tipoff collect games --from DAY --to DAY "
        "--again`.",
    ),
)

STATS = (
    Check(
        name="espn_player_points_add_up",
        table="raw.player_stats",
        severity="warn",
        sql="""
            SELECT league, season, game_id, team_id, any_value(t.points) AS points, sum(p.points) AS of_players
            FROM raw.player_stats p JOIN raw.team_stats t USING (league, season, game_id, team_id)
            WHERE starts_with(p.source, 'espn') GROUP BY ALL HAVING sum(p.points) <> any_value(t.points)
        """,
        doc="A team's players did not score what the team did: a line is missing or doubled.",
    ),
    Check(
        name="espn_finals_have_a_box_score",
        table="raw.games",
        severity="warn",
        sql="""
            SELECT league, season, game_id, game_date FROM raw.competitive_games g
            WHERE starts_with(source, 'espn') AND status = 'final' AND game_date < $settled
              AND NOT EXISTS (
                  FROM raw.team_stats t
                  WHERE t.league = g.league AND t.season = g.season AND t.game_id = g.game_id)
        """,
        doc="Days after the game there is still no box score. Run `tipoff collect stats --from DAY --to DAY --again`.",
    ),
    Check(
        name="espn_projections_come",
        table="raw.odds",
        severity="info",
        sql="""
            WITH near AS (
                SELECT g.league, g.season, g.game_date,
                       EXISTS (FROM raw.odds o WHERE o.league = g.league AND o.season = g.season
                               AND o.game_id = g.game_id AND o.provider = 'espn_projection') AS projected
                FROM raw.games g
                WHERE starts_with(g.source, 'espn') AND g.status = 'final'
                  AND g.game_date BETWEEN $today - 28 AND $today
            )
            SELECT league, season,
                   avg(CAST(projected AS DOUBLE)) FILTER (game_date >= $today - 7) AS lately,
                   avg(CAST(projected AS DOUBLE)) FILTER (game_date < $today - 7) AS before
            FROM near GROUP BY ALL HAVING lately < before / 2
        """,
        doc="Fewer than half as many of the last week's games have ESPN's projection as before: the key `predictor` "
        "may have changed, or no run came in the two days before those games.",
    ),
)
