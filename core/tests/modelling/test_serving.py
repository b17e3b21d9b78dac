"""A champion that cannot serve is named, the best that can stands in for it, and nobody else's predictions change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tipoff.contracts import Column, FeatureBuilder, Model
from tipoff.errors import Abort, PluginError
from tipoff.modelling import pipeline as typed
from tipoff.modelling import serving
from tipoff.modelling.serving import Serving
from tipoff.plugins import Plugin
from tipoff.report.models import serving as shown

from .test_pipeline import LEAGUE, predicted, trained

pipeline: Any = typed
ONE_MORE_DAY = "UPDATE raw.games SET status = 'final', home_score = 80, away_score = 70 WHERE game_date = '2025-02-20'"


def look(toy: Any) -> Serving:
    with toy.store.read() as con:
        return serving.look(con, toy.registry, toy.settings.artifacts, LEAGUE)


def without(toy: Any, *names: str) -> Any:
    """The same installation without some models."""
    return toy.with_models(*(model for model in toy.registry.models if model.name not in names))


@pytest.fixture
def crowned(toy: Any) -> Any:
    """Every model is trained, and `line` or what stacks it is champion by its figures."""
    trained(toy)
    return toy


def absent(toy: Any) -> tuple[Any, str]:
    """The installation without its champion's model and what stacks it, and the champion's name."""
    top = look(toy).champion
    assert top is not None
    gone = {top.model, *(each.name for each in toy.registry.models if top.model in each.stacks)}
    return without(toy, *gone), top.model


def test_a_champion_that_can_serve_speaks(crowned: Any) -> None:
    now = look(crowned)
    assert now.champion is not None and now.voice == now.champion
    assert (now.absent, now.stand_in, str(now), now.unfit) == ("", None, "", {})


def test_the_best_by_the_gates_figures_stands_in_and_not_the_first_of_the_alphabet(crowned: Any) -> None:
    early = Model("a_rate", (), "support_toy:fit_rate", "support_toy:predict_rate")
    trained(crowned.with_models(early, *crowned.registry.models), "a_rate")
    left, gone = absent(crowned)
    left = left.with_models(early, *left.registry.models)
    now = look(left)
    losses = dict(crowned.rows("SELECT model, log_loss FROM models.evaluation WHERE scope = 'all'"))
    others = [each.name for each in left.registry.models]
    best = min(others, key=lambda name: losses[name])
    assert now.voice is not None and now.voice.model == best != sorted(others)[0]
    assert now.stands_in_for(now.voice.model, now.voice.version) == gone
    assert now.stands_in_for(now.voice.model, "other") is None
    assert f"the champion, `{gone}` version" in str(now)
    assert f"no plugin brings the model `{gone}`" in str(now)
    assert f"`{best}` version `{now.voice.version}` stands in for it (best log loss of {len(others)} models on" in str(
        now
    )
    assert f"tipoff models promote {best}" in str(now)


def test_when_the_plugin_is_back_the_champion_speaks_again(crowned: Any) -> None:
    before = look(crowned)
    left, _ = absent(crowned)
    assert look(left).voice != before.voice
    assert look(crowned) == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "state.json").write_text("{}"), r"`state.json` was changed"),
        (lambda folder: (folder / "manifest.json").unlink(), "was refused"),
    ],
)
def test_a_damaged_artifact_cannot_serve(crowned: Any, damage: Any, said: str) -> None:
    top = look(crowned).champion
    assert top is not None
    damage(crowned.settings.artifacts / top.artifact)
    now = look(crowned)
    assert said in now.absent and now.stand_in is not None


def test_what_stacks_a_damaged_version_cannot_serve_either(crowned: Any) -> None:
    line = look(crowned).versions["line"]
    (crowned.settings.artifacts / line.artifact / "state.json").write_text("{}")
    assert {"line", "stack"} <= look(crowned).unfit.keys()


def test_an_updated_model_cannot_serve_until_it_is_trained(crowned: Any) -> None:
    top = look(crowned).champion
    assert top is not None
    updated = crowned.with_models(
        *(replace(each, version="2") if each.name == top.model else each for each in crowned.registry.models)
    )
    assert "was fitted by version `1` of the plugin's model, installed is `2`" in look(updated).absent


def test_check_model_says_who_speaks_for_whom(crowned: Any) -> None:
    left, gone = absent(crowned)
    said = pipeline.check_model(left)[LEAGUE]
    assert (said["stands_in_for"], said["reason"]) == (gone, str(look(left)))
    nobody = crowned.with_models()
    with pytest.raises(Abort, match="No other version can: bring its plugin back"):
        pipeline.check_model(nobody)


def test_the_ledger_names_the_stand_in_and_calls_it_no_champion(crowned: Any) -> None:
    left, gone = absent(crowned)
    voice = look(left).voice
    assert voice is not None
    predicted(left, *(each.name for each in left.registry.models))
    rows = crowned.rows("SELECT DISTINCT model, champion, stands_in_for FROM predictions.ledger")
    assert (voice.model, False, gone) in rows
    assert all(row[1:] == (False, None) for row in rows if row[0] != voice.model)


def test_a_training_leaves_the_crown_while_a_plugin_may_come_back(crowned: Any) -> None:
    left, gone = absent(crowned)
    broken = Plugin("lost", "1", "lost", "failed", "import failed")
    hurt = replace(left, registry=replace(left.registry, plugins=(broken,)))
    crowned.sql(
        "UPDATE raw.games SET status = 'final', home_score = 80, away_score = 70 WHERE game_date = '2025-02-20'"
    )
    names = [each.name for each in left.registry.models]
    later = crowned.now.replace(day=21)
    trained(hurt.later(later), *names)
    top = look(hurt).champion
    assert top is not None and top.model == gone
    assert look(crowned).absent == "", "it is back"


@pytest.mark.parametrize("change", ["come", "go", "update"])
def test_a_model_that_comes_goes_or_is_updated_adds_no_row_of_another(crowned: Any, change: str) -> None:
    predicted(crowned)
    top = look(crowned).champion
    assert top is not None
    (builder,) = crowned.registry.builders
    more = replace(builder.table, name="more", columns=(*builder.table.columns[:-1], Column("gap", "DOUBLE")))
    registry, models = crowned.registry, crowned.registry.models
    if change == "come":
        new = FeatureBuilder("more", more, builder.inputs, builder.compute, version="9")
        model = Model("newcomer", ("more.gap",), "support_toy:fit_rate", "support_toy:predict_rate")
        registry = replace(registry, builders=(builder, new), models=(*models, model))
    elif change == "go":
        registry = without(crowned, top.model, "stack").registry
    else:
        registry = replace(
            registry, models=tuple(replace(each, version="2") if each.name == "rate" else each for each in models)
        )
    now = replace(crowned, registry=registry)
    now.store.migrate(registry.tables().values())
    if change != "go":
        trained(now, "newcomer" if change == "come" else "rate")
    changed = {"come": {"newcomer"}, "go": {top.model, "stack"}, "update": {"rate"}}[change]
    others = [each.name for each in models if each.name not in changed]
    assert predicted(now, *others) == {"added": 0, "unchanged": 4 * len(others), "refused": {}}


def test_the_page_shows_it(crowned: Any) -> None:
    left, gone = absent(crowned)
    with crowned.store.read() as con:
        found = shown(con, LEAGUE, left.registry, left.settings.artifacts)
    assert found.champion == gone and found.served.voice != gone
    assert gone in found.served.unfit and "cannot serve" in found.served.said


LEAK = "support_toy:own_margin"


def leaking(toy: Any) -> Any:
    """Beside the others a model on a feature of the game's own result."""
    (builder,) = toy.registry.builders
    table = replace(builder.table, name="leak")
    leak = FeatureBuilder("leak", table, ("raw.games",), LEAK)
    model = Model("too_good", ("leak.gap",), "support_toy:fit_line", "support_toy:predict_line")
    registry = replace(toy.registry, builders=(builder, leak), models=(*toy.registry.models, model))
    made = replace(toy, registry=registry)
    made.store.migrate(registry.tables().values())
    toy.sql(
        "INSERT INTO features.leak BY NAME SELECT league, season, game_id, game_date, tip_utc, margin AS gap "
        "FROM raw.results"
    )
    return made


