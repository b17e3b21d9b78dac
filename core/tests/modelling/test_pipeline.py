from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tipoff.contracts import Collector, Dataset, Model, Payload, Request
from tipoff.errors import Abort, ArtifactRefused, ClockWrong, LedgerError, PluginError, Skip
from tipoff.modelling import decisions, heads, ledger, verification
from tipoff.modelling import pipeline as typed

pipeline: Any = typed  # what it returns is JSON, and the tests know what is in there
LEAGUE = "toy-league"
MODELS = ("line", "rate", "tree", "stack")


def trained(run: Any, *models: str) -> dict[str, Any]:
    """Each model prepared, trained, evaluated and registered."""
    ref = pipeline.prepare(run)
    done = {}
    for model in models or MODELS:
        done[model] = pipeline.register(run, pipeline.evaluate_version(run, pipeline.train(run, model, ref)))
    return done


def predicted(run: Any, *models: str) -> dict[str, Any]:
    ref = pipeline.upcoming(run)
    stored: dict[str, Any] = pipeline.store(run, [pipeline.predict(run, model, ref) for model in models or MODELS])
    return stored


def test_from_features_to_graded_predictions(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(toy)
    assert predicted(toy) == {"added": 16, "unchanged": 0, "refused": {}}
    rows = toy.rows(
        "SELECT model, count(*), min(home_win_prob) > 0, max(home_win_prob) < 1 FROM predictions.ledger GROUP BY ALL"
    )
    assert sorted(rows) == [(model, 4, True, True) for model in sorted(MODELS)]
    toy.sql("UPDATE raw.games SET status = 'final', home_score = 80, away_score = 70 WHERE game_date = '2025-02-20'")
    tomorrow = toy.later(toy.now + timedelta(days=1))
    monkeypatch.setenv("TIPOFF_NOW", tomorrow.now.isoformat())
    assert pipeline.grade(tomorrow)["graded"] == 16
    assert pipeline.grade(tomorrow)["graded"] == 0


def test_everything_is_plain_json(toy: Any) -> None:
    ref = pipeline.prepare(toy)
    made = pipeline.train(toy, "stack", json.loads(json.dumps(ref)))
    judged = pipeline.evaluate_version(toy, json.loads(json.dumps(made)))
    decided = pipeline.register(toy, json.loads(json.dumps(judged)))
    assert json.loads(json.dumps(decided))["decisions"][LEAGUE]["kind"] == "first"
    asked = pipeline.predict(toy, "stack", json.loads(json.dumps(pipeline.upcoming(toy))))
    assert json.loads(json.dumps(pipeline.store(toy, [json.loads(json.dumps(asked))])))["added"] == 4


def test_a_second_run_fits_decides_and_writes_nothing(toy: Any, fits: list[int]) -> None:
    first = trained(toy)
    predicted(toy)
    events = toy.rows("SELECT * FROM models.event")
    fits.clear()
    assert trained(toy) == first
    assert fits == []
    assert predicted(toy) == {"added": 0, "unchanged": 16, "refused": {}}
    assert toy.rows("SELECT * FROM models.event") == events


def test_train_says_what_it_fitted(toy: Any) -> None:
    ref = pipeline.prepare(toy)
    first, second = pipeline.train(toy, "line", ref), pipeline.train(toy, "line", ref)
    assert (first["fitted"], second["fitted"]) == ([LEAGUE], [])
    assert first["versions"] == second["versions"]


def test_a_stack_brings_what_it_stacks(toy: Any) -> None:
    """So the order of the mapped tasks never matters."""
    ref = pipeline.prepare(toy)
    stack = pipeline.train(toy, "stack", ref)
    assert pipeline.train(toy, "line", ref)["fitted"] == []
    with toy.store.read() as con:
        version = decisions.get(con, "stack", stack["versions"][LEAGUE])
    assert version.stacked == {"line": pipeline.train(toy, "line", ref)["versions"][LEAGUE]}


def test_a_version_says_on_what_it_was_fitted(toy: Any) -> None:
    made = pipeline.train(toy, "line", pipeline.prepare(toy))
    name = made["versions"][LEAGUE]
    assert name.startswith("20250218-")
    manifest = json.loads((toy.settings.artifacts / "line" / name / "manifest.json").read_text())
    assert (manifest["games"], manifest["first_day"], manifest["last_day"]) == (416, "2023-11-10", "2025-02-18")
    assert manifest["spec"]["features"] == {"strength": "3"}
    assert manifest["libraries"]["numpy"]


def test_the_figures_stand_in_the_store_and_in_the_manifest(toy: Any) -> None:
    made = pipeline.train(toy, "line", pipeline.prepare(toy))
    judged = pipeline.evaluate_version(toy, made)
    name = made["versions"][LEAGUE]
    figures = judged["figures"][LEAGUE]
    manifest = json.loads((toy.settings.artifacts / "line" / name / "manifest.json").read_text())
    assert manifest["metrics"]["all"] == figures
    rows = toy.rows("SELECT scope, label, games, log_loss FROM models.evaluation ORDER BY scope, label")
    assert rows[0] == ("all", "all", figures["games"], figures["log_loss"])
    assert [row[1] for row in rows if row[0] == "season"] == ["2024", "2025"]
    assert sum(row[2] for row in rows if row[0] == "fold") == figures["games"]
    pipeline.register(toy, judged)
    assert pipeline.predict(toy, "line", pipeline.upcoming(toy))["games"] == 4  # and it may still be loaded


def test_new_games_make_a_new_version(toy: Any) -> None:
    trained(toy, "line")
    toy.sql("UPDATE raw.games SET status = 'final', home_score = 80, away_score = 70 WHERE game_date = '2025-02-20'")
    later = toy.later(toy.now + timedelta(days=1))
    done = trained(later, "line")
    assert done["line"]["versions"][LEAGUE].startswith("20250220-")
    assert done["line"]["decisions"][LEAGUE]["kind"] == "refreshed"


def test_a_backfill_of_training_changes_nothing_that_serves(toy: Any) -> None:
    done = trained(toy)
    serving = "SELECT model, version FROM models.current ORDER BY model"
    folds = "FROM models.walk_forward ORDER BY ALL"
    before = toy.rows("FROM models.champion"), toy.rows(serving), toy.rows(folds)
    backfilled = trained(toy.later(datetime(2025, 1, 15, 13)))
    for model in MODELS:
        assert backfilled[model]["versions"] != done[model]["versions"]
        assert backfilled[model]["decisions"][LEAGUE]["kind"] == "kept"
    assert (toy.rows("FROM models.champion"), toy.rows(serving), toy.rows(folds)) == before


def test_a_damaged_artifact_is_refused_and_fitted_anew_on_the_next_training(toy: Any) -> None:
    done = trained(toy, "line")
    name = done["line"]["versions"][LEAGUE]
    (toy.settings.artifacts / "line" / name / "state.json").write_text('{"level": 50, "slope": 0, "sd": 1}')
    with pytest.raises(ArtifactRefused, match=r"`state\.json` was changed"):
        pipeline.predict(toy, "line", pipeline.upcoming(toy))
    assert pipeline.train(toy, "line", pipeline.prepare(toy))["fitted"] == [LEAGUE]
    assert predicted(toy, "line")["added"] == 4


def test_an_artifact_left_by_a_killed_task_is_not_trusted(toy: Any, fits: list[int]) -> None:
    ref = pipeline.prepare(toy)
    pipeline.train(toy, "line", ref)
    toy.sql("DELETE FROM models.version")  # killed between the rename and the row
    fits.clear()
    assert pipeline.train(toy, "line", ref)["fitted"] == [LEAGUE]
    assert len(fits) == 1


def test_an_artifact_of_another_plugin_version_is_not_asked(toy: Any) -> None:
    trained(toy, "line")
    (line, *_) = toy.registry.models
    upgraded = toy.with_models(replace(line, version="2"))
    with pytest.raises(ArtifactRefused, match=r"was fitted by version `1`.*installed is `2`.*tipoff train"):
        pipeline.predict(upgraded, "line", pipeline.upcoming(upgraded))


@pytest.mark.parametrize("model", ["line", "stack"])
def test_rebuilt_features_mark_the_predictions(toy: Any, model: str) -> None:
    trained(toy, model)
    (builder,) = toy.registry.builders
    rebuilt = replace(toy, registry=replace(toy.registry, builders=(replace(builder, version="4"),)))
    predicted(rebuilt, model)
    ((degraded, features),) = toy.rows("SELECT DISTINCT degraded, features FROM predictions.ledger")
    assert degraded == "features were rebuilt since it was fitted; `strength` is stale: version 3 became 4"
    assert features == '{"strength":"4"}'
    assert trained(rebuilt, model)[model]["decisions"][LEAGUE]["kind"] == "refreshed"


@pytest.mark.parametrize("model", ["line", "stack"])
def test_a_champion_of_an_upgraded_plugin_is_replaced_by_the_next_training(toy: Any, model: str) -> None:
    trained(toy, model)
    (line, *others) = toy.registry.models
    upgraded = toy.with_models(replace(line, version="2"), *others).later(toy.now + timedelta(days=1))
    with pytest.raises(ArtifactRefused, match="model `line` version"):
        pipeline.predict(upgraded, model, pipeline.upcoming(upgraded))
    toy.sql("UPDATE raw.games SET status = 'final', home_score = 80, away_score = 70 WHERE game_date = '2025-02-20'")
    assert trained(upgraded, model)[model]["decisions"][LEAGUE]["kind"] == "refreshed"
    assert predicted(upgraded, model)["added"] == 4


def test_a_game_without_features_is_predicted_by_what_can_and_marked(toy: Any) -> None:
    trained(toy, "tree")
    ((game, *_),) = toy.rows("SELECT min(game_id) FROM raw.games WHERE game_date = '2025-02-20'")
    toy.sql(f"UPDATE features.strength SET gap = NULL WHERE game_id = '{game}'")
    predicted(toy, "tree")
    assert toy.rows("SELECT game_id, degraded FROM predictions.ledger WHERE degraded IS NOT NULL") == [
        (game, "1 of 1 features are missing")
    ]


def test_a_feature_that_no_game_ever_had_is_missed_by_nobody(toy: Any) -> None:
    (_, rate, tree, _) = toy.registry.models
    bare = toy.with_models(replace(rate, features=tree.features))
    toy.sql("UPDATE features.strength SET gap = NULL")
    trained(bare, "rate")
    predicted(bare, "rate")
    assert toy.rows("SELECT DISTINCT degraded FROM predictions.ledger") == [(None,)]


def test_a_game_that_moved_is_not_predicted_from_the_features_of_its_old_day(toy: Any) -> None:
    trained(toy, "tree")
    toy.sql("UPDATE raw.games SET game_date = '2025-02-21' WHERE game_date = '2025-02-20'")
    predicted(toy, "tree")
    assert toy.rows("SELECT DISTINCT degraded FROM predictions.ledger") == [("1 of 1 features are missing",)]


def test_features_behind_their_inputs_mark_the_predictions_of_who_sees_them(toy: Any) -> None:
    trained(toy, "rate", "line", "stack")
    toy.sql("UPDATE raw.games SET loaded_at = '2025-02-20 12:00' WHERE season = 2025")
    predicted(toy, "rate", "line", "stack")
    stale = "`strength` is stale: raw.games changed"
    assert sorted(toy.rows("SELECT DISTINCT model, degraded FROM predictions.ledger")) == [
        ("line", stale),
        ("rate", None),
        ("stack", stale),
    ]


def test_nothing_to_learn_from_is_a_skip(toy: Any) -> None:
    with pytest.raises(Skip, match="no game is over yet"):
        pipeline.prepare(toy.later(datetime(2023, 11, 1)))


def test_too_few_games_are_a_skip(toy: Any) -> None:
    ref = pipeline.prepare(toy.later(datetime(2023, 11, 20)))
    with pytest.raises(Skip, match="`line` needs at least 50 games"):
        pipeline.train(toy, "line", ref)


def test_without_a_champion_there_is_a_skip_with_the_way_out(toy: Any) -> None:
    with pytest.raises(Skip, match="no champion yet; run model_training"):
        pipeline.check_model(toy)
    with pytest.raises(Skip, match="`line` has no version that may serve"):
        pipeline.predict(toy, "line", pipeline.upcoming(toy))


def test_check_model_names_the_champion(toy: Any) -> None:
    done = trained(toy, "line")
    assert pipeline.check_model(toy) == {LEAGUE: {"model": "line", "version": done["line"]["versions"][LEAGUE]}}


def test_without_games_ahead_there_is_a_skip(toy: Any) -> None:
    with pytest.raises(Skip, match="no game of `toy-league` is scheduled"):
        pipeline.upcoming(toy.later(datetime(2025, 6, 1)))


def test_skipped_models_leave_no_hole_in_the_batch(toy: Any) -> None:
    trained(toy, "line")
    asked = pipeline.predict(toy, "line", pipeline.upcoming(toy))
    assert pipeline.store(toy, [None, asked])["added"] == 4


def test_a_broken_model_fails_alone(toy: Any) -> None:
    broken = toy.with_models(
        *toy.registry.models, Model("broken", (), "support_toy:fit_raises", "support_toy:predict_rate")
    )
    ref = pipeline.prepare(broken)
    with pytest.raises(PluginError, match="`broken`"):
        pipeline.train(broken, "broken", ref)
    assert pipeline.train(broken, "line", ref)["fitted"] == [LEAGUE]


def test_the_stamp_is_the_present_not_the_instant_the_run_speaks_for(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backfill for a past morning must not write predictions that look as if they had been made then."""
    trained(toy, "line")
    asked = pipeline.predict(toy, "line", pipeline.upcoming(toy))
    present = datetime(2025, 2, 21, 0, 30)
    monkeypatch.setenv("TIPOFF_NOW", present.isoformat())
    stored = pipeline.store(toy, [asked])
    assert (stored["added"], len(stored["refused"])) == (2, 2)
    assert toy.rows("SELECT DISTINCT predicted_at FROM predictions.ledger") == [(present,)]


def test_the_champions_rows_are_marked(toy: Any) -> None:
    trained(toy, "line", "rate")
    predicted(toy, "line", "rate")
    assert sorted(toy.rows("SELECT DISTINCT model, champion FROM predictions.ledger")) == [
        ("line", True),
        ("rate", False),
    ]


def test_a_tampered_ledger_takes_no_more_rows(toy: Any) -> None:
    trained(toy, "line", "rate")
    predicted(toy, "line")
    toy.sql("UPDATE predictions.ledger SET home_win_prob = 0.99 WHERE seq = 4")
    with pytest.raises(LedgerError, match="row `4` was changed"):
        predicted(toy, "rate")


def test_the_head_is_written_beside_the_store(toy: Any) -> None:
    trained(toy, "line")
    predicted(toy, "line")
    toy.sql("DELETE FROM predictions.ledger WHERE seq = 4")
    with toy.store.read() as con, pytest.raises(LedgerError, match="once had `4`"):
        verification.verify(con, toy.settings.home / "ledger.json")


def test_a_version_of_other_plugins_is_not_evaluated_as_if_of_these(toy: Any) -> None:
    made = pipeline.train(toy, "line", pipeline.prepare(toy))
    (line, *_) = toy.registry.models
    with pytest.raises(Abort, match="fitted by other plugins; train anew"):
        pipeline.evaluate_version(toy.with_models(replace(line, version="2")), made)


def test_each_league_has_its_own_versions_and_champion(toy: Any) -> None:
    both = two_leagues(toy)
    done = trained(both, "line")
    assert set(done["line"]["versions"]) == {"w", LEAGUE}
    assert len(set(done["line"]["versions"].values())) == 2
    assert set(pipeline.check_model(both)) == {"w", LEAGUE}
    assert predicted(both, "line")["added"] == 8


@pytest.mark.parametrize("trouble", ["another plugin version", "a damaged artifact"])
def test_what_one_leagues_version_may_not_say_the_others_still_do(toy: Any, trouble: str) -> None:
    both = two_leagues(toy)
    done = trained(both, "line")
    if trouble == "a damaged artifact":
        state = toy.settings.artifacts / "line" / done["line"]["versions"]["w"] / "state.json"
        state.write_text('{"level": 50, "slope": 0, "sd": 1}')
    else:
        both.sql("""UPDATE models.version SET spec = replace(spec, '"model_version":"1"', '"model_version":"0"')
            WHERE league = 'w'""")
    told = pipeline.predict(both, "line", pipeline.upcoming(both))
    assert (set(told["versions"]), set(told["refused"]), told["games"]) == ({LEAGUE}, {"w"}, 4)
    assert "tipoff train" in told["refused"]["w"]
    assert pipeline.store(both, [told])["added"] == 4


def two_leagues(toy: Any) -> Any:
    """The league, and its twin `w`, which comes first."""
    toy.sql("INSERT INTO raw.games BY NAME SELECT * REPLACE ('w' AS league) FROM raw.games")
    toy.sql("INSERT INTO features.strength BY NAME SELECT * REPLACE ('w' AS league) FROM features.strength")
    return replace(toy, settings=toy.settings.model_copy(update={"leagues": ("w", LEAGUE)}))


def test_nothing_is_graded_while_a_row_was_written_later_than_it_says(
    toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Winners of last night, chained at the end as if they had been named in the morning."""
    trained(toy, "line")
    predicted(toy, "line")
    toy.sql("UPDATE raw.games SET status = 'final', home_score = 80, away_score = 70 WHERE game_date = '2025-02-20'")
    tomorrow = toy.later(toy.now + timedelta(days=1))
    monkeypatch.setenv("TIPOFF_NOW", tomorrow.now.isoformat())
    tomorrow.publish()
    with toy.store.write() as con:
        last = ledger.read(con)[-1]
        forged = replace(last, seq=last.seq + 1, model="prophet", home_win_prob=0.99, previous_hash=last.hash)
        ledger._insert(con, [replace(forged, hash=forged.hashed())])
    said = f"a row after `{last.seq}` is stamped .* the chain still ended before it"
    with pytest.raises(LedgerError, match=said):
        pipeline.grade(tomorrow)
    assert toy.rows("SELECT * FROM predictions.grade") == []


def test_each_publication_adds_a_head_that_the_chain_goes_on_from(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(toy, "line")
    toy.publish()
    assert not toy.settings.heads.exists(), "there is no chain yet"
    predicted(toy, "line")
    toy.publish()
    monkeypatch.setenv("TIPOFF_NOW", (toy.now + timedelta(hours=1)).isoformat())
    toy.publish()
    known = heads.published(toy.settings.heads)
    assert [(head.rows, head.at) for head in known] == [(4, toy.now), (4, toy.now + timedelta(hours=1))]
    with toy.store.read() as con:
        assert verification.verify(con, against=known) == 4


def test_a_last_stamp_later_than_now_fails_the_step_and_names_the_way_back(
    toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(toy, "line", "rate")
    asked = pipeline.predict(toy, "rate", pipeline.upcoming(toy))
    monkeypatch.setenv("TIPOFF_NOW", "2025-02-21T00:30:00")
    predicted(toy, "line")
    monkeypatch.setenv("TIPOFF_NOW", toy.now.isoformat())
    with pytest.raises(LedgerError, match=r"no prediction for 2 games ahead, .* `tipoff clock mend`"):
        pipeline.store(toy, [asked])
    assert toy.rows("SELECT count(*) FROM predictions.ledger WHERE model = 'rate'") == [(2,)], "what can be is stored"
    with toy.store.write() as con:
        ledger.mend_clock(con, toy.now)
    assert pipeline.store(toy, [asked])["added"] == 2
    with toy.store.read() as con:
        assert verification.verify(con, toy.settings.head, toy.store.record) == 6


class Ahead:
    """A way to a source whose clock is far from this machine's."""

    async def __aenter__(self) -> Ahead:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    async def fetch(self, request: Request, league: str) -> Payload:
        raise ClockWrong("a month ahead")


def test_with_a_clock_that_is_wrong_nothing_is_foretold(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(toy, "line")
    asked = pipeline.predict(toy, "line", pipeline.upcoming(toy))
    monkeypatch.setattr("support_toy.open_ahead", lambda access: Ahead(), raising=False)
    monkeypatch.setattr("support_toy.ask_days", lambda context: [Request("https://league.example")], raising=False)
    days = Dataset("days", tables=("games",), plan="support_toy:ask_days", parse="support_toy:ask_days")
    far = Collector("far", "far_api", (days,), client="support_toy:open_ahead")
    there = replace(toy, registry=replace(toy.registry, collectors=(far,)))
    assert pipeline.upcoming(there)["games"], "a clock that was set is compared with nobody"
    monkeypatch.delenv("TIPOFF_NOW")
    with pytest.raises(ClockWrong):
        pipeline.upcoming(there)
    with pytest.raises(ClockWrong):
        pipeline.store(there, [asked])
    assert toy.rows("SELECT count(*) FROM predictions.ledger") == [(0,)]
