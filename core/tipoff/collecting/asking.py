"""Asking a source many questions at once, and handing the answers on in the order of the questions.

The order makes a run repeatable: where two answers give the same row, it is always the later question's that
stands, however the network dealt with them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Final

from tipoff import bounds
from tipoff.collecting.boundary import plugin_boundary
from tipoff.collecting.failures import Failure
from tipoff.contracts import Client, Payload, Request
from tipoff.errors import MalformedResponse, SourceBusy, SourceUnavailable
from tipoff.http.secrets import hide_in_body, hide_in_error

_AHEAD: Final = 4
"""Answers that may wait for a slower one before them, for each request that may be under way."""

_LARGE: Final = 4 * 1024 * 1024
"""Bytes of an answer that keeps its place until it is handed on, so that few of its kind are in memory at once. Places
are given in the order of the questions, so the one that all wait for has its own."""


async def answers(
    client: Client, requests: Sequence[Request], league: str, secrets: Sequence[str] = ()
) -> AsyncGenerator[tuple[Request, Payload | Failure], None]:
    """Each request with its answer, in order; `MalformedResponse` takes the place of one that is unusable, and
    `SourceUnavailable` of one that did not come.

    What a source or a client repeats of `secrets` is hidden, in answers and in errors.

    Any other error stops it: no further request is sent, the answers that are there already are handed on, and
    the error is raised.
    """
    slots = asyncio.Semaphore(client.concurrency)
    failures: list[Exception] = []

    async def ask(request: Request) -> Payload | Failure:
        await slots.acquire()
        answer = None
        try:
            if failures:
                raise failures[0]
            try:
                with plugin_boundary(f"{type(client).__name__}.fetch", request.key):
                    found = await client.fetch(request, league)
                    bounds.check_size(found)
                    answer = _without(secrets, request, found)
                return answer
            except Exception as error:
                hide_in_error(error, secrets)
                if isinstance(error, MalformedResponse | SourceUnavailable) and not isinstance(error, SourceBusy):
                    return error
                failures.append(error)
                raise
        finally:
            if not _is_large(answer):
                slots.release()

    waiting = iter(requests)
    under_way: deque[tuple[Request, asyncio.Task[Payload | Failure]]] = deque()
    try:
        while True:
            while len(under_way) < _AHEAD * client.concurrency and (request := next(waiting, None)) is not None:
                under_way.append((request, asyncio.create_task(ask(request))))
            if not under_way:
                return
            request, task = under_way[0]
            await asyncio.wait([task])
            if task.exception() is not None:
                break
            under_way.popleft()
            yield request, task.result()
            if _is_large(task.result()):
                slots.release()
        for request, task in under_way:
            if task.done() and task.exception() is None:
                yield request, task.result()
        raise failures[0]
    finally:
        for _, task in under_way:
            task.cancel()
        await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)


def _without(secrets: Sequence[str], request: Request, answer: Payload) -> Payload:
    """An answer as it may be kept; a client of a plugin's may have written the key into the request, too."""
    if any(secret in f"{answer.request.key} {dict(answer.request.context)}" for secret in secrets):
        answer = replace(answer, request=request)
    body = hide_in_body(answer.body, secrets, request.key)
    return answer if body is answer.body else replace(answer, body=body)


def _is_large(answer: Payload | Failure | None) -> bool:
    return isinstance(answer, Payload) and len(answer.body) > _LARGE
