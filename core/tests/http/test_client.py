from __future__ import annotations

import asyncio
import gzip
import math
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tipoff import clock
from tipoff.contracts import Access, Payload, Request
from tipoff.errors import ClockWrong, MalformedResponse, SettingsError, SourceBusy, SourceRefused, SourceUnavailable
from tipoff.http import client as module
from tipoff.http.client import HttpClient, open_client
from tipoff.http.limiter import Limiter
from tipoff.http.shared import known

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ASK = Request("https://site.api.espn.com/apis/scoreboard", params={"dates": "20260101"})


class Run:
    """Fetches from a real server on the loopback interface, and keeps what was asked and how long was waited."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        self.waited: list[float] = []
        self.now = 0.0
        self.limiter = Limiter(math.inf, 1, Path(), sleep=self.sleep, clock=lambda: self.now)

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def __call__(self, handler: Handler, *requests: Request, **access: Any) -> list[Payload]:
        return asyncio.run(self._run(handler, requests or (ASK,), access))

    async def _run(self, handler: Handler, requests: tuple[Request, ...], access: dict[str, Any]) -> list[Payload]:
        async def keep(request: web.Request) -> web.StreamResponse:
            self.asked.append(request)
            return await handler(request)

        app = web.Application()
        app.router.add_get("/{path:.*}", keep)
        async with TestServer(app) as server:
            settings = {"host": str(server.make_url("/")), **access}
            async with HttpClient(Access(**settings), limiter=self.limiter, sleep=self.sleep) as client:
                return list(await asyncio.gather(*(client.fetch(request, "m") for request in requests)))


@pytest.fixture
def run() -> Run:
    return Run()


def answers(*replies: int | web.Response | tuple[int, dict[str, str]]) -> Handler:
    """A handler that gives each reply once, in order, then ``{}``."""
    left = list(replies)

    async def handler(request: web.Request) -> web.StreamResponse:
        reply = left.pop(0) if left else 200
        if isinstance(reply, web.Response):
            return reply
        status, headers = reply if isinstance(reply, tuple) else (reply, {})
        return web.Response(status=status, headers=headers, text="{}")

    return handler


def test_a_canonical_address_goes_to_the_host_and_stays_in_the_payload(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-02T03:04:05")
    (payload,) = run(answers())
    assert run.asked[0].path_qs == "/apis/scoreboard?dates=20260101"
    assert payload == Payload(ASK, b"{}", datetime(2026, 1, 2, 3, 4, 5), "m", 200)


def test_a_host_may_have_a_path_and_no_host_means_the_address_itself(run: Run) -> None:
    assert HttpClient(Access(host="http://mirror/espn/"))._address(ASK.url) == "http://mirror/espn/apis/scoreboard"
    assert HttpClient(Access(host="mirror"))._address(f"{ASK.url}?limit=5") == "https://mirror/apis/scoreboard?limit=5"
    assert HttpClient(Access(host="mirror"))._address(ASK.url) == "https://mirror/apis/scoreboard"
    assert open_client(Access())._address(ASK.url) == ASK.url


def test_a_source_that_asks_for_quiet_holds_the_next_request_back(run: Run) -> None:
    with pytest.raises(SourceUnavailable):
        run(answers((429, {"Retry-After": "20"})), attempts=1)
    assert run.waited == []
    run(answers())
    assert run.waited == [20]


def test_who_we_say_we_are(run: Run) -> None:
    run(answers())
    run(answers(), user_agent="me/2", api_key="secret")
    assert [request.headers["User-Agent"] for request in run.asked] == [module.USER_AGENT, "me/2"]
    assert module.USER_AGENT.startswith("tipoff/0")
    assert "(+https://" in module.USER_AGENT
    assert run.asked[1].headers["Authorization"] == "Bearer secret"
    assert "Authorization" not in run.asked[0].headers


def test_gzip_is_asked_for_and_undone(run: Run) -> None:
    body = gzip.compress(b"[1]")
    (payload,) = run(answers(web.Response(body=body, headers={"Content-Encoding": "gzip"})))
    assert "gzip" in run.asked[0].headers["Accept-Encoding"]
    assert payload.body == b"[1]"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_trouble_is_tried_again_with_growing_waits(run: Run, status: int) -> None:
    (payload,) = run(answers(status, status, status), attempts=4)
    assert payload.status == 200
    assert len(run.asked) == 4
    assert all(step <= waited <= step + 1 for step, waited in zip([1, 2, 4], run.waited, strict=True))


def test_after_all_attempts_the_source_is_unavailable(run: Run) -> None:
    with pytest.raises(SourceUnavailable, match=r"scoreboard\?dates=20260101` answered 503.*3 attempts"):
        run(answers(503, 503, 503), attempts=3)
    assert len(run.asked) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "17"},
        {"Retry-After": "Fri, 02 Jan 2026 00:00:17 GMT", "Date": "Fri, 02 Jan 2026 00:00:00 GMT"},
    ],
)
def test_retry_after_is_honoured(run: Run, headers: dict[str, str]) -> None:
    run(answers((429, headers)))
    assert run.waited[0] == 17.0


@pytest.mark.parametrize(
    "value", ["soon", "-3", "", "Fri, 99 Jan 2026 00:00:17 GMT", "Fri, 02 Jan 2026 00:00:17 -0000"]
)
def test_a_retry_after_that_says_nothing_is_ignored(run: Run, value: str) -> None:
    run(answers((503, {"Retry-After": value})))
    assert 1 <= run.waited[0] <= 2


def test_a_very_long_retry_after_is_left_to_the_task(run: Run) -> None:
    with pytest.raises(SourceBusy, match="3600 s"):
        run(answers((429, {"Retry-After": "3600"})))
    assert len(run.asked) == 1


def test_a_connection_that_breaks_off_is_tried_again(run: Run) -> None:
    broken = iter([True, False])

    async def handler(request: web.Request) -> web.StreamResponse:
        if next(broken):
            response = web.StreamResponse(headers={"Content-Length": "100"})
            await response.prepare(request)
            await response.write(b"half")
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(text="whole")

    assert run(handler)[0].body == b"whole"


def test_a_server_that_does_not_answer_times_out(run: Run) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(SourceUnavailable, match="TimeoutError"):
        run(handler, timeout_seconds=0.5, attempts=2)
    assert len(run.asked) == 2


def test_nobody_listening_is_unavailable(run: Run) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{free.getsockname()[1]}"  # bound, so that nobody else can listen there
        with pytest.raises(SourceUnavailable, match="ClientConnectorError"):
            run(answers(), host=host, attempts=2)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_stops_at_once_and_says_what_to_do(run: Run, status: int) -> None:
    with pytest.raises(SourceRefused, match="TIPOFF_USER_AGENT"):
        run(answers(status))
    assert len(run.asked) == 1


def test_a_page_of_html_is_told_in_one_line(run: Run) -> None:
    with pytest.raises(SourceRefused, match="answered 403: <HTML> <H1>Access Denied</H1>; it refuses us"):
        run(answers(web.Response(status=403, text="<HTML>\n\t<H1>Access Denied</H1>\n")))


@pytest.mark.parametrize("address", ["https://site.api.espn.com/teams", "http://site.api.espn.com/teams"])
def test_a_proxy_that_wants_a_login_is_no_trouble_of_the_source(run: Run, address: str) -> None:
    """It is asked for a tunnel to an https address, and for the address itself with http."""
    asked = list[bytes]()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def fetch() -> None:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            proxy = f"http://me:word@127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with HttpClient(Access(proxy=proxy), limiter=run.limiter, sleep=run.sleep) as client:
                await client.fetch(Request(address), "m")

    with pytest.raises(SourceRefused, match="TIPOFF_PROXY") as failed:
        asyncio.run(fetch())
    assert "word" not in str(failed.value)
    assert failed.value.by_proxy
    assert len(asked) == 1


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_an_answer_that_no_retry_will_mend(run: Run, status: int) -> None:
    with pytest.raises(MalformedResponse, match=f"answered {status}: {{}}"):
        run(answers(status))
    assert len(run.asked) == 1


def test_a_404_to_an_optional_request_is_an_answer(run: Run) -> None:
    (payload,) = run(answers(404), Request(ASK.url, optional=True))
    assert (payload.status, payload.body) == (404, b"")


def test_an_endless_body_is_cut_off(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BODY_BYTES", 1000)
    with pytest.raises(MalformedResponse, match="more than 1000 bytes"):
        run(answers(web.Response(body=b"x" * 1001)))
    assert len(run(answers(web.Response(body=b"x" * 1000)))[0].body) == 1000


def test_a_host_that_is_no_address_is_a_setting_to_mend(run: Run) -> None:
    with pytest.raises(SettingsError, match="check the connection's host"):
        run(answers(), host="http://[")


def test_no_more_connections_than_agreed(run: Run) -> None:
    under_way, most = 0, 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(20):
            await asyncio.sleep(0)
        under_way -= 1
        return web.Response()

    run(handler, *(Request(f"https://x/{n}") for n in range(20)), max_concurrency=3)
    assert most == 3
    assert len(run.asked) == 20


def dated(*seconds_ago: float, **headers: str) -> Handler:
    """A handler that dates each answer so long ago; the last of them is repeated."""
    left = list(seconds_ago)

    async def handler(request: web.Request) -> web.StreamResponse:
        at = clock._wall() - timedelta(seconds=left.pop(0) if len(left) > 1 else left[0])
        return web.json_response({}, headers={"Date": at.strftime("%a, %d %b %Y %H:%M:%S GMT"), **headers})

    return handler


@pytest.fixture
def by_the_wall(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path))
    monkeypatch.delenv("TIPOFF_NOW", raising=False)


@pytest.mark.usefixtures("by_the_wall")
@pytest.mark.parametrize("off", [3600, -3600, 301 + 2, -301])
def test_a_clock_that_is_far_from_the_sources_is_refused(run: Run, off: float) -> None:
    with pytest.raises(ClockWrong, match=r"clock says .*Z, and the source that answered `https://site.*` says .*Z"):
        run(dated(off))


@pytest.mark.usefixtures("by_the_wall")
def test_a_cache_may_be_old(run: Run) -> None:
    assert run(dated(86_400, Age="86400"))[0].status == 200
    assert run(dated(7200, 0))[0].status == 200, "one that does not tell its age is passed by"
    assert [asked.headers.get("Cache-Control") for asked in run.asked] == [None, None, "no-cache"]


@pytest.mark.usefixtures("by_the_wall")
@pytest.mark.parametrize("off", [0, 290, -290])
def test_clocks_may_differ_a_little(run: Run, off: float) -> None:
    assert run(dated(off))[0].status == 200
    assert len(run.asked) == 1


@pytest.mark.usefixtures("by_the_wall")
@pytest.mark.parametrize("said", ["", "yesterday", "Fri, 02 Jan"])
def test_a_date_that_cannot_be_read_says_nothing(run: Run, said: str) -> None:
    assert run(dated(0, Date=said))[0].status == 200


def test_a_league_may_live_in_its_own_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-15T12:00")
    assert run(dated(0))[0].fetched_at == datetime(2026, 1, 15, 12)


@pytest.mark.parametrize("status", [400, 403, 410, 500])
def test_only_a_404_is_an_answer_to_an_optional_request(run: Run, status: int) -> None:
    with pytest.raises((MalformedResponse, SourceRefused, SourceUnavailable), match=f"answered {status}"):
        run(answers(*[status] * 5), Request(ASK.url, optional=True))


@pytest.mark.parametrize("status", [200, 203, 299])
def test_every_success_is_an_answer(run: Run, status: int) -> None:
    (payload,) = run(answers(web.Response(status=status, text="x")))
    assert (payload.status, payload.body) == (status, b"x")


@pytest.mark.parametrize("status", [300, 304, 399])
def test_what_is_neither_success_nor_failure_is_no_answer(run: Run, status: int) -> None:
    with pytest.raises(MalformedResponse, match=f"answered {status}"):
        run(answers(status))


@pytest.mark.parametrize("status", [501, 505, 599])
def test_whatever_fails_at_the_server_is_passing(run: Run, status: int) -> None:
    assert run(answers(status))[0].status == 200
    assert len(run.asked) == 2


def test_each_host_is_limited_on_its_own_and_a_login_is_no_part_of_its_name(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPOFF_HOME", str(tmp_path))
        client = HttpClient(Access())
        for address in ("https://a.example/x", "https://me:word@a.example/y?z=//b.example", "http://b.example:81/x"):
            client._limiter_of(address)
    assert sorted(each.name for each in (tmp_path / "limits").iterdir()) == ["a.example", "b.example%3A81"]
    assert len(client._limiters) == 2


@pytest.mark.parametrize("host", ["https://me:word@host", "me:word@host/path", "http://me:word@host:80/v1"])
def test_a_login_in_the_address_and_a_key_are_one_too_many(host: str) -> None:
    with pytest.raises(SettingsError, match="leave one of them out"):
        HttpClient(Access(host=host, api_key="key"))
    HttpClient(Access(host=host))
    HttpClient(Access(host="https://host/a@b", api_key="key"))


def test_a_long_error_is_cut_at_two_hundred_characters(run: Run) -> None:
    with pytest.raises(MalformedResponse) as failed:
        run(answers(web.Response(status=400, text="x" * 500)))
    assert str(failed.value).count("x") == 200 + str(ASK.key).count("x") + "; check the request's address".count("x")


@pytest.mark.parametrize(
    ("status", "refused", "trouble"), [(429, 1, 0.0), (408, 0, 0.1), (503, 0, 0.1), (404, 0, 0.0), (403, 0, 0.0)]
)
def test_only_a_429_is_about_the_rate_and_only_failures_are_trouble(
    run: Run, tmp_path: Path, status: int, refused: int, trouble: float
) -> None:
    run.limiter = Limiter(1e9, 4, tmp_path / "host", sleep=run.sleep, clock=lambda: run.now)
    with pytest.raises((MalformedResponse, SourceRefused, SourceUnavailable)):
        run(answers(status), attempts=1)
    (pace,) = known(tmp_path).values()
    assert (pace.refusals, pace.trouble) == pytest.approx((refused, trouble))
