from __future__ import annotations

import asyncio
from datetime import datetime
from types import TracebackType

import pytest
from tipoff import bounds
from tipoff.collecting import asking
from tipoff.collecting.asking import answers
from tipoff.contracts import Payload, Request
from tipoff.errors import MalformedResponse, PluginError, SourceBusy, SourceRefused, SourceUnavailable

REQUESTS = [Request(f"https://x/{number}") for number in range(8)]


class Source:
    """Answers when told to, in the order in which it is told."""

    def __init__(self, concurrency: int, fails: dict[int, Exception] | None = None) -> None:
        self.concurrency = concurrency
        self.fails = fails or {}
        self.asked: list[int] = []
        self.open = {number: asyncio.Event() for number in range(len(REQUESTS))}

    async def __aenter__(self) -> Source:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def fetch(self, request: Request, league: str) -> Payload:
        number = REQUESTS.index(request)
        self.asked.append(number)
        await self.open[number].wait()
        if number in self.fails:
            raise self.fails[number]
        return Payload(request, b"", datetime(2026, 1, 1), league)

    async def answer(self, *numbers: int) -> None:
        for number in numbers:
            self.open[number].set()
            await settle()


async def settle() -> None:
    """Lets everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def drain(source: Source, found: list[int | str]) -> None:
    async for request, answer in answers(source, REQUESTS, "m"):
        number = REQUESTS.index(request)
        found.append(number if isinstance(answer, Payload) else f"{number}: {answer}")


def test_answers_come_in_the_order_of_the_questions() -> None:
    async def run() -> list[int | str]:
        found: list[int | str] = []
        source = Source(concurrency=3)
        task = asyncio.create_task(drain(source, found))
        await settle()
        assert source.asked == [0, 1, 2]
        await source.answer(2, 1)
        assert found == []
        assert source.asked == [0, 1, 2, 3, 4]
        await source.answer(0)
        assert found == [0, 1, 2]
        await source.answer(*reversed(range(len(REQUESTS))))
        await task
        return found

    assert asyncio.run(run()) == [0, 1, 2, 3, 4, 5, 6, 7]


def test_one_that_failed_is_handed_on_in_its_place() -> None:
    async def run() -> list[int | str]:
        found: list[int | str] = []
        source = Source(concurrency=8, fails={1: MalformedResponse("broken"), 4: SourceUnavailable("down")})
        task = asyncio.create_task(drain(source, found))
        await settle()
        await source.answer(*range(8))
        await task
        return found

    assert asyncio.run(run()) == [0, "1: broken", 2, 3, "4: down", 5, 6, 7]


@pytest.mark.parametrize("error", [SourceRefused("no"), SourceBusy("no")])
def test_a_failure_stops_asking_and_hands_on_what_is_there(error: Exception) -> None:
    async def run() -> None:
        found: list[int | str] = []
        source = Source(concurrency=4, fails={1: error})
        task = asyncio.create_task(drain(source, found))
        await settle()
        await source.answer(2, 1)
        with pytest.raises(type(error), match="no"):
            await source.answer(0)
            await task
        assert found == [0, 2]
        assert source.asked == [0, 1, 2, 3, 4]  # 4 took the place of 2, before 1 failed

    asyncio.run(run())


def test_a_client_that_raises_by_mistake_is_named() -> None:
    async def run() -> None:
        source = Source(concurrency=1, fails={0: KeyError("boom")})
        await source.answer(0)
        with pytest.raises(PluginError, match=r"Source\.fetch`, on `https://x/0`.*KeyError: 'boom'"):
            await drain(source, [])

    asyncio.run(run())


def test_whoever_stops_listening_leaves_nothing_running() -> None:
    async def run() -> int:
        source = Source(concurrency=2)
        task = asyncio.create_task(drain(source, []))
        await settle()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await settle()
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1


class Large(Source):
    """The same with long answers, all of which are there but the first one's."""

    async def fetch(self, request: Request, league: str) -> Payload:
        answer = await super().fetch(request, league)
        return Payload(request, b" " * (asking._LARGE + 1), answer.fetched_at, league)


def test_few_large_answers_are_in_memory_at_once_and_all_come() -> None:
    async def run() -> None:
        found: list[int | str] = []
        source = Large(concurrency=3)
        for number in range(1, 8):
            source.open[number].set()
        listening = asyncio.create_task(drain(source, found))
        await settle()
        assert source.asked == [0, 1, 2], "two wait for the first, and keep their places"
        source.open[0].set()
        await listening
        assert found == [*range(8)]

    asyncio.run(run())


def test_an_answer_that_is_too_large_is_let_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> list[int | str]:
        found: list[int | str] = []
        source = Large(concurrency=1)
        for number in range(8):
            source.open[number].set()
        monkeypatch.setattr(bounds, "TEXT_BYTES", asking._LARGE)
        await drain(source, found)
        return found

    found = asyncio.run(run())
    assert len(found) == 8
    assert all("bytes, and" in str(each) for each in found)
