"""The games ahead: the line and the total beside the models' forecasts."""

from __future__ import annotations

from typing import Any

import pytest
from tipoff.report.bundle import Line
from tipoff.report.page import line, render
from tipoff.report.read import read
from tipoff.settings import Settings
from tipoff.warehouse.publish import publish
from tipoff.warehouse.store import Warehouse


def first(settings: Settings) -> Any:
    return read(settings, ("tonight",)).leagues[0].days[0].games[0]


def change(settings: Settings, sql: str, **params: object) -> None:
    store = Warehouse.of(settings)
    with store.write() as con:
        con.execute(sql, params or None).fetchall()
    publish(store, settings.published)


def test_the_line_is_the_median_of_the_sportsbooks(played: Settings) -> None:
    game = first(played).game_id
    change(played, "DELETE FROM raw.odds WHERE game_id = $game AND provider = 'A Book'", game=game)
    assert first(played).line is None
    for book, spread in (("A", -3.5), ("B", -4.5), ("C", -9.0)):
        change(
            played,
            "INSERT INTO raw.odds BY NAME SELECT * REPLACE ($book AS provider, $spread AS home_spread_close, 140 AS "
            "total_close, NULL AS home_win_prob) FROM raw.odds WHERE game_id = $game AND provider = 'espn_projection'",
            book=book,
            spread=spread,
            game=game,
        )
    assert first(played).line == Line(margin=4.5, total=140.0, closing=True)
    assert line(first(played)) == f"{first(played).home.name}\u00a0−4.5"


def test_before_it_closes_the_opening_line_counts(played: Settings) -> None:
    game = first(played).game_id
    change(
        played,
        "UPDATE raw.odds SET home_spread_open = 6, home_spread_close = NULL "
        "WHERE provider = 'A Book' AND game_id = $game",
        game=game,
    )
    found = first(played)
    assert found.line == Line(margin=-6.0, total=None, closing=False)
    assert line(found) == f"{found.away.name}\u00a0−6"
    page = render(read(played, ("tonight",)), ("tonight",))
    assert "<small>opening</small>" in page
    assert '<td class="num soft">−6.0</td>' in page, "beside the models"


@pytest.mark.parametrize("total", [141.6, None])
def test_a_total_is_shown_where_there_is_one(played: Settings, total: float | None) -> None:
    change(played, "UPDATE predictions.ledger SET total = $total", total=total)
    assert first(played).forecast.total == total
    assert ("total 142" in render(read(played, ("tonight",)), ("tonight",))) == (total is not None)


def test_what_is_degraded_says_why(played: Settings) -> None:
    change(played, "UPDATE predictions.ledger SET degraded = 'features of `2026-01-13`'")
    page = render(read(played, ("tonight",)), ("tonight",))
    assert '<span class="degraded">degraded</span> features of <code>2026-01-13</code>' in page


@pytest.mark.parametrize("status", ["postponed", "canceled", "forfeited"])
def test_a_game_that_is_called_off_says_so_and_shows_no_forecast(played: Settings, status: str) -> None:
    """It was predicted yesterday, and called off overnight."""
    before = render(read(played, ("tonight",)), ("tonight",))
    game = first(played).game_id
    change(played, "UPDATE raw.games SET status = $status WHERE game_id = $game", status=status, game=game)
    assert first(played).called_off == status
    page = render(read(played, ("tonight",)), ("tonight",))
    assert page.count(f'<td role="cell" class="when">{status}</td>') == 1
    for drawn in ('class="chance', 'class="interval', '<tr><th scope="row">'):
        assert before.count(drawn) - page.count(drawn) == 1, drawn
    change(played, "UPDATE raw.games SET status = $status WHERE game_date >= '2026-01-15'", status=status)
    assert 'class="chance' not in render(read(played, ("tonight",)), ("tonight",))


def test_a_failed_check_that_stops_predictions_stands_above_all(played: Settings) -> None:
    assert "Predictions wait" not in render(read(played, ("tonight",)), ("tonight",))
    change(played, "UPDATE ops.check_result SET passed = false, offenders = 3 WHERE severity = 'block'")
    page = render(read(played, ("tonight",)), ("tonight",))
    assert "Predictions wait.</span>\nThe check <code>scores_known</code>" in page
    assert "found 3 rows that must not be" in page


def test_a_prediction_is_of_the_team_that_it_named(played: Settings) -> None:
    """Home and away were exchanged after it was made."""
    before = first(played)
    change(
        played,
        "UPDATE raw.games SET home_id = away_id, away_id = home_id WHERE game_id = $game",
        game=before.game_id,
    )
    found = first(played)
    assert (found.home.name, found.forecast.margin) == (before.away.name, -before.forecast.margin)
    assert found.forecast.home_win_prob == pytest.approx(1 - before.forecast.home_win_prob)
    assert (found.forecast.low_80, found.forecast.high_80) == (-before.forecast.high_80, -before.forecast.low_80)


def test_an_exhibition_is_shown_without_a_forecast(played: Settings) -> None:
    game = first(played).game_id
    played.published.unlink()  # else it would not give way to a store with fewer predictions
    change(played, "DELETE FROM predictions.ledger WHERE game_id = $game", game=game)
    change(played, "UPDATE raw.games SET exhibition = true WHERE game_id = $game", game=game)
    assert first(played).called_off == "an exhibition"
    assert 'class="when">an exhibition</td>' in render(read(played, ("tonight",)), ("tonight",))