def test_a_model_on_features_that_look_ahead_is_not_fitted_and_the_others_are(toy: Any) -> None:
    made = leaking(toy)
    ref = pipeline.prepare(made)
    assert list(ref["refused"]) == ["leak"] and "looks ahead: `gap` of game" in ref["refused"]["leak"]
    with pytest.raises(PluginError, match=r"model `too_good` is not fitted, since it sees `leak.gap`: feature builder"):
        pipeline.train(made, "too_good", ref)
    assert pipeline.train(made, "line", ref)["fitted"] == [LEAGUE]


def test_a_champion_of_such_features_cannot_serve_and_loses_the_crown_at_the_next_training(
    toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a store of before there was a guard, or where the guard has only now seen it."""
    made = leaking(toy)
    with monkeypatch.context() as patched:
        patched.setattr("tipoff.features.lookahead.judge", lambda *args, **named: [])
        patched.setattr("tipoff.modelling.plausibility.too_good", lambda con, version: "")
        patched.setattr("tipoff.modelling.availability.comes_late", lambda con, version, registry, now: "")
        trained(made, "too_good", "line", "rate")
        assert look(made).voice == look(made).champion == look(made).versions["too_good"]
    ref = pipeline.prepare(made)
    assert "sees `leak`: feature builder `leak` version `1` looks ahead" in look(made).absent
    toy.sql(ONE_MORE_DAY)
    done = trained(made.later(made.now.replace(day=21)), "rate", "line")
    assert ref["refused"] and done["line"]["decisions"][LEAGUE]["kind"] == "first"
    assert "in place of `too_good`: its features look ahead" in done["rate"]["decisions"][LEAGUE]["reason"]
