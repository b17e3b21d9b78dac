"""What many ask of the domain tables, said once: which games count, and what of them may be learned from.

A source may contradict itself: the same game under two ids, a box score of other teams, minutes that no game has. The
tables keep what it said. These views derive what is doubtful from the tables alone, so a doubt goes by itself once
the source is right again, and nothing has to be remembered.

========================  =============================================================================
``raw.doubtful_games``    games that contradict something, each with why
``raw.uncounted_games``   games that count for nobody: exhibitions, and doubtful ones
``raw.competitive_games`` the other games, without the result where that is in doubt
``raw.schedule``          those of them between two known teams on a known day, with ``closes_utc``
``raw.results``           those of them that are final, with ``home_win``, ``margin`` and ``total``
``raw.doubtful_minutes``  a team's minutes in a game that do not add up
``raw.counted_team_box``  box scores of teams that may be learned from
``raw.counted_player_box`` box scores of players likewise; minutes in doubt are missing
``raw.lines``             odds of competitive games, without stand-ins
``predictions.counted``   of each game and model the prediction that counts, with the result once there is one
``predictions.ungraded``  published predictions of games that are over and that get no grade, each with why
========================  =============================================================================

Features are computed from what counts (`LEARNED_FROM`), whatever a builder reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple


class View(NamedTuple):
    """What many ask of the domain tables; the warehouse makes it after them."""

    name: str
    select: str
    schema: Literal["raw", "predictions"] = "raw"


LEARNED_FROM: Final[Mapping[str, str]] = {
    "raw.games": "competitive_games",
    "raw.team_stats": "counted_team_box",
    "raw.player_stats": "counted_player_box",
}
"""By full name of a domain table, the view of those of its rows that features are computed from."""

_NO_GAME: Final = "(1, 4)"
"""Season types of games that do not count: before and after the season."""

# Of two ids for one game the one counts that is final, then the one with a box score, then the older id.
_DOUBTFUL: Final = f"""
WITH competitive AS (
    SELECT
        league, season, game_id, game_date, tip_utc, home_id, away_id, status, home_score, away_score,
        least(home_id, away_id) AS one, greatest(home_id, away_id) AS other,
        CASE WHEN home_id < away_id THEN home_score ELSE away_score END AS one_score,
        CASE WHEN home_id < away_id THEN away_score ELSE home_score END AS other_score,
        coalesce(tip_known, true) AND tip_utc IS NOT NULL AS timed
    FROM raw.games
    WHERE status IN ('scheduled', 'in_progress', 'final') AND home_id IS NOT NULL AND away_id IS NOT NULL
        AND coalesce(season_type, 2) NOT IN {_NO_GAME} AND exhibition IS DISTINCT FROM true
),

meetings AS (
    SELECT league, game_date, one, other FROM competitive
    WHERE game_date IS NOT NULL GROUP BY ALL HAVING count(*) > 1
),

nearby AS (
    SELECT league, game_id
    FROM (SELECT league, game_id, tip_utc, unnest([home_id, away_id]) AS team_id FROM competitive WHERE timed)
    QUALIFY tip_utc - lag(tip_utc) OVER (PARTITION BY league, team_id ORDER BY tip_utc) < INTERVAL 2 HOURS
        OR lead(tip_utc) OVER (PARTITION BY league, team_id ORDER BY tip_utc) - tip_utc < INTERVAL 2 HOURS
),

suspects AS (
    SELECT c.*, box.game_id IS NOT NULL AS boxed
    FROM competitive AS c
    LEFT JOIN (SELECT DISTINCT league, season, game_id FROM raw.team_stats) AS box USING (league, season, game_id)
    WHERE one <> other AND (
        (c.league, c.game_id) IN (FROM nearby) OR (c.league, game_date, one, other) IN (FROM meetings)
    )
),

-- Two teams do not meet twice on one day, unless both games are over, hours apart and ended otherwise.
twice AS (
    SELECT
        a.league, a.season, a.game_id, b.game_id AS other_id,
        (b.status = 'final', b.boxed, -length(b.game_id), a.game_id)
            > (a.status = 'final', a.boxed, -length(a.game_id), b.game_id) AS loses,
        a.status = 'final' AND b.status = 'final'
            AND (a.one_score, a.other_score) IS DISTINCT FROM (b.one_score, b.other_score) AS otherwise
    FROM suspects AS a JOIN suspects AS b
        ON a.league = b.league AND a.one = b.one AND a.other = b.other AND a.game_id <> b.game_id
    WHERE (a.game_date = b.game_date OR (a.timed AND b.timed AND abs(epoch(a.tip_utc - b.tip_utc)) < 7200))
        AND NOT (otherwise AND a.timed AND b.timed AND abs(epoch(a.tip_utc - b.tip_utc)) >= 10800)
),

