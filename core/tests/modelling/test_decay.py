"""A model that has become worse than its backtest is noticed and told once; one that has not is left alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from tipoff.modelling import decay, pipeline
from tipoff.modelling.decisions import Note

from .conftest import LEAGUE, LINE, NOW


@pytest.fixture
def published(toy: Any) -> Any:
    """A trained model whose walk-forward predictions of 2025 were also published and graded."""
    run = toy.with_models(LINE)
    pipeline.register(run, pipeline.evaluate_version(run, pipeline.train(run, "line", pipeline.prepare(run))))
    publish(run, "w.home_win_prob")
    return run


def publish(run: Any, probability: str) -> None:
    """Grades of the games of 2025, as if `probability` (SQL over w and r) had been published."""
    run.sql(
        f"""
        DELETE FROM predictions.grade;
        INSERT INTO predictions.grade
        SELECT row_number() OVER (ORDER BY r.game_date, r.game_id), 1, 'h', r.league, r.season, r.game_id, r.game_date,
            'line', v.version, true, r.home_score, r.away_score, p, r.home_win, 0.0,
            -ln(CASE WHEN r.home_win THEN p ELSE 1 - p END), 0.2, true, true, TIMESTAMP '2025-02-20', 'r', false
        FROM (
            SELECT w.*, {probability} AS p FROM models.walk_forward w JOIN raw.results r USING (league, season, game_id)
        ) w
        JOIN models.version v ON v.spec_id = w.spec_id
        JOIN raw.results r ON r.game_id = w.game_id
        WHERE r.season = 2025
        """
    )


def look(run: Any) -> list[decay.Decay]:
    return decay.look(run.store, LEAGUE)


def test_as_good_as_its_backtest(published: Any) -> None:
    (found,) = look(published)
    assert not found.decayed
    assert (found.model, found.games, found.same_games, found.behind) == ("line", 204, 204, 0.0)
    seasons = published.rows("SELECT count(*) FROM models.walk_forward WHERE season = 2024")
    assert found.expected_games == seasons[0][0] > decay.MIN_GAMES
    assert found.low < found.log_loss - found.expected < found.high


def test_what_was_published_is_worse_than_the_model_can_do(published: Any) -> None:
    publish(published, "0.5 + (w.home_win_prob - 0.5) * 0.3")
    (found,) = look(published)
    assert found.decayed
    assert found.behind is not None and found.behind > 0.05
    assert "on the same 204 games +0." in str(found)


def test_the_league_is_no_longer_what_it_was(published: Any) -> None:
    publish(published, "CASE WHEN hash(r.game_id) % 2 = 0 THEN 0.2 ELSE 0.8 END")
    published.sql("DELETE FROM models.walk_forward WHERE season = 2025")
    (found,) = look(published)
    assert found.decayed and found.behind is None
    assert found.low > decay.WORSE


def test_only_the_latest_games_count(published: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decay, "LATEST", 120)
    (found,) = look(published)
    assert found.games == 120
    (last,) = published.rows("SELECT max(game_date) FROM predictions.grade")[0]
    assert found.last_day == last
    assert found.expected_games < 204, "the same time of the season before"


def test_with_few_games_nothing_is_said(published: Any) -> None:
    published.sql("DELETE FROM predictions.grade WHERE ledger_seq > 99")
    assert look(published) == []
    publish(published, "w.home_win_prob")
    published.sql("DELETE FROM models.walk_forward")
    assert look(published) == []


def test_each_look_is_kept_and_a_runs_second_takes_the_place_of_its_first(published: Any) -> None:
    bad, good = "0.5 + (w.home_win_prob - 0.5) * 0.3", "w.home_win_prob"
    for run_id, probability in (("a", good), ("b", bad), ("b", bad), ("c", bad), ("d", good)):
        publish(published, probability)
        found = look(published)
        with published.store.write() as con:
            decay.record(con, found, Note(run_id, datetime(2025, 2, 20)))
    assert published.rows("SELECT run_id, decayed FROM models.decay ORDER BY run_id") == [
        ("a", False), ("b", True), ("c", True), ("d", False),
    ]  # fmt: skip


def test_grading_looks_too(published: Any) -> None:
    assert pipeline.grade(published) == {"graded": 0, "decayed": {}, "sound": [f"{LEAGUE}, line"], "ungraded": {}}
    publish(published, "0.5 + (w.home_win_prob - 0.5) * 0.3")
    graded: Any = pipeline.grade(published.later(NOW))
    assert list(graded["decayed"]) == [f"{LEAGUE}, line"]
    assert graded["sound"] == []
    assert published.rows("SELECT decayed FROM models.decay") == [(True,)]


@pytest.mark.parametrize(("nats", "decayed"), [(0.008, False), (0.012, True), (0.03, True)])
def test_a_hundredth_of_a_nat_beyond_doubt_is_worth_an_alert(published: Any, nats: float, decayed: bool) -> None:
    """Each game cost so much more than the model can say of it now: there is no doubt about the mean."""
    publish(
        published,
        f"CASE WHEN r.home_win THEN w.home_win_prob * exp(-{nats}) ELSE 1 - (1 - w.home_win_prob) * exp(-{nats}) END",
    )
    (found,) = look(published)
    assert (found.behind, found.behind_low, found.behind_high) == pytest.approx((nats, nats, nats))
    assert found.decayed is decayed


def verdict(low: float, behind_low: float | None) -> bool:
    day = date(2025, 1, 1)
    return decay.Decay(
        "l", "m", 200, day, day, 0.6, 0.5, 300, low, low + 0.1, 200, behind_low, behind_low, behind_low
    ).decayed


def test_either_comparison_is_enough_and_both_have_to_be_beyond_the_limit() -> None:
    assert verdict(0.011, None)
    assert verdict(0.011, -0.2)
    assert verdict(-0.2, 0.011)
    assert not verdict(0.009, None)
    assert not verdict(0.009, 0.009)
    assert not verdict(-0.2, -0.2)


def test_the_same_time_of_year_reaches_a_week_further_at_both_ends(published: Any) -> None:
    published.sql("DELETE FROM predictions.grade WHERE game_date NOT BETWEEN '2025-01-10' AND '2025-01-20'")
    (first, last), *_ = published.rows("SELECT min(game_date), max(game_date) FROM predictions.grade")
    games = published.rows("SELECT count(*) FROM predictions.grade")[0][0]
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(decay, "MIN_GAMES", 10)
        (found,) = look(published)
    expected = published.rows(
        f"SELECT count(*) FROM models.walk_forward WHERE season = 2024 "
        f"AND game_date + 366 BETWEEN DATE '{first}' - 7 AND DATE '{last}' + 7"
    )[0][0]
    assert (found.games, found.expected_games) == (games, expected)
    assert expected > games


def test_exactly_enough_games_are_enough(published: Any) -> None:
    published.sql("DELETE FROM predictions.grade WHERE ledger_seq > 100")
    (found,) = look(published)
    assert (found.games, found.same_games) == (100, 100)
