"""Key and logins stay out of what people read, however a source or a proxy repeats them."""

from __future__ import annotations

import asyncio
import math
import traceback
from base64 import b64encode
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tipoff.contracts import Access, Request
from tipoff.errors import TipoffError
from tipoff.http.client import HttpClient
from tipoff.http.secrets import hide, secrets_of, without_login

ASK = Request("http://site.api.espn.com/apis/scoreboard")
LOGIN = "me:pa%24s"
ONCE: Any = {"attempts": 1, "requests_per_second": math.inf}  # a rate would be shared by all of one home
SECRETS = ("k-1", "pa%24s", "pa$s", b64encode(b"me:pa$s").decode())


def test_every_form_of_a_login_is_a_secret_the_longest_first() -> None:
    found = secrets_of(Access(api_key="k-1", proxy=f"http://{LOGIN}@proxy:3128", host="https://source.example/v1"))
    assert set(found) == {*SECRETS, LOGIN, "me:pa$s"}
    assert [len(each) for each in found] == sorted((len(each) for each in found), reverse=True)
    assert hide("Bearer k-1 by me:pa$s", found) == "Bearer *** by ***"


def test_nothing_is_hidden_where_nothing_is_secret() -> None:
    assert secrets_of(Access(host="http://127.0.0.1:8642/a@b", proxy="proxy:3128")) == ()
    assert hide("all of it", ()) == "all of it"


@pytest.mark.parametrize("status", [400, 401, 403, 407, 429, 503])
def test_no_message_repeats_what_an_answer_repeats(status: int) -> None:
    """The proxy is the server here, so it sees the login too, and its answer holds both headers."""
    seen = list[str]()

    async def repeat(request: web.Request) -> web.Response:
        seen.extend(str(request.headers.get(name)) for name in ("Authorization", "Proxy-Authorization"))
        return web.Response(status=status, text=f"{seen} {LOGIN} me:pa$s")

    async def run() -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", repeat)
        async with TestServer(app) as server:
            access = Access(api_key="k-1", proxy=f"http://{LOGIN}@127.0.0.1:{server.port}", **ONCE)
            return await failure(access)

    said = asyncio.run(run())
    assert {"Bearer k-1", f"Basic {SECRETS[-1]}"} <= set(seen)
    assert str(status) in said
    assert "***" in said
    assert [each for each in SECRETS if each in said] == []


@pytest.mark.parametrize("proxy", [f"http://{LOGIN}@127.0.0.1:1", f"http://{LOGIN}@:3128", f"{LOGIN}@127.0.0.1:1"])
def test_no_message_repeats_a_proxy_that_cannot_be_used(proxy: str) -> None:
    said = asyncio.run(failure(Access(api_key="k-1", proxy=proxy, **ONCE)))
    assert [each for each in SECRETS if each in said] == []


async def failure(access: Access) -> str:
    """The whole trace of the error that a fetch ends in, causes included."""
    try:
        async with HttpClient(access) as client:
            await client.fetch(ASK, "m")
    except TipoffError as error:
        return "".join(traceback.format_exception(error))
    raise AssertionError("it was answered")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://me:secret@host/path", "http://***@host/path"),
        ("htp:/me:se/cret@host", "htp:/***@host"),
        ("me:secret@host:8080", "***@host:8080"),
        (["http://me:secret@host"], "***@host']"),
        ("nba", "nba"),
    ],
)
def test_a_login_is_hidden_however_wrong_its_address_is(address: object, shown: str) -> None:
    assert without_login(address) == shown
