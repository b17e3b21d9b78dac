"""SELECTs that hold what was collected against the schedule.

Each is about one dataset; its parameters are ``$source`` and ``$dataset``, the names of the collector and of the
dataset, ``$now``, ``$today`` and ``$present``, and ``$league`` and ``$season``, which may be NULL for all. ``$now`` may
be an earlier instant that a run speaks for; what is stamped later than ``$present`` is not believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tipoff.collecting.kinds import NOTHING
from tipoff.collecting.nothing import ONCE
from tipoff.contracts import Collector, Dataset, Table
from tipoff.domain import GAMES, TABLES
from tipoff.quality.generated import Value
from tipoff.warehouse.sql import Identifier


def params_of(collector: Collector, dataset: Dataset) -> Mapping[str, Value]:
    """The parameters that name a dataset.

    A collector that lists games answers for those only; one that does not, for everybody's.
    """
    return {"source": collector.name, "dataset": dataset.name, "lists_games": lists_games(collector)}


def lists_games(of: Collector | Dataset) -> bool:
    """Whether it fills ``raw.games``."""
    datasets = of.datasets if isinstance(of, Collector) else (of,)
    return any(GAMES.name in dataset.tables for dataset in datasets)


def games(table: Table) -> str:
    """A row for each finished game that counts: has `table` rows of it, and if not, why not.

    Columns: ``league``, ``season``, ``game_id``, ``game_date``, ``state`` (see `tipoff.quality.coverage`), ``reason``,
    ``set_aside``: it is in quarantine, ``asked_at``: when the source was last asked about it, and ``says_nothing``: it
    says that it has nothing, and is not believed yet (`tipoff.collecting.nothing`). Parameter ``$lists_games`` besides
    the others.
    """
    others = ", ".join(f"'{name}'" for name in sorted(TABLES) if name != table.name)
    return _GAMES.replace("THE_TABLE", str(Identifier.of(table))).replace("THE_OTHERS", others)


_OF: Final = "source = $source AND dataset = $dataset AND ($league IS NULL OR league = $league)"

_BELIEVED: Final = "fetched_at <= $present"
"""A clock that was ahead stamped what is later: nobody knows when that was asked."""

_ENDS: Final = "timezone('UTC', timezone('America/New_York', CAST({day} + 1 AS TIMESTAMP)))"
"""The instant at which a calendar day of the league is over."""

_OURS: Final = """status IS NOT NULL AND game_date IS NOT NULL AND ($league IS NULL OR league = $league)
        AND (NOT $lists_games OR contains('+' || source || '+', '+' || $source || '+'))"""


def _about(what: str, but: str = "") -> str:
    """What is known of the requests about a game (`what` is ``game_id``) or a day (``day``), in three relations.

    `but` is a further condition on what was set aside.
    """
    asked, given = Identifier(what), f"CAST({Identifier(what)} AS VARCHAR) <> ''"
    return f"""
    asked AS (
        SELECT league, {asked}, max(fetched_at) AS asked_at, min(fetched_at) AS listed_since
        FROM ops.landed_request WHERE {_OF} AND {given} AND {_BELIEVED} GROUP BY ALL
    ),
    owed AS (
        SELECT league, {asked}, max(last_seen) AS failed_at, arg_max(reason, last_seen) AS failure,
            arg_max(kind, last_seen) AS failed_with
        FROM ops.failed_request WHERE {_OF} AND {given} GROUP BY ALL
    ),
    set_aside AS (
        SELECT league, {asked}, max(bad.fetched_at) AS set_aside_at,
            arg_max(concat_ws(': ', nullif(bad.path, ''), bad.reason), bad.fetched_at) AS trouble
        FROM ops.quarantine AS bad JOIN ops.landed_request USING (source, league, dataset, key)
        WHERE {_OF} AND {given}{but} GROUP BY ALL
    )"""  # noqa: S608 - an identifier and fixed text only


_OWN: Final = " AND split_part(bad.path, '.', 1) NOT IN (THE_OTHERS)"
"""A row of another table that was set aside says nothing of this one; its path begins with the table's name."""

