from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tipoff.contracts import Column, FeatureBuilder, Model, Table
from tipoff.errors import Abort
from tipoff.modelling import decisions, gate
from tipoff.modelling.comparison import MIN_FIRST_GAMES, MIN_JUDGED_GAMES
from tipoff.modelling.dataset import KEY
from tipoff.modelling.decisions import Event, Note, Version
from tipoff.modelling.identity import canonical
from tipoff.plugins import Registry
from tipoff.warehouse.store import Warehouse

NOTE = Note("test", datetime(2025, 2, 20, 13))
NAMES = ("elo", "linear", "stack", "all", "late", "good", "middle", "bad")
GAMES = 600
TRUTH = np.random.default_rng(5).uniform(0.1, 0.9, GAMES)
WON = np.random.default_rng(6).uniform(size=GAMES) < TRUTH


@pytest.fixture
def store(tmp_path: Path, results: Path) -> Warehouse:
    return Warehouse(Path(shutil.copy(results, tmp_path / "tipoff.duckdb")))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = Warehouse(tmp_path_factory.mktemp("template") / "tipoff.duckdb")
    warehouse.migrate(plugins().tables().values())
    games = pa.table(
        {
            "league": ["m"] * GAMES,
            "season": pa.array([2025] * GAMES, pa.int32()),
            "game_id": [f"{n}" for n in range(GAMES)],
            "status": ["final"] * GAMES,
            "home_score": np.where(WON, 70, 60),
            "away_score": [65] * GAMES,
            "home_id": [f"home {n}" for n in range(GAMES)],
            "away_id": [f"away {n}" for n in range(GAMES)],
            "game_date": [date(2025, 1, 5)] * GAMES,
            "tip_utc": [datetime(2025, 1, 6)] * GAMES,
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
    fitted_by: str = "1",
    stacks: dict[str, str] | None = None,
    games: int = GAMES,
    calibration: float = 0.01,
    last_day: date = date(2025, 2, 18),
) -> Version:
    """A version with walk-forward predictions of the last `games` games, and an evaluation."""
    version = Version(
        model=model,
        version=name,
        league="m",
        spec_id=spec or f"spec-{model}",
        spec=canonical(
            {"model_version": fitted_by, "columns": ["game_features.x"], "features": {"game_features": features}}
        ),
        stacks=canonical(stacks or {}),
        dataset_id=dataset,
        dataset="{}",
        games=GAMES,
        first_day=date(2024, 11, 4),
        last_day=last_day,
        artifact=f"{model}/{name}",
        artifact_sha256="0" * 64,
        created_at=NOTE.now,
        run_id="test",
    )
    rows = pa.table({"game_id": [f"{n}" for n in range(GAMES - games, GAMES)], "home_win_prob": said[GAMES - games :]})
    with store.write() as con:
        decisions.add(con, version)
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


def plugins(*models: Model, features: str = "1") -> Registry:
    """An installation with these models, and one of version 1 for every other name."""
    columns = (
        Column("league", "VARCHAR"),
        Column("season", "INTEGER"),
        Column("game_id", "VARCHAR"),
        Column("game_date", "DATE"),
        Column("tip_utc", "TIMESTAMP"),
        Column("x", "VARCHAR"),
    )
    table = Table("game_features", KEY, columns, schema="features")
    builder = FeatureBuilder("game", table, ("raw.games",), "m:f", version=features)
    others = (model(name) for name in NAMES if name not in {each.name for each in models})
    return Registry(builders=(builder,), models=(*models, *others))


def model(name: str, **changes: Any) -> Model:
    return replace(Model(name, ("game_features.x",), "m:f", "m:p"), **changes)


def decide(store: Warehouse, version: Version, installed: Registry | None = None) -> Event:
    with store.write() as con:
        return gate.decide(con, version, NOTE, installed or plugins())


def champion(store: Warehouse) -> str | None:
    with store.read() as con:
        top = decisions.champion(con, "m")
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
    easy[:300] = noisy(3.0)[:300]  # bad where the other says nothing
    decide(store, add(store, "all", easy))
    decide(store, add(store, "late", noisy(0.5), games=300))
    assert champion(store) == "all 1"


@pytest.mark.parametrize("order", [("late", "all"), ("all", "late")])
def test_of_the_first_training_a_model_with_very_few_games_is_not_chosen(
    store: Warehouse, order: tuple[str, ...]
) -> None:
    """On the 72 games that it has it is the best by far."""
    said = {"all": (noisy(0.8), GAMES), "late": (TRUTH, 72)}
    for name in order:
        probabilities, games = said[name]
        decide(store, add(store, name, probabilities, games=games))
    assert champion(store) == "all 1"


def test_of_the_first_training_some_hundred_games_in_common_are_enough(store: Warehouse) -> None:
    decide(store, add(store, "all", noisy(0.8)))
    decide(store, add(store, "late", TRUTH, games=MIN_FIRST_GAMES))
    assert champion(store) == "late 1"


def test_a_model_out_of_bounds_is_rejected_with_the_reason(store: Warehouse) -> None:
    event = decide(store, add(store, "elo", noisy(0.5), calibration=0.051))
    assert (event.kind, champion(store)) == ("rejected", None)
    assert "calibration error 0.0510" in event.reason
    with store.read() as con:
        assert decisions.current(con, "m") == {}


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
        assert decisions.current(con, "m") == {"elo": "1", "linear": "1"}  # it serves beside the champion


def test_a_challenger_that_says_the_same_is_not(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.3)))
    assert decide(store, add(store, "linear", noisy(0.3), dataset="d2")).kind == "kept"


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


