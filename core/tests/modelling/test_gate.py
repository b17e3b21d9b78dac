from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tipoff.domain import TABLES
from tipoff.errors import Abort
from tipoff.modelling import gate, registry
from tipoff.modelling.registry import Event, Note, Version
from tipoff.warehouse.store import Warehouse

NOTE = Note("test", datetime(2025, 2, 20, 13))
GAMES = 600
TRUTH = np.random.default_rng(5).uniform(0.1, 0.9, GAMES)
WON = np.random.default_rng(6).uniform(size=GAMES) < TRUTH


@pytest.fixture
def store(tmp_path: Path, results: Path) -> Warehouse:
    return Warehouse(Path(shutil.copy(results, tmp_path / "tipoff.duckdb")))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = Warehouse(tmp_path_factory.mktemp("template") / "tipoff.duckdb")
    warehouse.migrate(TABLES.values())
    games = pa.table(
        {
            "league": ["m"] * GAMES,
            "season": pa.array([2025] * GAMES, pa.int32()),
            "game_id": [f"{n}" for n in range(GAMES)],
            "status": ["final"] * GAMES,
            "home_score": np.where(WON, 70, 60),
            "away_score": [65] * GAMES,
        }
    )
    with warehouse.write() as con:
        con.register("games", games)
        con.execute("INSERT INTO raw.games BY NAME SELECT * FROM games").fetchall()
    return warehouse.path


def noisy(sd: float) -> np.ndarray:
    """The truth with noise on the log-odds: the more of it, the worse the log loss."""
    odds = np.log(TRUTH / (1 - TRUTH)) + np.random.default_rng(9).normal(0.0, sd, GAMES)
    return 1 / (1 + np.exp(-odds))


def add(
    store: Warehouse,
    model: str,
    said: np.ndarray,
    *,
    name: str = "1",
    spec: str = "",
    dataset: str = "d1",
    features: str = "1",
    games: int = GAMES,
    calibration: float = 0.01,
) -> Version:
    """A version with walk-forward predictions of the last `games` games, and an evaluation."""
    version = Version(
        model=model,
        version=name,
        league="m",
        spec_id=spec or f"spec-{model}",
        spec=f'{{"features":{{"game_features":"{features}"}}}}',
        stacks="{}",
        dataset_id=dataset,
        dataset="{}",
        games=GAMES,
        first_day=date(2024, 11, 4),
        last_day=date(2025, 2, 18),
        artifact=f"{model}/{name}",
        artifact_sha256="0" * 64,
        created_at=NOTE.now,
        run_id="test",
    )
    rows = pa.table({"game_id": [f"{n}" for n in range(GAMES - games, GAMES)], "home_win_prob": said[GAMES - games :]})
    with store.write() as con:
        registry.add(con, version)
        con.register("rows", rows)
        con.execute("DELETE FROM models.walk_forward WHERE spec_id = $spec", {"spec": version.spec_id}).fetchall()
        con.execute(
            "INSERT INTO models.walk_forward BY NAME SELECT 'm' AS league, $model AS model, $spec AS spec_id, "
            "'month' AS refit, '2025-01' AS fold, 'x' AS data_id, 2025 AS season, DATE '2025-01-05' AS game_date, "
            "0.0 AS margin, 11.0 AS margin_sd, * FROM rows",
            {"model": model, "spec": version.spec_id},
        ).fetchall()
        con.execute(
            "INSERT INTO models.evaluation (model, version, league, scope, label, games, log_loss, calibration_error, "
            "calibration_noise, evaluated_at, run_id) VALUES ($model, $name, 'm', 'all', 'all', $games, 0.6, $error, "
            "0.02, $now, 'test')",
            {"model": model, "name": name, "games": games, "error": calibration, "now": NOTE.now},
        ).fetchall()
    return version


def decide(store: Warehouse, version: Version) -> Event:
    with store.write() as con:
        return gate.decide(con, version, NOTE)


def champion(store: Warehouse) -> str | None:
    with store.read() as con:
        top = registry.champion(con, "m")
    return f"{top.model} {top.version}" if top else None


def test_the_first_version_becomes_champion(store: Warehouse) -> None:
    event = decide(store, add(store, "elo", noisy(1.0)))
    assert event.kind == "first"
    assert "best log loss of 1 models on 600 games" in event.reason
    assert champion(store) == "elo 1"


@pytest.mark.parametrize("order", [("good", "bad", "middle"), ("bad", "middle", "good"), ("middle", "good", "bad")])
def test_of_the_first_training_the_best_becomes_champion_in_any_order(store: Warehouse, order: tuple[str, ...]) -> None:
    said = {"good": noisy(0.1), "middle": noisy(0.6), "bad": noisy(2.0)}
    for model in order:
        decide(store, add(store, model, said[model]))
    assert champion(store) == "good 1"


