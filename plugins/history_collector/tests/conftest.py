"""A folder of published seasons, as small as the parsers allow."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tipoff import Access, Bad, Payload, Request, Row
from tipoff.testing import installed
from tipoff_history.client import HistoryClient
from tipoff_history.parse import games, odds, rosters, stats, teams
from tipoff_history.source import files

LEAGUE = "mens-college-basketball"

Record = dict[str, Any]


@pytest.fixture(scope="session", autouse=True)
def _installed_plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The plugin, found as if it were installed."""
    with installed("history", "tipoff_history.plugin", tmp_path_factory.mktemp("site")):
        yield


def game(game_id: int, day: date, home: int = 1, away: int = 2, **values: Any) -> Record:
    """A game of `games`; by default team 1 beat team 2 at home by 71 to 64."""
    return {
        "game_id": game_id,
        "season": day.year + (day.month > 6),
        "game_datetime": datetime(day.year, day.month, day.day, 23, 30, tzinfo=timezone.utc),
        "home_id": home,
        "home_team": f"Team {home}",
        "away_id": away,
        "away_team": f"Team {away}",
        "home_score": 71,
        "away_score": 64,
        "neutral_site": False,
        "home_conf": "ACC",
        "away_conf": "SEC",
        "same_conf": False,
        "postseason_derived": False,
        "n_ot": 0,
        **values,
    }


TWELVE_GAMES = [game(401_000_100 + n, date(2019, 2, 2 + n), home_team="One", away_team="Two") for n in range(12)]
"""On as many days, of ids as long as ESPN's."""


def box(game_id: int | None, day: date, team: int | None = 1, opponent: int | None = 2, **values: Any) -> Record:
    """A team's figures of `team_box`, 71 points by default."""
    return {
        "game_id": game_id,
        "season": day.year + (day.month > 6),
        "game_date": day,
        "team": f"Name {team}",
        "is_home": True,
        "team_espn_id": team,
        "opp_espn_id": opponent,
        "pts": 71,
        "fgm": 27,
        "fga": 60,
        "tpm": 6,
        "tpa": 20,
        "ftm": 11,
        "fta": 15,
        "orb": 9,
        "drb": 26,
        "ast": 13,
        "blk": 2,
        "tov": 12,
        "pts_match_espn": True,
        **values,
    }


def player(season: int, player_id: str, team_id: str = "n1", **values: Any) -> Record:
    """A player-season of `rosters_ncaa`."""
    return {
        "season": season,
        "team_id": team_id,
        "team": "One",
        "player_id": player_id,
        "name": "Ann Other",
        "jersey": "7",
        "class": "Fr.",
        "position": "G",
        "ht_inches": 73.0,
        "gp": 30,
        "gs": 12,
        **values,
    }


def member(season: int, espn: int, ncaa: str, **values: Any) -> Record:
    """A team-season of `team_conferences`."""
    names = {"ncaa_name": {1: "One", 2: "Two"}.get(espn, f"No. {espn}"), "conference": "ACC"}
    return {"season": season, "espn_team_id": espn, "ncaa_team_id": ncaa, **names, **values}


PARSE = {
    **dict.fromkeys(("games", "mbb_schedule"), games.parse),
    **dict.fromkeys(("team_box", "player_box"), stats.parse),
    **dict.fromkeys(("teams", "team_conferences"), teams.parse),
    "rosters_ncaa": rosters.parse,
    "odds_close_by_game": odds.parse,
}

FEBRUARY = date(2019, 2, 2)
MARCH = date(2020, 3, 3)


def seasons() -> dict[str, list[Record]]:
    """Two seasons of two teams, in the layout of recorded seasons."""
    return {
        "games": [game(10, FEBRUARY), game(11, MARCH, home=2, away=1)],
        "team_box": [
            box(10, FEBRUARY),
            box(10, FEBRUARY, 2, 1, pts=64, ftm=4),
            box(11, MARCH, 2, 1),
            box(11, MARCH, 1, 2, pts=64, ftm=4),
        ],
        "team_conferences": [member(2019, 1, "n1"), member(2019, 2, "n2"), member(2020, 1, "m1")],
        "teams": [{"espn_team_id": 1, "name": "Team 1"}, {"espn_team_id": 2, "name": "Team 2"}],
        "rosters_ncaa": [
            player(2019, "100"),
            player(2019, "101", "n2", team="Two", name="Max Minor"),
            player(2020, "200", "m1", **{"class": "So."}, gp=3, gs=1),
        ],
        "odds_close_by_game": [
            {"game_id": 10, "season": 2019, "home_spread_close": -6.5, "source_range": 0.5, "total_close": 140.0},
            {"game_id": 11, "season": 2020, "home_spread_close": -3.0, "source_range": 8.5, "total_close": 141.0},
        ],
    }


def write(folder: Path, files: Mapping[str, list[Record]]) -> Path:
    """Writes each table as Parquet; returns the folder."""
    folder.mkdir(exist_ok=True)
    for name, rows in files.items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The two seasons as files, which the setting names."""
    made = write(tmp_path / "published", seasons())
    monkeypatch.setenv("TIPOFF_HISTORY_SOURCE", str(made))
    return made


@pytest.fixture
def slice_of() -> Callable[..., Payload]:
    """``slice_of(kind, *records, fetched_at=…)``: the answer with these records."""

    def make(kind: str, *records: Record, fetched_at: datetime = datetime(2026, 1, 16)) -> Payload:
        sink = pa.BufferOutputStream()
        table = pa.Table.from_pylist(list(records))
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        request = Request(f"file:///{kind}.parquet", {"season": "2019"}, {"kind": kind, "version": "1-2"})
        return Payload(request, sink.getvalue().to_pybytes(), fetched_at, LEAGUE)

    return make


def text(records: Sequence[Record], separator: str = ",") -> str:
    """Records as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(records[0]), delimiter=separator, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({k: v.isoformat() if isinstance(v, datetime) else v for k, v in record.items()})
    return out.getvalue()


class Published:
    """A folder of files, read as the collector does, on a day after their seasons."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, content: bytes | str | list[Record] | pa.Table) -> None:
        """A file: bytes and text as they are, records and tables in the form that the name says."""
        if isinstance(content, list):
            content = text(content) if name.endswith(".csv") else pa.Table.from_pylist(content)
        if isinstance(content, pa.Table):
            pq.write_table(content, self.path / name)
        else:
            (self.path / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, kind: str, season: int = 2019) -> tuple[Callable[[str], list[Record]], list[Bad]]:
        """Rows of the one file of a kind, by table, and what is set aside."""
        found = files(str(self.path))
        (file,) = [each for each in found if each.kind == kind]
        request = Request(file.url, {"season": str(season)}, {"kind": kind, "version": "1"})

        async def ask() -> Payload:
            async with HistoryClient(Access(), found) as client:
                return await client.fetch(request, LEAGUE)

        answer = asyncio.run(ask())
        parsed = list(PARSE[kind](Payload(request, answer.body, datetime(2020, 6, 1), LEAGUE)))

        def rows(table: str) -> list[Record]:
            return [dict(each.values) for each in parsed if isinstance(each, Row) and each.table == table]

        return rows, [each for each in parsed if isinstance(each, Bad)]


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    """An empty folder of files."""
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    (tmp_path / "files").mkdir()
    return Published(tmp_path / "files")
