"""Each kind of chaos as a client meets it, over a real server, and that chaos can be repeated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from tipoff.errors import SettingsError
from tipoff_espn.server import Chaos, League, make_app
from tipoff_espn.server.chaos import KINDS, RENAMES, Kind

SITE = "/apis/site/v2/sports/basketball/mens-college-basketball"
LATE = datetime(2026, 1, 24, 14)
EARLY = datetime(2025, 12, 10, 14)
MONTH = "/scoreboard?dates=202512&groups=50"
DAY = "/scoreboard?dates=20260117&groups=50"
SUMMARY = "/summary?event={event}"

Ask = Callable[..., list[Any]]


class Got:
    """What came: a status, a body and headers, or an error."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str], error: Exception | None) -> None:
        self.status, self.body, self.headers, self.error = status, body, headers, error

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
def ask(simulated: League) -> Ask:
    """``ask(chaos, *paths, now=…, timeout=…)``: the answers to questions put one after another."""

    async def one(client: Any, path: str, timeout: float, agent: str) -> Got:
        try:
            limit = aiohttp.ClientTimeout(total=timeout)
            async with client.get(SITE + path, timeout=limit, headers={"User-Agent": agent}) as response:
                return Got(response.status, await response.read(), dict(response.headers), None)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Got(0, b"", {}, error)

    async def every(chaos: Chaos | None, paths: tuple[str, ...], now: datetime, timeout: float, agent: str) -> Any:
        async with TestClient(TestServer(make_app(simulated, lambda: now, chaos=chaos))) as client:
            return [await one(client, path, timeout, agent) for path in paths]

    def run(
        chaos: Chaos | None, *paths: str, now: datetime = LATE, timeout: float = 20.0, agent: str = "curl/8"
    ) -> list[Got]:
        return list(asyncio.run(every(chaos, paths, now, timeout, agent)))

    return run


def always(*kinds: Kind, **options: Any) -> Chaos:
    return Chaos(rate=1.0, kinds=kinds, **options)


def days(count: int) -> list[str]:
    first = datetime(2025, 11, 10)
    return [f"/scoreboard?dates={first + timedelta(days=n):%Y%m%d}&groups=50&limit=1" for n in range(count)]


# ----------------------------------------------------------------------------------------- on the way


def test_too_many_requests_without_a_time(ask: Ask) -> None:
    (got,) = ask(always("429"), DAY)
    assert got.status == 429
    assert "Retry-After" not in got.headers


def test_too_many_requests_with_a_time_in_seconds_or_as_a_date(ask: Ask) -> None:
    seen = set()
    for got in ask(always("429-retry-after", retry_after=7), *days(12)):
        assert got.status == 429
        asked = got.headers["Retry-After"]
        seen.add(asked.isdecimal())
        if not asked.isdecimal():
            wait = parsedate_to_datetime(asked) - parsedate_to_datetime(got.headers["Date"])
            asked = str(int(wait.total_seconds()))
        assert asked == "7"
    assert seen == {True, False}


def test_errors_of_the_server(ask: Ask) -> None:
    answers = ask(always("5xx"), *days(40))
    assert {got.status for got in answers} == {500, 502, 503, 504}
    assert all(got.body.startswith(b"<HTML>") for got in answers)


def test_a_refusal_is_the_edges_page(ask: Ask) -> None:
    (got,) = ask(always("403"), DAY)
    assert got.status == 403
    assert b"Access Denied" in got.body


def test_agents_that_fell_from_favour_are_refused_always(ask: Ask) -> None:
    chaos = Chaos(rate=0.0, agents=("tipoff/",))
    refused = ask(chaos, DAY, DAY, agent="tipoff/1.0 (+https://example.org)")
    assert [got.status for got in refused] == [403, 403]
    assert [strike.kind for strike in chaos.strikes] == ["403", "403"]
    assert ask(chaos, DAY)[0].status == 200


