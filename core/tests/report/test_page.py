"""The page: complete, self-contained, the same for the same figures, and helpful when there is nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tipoff.plugins import Plugin
from tipoff.report import write
from tipoff.report.bundle import Bundle, Forecast, Game, League, Scored, Side
from tipoff.report.cards import Watched
from tipoff.report.page import day_name, eastern, favourite, figure, percent, points, render, tip
from tipoff.report.read import read
from tipoff.settings import Settings

NOW = datetime(2026, 1, 15)
VOID = {"meta", "br", "hr", "img", "input", "link"}


class Balance(HTMLParser):
    """Fails on a tag that is closed wrongly or never, and collects what a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        names = {name for name, _ in attrs}
        if tag in ("script", "link", "img", "iframe", "object") or any(name.startswith("on") for name in names):
            self.fetched.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "xlink:href")]
        self.fetched += [value or "" for name, value in attrs if name == "href" and not (value or "").startswith("#")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S).split()).replace("&#39;", "'")


def test_the_page_is_whole_and_asks_the_network_for_nothing(played: Settings, tmp_path: Path) -> None:
    path = write(played, tmp_path / "out")
    assert path == tmp_path / "out" / "index.html"
    page = path.read_text()
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert parser.fetched == []
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/)", page)
    assert [each.name for each in path.parent.iterdir()] == ["index.html"]


def test_the_same_figures_give_the_same_bytes(played: Settings) -> None:
    bundle = read(played)
    assert render(bundle) == render(read(played)) == render(bundle)


def test_everything_is_on_the_page(played: Settings) -> None:
    text = text_of(render(read(played)))
    for words in (
        "Men's college basketball", "as of 15 January 2026, 8:00 AM ET", "Tonight: 10 games", "Tomorrow: 10 games",
        "Forecasts of the champion, elo", "All models side by side", "best possible", "closing line",
        "on the same 700 games",
        "Calibration of elo", "Collected up to", "2026-01-14", "Quality checks: 1 of 2 passed", "odd_minutes", "3 rows",
        "Predictions as they were published before the tip, graded", "first champion: elo", "best of &lt;2&gt;",
        "Plugin",
    ):  # fmt: skip
        assert words in text, words


def test_every_chart_has_words_and_a_table(played: Settings) -> None:
    page = render(read(played))
    charts = re.findall(r"<svg (?![^>]*aria-hidden)[^>]*>", page)
    assert len(charts) > 6
    for chart in charts:
        assert 'role="img"' in chart
        assert re.search(r'aria-label="[^"]{20,}"', chart)
    assert page.count("These figures as a table") == 2  # over time, and calibration
    assert page.count("By month, as a table") == 1  # the record, which has too few months for a chart
    assert "currentColor" in page, "charts take the page's colour, light or dark"
    assert "prefers-color-scheme: dark" in page


def test_a_name_from_outside_cannot_break_the_page() -> None:
    plugin = Plugin("<b>evil</b>", "1", "evil", "failed", reason="<script>alert(1)</script>")
    page = render(Bundle(datetime(2026, 1, 15), date(2026, 1, 14), "espn", published=True, plugins=(plugin,)))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_plugins_tasks_stand_before_its_checks() -> None:
    brings = ("collect_games", "check scores_known", "check no_game_twice", "tipoff espn-server")
    there = Plugin("there", "1", "there", "ok", tasks=brings)
    page = render(Bundle(NOW, NOW.date(), "espn", published=True, plugins=(there, Plugin("idle", "1", "idle", "ok"))))
    text = text_of(page)
    assert "collect_games, tipoff espn-server 2 checks scores_known, no_game_twice" in text
    assert "idle 1 ok nothing, with the settings as they are" in text


def test_without_a_published_copy_the_page_says_what_to_do(home: Settings) -> None:
    text = text_of(render(read(home)))
    assert "Nothing has been published yet. Run tipoff collect" in text
    assert "Nothing has been collected yet" in text


def test_an_empty_league_says_what_to_do() -> None:
    league = League("mens-college-basketball", "Men's college basketball")
    text = text_of(render(Bundle(datetime(2026, 1, 15), date(2026, 1, 14), "espn", published=True, leagues=(league,))))
    assert "There are no predictions for today or later" in text
    assert "No model has been tried on past games yet. Run tipoff train" in text
    assert "No published prediction has been graded yet" in text
    assert "No plugin is installed" in text


def test_a_model_that_has_decayed_is_named_and_one_that_has_not_is_not() -> None:
    figures = {"last_day": date(2026, 1, 14), "log_loss": 0.61, "expected": 0.53, "low": 0.02, "high": 0.14}
    sound = Watched("elo", 300, behind=None, decayed=False, **figures)  # type: ignore[arg-type]
    scored = Scored("elo", 300, 0.55, 0.19, 0.7)
    league = League("a-league", "A league", published=(scored,), watched=(sound,))
    shown = Bundle(datetime(2026, 1, 15), date(2026, 1, 14), "espn", published=True, leagues=(league,))
    assert "No model's latest predictions are worse" in text_of(render(shown))
    bad = replace(sound, name="boosting", behind=0.03, decayed=True)
    text = text_of(render(replace(shown, leagues=(replace(league, watched=(bad, sound)),))))
    assert "boosting has decayed. On its latest 300 graded games, up to 2026-01-14, its log loss is 0.6100" in text
    assert "0.0300 behind what the model can say" in text
    assert "elo has decayed" not in text and "No model's latest" not in text


def test_a_file_name_may_be_given(home: Settings, tmp_path: Path) -> None:
    assert write(home, tmp_path / "deep" / "tonight.html") == tmp_path / "deep" / "tonight.html"


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.5, "50 %"), (0.999, ">99 %"), (0.001, "<1 %"), (1.0, "100 %"), (0.0, "0 %"), (None, "–"), (float("nan"), "–")],
)
def test_percent_never_claims_certainty(share: float | None, shown: str) -> None:
    assert percent(share).replace("\u00a0", " ") == shown


def test_figures() -> None:
    assert figure(0.61237) == "0.6124"
    assert figure(None) == figure(float("nan")) == "–"
    assert [points(value) for value in (-13.4, 0.2, -0.2, 10.0, 20.5)] == ["−13", "0", "0", "+10", "+20"]


def test_days_and_times() -> None:
    assert eastern(datetime(2026, 7, 1, 16, 5)) == "1 July 2026, 12:05 PM ET"
    today = date(2026, 1, 15)
    assert [day_name(date(2026, 1, day), today) for day in (15, 16, 17)] == [
        "Tonight",
        "Tomorrow",
        "Saturday, 17 January",
    ]


def game(**changes: Any) -> Game:
    said = Forecast("elo", True, 0.7, 6.4, -7.1, 19.9, datetime(2026, 1, 15))
    made = Game("1", datetime(2026, 1, 16, 0, 0), True, Side("Duke"), Side("Kansas"), False, (said,))
    return replace(made, **changes)


def test_a_games_words() -> None:
    assert tip(game()) == "7:00 PM"
    assert tip(game(tip_known=False)) == "TBA"
    assert favourite(game()) == "Duke by\u00a06.5"
    assert favourite(game(forecasts=(replace(game().forecast, margin=-3.1),))) == "Kansas by\u00a03"
    assert favourite(game(forecasts=(replace(game().forecast, margin=0.1),))) == "even"