repeated AS (
    SELECT league, season, game_id, min(other_id) AS other_id FROM twice WHERE loses GROUP BY ALL
),

-- A team is in one place at a time. Where nothing tells which game is the real one, neither counts.
elsewhere AS (
    SELECT a.league, a.season, a.game_id, min(b.game_id) AS other_id
    FROM (FROM suspects ANTI JOIN repeated USING (league, season, game_id)) AS a
    JOIN (FROM suspects ANTI JOIN repeated USING (league, season, game_id)) AS b
        ON a.league = b.league AND a.game_id <> b.game_id AND (a.one, a.other) <> (b.one, b.other)
        AND (a.one IN (b.one, b.other) OR a.other IN (b.one, b.other))
    WHERE a.timed AND b.timed AND abs(epoch(a.tip_utc - b.tip_utc)) < 7200
        AND (b.status = 'final', b.boxed) >= (a.status = 'final', a.boxed)
    GROUP BY ALL
),

boxes AS (
    SELECT
        league, season, game_id,
        bool_or(box.team_id NOT IN (one, other) OR box.opponent_id NOT IN (one, other)) AS strange,
        bool_or(box.is_home <> (box.team_id = home_id)) AS hosted,
        bool_or(box.points <> CASE WHEN box.team_id = home_id THEN home_score ELSE away_score END) AS scored
    FROM raw.team_stats AS box
    JOIN (FROM competitive WHERE status = 'final') USING (league, season, game_id)
    WHERE box.team_id NOT IN (one, other) OR box.opponent_id NOT IN (one, other)
        OR box.is_home <> (box.team_id = home_id)
        OR box.points <> CASE WHEN box.team_id = home_id THEN home_score ELSE away_score END
    GROUP BY ALL
)

SELECT league, season, game_id, 'game' AS what, 'the same game as ' || other_id || ', under another id' AS reason
FROM repeated
UNION ALL
SELECT league, season, game_id, 'game', 'a team of it plays ' || other_id || ' at the same time'
FROM elsewhere
UNION ALL
SELECT league, season, game_id, 'game', 'a team against itself'
FROM competitive WHERE home_id = away_id
UNION ALL
SELECT league, season, game_id, 'result', 'under ' || min(other_id) || ' it ended otherwise'
FROM twice WHERE otherwise GROUP BY ALL
UNION ALL
SELECT league, season, game_id, 'result', CASE
        WHEN strange THEN 'its box score is of other teams'
        WHEN hosted THEN 'its box score has another host'
        ELSE 'its box score has another score'
    END
