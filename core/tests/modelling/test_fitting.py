from __future__ import annotations

import math

import pyarrow as pa
import pytest
from tipoff.contracts import Fitted, Model
from tipoff.errors import PluginError
from tipoff.modelling import fitting
from tipoff.modelling.identity import Spec

GAMES = pa.table({"game_id": ["g1", "g2"], "margin": [3.0, -4.0]})
GOOD = {"home_win_prob": [0.6, 0.4], "margin": [2.0, -2.0], "margin_sd": [11.0, 11.0]}


def spec(fit: str = "support_toy:fit_rate", predict: str = "support_toy:predict_rate") -> Spec:
    return Spec(Model("some", (), fit, predict))


def predicted(monkeypatch: pytest.MonkeyPatch, answer: object) -> pa.Table:
    monkeypatch.setattr("support_toy.predict_rate", lambda fitted, games: answer)
    return fitting.predict(spec(), Fitted(), GAMES)


def test_a_good_answer_gets_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    found = predicted(monkeypatch, pa.table({**GOOD, "notes": ["a", "b"]}))
    assert found.column_names == list(fitting.PREDICTED)
    assert found["total"].to_pylist() == [None, None]


def test_whole_numbers_become_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    found = predicted(monkeypatch, pa.table({**GOOD, "margin": [2, -2]}))
    assert found["margin"].type == pa.float64()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("home_win_prob", 0.0),
        ("home_win_prob", 1.0),
        ("home_win_prob", None),
        ("home_win_prob", math.nan),
        ("margin", math.inf),
        ("margin", None),
        ("margin_sd", 0.0),
        ("margin_sd", math.nan),
    ],
)
def test_an_answer_that_cannot_be_published_names_the_game(
    monkeypatch: pytest.MonkeyPatch, column: str, value: float | None
) -> None:
    with pytest.raises(PluginError, match=rf"`some`: predict gave `{column}` = `{value}` for game `g2`"):
        predicted(monkeypatch, pa.table({**GOOD, column: pa.array([GOOD[column][0], value], pa.float64())}))


@pytest.mark.parametrize(
    ("column", "value"),
    [("total", math.nan), ("total", math.inf), ("total_sd", 0.0), ("total_sd", math.nan)],
)
def test_a_total_is_left_out_or_a_number(monkeypatch: pytest.MonkeyPatch, column: str, value: float) -> None:
    told = {**GOOD, "total": pa.array([140.0, None]), "total_sd": pa.array([15.0, None])}
    assert predicted(monkeypatch, pa.table(told))["total"].to_pylist() == [140.0, None]
    with pytest.raises(PluginError, match=rf"gave `{column}` = `{value}` for game `g2`"):
        predicted(monkeypatch, pa.table({**told, column: pa.array([140.0, value])}))


def test_text_for_a_number_is_the_models_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PluginError, match="`some`: predict raised ArrowInvalid"):
        predicted(monkeypatch, pa.table({**GOOD, "margin": ["many", "few"]}))


def test_a_row_too_few_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PluginError, match="`1` rows for `2` games"):
        predicted(monkeypatch, pa.table(GOOD).slice(1))


@pytest.mark.parametrize("answer", [None, pa.table({"margin": [1.0, 2.0]})])
def test_something_else_is_refused(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    with pytest.raises(PluginError, match="must return an Arrow table with `home_win_prob, margin, margin_sd`"):
        predicted(monkeypatch, answer)


def test_a_model_that_raises_is_named_with_its_error() -> None:
    with pytest.raises(PluginError, match="model `some`: fit raised ZeroDivisionError: 2 games") as caught:
        fitting.fit(spec(fit="support_toy:fit_raises"), GAMES)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(PluginError, match="model `some`: fit raised SystemExit: enough"):
        fitting.fit(spec(fit="support_toy:fit_ends_the_process"), GAMES)


def test_a_fit_that_returns_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support_toy.fit_rate", lambda context: {"slope": 1})
    with pytest.raises(PluginError, match="returned `dict` instead of a Fitted"):
        fitting.fit(spec(), GAMES)


@pytest.mark.parametrize("wrong", [0, 1])
def test_every_game_is_looked_at(monkeypatch: pytest.MonkeyPatch, wrong: int) -> None:
    margin = [2.0, -2.0]
    margin[wrong] = math.nan
    with pytest.raises(PluginError, match=f"for game `g{wrong + 1}`"):
        predicted(monkeypatch, pa.table({**GOOD, "margin": margin}))
