"""Faults of files through the engine: what is loaded, what a run says, and what the checks find."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tipoff import Collector, MalformedResponse, Window, plugins
from tipoff.collecting.engine import collect
from tipoff.quality.checks import run_checks
from tipoff.settings import Settings
from tipoff.warehouse.store import Warehouse

LEAGUE = "mens-college-basketball"
NOW = datetime(2020, 6, 1, 12)
Record = dict[str, Any]


def games(season: int, count: int = 12, **values: Any) -> list[Record]:
    return [
        {
            "game_id": 401_000_100 + 1000 * (season - 2018) + number,
            "season": season,
            "game_datetime": datetime(season, 2, 2 + number, 1, 30, tzinfo=timezone.utc),
            "home_id": 1,
            "home_team": "One",
            "away_id": 2,
            "away_team": "Two",
            "home_score": 71 + number,
            "away_score": 64,
            "neutral_site": False,
            "same_conf": False,
            "postseason_derived": False,
            "n_ot": 0,
            **values,
        }
        for number in range(count)
    ]


class Home:
    """A folder of files and the store that they are collected into."""

    def __init__(self, path: Path) -> None:
        self.files = path / "files"
        self.files.mkdir()
        self.settings = Settings(home=path / "home", leagues=(LEAGUE,))
        loaded = plugins.load(self.settings)
        ours = tuple(each for each in loaded.collectors if each.name == "history")
        checks = tuple(each for each in loaded.checks if each.name.startswith("history_files"))
        self.registry = replace(loaded, checks=checks, collectors=(*ours, Collector("espn", "espn_api", ())))

    def write(self, name: str, records: list[Record]) -> None:
        pq.write_table(pa.Table.from_pylist(records), self.files / f"{name}.parquet")

    def collect(self, dataset: str) -> Any:
        window = Window(date(2017, 7, 1), NOW.date())
        chosen: Any = {"registry": self.registry, "settings": self.settings, "run_id": "r", "now": NOW}
        (report,) = collect(dataset, window=window, **chosen)
        return report

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in Warehouse.of(self.settings).query(sql).to_pylist()]

    def failing(self) -> dict[str, int]:
        chosen: Any = {"registry": self.registry, "settings": self.settings, "run_id": "r", "now": NOW}
        found = run_checks("raw", **chosen)
        return {
            each.name: each.offenders for each in found if not each.passed and each.name.startswith("history_files")
        }


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("TIPOFF_NOW", NOW.isoformat())
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TIPOFF_HISTORY_SOURCE", str(tmp_path / "files"))
    return Home(tmp_path)


def test_rounded_ids_that_nobody_can_see_are_refused_by_what_they_contradict(home: Home) -> None:
    """As doubles they look like ids of one game."""
    home.write("games_2019", [{**each, "game_id": 4.02e8} for each in games(2019)])
    wanted = r"games_2019\.parquet.*12 of 12 rows for `games`.* 402000000`, whose `\w+` is `"
    with pytest.raises(MalformedResponse, match=wanted):
        home.collect("history_games")
    assert home.query("SELECT count(*) FROM raw.games") == [(0,)]


def test_one_game_that_is_twice_with_other_scores_is_set_aside(home: Home) -> None:
    records = games(2019)
    home.write("games_2019", [*records, {**records[3], "home_score": 99}, records[4]])
    report = home.collect("history_games")
    assert report.quarantined == 1
    assert home.query("SELECT count(*) FROM raw.games") == [(11,)]
    ((path, reason),) = home.query("SELECT path, reason FROM ops.quarantine")
    assert path.endswith(".home_score")
    assert reason.endswith("differ: `74` and `99`")


def test_a_season_that_cannot_be_read_is_told_while_the_others_are_loaded(home: Home) -> None:
    home.write("games_2019", games(2019))
    home.write("games_2020", [{**each, "season": "2019-20"} for each in games(2020)])
    report = home.collect("history_games")
    assert report.failed == 1
    assert home.query("SELECT season, count(*) FROM raw.games GROUP BY ALL") == [(2019, 12)]
    assert home.failing() == {"history_files_unread": 1}
    ((reason,),) = home.query("SELECT reason FROM ops.failed_request")
    assert "games_2020.parquet`, column `season`: `2019-20` is not a season" in reason
    home.write("games_2020", games(2020, 11))
    assert home.collect("history_games").failed == 0
    assert home.failing() == {}


def test_seasons_by_the_year_they_begin_in_fail_with_the_reason(home: Home) -> None:
    home.write("games", [{**each, "season": 2019} for each in games(2020)])
    with pytest.raises(MalformedResponse, match="`2019`, but its day `2020-02-01` is of season `2020`"):
        home.collect("history_games")


def test_what_was_read_into_a_slice_is_said(home: Home) -> None:
    tips = [datetime(2019, 2, 2 + number, 19, 30) for number in range(12)]
    home.write("games_2019", [{**each, "game_datetime": tip} for each, tip in zip(games(2019), tips, strict=True)])
    home.collect("history_games")
    assert home.query("SELECT min(tip_utc), min(game_date) FROM raw.games") == [
        (datetime(2019, 2, 3, 0, 30), date(2019, 2, 2))
    ]
    assert home.failing() == {"history_files_notes": 1}


def test_rows_of_no_game_are_counted(home: Home) -> None:
    home.write("games_2019", games(2019))
    box = {"season": 2019, "team_espn_id": 1, "opp_espn_id": 2, "fga": 60, "tpm": 0, "tpa": 20, "ftm": 1, "fta": 15}
    rest = {"orb": 9, "drb": 26, "ast": 13, "blk": 2, "tov": 12, "pts_match_espn": True}
    shots = [{"pts": 71 + n, "ftm": (71 + n) % 2, "fgm": (71 + n) // 2} for n in range(2, 14)]
    home.write(
        "team_box_2019",
        [
            {**box, **rest, **made, "game_id": str(401_001_100 + n), "game_date": date(2019, 2, 2)}
            for n, made in enumerate(shots, start=2)
        ],
    )
    home.collect("history_games")
    assert home.failing() == {}
    home.collect("history_stats")
    assert home.query("SELECT count(*) FROM raw.team_stats") == [(10,)]
    assert home.query("SELECT unlinked FROM raw.history_files WHERE kind = 'team_box'") == [(2,)]
    assert home.failing() == {"history_files_unlinked": 1}