FROM boxes
"""  # noqa: S608 - a constant of ours

VIEWS: tuple[View, ...] = (
    View("doubtful_games", _DOUBTFUL),
    View(
        "uncounted_games",
        f"""
        SELECT league, season, game_id, CASE
                WHEN season_type = 1 THEN 'a game before the season'
                WHEN season_type = 4 THEN 'a game after the season'
                ELSE 'an exhibition'
            END AS reason
        FROM raw.games WHERE season_type IN {_NO_GAME} OR exhibition
        UNION ALL
        SELECT league, season, game_id, min(reason) FROM raw.doubtful_games WHERE what = 'game' GROUP BY ALL
        """,  # noqa: S608 - a constant of ours
    ),
    View(
        "competitive_games",
        """
        WITH doubts AS (
            SELECT league, season, game_id, min(reason) AS doubt FROM raw.doubtful_games WHERE what = 'result'
            GROUP BY ALL
        )
        SELECT games.* REPLACE (
                CASE WHEN doubt IS NULL THEN home_score END AS home_score,
                CASE WHEN doubt IS NULL THEN away_score END AS away_score
            ), doubt
        FROM (FROM raw.games ANTI JOIN raw.uncounted_games USING (league, season, game_id)) AS games
        LEFT JOIN doubts USING (league, season, game_id)
        """,
    ),
    View(
        "schedule",
        # A tip whose time of day is still to be announced stands at midnight, the beginning of its day.
        """
        SELECT
            league, season, game_id, game_date, tip_utc, home_id, away_id, neutral_site, status, home_score, away_score,
            CASE
                WHEN tip_known IS NOT DISTINCT FROM false
                    THEN timezone('UTC', timezone('America/New_York', CAST(game_date + 1 AS TIMESTAMP)))
                ELSE tip_utc
            END AS closes_utc
        FROM raw.competitive_games
        WHERE game_date IS NOT NULL AND tip_utc IS NOT NULL AND home_id IS NOT NULL AND away_id IS NOT NULL
        """,
    ),
    View(
        "results",
        """
        SELECT
            * EXCLUDE (status),
            home_score > away_score AS home_win,
            CAST(home_score - away_score AS DOUBLE) AS margin,
            CAST(home_score + away_score AS DOUBLE) AS total
        FROM raw.schedule
        WHERE status = 'final' AND home_score <> away_score
        """,
    ),
    View(
        "doubtful_minutes",
        # Five play at a time for 40 minutes, professionals for 48, and 5 in each overtime. Sources round minutes, of 15
        # players by half a minute each. Too few are wrong where the players' points are the team's, so nobody lacks.
        """
        WITH sheets AS (
            SELECT
                league, season, game_id, team_id,
                sum(minutes) AS played, sum(points) AS points, max(points) FILTER (minutes = 0) AS for_nothing
            FROM raw.player_stats GROUP BY ALL HAVING abs(sum(minutes) - 200) > 8
        )
        SELECT league, season, game_id, team_id, played
        FROM sheets LEFT JOIN raw.games USING (league, season, game_id)
        WHERE (
                played > 208 + 25 * coalesce(overtimes, 10) OR (played = 0 AND for_nothing > 3)
                OR points = CASE team_id WHEN home_id THEN home_score WHEN away_id THEN away_score END
            )
            AND NOT coalesce(abs(played - 200 - 25 * overtimes) <= 8, played BETWEEN 192 AND 450)
            AND NOT coalesce(abs(played - 240 - 25 * overtimes) <= 8, false)
        """,
    ),
    View(
        "counted_team_box",
        """
        SELECT *, NULL::VARCHAR AS doubt FROM raw.team_stats
        ANTI JOIN raw.uncounted_games USING (league, season, game_id)
        ANTI JOIN (FROM raw.doubtful_games WHERE what = 'result') USING (league, season, game_id)
        """,
    ),
    View(
        "counted_player_box",
        """
        SELECT box.* REPLACE (CASE WHEN wrong.played IS NULL THEN box.minutes END AS minutes),
            CASE WHEN wrong.played IS NOT NULL THEN 'minutes' END AS doubt
        FROM (
            FROM raw.player_stats
            ANTI JOIN raw.uncounted_games USING (league, season, game_id)
            ANTI JOIN (FROM raw.doubtful_games WHERE what = 'result') USING (league, season, game_id)
        ) AS box
        LEFT JOIN raw.doubtful_minutes AS wrong USING (league, season, game_id, team_id)
        LEFT JOIN raw.games AS games USING (league, season, game_id)
        WHERE coalesce(box.team_id IN (home_id, away_id), true)
        """,
    ),
    View(
        "lines",
        # Real lines differ: that five games have the same spread happens by chance on a day in 100,000.
        """
        WITH listed AS (
            SELECT odds.*, game_date FROM raw.odds
            LEFT JOIN raw.games USING (league, season, game_id)
            ANTI JOIN raw.uncounted_games USING (league, season, game_id)
        ),
        days AS (
            SELECT
                league, provider, game_date,
                count(home_spread_close) >= 5 AND min(home_spread_close) = max(home_spread_close)
                    OR count(home_spread_open) >= 5 AND min(home_spread_open) = max(home_spread_open) AS same_spread,
                count(total_close) >= 5 AND min(total_close) = max(total_close)
                    OR count(total_open) >= 5 AND min(total_open) = max(total_open) AS same_total
            FROM listed WHERE game_date IS NOT NULL GROUP BY ALL HAVING same_spread OR same_total
        ),
        seasons AS (
            SELECT
                league, provider, season,
                count(home_spread_close) >= 5 AND min(home_spread_close) = max(home_spread_close) AS same_spread,
                count(total_close) >= 5 AND min(total_close) = max(total_close) AS same_total
            FROM listed GROUP BY ALL HAVING same_spread OR same_total
        ),
        judged AS (
            SELECT
                listed.* EXCLUDE (game_date),
                coalesce(days.same_spread, false) OR coalesce(seasons.same_spread, false) AS spread_stands_in,
                coalesce(days.same_total, false) OR coalesce(seasons.same_total, false) AS total_stands_in
            FROM listed
            LEFT JOIN days USING (league, provider, game_date)
            LEFT JOIN seasons USING (league, provider, season)
        )
        SELECT * REPLACE (
                CASE WHEN NOT spread_stands_in THEN home_spread_open END AS home_spread_open,
                CASE WHEN NOT spread_stands_in THEN home_spread_close END AS home_spread_close,
                CASE WHEN NOT total_stands_in THEN total_open END AS total_open,
                CASE WHEN NOT total_stands_in THEN total_close END AS total_close
            )
        FROM judged
        """,
    ),
    View(
        "counted",
        # A prediction is of two teams: where they exchanged sides since, it is held against the same team's points.
        """
        SELECT
            ledger.*,
            ledger.home_id <> results.home_id AS exchanged,
            CASE WHEN exchanged THEN results.away_score ELSE results.home_score END AS home_score,
            CASE WHEN exchanged THEN results.home_score ELSE results.away_score END AS away_score
        FROM predictions.ledger AS ledger
        JOIN raw.results AS results USING (league, game_id)
        WHERE (ledger.season = results.season OR ledger.game_date = results.game_date)
            AND least(ledger.home_id, ledger.away_id) = least(results.home_id, results.away_id)
            AND greatest(ledger.home_id, ledger.away_id) = greatest(results.home_id, results.away_id)
            AND ledger.predicted_at < results.closes_utc
        QUALIFY row_number() OVER (
            PARTITION BY league, game_id, ledger.model, results.game_date
            ORDER BY seq DESC, ledger.season = results.season DESC
        ) = 1
        """,
        "predictions",
    ),
    View(
        "ungraded",
        """
        WITH said AS (
            SELECT
                league, game_id, model, max_by(season, seq) AS season, max_by(game_date, seq) AS game_date,
                max_by(home_id, seq) AS home_id, max_by(away_id, seq) AS away_id, min(predicted_at) AS first_said
            FROM predictions.ledger GROUP BY ALL
        ),
        known AS (
            SELECT
                said.*, games.game_id AS is_known, games.status, games.home_id AS host, games.away_id AS guest,
                games.tip_utc, games.season AS other_season
            FROM said LEFT JOIN raw.games AS games
                ON said.league = games.league AND said.game_id = games.game_id
                AND (said.season = games.season OR said.game_date = games.game_date)
            QUALIFY row_number() OVER (
                PARTITION BY said.league, said.game_id, said.model
                ORDER BY games.season = said.season DESC NULLS LAST, games.season
            ) = 1
        ),
        replaced AS (
            SELECT known.league, known.game_id, known.model, min(games.game_id) AS new_id
            FROM known JOIN raw.schedule AS games
                ON known.league = games.league AND known.game_date = games.game_date
                AND known.game_id <> games.game_id
                AND least(known.home_id, known.away_id) = least(games.home_id, games.away_id)
                AND greatest(known.home_id, known.away_id) = greatest(games.home_id, games.away_id)
            GROUP BY ALL
        )
        SELECT
            known.league, known.season, known.game_id, known.model, known.game_date,
            CASE
                WHEN is_known IS NULL AND new_id IS NOT NULL THEN 'the source has it as ' || new_id || ' now'
                WHEN is_known IS NULL THEN 'the source no longer has it'
                WHEN uncounted.reason IS NOT NULL THEN uncounted.reason
                WHEN known.status IN ('postponed', 'canceled', 'forfeited') THEN known.status
                WHEN (least(known.home_id, known.away_id), greatest(known.home_id, known.away_id))
                    IS DISTINCT FROM (least(host, guest), greatest(host, guest))
                    THEN 'it was between other teams: now ' || coalesce(guest, '?') || ' at ' || coalesce(host, '?')
                WHEN doubts.doubt IS NOT NULL THEN doubts.doubt
                WHEN results.game_id IS NULL THEN 'final without a result'
                ELSE 'it began earlier than was known: at ' || known.tip_utc || ' UTC, first said at ' || first_said
            END AS reason,
            coalesce(known.status IN ('postponed', 'canceled', 'forfeited'), false) AS called_off
        FROM known
        LEFT JOIN replaced USING (league, game_id, model)
        LEFT JOIN raw.uncounted_games AS uncounted
            ON known.league = uncounted.league AND known.game_id = uncounted.game_id
            AND known.other_season = uncounted.season
        LEFT JOIN (SELECT league, season, game_id, doubt FROM raw.competitive_games WHERE doubt IS NOT NULL) AS doubts
            ON known.league = doubts.league AND known.game_id = doubts.game_id AND known.other_season = doubts.season
        LEFT JOIN raw.results AS results
            ON known.league = results.league AND known.game_id = results.game_id AND known.other_season = results.season
        WHERE (known.status IS NULL OR known.status NOT IN ('scheduled', 'in_progress') OR uncounted.reason IS NOT NULL)
            AND NOT EXISTS (
                FROM predictions.counted AS counted
                WHERE counted.league = known.league AND counted.game_id = known.game_id AND counted.model = known.model
            )
        """,
        "predictions",
    ),
)
