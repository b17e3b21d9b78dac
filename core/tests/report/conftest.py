"""A small league with a past, two models, benchmarks, predictions for tonight, and their published copy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tipoff import clock
from tipoff.contracts import Fitted
from tipoff.domain import TABLES
from tipoff.modelling import artifacts
from tipoff.settings import Settings
from tipoff.warehouse.merge import merge, written_at
from tipoff.warehouse.publish import publish
from tipoff.warehouse.store import Warehouse

LEAGUE = "mens-college-basketball"
NOW = datetime(2026, 1, 15, 13, 0)
TEAMS = (
    "Duke", "North Carolina", "Kansas", "Gonzaga", "Houston", "Purdue", "UConn", "Arizona", "Alabama A&M", "Tennessee",
    "Marquette", "Creighton", "Saint Mary's", "San Diego State", "Illinois", "Iowa State",
    "Auburn", "Baylor", "Dayton", "Furman",
)  # fmt: skip


SPEC = '{"model_version":"1","columns":[],"features":{},"params":{}}'

PLUGIN = """
    @hookimpl
    def models():
        return tuple(Model(name, (), "m:fit", "m:predict", doc=f"What {name} says.") for name in ("elo", "linear"))
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install_plugin: Callable[..., None]) -> Settings:
    """Settings of an empty home whose clock stands at `NOW`, with a plugin that brings the models."""
    install_plugin("speakers", PLUGIN)
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    clock.set_now(NOW)
    return Settings(home=tmp_path / "home")


@pytest.fixture
def played(home: Settings) -> Settings:
    """The same home with a league that has been played, predicted and published."""
    fill(home)
    publish(Warehouse.of(home), home.published)
    return home