BACKFILL = date(2024, 12, 31)


@pytest.mark.parametrize("spec", ["spec-elo", "deeper"])
@pytest.mark.parametrize("games", [GAMES, MIN_JUDGED_GAMES - 1])
def test_a_backfill_takes_the_place_of_no_later_fit(store: Warehouse, spec: str, games: int) -> None:
    decide(store, add(store, "elo", noisy(1.5)))
    refit = add(store, "elo", noisy(0.0), name="2", spec=spec, dataset="d2", games=games, last_day=BACKFILL)
    event = decide(store, refit)
    assert event.kind == "kept"
    assert event.reason == "fitted on games up to 2024-12-31, `elo` version `1` on games up to 2025-02-18"
    assert champion(store) == "elo 1"
    with store.read() as con:
        assert decisions.current(con, "m") == {"elo": "1"}


def test_a_backfill_of_a_new_model_serves_and_does_not_become_champion(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(1.5)))
    late = add(store, "linear", noisy(0.0), dataset="d2", last_day=BACKFILL)
    assert (decide(store, late).kind, champion(store)) == ("kept", "elo 1")
    with store.read() as con:
        assert decisions.current(con, "m") == {"elo": "1", "linear": "1"}


def test_a_backfill_takes_the_place_of_what_may_not_be_asked(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.5)))
    upgraded = plugins(model("elo", version="2"))
    refit = add(store, "elo", noisy(0.5), name="2", spec="new", dataset="d2", fitted_by="2", last_day=BACKFILL)
    assert (decide(store, refit, upgraded).kind, champion(store)) == ("refreshed", "elo 2")


def test_another_spec_of_the_champions_model_goes_through_the_gate(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.5)))
    assert decide(store, add(store, "elo", noisy(0.6), name="2", spec="deeper", dataset="d2")).kind == "kept"
    assert decide(store, add(store, "elo", noisy(0.0), name="3", spec="deepest", dataset="d3")).kind == "promoted"


def test_rebuilt_features_refresh_since_the_old_ones_are_gone(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.5)))
    rebuilt = add(store, "elo", noisy(0.6), name="2", spec="rebuilt", dataset="d2", features="2")
    event = decide(store, rebuilt, plugins(features="2"))
    assert (event.kind, event.reason) == ("refreshed", "fitted on rebuilt features")


