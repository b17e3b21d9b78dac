"""The models: cards, decisions, and the record by month."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date

from tipoff.report.models import DECISIONS
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


def test_what_a_long_backfill_left_as_it_was_does_not_hide_who_was_champion(played: Settings) -> None:
    change(
        played,
        "INSERT INTO models.event SELECT * EXCLUDE (n) REPLACE (100 + n AS seq, 'kept' AS kind, 'linear' AS model) "
        "FROM models.event, range(60) AS numbers(n) WHERE seq = 3",
    )
    told = read(played, ("models",)).leagues[0].decisions
    assert [each.kind for each in told] == [*["kept"] * DECISIONS, "first"]


def test_the_gates_latest_verdict_on_each_model_is_a_row(played: Settings) -> None:
    figures = {"games": 650, "log_loss": 0.56, "champion_log_loss": 0.55, "difference_low": -0.002}
    for seq, high in ((10, 0.03), (11, 0.022)):
        said = json.dumps(figures | {"difference_high": high})
        change(
            played,
            "INSERT INTO models.event SELECT * REPLACE ($seq AS seq, 'kept' AS kind, 'linear' AS model, $said AS "
            "figures) FROM models.event WHERE seq = 3",
            seq=seq,
            said=said,
        )
    league = read(played, ("models",)).leagues[0]
    (latest,) = league.verdicts
    assert latest.verdict
    assert (latest.model, latest.verdict.games, latest.verdict.high) == ("linear", 650, 0.022)
    assert round(latest.verdict.difference, 9) == 0.01
    page = " ".join(re.sub(r"<[^>]+>", " ", render(read(played, ("models",)), ("models",))).split())
    assert "650 0.5600 0.5500 +0.0100 −0.0020 to +0.0220 the champion stays" in page
    assert "Every decision, with its reason" in page


def test_a_decision_of_a_kind_that_is_not_known_here_is_shown_by_its_own_name(played: Settings) -> None:
    change(
        played,
        "INSERT INTO models.event SELECT * REPLACE (99 AS seq, 'retired' AS kind) FROM models.event WHERE seq = 3",
    )
    assert "retired: <b>elo</b>" in render(read(played, ("models",)), ("models",))