def fill(settings: Settings, *, games_a_day: int = 10, days: int = 70) -> None:
    """Writes the league into a new store."""
    rng = np.random.default_rng(7)
    strength = rng.normal(0, 8, len(TEAMS))
    warehouse = Warehouse.of(settings)
    warehouse.migrate(TABLES.values())
    first = date(2025, 11, 6)
    games, odds, forecasts = [], [], []
    for number in range((days + 2) * games_a_day):
        day = first + timedelta(days=number // games_a_day)
        if number % games_a_day == 0:
            order = rng.permutation(len(TEAMS))
        home, away = order[2 * (number % games_a_day)], order[2 * (number % games_a_day) + 1]
        edge = strength[home] - strength[away] + 3.0
        true = float(0.5 + 0.5 * np.tanh(edge / 14))
        final = day < clock.day_of(NOW)
        won = rng.random() < true
        by = int(abs(rng.normal(edge, 9))) + 1
        key = {"league": LEAGUE, "season": 2026, "game_id": f"g{number:04}"}
        tip = datetime(day.year, day.month, day.day) + timedelta(hours=24 + number % 4)
        games.append(
            key
            | {
                "tip_utc": tip,
                "tip_known": number % 7 != 0,
                "game_date": day,
                "status": "final" if final else "scheduled",
                "home_id": str(home),
                "away_id": str(away),
                "home_score": 70 + by * won if final else None,
                "away_score": 70 + by * (not won) if final else None,
                "neutral_site": number % 9 == 0,
                "home_rank": 4 if home == 0 else None,
            }
        )
        odds.append(key | {"provider": "espn_projection", "home_win_prob": true, "home_spread_close": None})
        odds.append(key | {"provider": "A Book", "home_win_prob": None, "home_spread_close": -round(edge * 2) / 2})
        for model, noise in (("elo", 0.04), ("linear", 0.08)):
            said = float(np.clip(true + rng.normal(0, noise), 0.01, 0.99))
            forecasts.append(
                (
                    model,
                    {**key, "home_id": str(home), "away_id": str(away)},
                    day,
                    tip,
                    said,
                    14 * float(np.arctanh(2 * said - 1)),
                    final,
                )
            )
    with warehouse.write() as con:
        now = written_at(con)
        for name, rows in (
            ("games", games),
            ("odds", odds),
            ("teams", [{"league": LEAGUE, "team_id": str(n), "name": name} for n, name in enumerate(TEAMS)]),
        ):
            said = pa.Table.from_pylist([row | {"fetched_at": NOW} for row in rows])
            merge(con, TABLES[name], said, run_id="r", source="espn")
        for model in ("elo", "linear"):
            con.execute(
                "INSERT INTO models.version VALUES ($model, 'v1', $league, $model || '-spec', $spec, '{}', 'd', '{}', "
                "700, '2025-11-06', '2026-01-11', $model || '/v1', $sha256, $now, 'r')",
                {
                    "model": model,
                    "league": LEAGUE,
                    "now": now,
                    "spec": SPEC,
                    "sha256": artifacts.save(settings.artifacts / model / "v1", Fitted(), {"model": model}),
                },
            ).fetchall()
            con.execute(
                "INSERT INTO models.evaluation VALUES ($model, 'v1', $league, 'all', 'all', 600, 9.1, 11.4, 0.71, "
                "0.55, 0.19, 0.02, 0.015, 0.81, 0.95, $now, 'r')",
                {"model": model, "league": LEAGUE, "now": now},
            ).fetchall()
        for seq, (kind, model) in enumerate((("registered", "elo"), ("registered", "linear"), ("first", "elo")), 1):
            con.execute(
                "INSERT INTO models.event VALUES ($league, $seq, $kind, $model, 'v1', 'best of <2>', '{}', $now, 'r')",
                {"league": LEAGUE, "seq": seq, "kind": kind, "model": model, "now": now},
            ).fetchall()
        walked = [
            {"league": LEAGUE, "model": m, "spec_id": f"{m}-spec", "refit": "month", "fold": f"{d:%Y-%m}",
             "data_id": "x", "season": 2026, "game_id": k["game_id"], "game_date": d, "home_win_prob": p,
             "margin": by, "margin_sd": 10.5, "total": None, "total_sd": None}
            for m, k, d, _, p, by, final in forecasts if final
        ]  # fmt: skip
        con.register("walked", pa.Table.from_pylist(walked))
        con.execute("INSERT INTO models.walk_forward BY NAME SELECT * FROM walked").fetchall()
        upcoming = [each for each in forecasts if not each[-1] or each[2] == date(2026, 1, 14)]
        ledger = [
            {"seq": seq, "league": LEAGUE, "season": 2026, "game_id": k["game_id"], "home_id": k["home_id"],
             "away_id": k["away_id"], "game_date": d, "tip_utc": tip, "model": m, "version": "v1",
             "champion": m == "elo", "home_win_prob": p,
             "margin": by, "margin_sd": 10.5, "margin_low_80": by - 13.5, "margin_high_80": by + 13.5,
             "margin_low_95": by - 20.6, "margin_high_95": by + 20.6, "total": None, "total_sd": None, "data_id": "x",
             "features": "{}", "degraded": None, "predicted_at": now, "run_id": "r", "previous_hash": "", "hash": "h"}
            for seq, (m, k, d, tip, p, by, _) in enumerate(upcoming, 1)
        ]  # fmt: skip
        con.register("ledger_rows", pa.Table.from_pylist(ledger))
        con.execute("INSERT INTO predictions.ledger BY NAME SELECT * FROM ledger_rows").fetchall()
        con.execute(
            "INSERT INTO predictions.grade SELECT l.seq, 1, l.hash, l.league, l.season, l.game_id, l.game_date, "
            "l.model, l.version, l.champion, g.home_score, g.away_score, l.home_win_prob, "
            "g.home_score > g.away_score, l.margin - (g.home_score - g.away_score), 0.5, 0.2, true, true, $now, "
            "'r', false "
            "FROM predictions.ledger l JOIN raw.games g USING (league, season, game_id) WHERE g.status = 'final'",
            {"now": now},
        ).fetchall()
        con.execute(
            "INSERT INTO ops.watermark VALUES ($league, 'games', '2026-01-14', 'r', $now)",
            {"league": LEAGUE, "now": now},
        ).fetchall()
        con.execute(
            "INSERT INTO ops.collect_run VALUES ('r', $league, 'games', 'espn', '2026-01-11', '2026-01-22', 12, 3, "
            "1234, 2, 1.5, '', $now, true)",
            {"league": LEAGUE, "now": now},
        ).fetchall()
        con.execute(
            "INSERT INTO ops.check_result VALUES ('r', 'scores_known', 'raw.games', 'block', true, 0, '[]', $now, ''), "
            "('r', 'odd_minutes', 'raw.player_stats', 'warn', false, 3, '[]', $now, '')",
            {"now": now},
        ).fetchall()
