"""What the tables say that cannot be so, and what is done with it: named, kept, and not learned from."""

from __future__ import annotations

from typing import Final

from tipoff.contracts import Check

DOUBTS: Final = (
    Check(
        name="games_doubtful",
        table="raw.games",
        sql="""
            SELECT league, season, game_id, game_date, home_id, away_id, what AS in_doubt, reason
            FROM raw.doubtful_games JOIN raw.games USING (league, season, game_id) ORDER BY ALL
        """,
        severity="warn",
        doc="Games that contradict something else that was collected. Where the game itself is in doubt it is neither "
        "learned from nor predicted nor graded; where its result is, that is not learned from. Ask the source again "
        "with `tipoff collect --from DAY --to DAY --again`; once it is right, the game counts by itself.",
    ),
    Check(
        name="games_in_two_seasons",
        table="raw.games",
        sql="""
            SELECT league, game_id, list(season ORDER BY season) AS seasons, list(game_date ORDER BY season) AS days
            FROM raw.games GROUP BY league, game_id
            HAVING count(*) > 1
                OR any_value(season) <> any_value(year(game_date) + CAST(month(game_date) >= 7 AS INTEGER))
            ORDER BY ALL
        """,
        severity="warn",
        doc="A game is of one season, that of its day. The next `tipoff collect games` moves what stands in the wrong "
        "one; where both were played, the source counts its games anew each season: let its collector put the season "
        "before the id.",
    ),
    Check(
        name="games_uncounted",
        table="raw.games",
        sql="""
            SELECT league, season, reason, count(*) AS games FROM raw.uncounted_games
            ANTI JOIN (FROM raw.doubtful_games WHERE what = 'game') USING (league, season, game_id)
            GROUP BY ALL ORDER BY ALL
        """,
        severity="info",
        doc="Exhibitions, All-Star games and games outside of the season: kept and shown, never learned from and never "
        "predicted. There is nothing to do.",
    ),
    Check(
        name="player_stats_minutes_add_up",
        table="raw.player_stats",
        sql="SELECT league, season, game_id, team_id, played AS minutes FROM raw.doubtful_minutes ORDER BY ALL",
        severity="warn",
        doc="A team's minutes are not those of a game: 200, for professionals 240, and 25 more each overtime. They are "
        "not learned from; the rest of the box score is. Ask again with `tipoff collect --from DAY --to DAY --again`.",
    ),
    Check(
        name="player_stats_of_the_teams",
        table="raw.player_stats",
        sql="""
            SELECT league, season, game_id, team_id, count(*) AS lines, home_id, away_id
            FROM raw.player_stats JOIN raw.games USING (league, season, game_id)
            WHERE team_id NOT IN (home_id, away_id) GROUP BY ALL ORDER BY ALL
        """,
        severity="warn",
        doc="Lines of players of a team that does not play in the game. They are not learned from. Ask again with "
        "`tipoff collect --from DAY --to DAY --again`.",
    ),
    Check(
        name="odds_stand_ins",
        table="raw.odds",
        sql="""
            SELECT league, season, game_date, provider, count(*) AS games,
                bool_or(spread_stands_in) AS spread, bool_or(total_stands_in) AS total
            FROM raw.lines JOIN raw.games USING (league, season, game_id)
            WHERE spread_stands_in OR total_stands_in GROUP BY ALL ORDER BY ALL
        """,
        severity="warn",
        doc="A provider has the same line for every game of a day or season: it stands for one that is missing. It is "
        "not shown and nothing is held against it. Look at what the source says of these games.",
    ),
    Check(
        name="predictions_ungraded",
        table="raw.games",
        sql="""
            SELECT league, season, game_id, game_date, reason, count(*) AS models FROM predictions.ungraded
            WHERE NOT called_off AND game_date >= $today - 14 GROUP BY ALL ORDER BY ALL
        """,
        severity="warn",
        doc="Published predictions of games of the last fortnight that get no grade, for a reason other than that the "
        "game was called off. The ledger keeps them. Look at the game at its source.",
    ),
)
