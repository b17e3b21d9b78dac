"""The models: cards, decisions, and the record by month."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

from tipoff.report.page import aligned, render
from tipoff.report.read import read
from tipoff.settings import Settings
from tipoff.warehouse.publish import publish
from tipoff.warehouse.store import Warehouse

MODEL = """
    @hookimpl
    def models():
        doc = "Ratings\\n    of <teams>."
        return (Model("elo", (), fit=f"{__name__}:fit", predict=f"{__name__}:predict", doc=doc),)
"""


def change(settings: Settings, sql: str, **params: object) -> None:
    store = Warehouse.of(settings)
    with store.write() as con:
        con.execute(sql, params or None).fetchall()
    publish(store, settings.published)


def test_a_card_tells_what_serves_and_what_it_was_made_from(
    played: Settings, install_plugin: Callable[..., None]
) -> None:
    install_plugin("rater", MODEL)
    spec = json.dumps({"features": {"team_features": "3"}, "params": {"loss": "squared", "rounds": 300}})
    change(played, "UPDATE models.version SET spec = $spec WHERE model = 'elo'", spec=spec)
    change(
        played,
        "INSERT INTO models.evaluation SELECT * REPLACE ('season' AS scope, unnest(['2025', '2026']) AS label) "
        "FROM models.evaluation WHERE model = 'elo'",
    )
    elo, linear = read(played, ("models",)).leagues[0].cards
    assert (elo.model, elo.version, elo.champion, elo.pinned) == ("elo", "v1", True, False)
    assert (elo.doc, linear.doc) == ("Ratings of <teams>.", "")
    assert (elo.games, elo.last_day) == (700, date(2026, 1, 11))
    assert (elo.features, elo.params) == ({"team_features": "3"}, {"loss": "squared", "rounds": "300"})
    assert [(each.label, each.games, each.brier) for each in elo.seasons] == [("2026", 600, 0.19), ("2025", 600, 0.19)]
    page = render(read(played, ("models",)), ("models",))
    assert "Ratings of &lt;teams&gt;." in page
    assert "rounds = <code>300</code>" in page


def test_what_a_person_chose_is_pinned(played: Settings) -> None:
    change(
        played,
        "INSERT INTO models.event SELECT * REPLACE (99 AS seq, 'manual' AS kind, 'linear' AS model, 'mine' AS reason) "
        "FROM models.event WHERE seq = 3",
    )
    league = read(played, ("models",)).leagues[0]
    assert (league.cards[0].model, league.cards[0].champion, league.cards[0].pinned) == ("linear", True, True)
    assert [(each.kind, each.model) for each in league.decisions] == [("manual", "linear"), ("first", "elo")]
    assert "champion, pinned" in render(read(played, ("models",)), ("models",))


def test_the_record_by_month_adds_up_to_the_whole(played: Settings) -> None:
    change(played, "UPDATE predictions.grade SET game_date = '2025-12-30' WHERE game_id < 'g0695'")
    league = read(played, ("accuracy",)).leagues[0]
    assert [each.name for each in league.record] == ["elo", "linear"]
    whole = {each.name: each for each in league.published}
    for series in league.record:
        games = sum(point.games for point in series.points)
        assert games == whole[series.name].games
        assert len(series.points) == 2
        mean = sum(point.accuracy * point.games for point in series.points) / games
        assert abs(mean - whole[series.name].accuracy) < 1e-9
    assert [row[0] for row in aligned(league.record)] == [date(2025, 12, 1), date(2026, 1, 1)]


def test_without_models_the_part_says_what_to_do(played: Settings) -> None:
    for table in ("version", "evaluation", "event"):
        change(played, f"DELETE FROM models.{table}")
    assert "No model has been fitted yet. Run <code>tipoff train</code>" in render(
        read(played, ("models",)), ("models",)
    )