def test_a_stalled_answer_outlasts_the_clients_patience_and_not_the_server(
    ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    chaos = always("stall", stall_seconds=3600)
    # The server, once it is closed, lets go of both forms: before the headers, and amid the body.
    answers = ask(chaos, *days(8), timeout=0.5)
    assert all(isinstance(got.error, TimeoutError) for got in answers)
    assert len(chaos.strikes) == 8
    assert caplog.records == []


def test_who_waits_gets_a_stalled_answer_whole(ask: Ask) -> None:
    paths = days(8)
    stalled, quiet = ask(always("stall", stall_seconds=0.001), *paths), ask(None, *paths)
    assert [got.body for got in stalled] == [got.body for got in quiet]


def test_resets_before_and_amid_the_answer(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    answers = ask(always("reset"), *days(12))
    assert all(isinstance(got.error, aiohttp.ClientError) for got in answers)
    assert {isinstance(got.error, aiohttp.ClientPayloadError) for got in answers} == {True, False}
    assert caplog.records == []


# ------------------------------------------------------------------------------------------ the contents


def test_truncated_json_comes_as_a_whole_answer(ask: Ask) -> None:
    paths = days(8)
    for got, quiet in zip(ask(always("truncated"), *paths), ask(None, *paths), strict=True):
        assert got.status == 200
        assert 0 < len(got.body) < len(quiet.body)
        assert quiet.body.startswith(got.body)
        with pytest.raises(ValueError, match=r".+"):
            assert got.json


def differences(one: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from differences(one[key], other[key])
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for first, second in zip(one, other, strict=True):
            yield from differences(first, second)
    elif one != other or type(one) is not type(other):
        yield one, other


def test_one_value_has_another_type(ask: Ask) -> None:
    paths = [*days(20), "/teams?limit=500", "/rankings"]
    changed = set()
    for got, quiet in zip(ask(always("mistyped"), *paths), ask(None, *paths), strict=True):
        ((now, before),) = differences(got.json, quiet.json)
        assert type(now) is not type(before)
        changed.add(type(before))
    assert {str, dict, list} <= changed


def test_25_events_and_no_word_about_the_rest(ask: Ask) -> None:
    got, quiet = ask(always("25-events"), MONTH)[0], ask(None, MONTH)[0]
    assert got.json["events"] == quiet.json["events"][:25]
    assert len(quiet.json["events"]) == 100


def test_a_kind_that_an_answer_does_not_allow_gives_way_or_leaves_it_alone(ask: Ask) -> None:
    few = days(1)[0]
    alone, with_another = always("25-events"), always("25-events", "429")
    (got,), (quiet,) = ask(alone, few), ask(None, few)
    assert got.body == quiet.body
    assert alone.strikes == []
    assert ask(with_another, few)[0].status == 429
    assert [strike.kind for strike in with_another.strikes] == ["429"]


def test_what_is_not_there_stays_so(ask: Ask) -> None:
    assert ask(always("mistyped", "truncated"), "/summary?event=1")[0].status == 404


def test_a_day_is_incomplete_and_later_complete(ask: Ask) -> None:
    chaos = always("incomplete", first=1)
    once, again = ask(chaos, DAY, DAY)
    assert again.body == ask(None, DAY)[0].body
    whole = again.json["events"]
    assert len(whole) // 2 <= len(once.json["events"]) < len(whole)
    assert [event for event in whole if event in once.json["events"]] == once.json["events"]


def test_duplicates(ask: Ask) -> None:
    for path in (DAY, "/rankings", "/teams?limit=500"):
        assert len(ask(always("duplicates"), path)[0].body) > len(ask(None, path)[0].body)
    events = ask(always("duplicates"), DAY)[0].json["events"]
    ids = [event["id"] for event in events]
    assert 1 <= len(ids) - len(set(ids)) <= 3
    assert set(ids) == {event["id"] for event in ask(None, DAY)[0].json["events"]}


def test_a_key_has_another_name_from_mid_season_on(ask: Ask) -> None:
    chaos = always("renamed")
    (early,) = ask(chaos, DAY, now=EARLY)
    assert early.body == ask(None, DAY, now=EARLY)[0].body
    assert chaos.strikes == []
    found = set()
    for got in ask(chaos, DAY, DAY, "/scoreboard?dates=20260110&groups=50"):
        text = got.body.decode()
        found.add(tuple(old for old, new in RENAMES.items() if f'"{old}":' not in text and f'"{new}":' in text))
    # Everywhere in a day, on each day, and each time the same.
    ((renamed,),) = found
    quiet = ask(None, DAY)[0].body.decode()
    assert f'"{renamed}":' in quiet


def test_which_key_is_renamed_can_be_chosen(ask: Ask) -> None:
    (got,) = ask(always("renamed", renames={"score": "points"}), DAY)
    sides = [side for event in got.json["events"] for side in event["competitions"][0]["competitors"]]
    assert sides
    assert all("points" in side and "score" not in side for side in sides)


def test_a_compressed_answer_is_spoilt_too(ask: Ask) -> None:
    (got,) = ask(always("25-events"), MONTH)
    assert got.headers["Content-Encoding"] == "gzip"
    assert len(got.json["events"]) == 25


# -------------------------------------------------------------------------------------------- the draws


def fates(chaos: Chaos) -> dict[tuple[str, int], str]:
    return {(strike.request, strike.asked): strike.kind for strike in chaos.strikes}


QUICK: tuple[Kind, ...] = ("429", "5xx", "403", "truncated", "duplicates")


def test_the_same_questions_meet_the_same_fate_in_whatever_order(ask: Ask) -> None:
    one, other, third = (Chaos(seed=seed, rate=0.3, kinds=QUICK) for seed in (4, 4, 5))
    paths = days(60)
    first = ask(one, *paths, *paths)
    second = ask(other, *reversed(paths), *reversed(paths))
    assert {got.body for got in first} == {got.body for got in second}
    assert fates(one) == fates(other)
    assert {asked for _, asked in fates(one)} == {0, 1}
    ask(third, *paths, *paths)
    assert fates(third) != fates(one)


def test_a_fate_is_the_same_in_each_process_and_version(ask: Ask) -> None:
    chaos = Chaos(seed=1, rate=0.3, kinds=QUICK)
    ask(chaos, *days(10))
    struck = [(strike.request.partition("dates=")[2][:8], strike.kind) for strike in chaos.strikes]
    assert struck == [("20251113", "5xx"), ("20251116", "duplicates"), ("20251118", "403")]


def test_the_order_of_parameters_makes_no_other_request(ask: Ask) -> None:
    chaos = always("429")
    ask(chaos, "/scoreboard?groups=50&dates=20260117", DAY)
    assert [strike.asked for strike in chaos.strikes] == [0, 1]
    assert len({strike.request for strike in chaos.strikes}) == 1


def test_the_rate_is_a_share_of_the_requests_and_asking_again_helps(ask: Ask) -> None:
    chaos = Chaos(rate=0.25, kinds=("429",))
    paths = [f"/teams/{number}" for number in range(800)]
    ask(chaos, *paths)
    # Four standard deviations of a binomial.
    assert abs(len(chaos.strikes) - 200) < 4 * (800 * 0.25 * 0.75) ** 0.5
    struck = [strike.request.removeprefix(SITE) for strike in chaos.strikes]
    again = ask(chaos, *struck)
    assert 0 < sum(got.status == 429 for got in again) < len(struck) / 2


def test_each_kind_comes_up(ask: Ask) -> None:
    chaos = Chaos(rate=1.0, stall_seconds=0.001)
    ask(chaos, *[MONTH + f"&limit={limit}" for limit in range(26, 96)])
    assert {strike.kind for strike in chaos.strikes} == set(KINDS)


def test_without_a_draw_nothing_changes(ask: Ask) -> None:
    chaos = Chaos(rate=0.0)
    assert [got.body for got in ask(chaos, DAY, MONTH)] == [got.body for got in ask(None, DAY, MONTH)]
    assert chaos.strikes == []


def test_counts_go_on_where_the_log_ends(ask: Ask, tmp_path: Path) -> None:
    log = tmp_path / "home" / "chaos.jsonl"
    assert ask(always("429", first=2, log=log), DAY)[0].status == 429
    # As in another process, with the same file.
    assert [got.status for got in ask(always("429", first=2, log=log), DAY, DAY)] == [429, 200]
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["asked"], line["kind"]) for line in lines] == [(0, "429"), (1, "429")]
    assert lines[0]["request"] == f"{SITE}/scoreboard?dates=20260117&groups=50"


@pytest.mark.parametrize(
    ("options", "message"),
    [({"rate": 1.5}, "`1.5`"), ({"kinds": ("bad-luck",)}, "`bad-luck` is no kind"), ({"kinds": ()}, "one or more")],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Chaos(**options)
