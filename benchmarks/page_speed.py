"""How fast the page in Airflow's UI answers with ten seasons in the store.

Run it with ``python benchmarks/page_speed.py``. A store is filled with ten seasons of a league of the real one's size:
games, box scores, closing lines, answered requests, walk-forward predictions of five models, and a ledger of them with
grades. Then each part of the page is asked for, and what a run did, as the API server asks for it, without its login
and the network.

| figure   | of                                                                                             |
|----------|------------------------------------------------------------------------------------------------|
| new copy | seconds to read a new copy and answer; the server does it in the background, a few seconds after |
|          | publishing, so that only who comes before waits for it                                           |
| answer   | median of the seconds of an answer otherwise                                                     |

Exit code 1 when an answer takes more than 0.1 s.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median

from tipoff import clock, plugins
from tipoff.airflow.ui.reading import Reader
from tipoff.report.read import PARTS
from tipoff.settings import Settings
from tipoff.warehouse.publish import publish
from tipoff.warehouse.store import Warehouse

LEAGUE = "mens-college-basketball"
NOW = datetime(2026, 1, 15, 13)
SEASONS, GAMES, TEAMS = 10, 5700, 362
MODELS = ("boosting", "ensemble", "linear", "elo", "home")
LIMIT, ANSWERS = 0.1, 9
RUN = "r7"

# A season's games lie on 150 days from 3 November.
_FILL = """
    INSERT INTO raw.games BY NAME SELECT $league AS league, season, season || '-' || n AS game_id,
        make_date(season - 1, 11, 3) + CAST(n * 150 // $games AS INTEGER) AS game_date, game_date + INTERVAL 24
        HOUR AS tip_utc, CAST(hash(game_id) % $teams AS VARCHAR) AS home_id, CAST(hash(game_id, 1) % $teams AS
        VARCHAR) AS away_id, if(game_date < CAST($now AS DATE), 'final', 'scheduled') AS status, if(status =
        'final', 70 + hash(game_id, 2) % 15, NULL) AS home_score, if(status = 'final', home_score + 1 +
        hash(game_id, 3) % 9 - 10 * (hash(game_id, 5) % 2), NULL) AS away_score, 'espn' AS source, 'r' AS
        run_id, $now AS fetched_at, $now AS loaded_at FROM range($first, $first + $seasons) AS s(season),
        range($games) AS g(n);
    INSERT INTO raw.teams BY NAME SELECT $league AS league, CAST(n AS VARCHAR) AS team_id, 'Team ' || n AS name,
        'espn' AS source, 'r' AS run_id, $now AS fetched_at, $now AS loaded_at FROM range($teams) AS t(n);
    INSERT INTO raw.team_stats BY NAME SELECT league, season, game_id, unnest([home_id, away_id]) AS team_id,
        source, run_id, fetched_at, loaded_at FROM raw.games WHERE status = 'final' AND home_id <> away_id;
    INSERT INTO raw.odds BY NAME SELECT league, season, game_id, 'A Book' AS provider, -1.0 * (hash(game_id, 4)
        % 12) AS home_spread_close, source, run_id, fetched_at, loaded_at FROM raw.games;
    INSERT INTO ops.landed_request BY NAME SELECT 'espn' AS source, league, unnest(['games', 'stats']) AS
        dataset, game_id AS key, game_date + INTERVAL 30 HOUR AS fetched_at, 200 AS status, 'b' AS batch,
        game_date AS day, game_id FROM raw.games WHERE status = 'final';
    INSERT INTO models.walk_forward BY NAME SELECT league, unnest($models) AS model, model AS spec_id, 'month'
        AS refit, strftime(game_date, '%Y-%m') AS fold, 'd' AS data_id, season, game_id, game_date, 0.05 + 0.9 *
        (hash(game_id, model) % 1000) / 1000 AS home_win_prob, 20 * (home_win_prob - 0.5) AS margin, 10.5 AS
        margin_sd FROM raw.games;
    INSERT INTO models.version BY NAME SELECT m AS model, 'v-' || m AS version, $league AS league, m AS spec_id,
        '{}' AS spec, '{}' AS stacks, 'd' AS dataset_id, '{}' AS dataset, 57000 AS games, DATE '2016-11-03' AS
        first_day, DATE '2026-01-14' AS last_day, 'a' AS artifact, 's' AS artifact_sha256, $now AS created_at,
        'r' AS run_id FROM (SELECT unnest($models) AS m);
    INSERT INTO models.evaluation BY NAME SELECT model, version, league, 'all' AS scope, 'all' AS label, games,
        0.55 AS log_loss, 0.19 AS brier, 0.71 AS accuracy, 9.1 AS mae, $now AS evaluated_at, run_id FROM
        models.version;
    INSERT INTO models.event BY NAME SELECT league, row_number() OVER () AS seq, if(model = 'boosting', 'first',
        'registered') AS kind, model, version, '' AS reason, '{}' AS figures, created_at AS decided_at, run_id
        FROM models.version;
    INSERT INTO models.event BY NAME SELECT league, 100 AS seq, 'registered' AS kind, model, version, '' AS
        reason, '{}' AS figures, created_at AS decided_at, run_id FROM models.version WHERE model = 'boosting';
    INSERT INTO predictions.ledger BY NAME SELECT row_number() OVER () AS seq, g.league, g.season, g.game_id,
        g.home_id, g.away_id, g.game_date, g.tip_utc, model, 'v-' || model AS version, model = 'boosting' AS
        champion, home_win_prob, margin, margin_sd, margin - 13 AS margin_low_80, margin + 13 AS margin_high_80,
        margin - 20 AS margin_low_95, margin + 20 AS margin_high_95, 140 AS total, 'd' AS data_id, '{}' AS
        features, g.tip_utc - INTERVAL 9 HOUR AS predicted_at, 'r' AS run_id, 'p' AS previous_hash, 'h' AS hash
        FROM models.walk_forward JOIN raw.games AS g USING (league, season, game_id) WHERE g.game_date <=
        CAST($now AS DATE) + 1;
    INSERT INTO predictions.grade BY NAME SELECT seq AS ledger_seq, 1 AS attempt, hash AS ledger_hash, l.league,
        l.season, l.game_id, l.game_date, model, version, champion, g.home_score, g.away_score, home_win_prob,
        g.home_score > g.away_score AS home_win, margin - g.home_score + g.away_score AS margin_error,
        -ln(if(home_win, home_win_prob, 1 - home_win_prob)) AS log_loss, (home_win_prob - CAST(home_win AS
        INTEGER)) ** 2 AS brier, abs(margin_error) < 13 AS inside_80, true AS inside_95, $now AS graded_at,
        l.run_id FROM predictions.ledger AS l JOIN raw.games AS g USING (league, season, game_id) WHERE g.status
        = 'final';
    INSERT INTO ops.collect_run BY NAME SELECT 'r' || n AS run_id, $league AS league, d AS dataset, 'espn' AS
        source, DATE '2026-01-01' AS window_start, DATE '2026-01-15' AS window_end, 40 AS requests, 3 AS fresh,
        300 AS rows, 0 AS quarantined, 2.0 AS seconds, '' AS error, $now - INTERVAL 1 DAY * n AS ended_at FROM
        range(1500) AS r(n), (SELECT unnest(['teams', 'games', 'players', 'stats']) AS d);
"""


def fill(settings: Settings) -> None:
    """Writes the ten seasons and publishes them."""
    store = Warehouse.of(settings)
    store.migrate(plugins.load(settings).tables().values())
    given = {"league": LEAGUE, "now": NOW, "games": GAMES, "teams": TEAMS, "models": list(MODELS)}
    given |= {"first": clock.season_of(NOW.date()) - SEASONS + 1, "seasons": SEASONS}
    with store.write() as con:
        for statement in con.extract_statements(_FILL):
            asked = {name: value for name, value in given.items() if name in statement.named_parameters}
            con.execute(statement, asked).fetchall()
    publish(store, settings.published)


def seconds(reader: Reader, part: str) -> float:
    """What one answer takes; ``run`` is the page of a run."""
    started = time.monotonic()
    page = reader.run(RUN, "", "/tipoff") if part == "run" else reader.part(part, "/tipoff")
    taken = time.monotonic() - started
    if "There is nothing to show" in page:
        raise SystemExit(f"{part}: the page has nothing to show; open it in the UI to see why")
    return taken


def main() -> int:
    """Fills, asks, and prints a line a part."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TIPOFF_HOME": folder, "TIPOFF_SOURCE": "espn"}
        clock.set_now(NOW)
        settings = Settings(home=Path(folder))
        fill(settings)
        megabytes = settings.published.stat().st_size / 1e6
        print(f"{SEASONS} seasons, {SEASONS * GAMES:,} games, {len(MODELS)} models; the copy has {megabytes:.0f} MB")
        for part in (*PARTS, "run"):
            seconds(Reader(ahead=False), part)  # imports and templates, once a process
        print("part        new copy    answer")
        slowest = 0.0
        for part in (*PARTS, "run"):
            reader = Reader(ahead=False)
            first = seconds(reader, part)
            again = median(seconds(reader, part) for _ in range(ANSWERS))
            slowest = max(slowest, again)
            print(f"{part:<10}  {first:6.3f} s  {again:6.3f} s")
    return int(slowest > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
