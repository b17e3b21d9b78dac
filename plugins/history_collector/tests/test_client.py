"""Files over a real HTTP server."""

from __future__ import annotations

import asyncio
import math
import re
import threading
from base64 import b64encode
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
from tipoff.errors import SettingsError
from tipoff_history.client import HistoryClient
from tipoff_history.source import files

LEAGUE = "mens-college-basketball"
ACCESS = Access(requests_per_second=math.inf, attempts=1)


@dataclass
class Server:
    """Serves a folder, and counts what it was asked for."""

    url: str
    asked: Counter[str] = field(default_factory=Counter)
    logins: list[str] = field(default_factory=list)


@pytest.fixture
def server(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    found = Server("")

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            found.asked[self.path.lstrip("/")] += 1
            found.logins.append(self.headers.get("Authorization", ""))

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


def test_a_login_and_a_signature_are_sent_and_stand_nowhere(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    address = server.url.replace("//", "//me:word%2Fof-mine@") + "/games.parquet?sig=a%2Cbcdefg"
    (file,) = files(address)
    assert file.url == f"{server.url}/games.parquet"
    (answer,) = ask(address, [season(file.url, 2019)])
    assert [row["game_id"] for row in rows(answer)] == ["10"]
    assert answer.request.key == f"{server.url}/games.parquet?season=2019"
    assert set(server.asked) == {"games.parquet?sig=a,bcdefg"}
    assert server.logins == ["Basic " + b64encode(b"me:word/of-mine").decode()]
    assert "bcdefg" not in repr(file)
    monkeypatch.setattr("tipoff_history.source._NAME", re.compile("nothing"))
    for wrong in (address, address.replace("%2F", "/"), address.replace("http:", "htp:"), address.replace("%2C", ",")):
        with pytest.raises(SettingsError) as refused:
            files(wrong)
        assert [each for each in ("word", "mine", "bcdefg") if each in str(refused.value)] == []
