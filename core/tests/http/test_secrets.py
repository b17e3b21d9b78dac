"""Key and logins stay out of what people read, however a source or a proxy repeats them."""

from __future__ import annotations

import asyncio
import json
import math
import pickle
import traceback
from base64 import b64encode
from copy import deepcopy
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tipoff.address import Address, without_credentials
from tipoff.contracts import Access, Request
from tipoff.errors import Quarantine, SettingsError, TipoffError
from tipoff.http.client import HttpClient
from tipoff.http.secrets import hide, hide_in_body, hide_in_error, secrets_of

ASK = Request("http://site.api.espn.com/apis/scoreboard")
LOGIN = "me:pa%24s"
ONCE: Any = {"attempts": 1, "requests_per_second": math.inf}  # a rate would be shared by all of one home
SECRETS = ("k-1", "pa%24s", "pa$s", b64encode(b"me:pa$s").decode())


def test_every_form_of_a_login_is_a_secret_the_longest_first() -> None:
    found = secrets_of(Access(api_key="k-1", proxy=f"http://{LOGIN}@proxy:3128", host="https://source.example/v1"))
    assert {*SECRETS, LOGIN, "me:pa$s"} <= set(found)
    assert [len(each) for each in found] == sorted((len(each) for each in found), reverse=True)
    assert hide("Bearer k-1 by me:pa$s", found) == "Bearer *** by ***"


def test_a_password_is_hidden_as_it_was_written_and_what_parts_it_from_the_name_is_not() -> None:
    found = secrets_of(Access(proxy="http://me:p%61%24s@proxy:3128"))
    assert {"p%61%24s", "pa$s"} <= set(found)
    assert hide("p%61%24s: pa$s", found) == "***: ***"


@pytest.mark.parametrize(("query", "hidden"), [("raw=true", []), ("sig=a-signature-of-it", ["a-signature-of-it"])])
def test_of_a_query_long_values_are_secret_by_themselves(query: str, hidden: list[str]) -> None:
    found = secrets_of(Access(host=f"https://source.example/v1?{query}"))
    assert query in found
    assert [each for each in query.split("=") if each in found] == hidden


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
    ("login", "header"), [("me:pa%24s", "Basic " + b64encode(b"me:pa$s").decode()), ("tok/en", "Basic dG9rL2VuOg==")]
)
def test_a_source_that_repeats_what_it_was_sent_puts_it_nowhere(login: str, header: str) -> None:
    """Login and signature reach the source, and are hidden in its 200, which says them in every way it can."""
    seen = list[str]()

    async def repeat(request: web.Request) -> web.Response:
        seen.extend((request.headers.get("Authorization", ""), request.query_string))
        return web.json_response({"you": seen, "plain": "Sig/na+ture", "n": 7})

    async def run() -> bytes:
        app = web.Application()
        app.router.add_get("/base/apis/scoreboard", repeat)
        async with TestServer(app) as server:
            host = f"http://{quote(login, safe=':%')}@127.0.0.1:{server.port}/base/?sig=Sig%2Fna%2Bture&v=1"
            async with HttpClient(Access(host=host, **ONCE)) as client:
                return (await client.fetch(Request(ASK.url, {"day": "1"}), "m")).body

    body = asyncio.run(run())
    assert seen[0] == (header if ":" in login else "Basic " + b64encode(login.encode()).decode())
    assert parse_qsl(seen[1]) == [("sig", "Sig/na+ture"), ("v", "1"), ("day", "1")]
    assert [each for each in ("ture", header.partition(" ")[2], "pa$s") if each in body.decode()] == []
    assert json.loads(body)["n"] == 7


def test_a_body_stays_as_long_as_it_was_and_short_secrets_stay_in_it() -> None:
    assert hide_in_body(b'{"a": "my-key-1"}', ("my-key-1", "a"), "k") == b'{"a": "********"}'
    assert hide_in_body(b"Bearer k-1, k-1", ("k-1",), "k") == b"**********, k-1"
    body = b"2026-01-02"
    assert hide_in_body(body, ("2026", "other-key"), "k") is body


@pytest.mark.parametrize("form", ['k/"é-1', r"k\/\"\u00e9-1", "k%2F%22%C3%A9-1", "k%2f%22%C3%A9-1", "k/&quot;é-1"])
def test_a_key_is_known_however_it_is_written(form: str) -> None:
    assert hide(f"<{form}>", secrets_of(Access(api_key='k/"é-1'))) == "<***>"


def test_an_error_says_no_secret_nor_do_its_causes_and_notes() -> None:
    try:
        try:
            raise KeyError("the-key-1")
        except KeyError as cause:
            error = Quarantine("it is the-key-1", "a.b")
            error.add_note("by the-key-1")
            raise error from cause
    except Quarantine as raised:
        hide_in_error(raised, ("the-key-1",))
        said = "".join(traceback.format_exception(raised))
        assert "a.b: it is ***" in said
        assert (raised.reason, raised.__notes__, raised.__cause__) == ("it is ***", ["by ***"], None)


@pytest.mark.parametrize(
    ("text", "shown", "login", "query"),
    [
        ("http://me:pa@ss.example/x?a=1&b=2#c", "http://ss.example/x", "me:pa", "a=1&b=2"),
        ("https://token@h:81", "https://h:81", "token", ""),
        ("me:word@h:81/p", "h:81/p", "me:word", ""),
        ("http://[::1]:80/a@b", "http://[::1]:80/a@b", "", ""),
        ("https://cdn.example/pkg@1.2/f.csv", "https://cdn.example/pkg@1.2/f.csv", "", ""),
        ("", "", "", ""),
    ],
)
def test_an_address_is_parted(text: str, shown: str, login: str, query: str) -> None:
    for found in (Address.of(text), pickle.loads(pickle.dumps(Address.of(text))), deepcopy(Address.of(text))):
        assert (found, found.login, found.query) == (shown, login, query)
        assert repr(found) == repr(shown)


@pytest.mark.parametrize(
    "text",
    [
        "http://me:wo/rd@host",
        "http://me:12/rd@host",
        "http://me:wo?rd@host",
        "http://me:wo#rd@host/x",
        "http://me:w@o/rd@host",
        "me:a://rd@host",
        "http://me:word",
    ],
)
def test_an_address_that_cannot_be_told_from_its_login_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(SettingsError, match=r"write `/` as %2F") as caught:
        Address.of(text)
    assert "rd" not in str(caught.value).replace("read", "")
    assert "wo" not in str(caught.value).partition("in a login")[0]


def test_a_request_and_an_access_are_known_without_logins() -> None:
    asked = Request("https://me:hidden@a.example/feed?week=3", {"p": "1"})
    assert asked.key == "https://a.example/feed?week=3?p=1"
    assert asked == replace(Request("https://a.example/feed?week=3"), params={"p": "1"})
    for access in (Access(host="me:hidden@a.example"), Access(source="http://a.example/x?sig=hidden")):
        assert "hidden" not in repr(access)
        assert any("hidden" in each for each in secrets_of(access))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://me:secret@host/path", "http://***@host/path"),
        ("htp:/me:se/cret@host", "htp:/***@host"),
        ("me:secret@host:8080", "***@host:8080"),
        (["http://me:secret@host"], "***@host']"),
        ("ftp://host/a?sig=secret", "ftp://host/a?***"),
        ("nba", "nba"),
        ("who?", "who?"),
    ],
)
def test_a_login_is_hidden_however_wrong_its_address_is(address: object, shown: str) -> None:
    assert without_credentials(address) == shown
