"""People are told of a model that has decayed or cannot be asked, once, and that it is well again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from tipoff import clock, plugins, settings
from tipoff.airflow import operators
from tipoff.airflow.testing import Channel
from tipoff.modelling import decisions, heads, ledger, pipeline, verification
from tipoff.modelling.decisions import Note
from tipoff.modelling.prediction import Prediction, intervals
from tipoff.run import Run
from tipoff.warehouse.store import Warehouse

CONTEXT: Any = {}
LEAGUE = "mens-college-basketball"

# Home always wins, as the backtest says with probability 0.9; four games a day, 280 in all.
WALKED = f"""
    INSERT INTO raw.games BY NAME
    SELECT '{LEAGUE}' AS league, 2026 AS season, 'g' || n AS game_id, DATE '2025-11-04' + CAST(n // 4 AS INTEGER) AS
        game_date, CAST(game_date AS TIMESTAMP) + INTERVAL 23 HOUR AS tip_utc, 'final' AS status, 'a' || n AS home_id,
        'b' || n AS away_id, 70 AS home_score, 60 AS away_score, 'r' AS run_id, TIMESTAMP '2026-01-12' AS loaded_at
    FROM range(280) AS numbers(n);
    INSERT INTO models.version VALUES ('steady', 'v1', '{LEAGUE}', 'spec', '{{}}', '{{}}', 'd', '{{}}', 280,
        '2025-11-04', '2026-01-12', 'a', 's', TIMESTAMP '2026-01-12', 'r');
    INSERT INTO models.walk_forward BY NAME
    SELECT league, 'steady' AS model, 'spec' AS spec_id, 'month' AS refit, '2026' AS fold, 'x' AS data_id, season,
        game_id, game_date, 0.9 AS home_win_prob, 5.0 AS margin, 11.0 AS margin_sd
    FROM raw.games
"""

PUBLISHED = """
    DELETE FROM predictions.grade;
    INSERT INTO predictions.grade BY NAME
    SELECT row_number() OVER () AS ledger_seq, 1 AS attempt, 'h' AS ledger_hash, league, season, game_id, game_date,
        'steady' AS model, 'v1' AS version, true AS champion, home_score, away_score, PROBABILITY AS home_win_prob,
        true AS home_win, 0.0 AS margin_error, -ln(PROBABILITY) AS log_loss, 0.1 AS brier, true AS inside_80,
        true AS inside_95, TIMESTAMP '2026-01-12' AS graded_at, 'r' AS run_id
    FROM raw.games WHERE game_date >= '2025-12-09'
"""


@pytest.fixture(autouse=True)
def league_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-13T13:00:00")
    monkeypatch.setenv("AIRFLOW_VAR_TIPOFF", "{}")


def graded(store: Warehouse, probability: float) -> Any:
    """What the task returns where this was published of each game since 9 December."""
    with store.write() as con:
        con.execute(PUBLISHED.replace("PROBABILITY", f"{probability}")).fetchall()
    return operators.EvaluatePredictions(task_id="evaluate_preds").execute(CONTEXT)


def test_a_decay_that_no_channel_took_is_told_the_next_time_and_its_end_too(
    store: Warehouse, channel: type[Channel]
) -> None:
    with store.write() as con:
        con.execute(WALKED).fetchall()
    assert graded(store, 0.9)["sound"] == [f"{LEAGUE}, steady"]
    assert channel.received == []
    channel.status = 503
    assert list(graded(store, 0.5)["decayed"]) == [f"{LEAGUE}, steady"]
    channel.received.clear()
    channel.status = 200
    graded(store, 0.5)
    graded(store, 0.5)
    (alert,) = channel.received
    assert (alert["title"], alert["type"]) == ("tipoff: a model has decayed", "failure")
    assert alert["message"].startswith(
        f"`{LEAGUE}, steady` has decayed: log loss 0.6931 on the latest 140 graded games"
    )
    graded(store, 0.9)
    graded(store, 0.9)
    assert [(each["title"], each["type"]) for each in channel.received[1:]] == [
        ("tipoff: a model is well again", "success")
    ]


EVEN = """
    import pyarrow as pa
    from tipoff import Fitted

    def fit(context):
        return Fitted(state={"sd": 11.0})

    def predict(fitted, games):
        same = [fitted.state["sd"]] * games.num_rows
        return pa.table({"home_win_prob": [0.5] * games.num_rows, "margin": [0.0] * games.num_rows, "margin_sd": same})

    @hookimpl
    def models():
        return (Model("even", (), fit=f"{__name__}:fit", predict=f"{__name__}:predict"),)
"""

SCHEDULED = """
    INSERT INTO raw.games BY NAME
    SELECT * REPLACE ('scheduled' AS status, 'ahead' AS game_id, NULL AS home_score, NULL AS away_score,
        DATE '2026-01-13' AS game_date, TIMESTAMP '2026-01-13 23:00' AS tip_utc)
    FROM raw.games WHERE game_id = 'g1';
    INSERT INTO raw.games BY NAME SELECT * REPLACE ('nba' AS league) FROM raw.games
"""


def test_a_model_that_cannot_be_asked_in_one_league_is_told_though_its_task_succeeds(
    install_plugin: Callable[..., None], channel: type[Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_LEAGUES", f"{LEAGUE},nba")
    install_plugin("even", EVEN)
    chosen, registry = settings.load(), plugins.load()
    store = Warehouse.of(chosen)
    store.migrate(registry.tables().values())
    with store.write() as con:
        con.execute(WALKED).fetchall()
        con.execute(SCHEDULED).fetchall()
    run = Run(registry, chosen, "r", clock.now())
    trained: Any = pipeline.train(run, "even", pipeline.prepare(run))
    with store.write() as con:
        for version in trained["versions"].values():
            decisions.record(con, decisions.get(con, "even", version), "registered", "", note=Note("r", run.now))
    ask: Any = operators.GeneratePredictions(task_id="generate_preds", model="even", upcoming=pipeline.upcoming(run))
    assert set(ask.execute(CONTEXT)["versions"]) == {LEAGUE, "nba"}
    assert channel.received == []
    turn = "UPDATE models.version SET spec = replace(spec, $one, $other) WHERE model = 'even' AND league = 'nba'"
    now, before = '"model_version":"1"', '"model_version":"0"'
    for one, other in ((now, before), (before, now)):
        with store.write() as con:
            con.execute(turn, {"one": one, "other": other}).fetchall()
        for _ in range(2):
            assert LEAGUE in ask.execute(CONTEXT)["versions"]
    failed, well = channel.received
    assert failed["title"] == "tipoff: a model cannot be asked"
    assert failed["message"].startswith("`nba, even` cannot be asked: model `even` version")
    assert (well["title"], well["message"]) == ("tipoff: a model is well again", "`nba, even` is well again.")


def test_the_ledgers_head_goes_out_on_a_morning_with_predictions(store: Warehouse, channel: type[Channel]) -> None:
    """Whoever keeps the message can verify by it."""
    settled = operators.EvaluatePredictions(task_id="evaluate_preds")
    settled.execute(CONTEXT)
    assert channel.received == [], "there is no chain yet"
    with store.write() as con:
        con.execute(
            "INSERT INTO raw.games (league, season, game_id, game_date, tip_utc, status, home_id, away_id) "
            f"VALUES ('{LEAGUE}', 2026, 'g', '2026-01-13', '2026-01-14 00:00', 'scheduled', 'a', 'b')"
        ).fetchall()
        ledger.append(con, [PREDICTION], clock.now())
        ledger.remember(con, settings.load().head)
    settled.execute(CONTEXT)
    (sent,) = channel.received
    assert (sent["title"], sent["type"]) == ("tipoff: the ledger's head", "success")
    (head,) = heads.given(sent["message"].split()[-1])
    assert (head.rows, head.at) == (1, clock.now())
    with store.read() as con:
        assert verification.verify(con, against=[head]) == 1
    channel.received.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPOFF_NOW", "2026-01-14T13:00:00")
        settled.execute(CONTEXT)
    assert channel.received == [], "nothing came since"


BOUNDS: Any = intervals(0.0, 11.0)
PREDICTION = Prediction(
    seq=0, league=LEAGUE, season=2026, game_id="g", home_id="a", away_id="b", game_date=date(2026, 1, 13),
    tip_utc=datetime(2026, 1, 14), model="steady", version="v1", champion=True, home_win_prob=0.5, margin=0.0,
    margin_sd=11.0, **BOUNDS, total=None, total_sd=None, data_id="d", features="{}", degraded=None,
    predicted_at=datetime(2026, 1, 13), run_id="r",
)  # fmt: skip
