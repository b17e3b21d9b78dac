"""Files over a real HTTP server."""

from __future__ import annotations

import asyncio
import math
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tipoff import Access, MalformedResponse, Payload, Request
from tipoff_history.client import HistoryClient
from tipoff_history.source import files

LEAGUE = "mens-college-basketball"
ACCESS = Access(requests_per_second=math.inf, attempts=1)


@dataclass
class Server:
    """Serves a folder, and counts what it was asked for."""

    url: str
    asked: Counter[str] = field(default_factory=Counter)


@pytest.fixture
def server(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    found = Server("")

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            found.asked[self.path.lstrip("/")] += 1

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    found.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield found
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def ask(source: str, requests: Sequence[Request]) -> list[Payload]:
    async def fetch() -> list[Payload]:
        async with HistoryClient(ACCESS, files(source)) as client:
            return list(await asyncio.gather(*(client.fetch(request, LEAGUE) for request in requests)))

    return asyncio.run(fetch())


def rows(payload: Payload) -> list[dict[str, Any]]:
    return list(pa.ipc.open_stream(payload.body).read_all().to_pylist())


def season(url: str, year: int, **values: Any) -> Request:
    return Request(url, {"season": str(year)}, **values)


def test_an_answer_is_a_season_of_a_file(folder: Path) -> None:
    url = (folder / "games.parquet").as_uri()
    first, whole = ask(str(folder), [season(url, 2019), Request(url)])
    assert [row["game_id"] for row in rows(first)] == ["10"]
    assert [row["game_id"] for row in rows(whole)] == ["10", "11"]


def test_a_url_gives_what_the_file_gives_and_is_asked_for_once(folder: Path, server: Server) -> None:
    names = ("games", "team_box", "rosters_ncaa", "team_conferences")
    urls = [f"{server.url}/{name}.parquet" for name in names]
    far = ask(",".join(urls), [season(url, year) for url in urls for year in (2019, 2020)])
    paths = [(folder / f"{name}.parquet").as_uri() for name in names]
    near = ask(str(folder), [season(url, year) for url in paths for year in (2019, 2020)])
    assert [rows(payload) for payload in far] == [rows(payload) for payload in near]
    assert server.asked == {f"{name}.parquet": 1 for name in names}


def test_a_file_that_is_not_published_yet_is_no_failure(server: Server) -> None:
    url = f"{server.url}/mbb_schedule_2021.parquet"
    (answer,) = ask(url, [season(url, 2021, optional=True)])
    assert (answer.status, answer.body) == (404, b"")
    with pytest.raises(MalformedResponse, match="is not there"):
        ask(url, [season(url, 2021)])


def test_a_file_that_is_no_longer_named_is_refused(folder: Path) -> None:
    with pytest.raises(MalformedResponse, match="is no longer in TIPOFF_HISTORY_SOURCE"):
        ask(str(folder), [Request("file:///elsewhere/games.parquet")])


def test_rosters_say_who_and_where(folder: Path) -> None:
    url = (folder / "rosters_ncaa.parquet").as_uri()
    first, second = ask(str(folder), [season(url, 2019), season(url, 2020)])
    found = [(row["player_id"], row["athlete_id"], row["espn_team_id"]) for row in [*rows(first), *rows(second)]]
    assert found == [("100", "ncaa:100", "1"), ("101", "ncaa:101", "2"), ("200", "ncaa:100", "1")]