def test_a_champion_that_may_not_be_asked_any_more_gives_way_to_its_refit(store: Warehouse) -> None:
    """Kept by the gate, it would never predict again: its plugin's model has another version now."""
    decide(store, add(store, "elo", noisy(0.5)))
    upgraded = plugins(model("elo", version="2"))
    event = decide(store, add(store, "elo", noisy(0.6), name="2", spec="new", dataset="d2", fitted_by="2"), upgraded)
    assert (event.kind, champion(store)) == ("refreshed", "elo 2")
    assert "fitted by version `1` of the plugin's model, installed is `2`" in event.reason


def test_a_stack_gives_way_when_a_model_that_it_stacks_was_upgraded(store: Warehouse) -> None:
    stack = model("stack", features=(), stacks=("elo",))
    add(store, "elo", noisy(2.0))
    decide(store, add(store, "stack", noisy(0.2), stacks={"elo": "1"}), plugins(stack))
    assert champion(store) == "stack 1"
    add(store, "elo", noisy(2.0), name="2", fitted_by="2")
    anew = add(store, "stack", noisy(0.3), name="2", spec="new", dataset="d2", stacks={"elo": "2"})
    assert decide(store, anew, plugins(stack, model("elo", version="2"))).kind == "refreshed"


def test_the_rest_of_the_field_still_has_to_beat_a_champion_that_may_not_be_asked(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(0.5)))
    upgraded = plugins(model("elo", version="2"))
    assert decide(store, add(store, "linear", noisy(0.6), dataset="d2"), upgraded).kind == "kept"


@pytest.mark.parametrize("order", [("good", "bad"), ("bad", "good")])
def test_where_the_champions_model_is_gone_the_best_of_the_next_training_follows(
    store: Warehouse, order: tuple[str, ...]
) -> None:
    decide(store, add(store, "removed", noisy(0.0)), plugins(model("removed")))
    said = {"good": noisy(0.1), "bad": noisy(2.0)}
    for name in order:
        decide(store, add(store, name, said[name], dataset="d2"))
    assert champion(store) == "good 1"


def rolled_back(store: Warehouse) -> None:
    """Leaves a person's choice: version 1 and not its refit 2."""
    decide(store, add(store, "elo", noisy(0.5)))
    decide(store, add(store, "elo", noisy(0.5), name="2", dataset="d2"))
    with store.write() as con:
        decisions.rollback(con, "m", NOTE)


def test_a_refit_does_not_undo_what_a_person_chose(store: Warehouse) -> None:
    rolled_back(store)
    event = decide(store, add(store, "elo", noisy(0.5), name="3", dataset="d3"))
    assert (event.kind, champion(store)) == ("kept", "elo 1")
    assert "a person chose version `1`; `tipoff models unpin`" in event.reason
    assert decide(store, add(store, "elo", noisy(0.5), name="4", dataset="d1")).kind == "kept"  # nor the first training


def test_a_person_lets_refits_take_over_again(store: Warehouse) -> None:
    rolled_back(store)
    with store.write() as con:
        assert decisions.unpin(con, "m", NOTE).version == "1"  # version 2 is the one the person went back from
        decisions.promote(con, decisions.get(con, "elo", "1"), "why", NOTE)
    decide(store, add(store, "elo", noisy(0.5), name="3", dataset="d3"))
    with store.write() as con:
        assert decisions.unpin(con, "m", NOTE).version == "3"
        with pytest.raises(Abort, match="is not pinned"):
            decisions.unpin(con, "m", NOTE)
    assert decide(store, add(store, "elo", noisy(0.5), name="4", dataset="d4")).kind == "refreshed"