def test_of_the_first_training_the_games_in_common_decide(store: Warehouse) -> None:
    """A stack has fewer games; on those it must be the best."""
    easy = TRUTH.copy()
    easy[:400] = noisy(3.0)[:400]  # bad where the other says nothing
    decide(store, add(store, "all", easy))
    decide(store, add(store, "late", noisy(0.5), games=200))
    assert champion(store) == "all 1"


def test_a_model_out_of_bounds_is_rejected_with_the_reason(store: Warehouse) -> None:
    event = decide(store, add(store, "elo", noisy(0.5), calibration=0.051))
    assert (event.kind, champion(store)) == ("rejected", None)
    assert "calibration error 0.0510" in event.reason
    with store.read() as con:
        assert registry.current(con, "m") == {}


def test_calibration_may_be_off_by_what_chance_makes_and_the_bound(store: Warehouse) -> None:
    assert decide(store, add(store, "elo", noisy(0.5), calibration=0.0499)).kind == "first"


def test_a_clearly_better_challenger_is_promoted(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(1.5)))
    event = decide(store, add(store, "linear", noisy(0.1), dataset="d2"))
    assert (event.kind, champion(store)) == ("promoted", "linear 1")
    assert "against `elo` version `1`: log loss" in event.reason and "600 games" in event.reason


def test_a_challenger_that_may_be_better_by_luck_is_not(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.3)))
    said = np.clip(noisy(0.3) + np.where(WON, 1, -1) * np.random.default_rng(2).normal(0.001, 0.05, GAMES), 0.01, 0.99)
    event = decide(store, add(store, "linear", said, dataset="d2"))
    assert (event.kind, champion(store)) == ("kept", "elo 1")
    with store.read() as con:
        assert registry.current(con, "m") == {"elo": "1", "linear": "1"}  # it serves beside the champion


def test_a_worse_challenger_is_not(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.1)))
    assert decide(store, add(store, "linear", noisy(1.5), dataset="d2")).kind == "kept"


def test_a_better_challenger_out_of_bounds_is_rejected(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(1.5)))
    event = decide(store, add(store, "linear", noisy(0.1), dataset="d2", calibration=0.2))
    assert (event.kind, champion(store)) == ("rejected", "elo 1")


def test_too_few_games_in_common_keep_the_champion(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(2.0)))
    event = decide(store, add(store, "linear", noisy(0.1), dataset="d2", games=29))
    assert (event.kind, champion(store)) == ("registered", "elo 1")
    assert "29 games are too few" in event.reason


def test_a_refit_of_the_champion_refreshes_it(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.5)))
    event = decide(store, add(store, "elo", noisy(2.0), name="2", dataset="d2"))
    assert (event.kind, champion(store)) == ("refreshed", "elo 2")


def test_a_refit_out_of_bounds_leaves_the_champion(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.5)))
    decide(store, add(store, "elo", noisy(0.5), name="2", dataset="d2", calibration=0.2))
    assert champion(store) == "elo 1"


def test_another_spec_of_the_champions_model_goes_through_the_gate(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.5)))
    assert decide(store, add(store, "elo", noisy(0.6), name="2", spec="deeper", dataset="d2")).kind == "kept"
    assert decide(store, add(store, "elo", noisy(0.0), name="3", spec="deepest", dataset="d3")).kind == "promoted"


def test_rebuilt_features_refresh_since_the_old_ones_are_gone(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.5)))
    event = decide(store, add(store, "elo", noisy(0.6), name="2", spec="rebuilt", dataset="d2", features="2"))
    assert (event.kind, event.reason) == ("refreshed", "fitted on rebuilt features")


def test_asked_again_nothing_is_decided_twice(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(1.5)))
    version = add(store, "linear", noisy(0.1), dataset="d2")
    first = decide(store, version)
    assert decide(store, version) == first
    with store.read() as con:
        assert len(registry.events(con, "m")) == 4


def test_an_unevaluated_version_is_not_registered(store: Warehouse) -> None:
    version = add(store, "elo", noisy(0.5))
    with store.write() as con, pytest.raises(Abort, match="never evaluated"):
        gate.decide(con, replace(version, version="9"), NOTE)


def test_every_decision_keeps_its_figures(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(1.5)))
    decide(store, add(store, "linear", noisy(0.1), dataset="d2"))
    rows = store.query(
        "SELECT kind, json_extract(figures, '$.games') AS games FROM models.event ORDER BY seq"
    ).to_pylist()
    assert [(row["kind"], int(row["games"])) for row in rows] == [
        ("registered", 600),
        ("first", 600),
        ("registered", 600),
        ("promoted", 600),
    ]