# A dataset whose requests name neither game nor day was asked about a game when a whole run's days held it.
_GAMES: Final = f"""
WITH {_about("game_id", _OWN)},
    finished AS (
        SELECT league, season, game_id, game_date,
            CASE WHEN tip_known IS DISTINCT FROM false AND tip_utc IS NOT NULL THEN tip_utc + INTERVAL 2 HOURS
                ELSE {_ENDS.format(day="game_date")} END AS over_at
        FROM (FROM raw.games ANTI JOIN raw.uncounted_games USING (league, season, game_id))
        WHERE status = 'final' AND ($season IS NULL OR season = $season) AND {_OURS}
    ),
    named AS (
        SELECT count(*) > 0 AS is_named FROM ops.landed_request WHERE {_OF} AND (game_id <> '' OR day IS NOT NULL)
    ),
    spoken AS (
        SELECT league, day, max(fetched_at) AS day_asked_at
        FROM ops.landed_request
        WHERE {_OF} AND coalesce(game_id, '') = '' AND day IS NOT NULL AND {_BELIEVED} GROUP BY ALL
        UNION ALL
        SELECT days.league, days.game_date, max(ended_at)
        FROM (SELECT DISTINCT league, game_date FROM finished) AS days JOIN ops.collect_run AS run
            ON run.league = days.league AND days.game_date BETWEEN run.window_start AND run.window_end
        WHERE run.source = $source AND run.dataset = $dataset AND run.error = '' AND NOT (SELECT is_named FROM named)
            AND run.ended_at <= CAST($present AS TIMESTAMP) + INTERVAL 1 MINUTE  -- writes may run ahead
        GROUP BY ALL
    ),
    there AS (
        SELECT DISTINCT league, season, game_id, true AS there FROM THE_TABLE
        WHERE ($season IS NULL OR season = $season) AND ($league IS NULL OR league = $league)
    ),
    known AS (
        SELECT finished.*, greatest(asked_at, day_asked_at) AS answered_at, failed_at, failure, set_aside_at, trouble,
            there, failed_with IS NOT DISTINCT FROM '{NOTHING}' AS says_nothing, failure = '{ONCE}' AS says_once
        FROM finished
        LEFT JOIN there USING (league, season, game_id)
        LEFT JOIN asked USING (league, game_id)
        LEFT JOIN owed USING (league, game_id)
        LEFT JOIN set_aside USING (league, game_id)
        LEFT JOIN spoken ON spoken.league = finished.league AND spoken.day = finished.game_date
    )
SELECT league, season, game_id, game_date,
    CASE
        WHEN trouble IS NOT NULL THEN 'failed'
        WHEN there THEN 'collected'
        WHEN says_once THEN 'empty'
        WHEN failure IS NOT NULL THEN 'failed'
        WHEN answered_at >= over_at THEN 'empty'
        ELSE 'expected'
    END AS state,
    CASE
        WHEN trouble IS NOT NULL THEN trouble
        WHEN there THEN ''
        WHEN failure IS NOT NULL THEN failure
        WHEN answered_at >= over_at THEN 'the source has nothing'
        WHEN answered_at IS NOT NULL THEN 'asked before the game was over'
        ELSE 'not asked yet'
    END AS reason,
    trouble IS NOT NULL AS set_aside, greatest(answered_at, failed_at, set_aside_at) AS asked_at,
    trouble IS NULL AND says_nothing AS says_nothing
FROM known
"""  # noqa: S608 - fixed text only

_LISTED: Final = f"""
{_about("day")},
    listed AS (
        SELECT games.league, games.season, games.game_date AS day, games.game_id, games.home_id, games.away_id, status,
            games.fetched_at AS last_listed_at, asked.listed_since AS asked_again_at,
            games.status IN ('scheduled', 'in_progress', 'final') AND split_part(games.source, '+', 1) = $source
                AND games.fetched_at < asked.listed_since AND failure IS NULL AND trouble IS NULL AS vanished,
            games.status IN ('scheduled', 'in_progress') AND games.tip_utc < CAST($now AS TIMESTAMP) - INTERVAL 1 DAY
                AS overdue
        FROM (SELECT * FROM raw.games WHERE {_OURS}) AS games
        LEFT JOIN asked ON asked.league = games.league AND asked.day = games.game_date
        LEFT JOIN owed ON owed.league = games.league AND owed.day = games.game_date
        LEFT JOIN set_aside ON set_aside.league = games.league AND set_aside.day = games.game_date
    )"""  # noqa: S608 - fixed text only

VANISHED: Final = f"""
WITH {_LISTED}
SELECT league, season, game_id, day AS game_date, home_id, away_id, status, last_listed_at, asked_again_at
FROM listed WHERE vanished AND ($season IS NULL OR season = $season)
"""  # noqa: S608 - fixed text only
"""Games that the list of their day held once, and no longer does. Parameter ``$lists_games`` besides the others."""