def test_the_gate_opens_for_a_better_model_than_the_one_a_person_chose(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(1.5)))
    with store.write() as con:
        decisions.promote(con, decisions.get(con, "elo", "1"), "why", NOTE)
    assert decide(store, add(store, "linear", noisy(0.1), dataset="d2")).kind == "promoted"


def test_a_pinned_champion_that_may_not_be_asked_gives_way(store: Warehouse) -> None:
    rolled_back(store)
    upgraded = plugins(model("elo", version="2"))
    refit = add(store, "elo", noisy(0.5), name="3", spec="new", dataset="d3", fitted_by="2")
    assert decide(store, refit, upgraded).kind == "refreshed"


def test_asked_again_nothing_is_decided_twice(store: Warehouse) -> None:
    decide(store, add(store, "elo", noisy(1.5)))
    version = add(store, "linear", noisy(0.1), dataset="d2")
    first = decide(store, version)
    assert decide(store, version) == first
    with store.read() as con:
        assert len(decisions.events(con, "m")) == 4


def test_a_final_game_without_a_score_is_nobodys_defeat(store: Warehouse) -> None:
    with store.write() as con:
        con.execute("UPDATE raw.games SET home_score = NULL WHERE game_id < '3'").fetchall()
        known = con.execute("SELECT count(*) FROM raw.games WHERE home_score IS NOT NULL").fetchall()[0][0]
    event = decide(store, add(store, "elo", noisy(0.5)))
    assert 0 < known < GAMES and f"on {known} games" in event.reason


def test_an_unevaluated_version_is_not_registered(store: Warehouse) -> None:
    version = add(store, "elo", noisy(0.5))
    with store.write() as con, pytest.raises(Abort, match="never evaluated"):
        gate.decide(con, replace(version, version="9"), NOTE, plugins())


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


def outlook(store: Warehouse, version: Version) -> str:
    """What the gate would say, which decides nothing."""
    before = store.query("SELECT * FROM models.event")
    with store.read() as con:
        words, _ = gate.outlook(con, version, plugins(), NOTE.now)
    assert store.query("SELECT * FROM models.event").equals(before)
    return words


def test_what_the_gate_would_say_of_a_version_that_a_person_promotes(store: Warehouse) -> None:
    elo = add(store, "elo", noisy(1.0))
    assert outlook(store, elo) == "the gate has no champion to compare it with; log loss 0.6000 on 600 games"
    decide(store, elo)
    against = r"the champion, `elo` version `1`: log loss 0\.\d{4} against 0\.\d{4} on 600 games, difference "
    good, bad = add(store, "good", noisy(0.1), dataset="d2"), add(store, "bad", noisy(2.0), dataset="d2")
    assert re.match(rf"the gate would open against {against}-", outlook(store, good))
    assert re.match(rf"the gate would keep {against}\+", outlook(store, bad))
    assert decide(store, bad).kind == "kept" and decide(store, good).kind == "promoted", "as it said"
    refit = add(store, "good", noisy(0.1), name="2", dataset="d3")
    assert "it is one with the champion, `good` version `1`; log loss 0.6000 on 600 games" in outlook(store, refit)


@pytest.mark.parametrize(
    ("games", "calibration", "said"),
    [(600, 0.06, "would reject it: calibration error 0.0600"), (20, 0.06, "would not judge it: 20 games are too few")],
)
def test_the_gate_says_of_some_versions_that_they_may_not_serve(
    store: Warehouse, games: int, calibration: float, said: str
) -> None:
    decide(store, add(store, "elo", noisy(1.0)))
    assert said in outlook(store, add(store, "linear", noisy(0.1), games=games, calibration=calibration))


def test_a_version_that_was_never_evaluated_has_nothing_to_go_by(store: Warehouse) -> None:
    version = add(store, "elo", noisy(1.0))
    with store.write() as con:
        con.execute("DELETE FROM models.evaluation").fetchall()
    assert "was never evaluated" in outlook(store, version)
