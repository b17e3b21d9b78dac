"""The bundle holds what the published copy says, and compares forecasters on the same games."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tipoff.errors import StoreError, StoreForbidden
from tipoff.report.read import read, title
from tipoff.settings import Settings
from tipoff.warehouse.publish import publish
from tipoff.warehouse.store import Warehouse


def change(settings: Settings, sql: str, **params: object) -> None:
    """Changes the store and publishes it again."""
    store = Warehouse.of(settings)
    with store.write() as con:
        con.execute(sql, params or None).fetchall()
    publish(store, settings.published)


def league(settings: Settings) -> Any:
    return read(settings).leagues[0]


def test_tonight_comes_first_and_the_champion_leads_each_game(played: Settings) -> None:
    days = league(played).days
    assert [(day.day, len(day.games)) for day in days] == [(date(2026, 1, 15), 10), (date(2026, 1, 16), 10)]
    for game in days[0].games:
        assert [said.model for said in game.forecasts] == ["elo", "linear"]
        assert game.forecast.champion
        assert list(game.benchmarks) == ["best possible"]
        assert game.score is None
    tips = [game.tip_utc for game in days[0].games]
    assert tips == sorted(tips)


def test_the_last_word_on_a_game_counts(played: Settings) -> None:
    game = league(played).days[0].games[0]
    change(
        played,
        "INSERT INTO predictions.ledger SELECT * REPLACE (seq + 1000 AS seq, 0.123 AS home_win_prob) "
        "FROM predictions.ledger WHERE game_id = $game AND model = 'elo'",
        game=game.game_id,
    )
    assert league(played).days[0].games[0].forecast.home_win_prob == 0.123


def test_a_finished_game_of_today_shows_its_score(played: Settings) -> None:
    game = league(played).days[0].games[0].game_id
    change(
        played,
        "UPDATE raw.games SET status = 'final', home_score = 80, away_score = 71 WHERE game_id = $game",
        game=game,
    )
    assert league(played).days[0].games[0].score == (80, 71)


def test_forecasters_are_compared_on_the_same_games(played: Settings) -> None:
    found = league(played)
    assert found.compared == 700
    assert [(each.name, each.games) for each in found.same_games] == [
        ("elo", 700), ("linear", 700), ("best possible", 700), ("closing line", 700),
    ]  # fmt: skip
    by_name = {each.name: each for each in found.same_games}
    assert by_name["elo"].champion
    assert by_name["best possible"].benchmark
    assert by_name["best possible"].log_loss < by_name["linear"].log_loss
    assert by_name["best possible"].mae is None, "a probability alone says nothing of the margin"
    assert by_name["closing line"].mae is not None
    assert by_name["closing line"].coverage_80 is None
    coverage = by_name["elo"].coverage_80
    assert coverage is not None
    assert 0.7 < coverage < 0.9


def test_scores_by_period_add_up_to_the_whole(played: Settings) -> None:
    found = league(played)
    assert found.period == "week"
    for series in found.series:
        total = sum(point.games for point in series.points)
        assert total == 700
        mean = sum(point.log_loss * point.games for point in series.points) / total
        assert mean == pytest.approx({each.name: each for each in found.same_games}[series.name].log_loss)


def test_a_benchmark_of_few_games_is_left_out(played: Settings) -> None:
    change(played, "DELETE FROM raw.odds WHERE provider = 'A Book' AND game_id > 'g0200'")
    assert [each.name for each in league(played).same_games] == ["elo", "linear", "best possible"]
    assert league(played).compared == 700


def test_a_benchmark_narrows_the_games_for_all(played: Settings) -> None:
    change(played, "DELETE FROM raw.odds WHERE provider = 'A Book' AND game_id > 'g0600'")
    assert {each.games for each in league(played).same_games} == {601}


def test_only_an_embedded_league_knows_the_truth(played: Settings) -> None:
    real = played.model_copy(update={"source": "espn"})
    assert "espn projection" in [each.name for each in league(real).same_games]


def test_calibration_is_of_the_champion(played: Settings) -> None:
    found = league(played).calibrations[0]
    assert (found.model, found.games) == ("elo", 700)
    assert sum(each.games for each in found.bins) == 700
    for each in found.bins:
        assert 0 <= each.low <= each.forecast <= each.high <= 1


def test_models_and_the_published_record(played: Settings) -> None:
    found = league(played)
    assert [(each.name, each.version, each.champion) for each in found.models] == [
        ("elo", "v1", True), ("linear", "v1", False),
    ]  # fmt: skip
    assert [(each.name, each.games) for each in found.published] == [("elo", 10), ("linear", 10)]
    assert [each.kind for each in found.decisions] == ["first"]


def test_the_latest_look_at_each_model_counts(played: Settings) -> None:
    values = "300, DATE '2026-01-01', DATE '2026-01-14', 0.6, 0.5, 900, 0.02, 0.2, 0, NULL, NULL, NULL"
    for run, decayed, at in (("r1", "false", "2026-01-14"), ("r2", "true", "2026-01-15")):
        change(
            played,
            f"INSERT INTO models.decay VALUES ('mens-college-basketball', 'elo', '{run}', {values}, {decayed}, "
            f"TIMESTAMP '{at}')",
        )
    (found,) = league(played).watched
    assert (found.name, found.games, found.expected, found.behind, found.decayed) == ("elo", 300, 0.5, None, True)


def test_data_and_checks(played: Settings) -> None:
    bundle = read(played)
    (games,) = bundle.freshness
    assert (games.dataset, games.day, games.rows, games.quarantined, games.error) == (
        "games",
        date(2026, 1, 14),
        1234,
        2,
        "",
    )
    assert [(check.name, check.passed) for check in bundle.checks] == [("odd_minutes", False), ("scores_known", True)]


def test_without_a_champion_forecasts_are_shown_all_the_same(played: Settings) -> None:
    change(played, "DELETE FROM models.event")
    found = league(played)
    assert not found.days[0].games[0].forecast.champion
    assert found.models == ()
    assert found.calibrations == ()


def test_a_damaged_copy_is_an_error_that_says_so(played: Settings) -> None:
    played.published.write_bytes(b"not a database")
    with pytest.raises(
        StoreError, match=r"published copy .* cannot be read: .*`tipoff report` publishes it anew"
    ) as told:
        read(played)
    assert "restore" not in str(told.value), "it would put the damaged copy in the store's place"


def test_titles() -> None:
    assert title("mens-college-basketball") == "Men's college basketball"
    assert title("womens-college-basketball") == "Women's college basketball"


def test_a_copy_that_may_be_read_and_not_locked_is_told(played: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", "published.duckdb.lock")

    monkeypatch.setattr("tipoff.warehouse.store.FileLock.acquire", refuse)
    with pytest.raises(StoreForbidden, match=r"its lock `.*published\.duckdb\.lock` cannot be opened \(Permission"):
        read(played)