# A season lasts, in the store, from the earliest to the latest calendar day of any season's games.
DAYS: Final = f"""
WITH {_LISTED},
    counted AS (
        SELECT league, season, day, count(*) AS games, count(*) FILTER (status = 'final') AS final,
            count(*) FILTER (vanished) AS vanished, count(*) FILTER (overdue) AS overdue
        FROM listed GROUP BY ALL
    ),
    span AS (
        SELECT league, min(day - make_date(season - 1, 7, 1)) AS first, max(day - make_date(season - 1, 7, 1)) AS last
        FROM counted GROUP BY league
    ),
    inside AS (
        SELECT league, season, CAST(day AS DATE) AS day FROM (
            SELECT league, season, unnest(generate_series(
                make_date(season - 1, 7, 1) + CAST(first AS INTEGER),
                least(make_date(season - 1, 7, 1) + CAST(last AS INTEGER), $today), INTERVAL 1 DAY
            )) AS day
            FROM (SELECT DISTINCT league, season FROM counted) JOIN span USING (league)
        )
    ),
    days AS (
        SELECT DISTINCT ON (league, day) * FROM (
            SELECT league, season, day, true AS inside FROM inside
            UNION ALL SELECT league, season, day, false FROM counted
            UNION ALL SELECT league, year(day) + CAST(month(day) >= 7 AS INTEGER), day, false FROM owed
            UNION ALL SELECT league, year(day) + CAST(month(day) >= 7 AS INTEGER), day, false FROM asked
        ) ORDER BY league, day, inside DESC
    ),
    looked AS (
        SELECT days.league, days.day, max(run.ended_at) AS looked_at
        FROM days JOIN ops.collect_run AS run
            ON run.league = days.league AND days.day BETWEEN run.window_start AND run.window_end
        WHERE run.source = $source AND run.dataset = $dataset AND run.error = ''
            AND run.ended_at <= CAST($present AS TIMESTAMP) + INTERVAL 1 MINUTE  -- writes may run ahead
        GROUP BY ALL
    ),
    known AS (
        SELECT days.*, coalesce(games, 0) AS games, coalesce(final, 0) AS final, coalesce(vanished, 0) AS vanished,
            coalesce(overdue, 0) AS overdue, coalesce(asked_at, looked_at) AS answered_at,
            coalesce(asked_at < {_ENDS.format(day="days.day")}, false) AS early, asked_at, failed_at, failure,
            set_aside_at, trouble, days.day > $today AS ahead,
            days.day = $today AS present
        FROM days
        LEFT JOIN counted USING (league, day)
        LEFT JOIN asked USING (league, day)
        LEFT JOIN owed USING (league, day)
        LEFT JOIN set_aside USING (league, day)
        LEFT JOIN looked USING (league, day)
        WHERE $season IS NULL OR days.season = $season
    )
SELECT league, season, day,
    CASE
        WHEN failure IS NOT NULL OR trouble IS NOT NULL THEN 'failed'
        WHEN ahead THEN 'ahead'
        WHEN inside AND NOT present AND (answered_at IS NULL OR early) THEN 'expected'
        WHEN vanished > 0 THEN 'vanished'
        WHEN overdue > 0 THEN 'overdue'
        WHEN games > 0 THEN 'collected'
        ELSE 'no games'
    END AS state,
    CASE
        WHEN failure <> trouble THEN failure || '; ' || trouble
        WHEN failure IS NOT NULL OR trouble IS NOT NULL THEN coalesce(failure, trouble)
        WHEN ahead THEN ''
        WHEN inside AND NOT present AND answered_at IS NULL THEN 'not asked yet'
        WHEN inside AND NOT present AND early THEN 'asked before the day was over'
        WHEN vanished > 0 THEN 'no longer on the list: ' || vanished || ' of ' || games
        WHEN overdue > 0 THEN 'without a result: ' || overdue || ' of ' || games
        ELSE ''
    END AS reason,
    CAST(games AS INTEGER) AS games, CAST(final AS INTEGER) AS final,
    trouble IS NOT NULL AS set_aside, greatest(answered_at, failed_at, set_aside_at) AS asked_at
FROM known
"""  # noqa: S608 - fixed text only
"""A row for each day of a season up to today, and each later one that was asked for: its state, as
`tipoff.quality.coverage` has them, and how many games were listed. Only for a dataset that lists games."""
