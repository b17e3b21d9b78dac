"""Core's HTTP client: a few requests at a time, at a pace that the source bears, retried, and honest about failures.

| answer                                | what comes of it                                             |
|---------------------------------------|--------------------------------------------------------------|
| 2xx                                   | a `Payload`                                                  |
| 404 to an optional request            | a `Payload` with status 404 and an empty body                |
| network error, timeout, 408, 429, 5xx | tried again, `Retry-After` honoured; then `SourceUnavailable` |
| the same with a very long `Retry-After` | `SourceBusy` at once                                       |
| 401, 403, and 407 from a proxy        | `SourceRefused` at once                                      |
| any other                             | `MalformedResponse` at once                                  |

Answers are stamped with the machine's clock, unless a league lives in its own time (`tipoff.clock`). Where an answer's
``Date`` is more than five minutes away from it, also when caches are passed by, that is `ClockWrong`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import aiohttp
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

import tipoff
from tipoff import clock, settings
from tipoff.address import Address
from tipoff.bounds import BODY_BYTES
from tipoff.contracts import Access, Payload, Request
from tipoff.disk import within
from tipoff.errors import ClockWrong, MalformedResponse, SettingsError, SourceBusy, SourceRefused, SourceUnavailable
from tipoff.http.limiter import LONGEST_WAIT, Limiter, Turn
from tipoff.http.secrets import hide, hide_in_body, secrets_in, secrets_of
from tipoff.http.sent import TOLERATED, ahead

if TYPE_CHECKING:
    from types import TracebackType

USER_AGENT: Final = f"tipoff/{tipoff.__version__} (+https://tipoff.invalid)"
"""What we call ourselves. ESPN's edge refuses browsers' names and a bare ``Name/1.0``, but not one with an address."""

_REFUSALS: Final = (401, 403, 407)

_backoff = wait_exponential_jitter(initial=1.0, max=30.0, jitter=1.0)


def open_client(access: Access) -> HttpClient:
    """The client for `access`; an async context manager."""
    return HttpClient(access)


class HttpClient:
    """One source over HTTP, as `tipoff.contracts.Client` asks.

    Args:
        access: limits, credentials and, where ``host`` is set, the server that stands in for every host:
            a canonical address keeps its path and query and is sent there.
        limiter: when requests may start, whatever the host; for tests. One a host unless given.
        sleep: how retries wait; for tests.
    """

    def __init__(
        self,
        access: Access,
        *,
        limiter: Limiter | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._access = access
        self._secrets = secrets_of(access)
        self._limiter = limiter
        self._limiters: dict[str, Limiter] = {}
        self._session: aiohttp.ClientSession | None = None
        host = Address.of(access.host)  # as it is already, which its type does not say
        shown = host.rstrip("/")
        self._host = Address(shown if not shown or "://" in shown else f"https://{shown}", host.login, host.query)
        if access.api_key and host.login:
            raise SettingsError(
                "the source's address holds a login and there is an API key, too; leave one of them out: the login in "
                "TIPOFF_SOURCE or the connection's host, or the key"
            )
        proxy = access.proxy
        self._proxy = proxy if not proxy or "://" in proxy else f"http://{proxy}"
        self._retrying = AsyncRetrying(
            stop=stop_after_attempt(access.attempts),
            wait=_wait,
            retry=retry_if_exception(lambda error: isinstance(error, _Passing) and error.wait <= LONGEST_WAIT),
            sleep=sleep,
            reraise=True,
        )

    async def __aenter__(self) -> HttpClient:
        headers = {"User-Agent": self._access.user_agent or USER_AGENT}
        if self._access.api_key:
            headers["Authorization"] = f"Bearer {self._access.api_key}"
        self._session = aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=self._access.timeout_seconds),
            connector=aiohttp.TCPConnector(limit=self._access.max_concurrency),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def concurrency(self) -> int:
        """How many requests may be under way at once."""
        return self._access.max_concurrency

    async def fetch(self, request: Request, league: str) -> Payload:
        """The answer; see `tipoff.contracts.Client.fetch`."""
        try:
            return await self._retrying(self._once, request, league)
        except _Passing as error:
            if error.wait > LONGEST_WAIT:
                raise SourceBusy(
                    f"{error}; it asks for a pause of {error.wait:g} s; run the task again after that"
                ) from error
            raise SourceUnavailable(
                f"{error}; given up after {self._access.attempts} attempts; run the task again later"
            ) from error

    async def _once(self, request: Request, league: str, past_caches: bool = False) -> Payload:
        if self._session is None:
            raise RuntimeError("open the client with `async with` before fetching")
        address = self._address(request.url)
        secrets = self._secrets + secrets_in(address)
        headers = {"Cache-Control": "no-cache"} if past_caches else {}
        if address.login:
            headers["Authorization"] = address.authorization
        whole = f"{address}{'&' if '?' in address else '?'}{address.query}" if address.query else str(address)
        async with self._limiter_of(address).turn() as turn:
            try:
                async with self._session.get(
                    whole, params=dict(request.params), proxy=self._proxy or None, headers=headers
                ) as response:
                    body = hide_in_body(await _body(response, request), secrets, request.key)
                    fetched_at = clock.now()
            except aiohttp.InvalidURL as error:
                # Without its cause, here and below: that may hold what is hidden.
                said = hide(f"`{error.url}`", secrets)
                raise SettingsError(f"{said} is not an address; check the connection's host and proxy") from None
            except (aiohttp.ClientError, TimeoutError) as error:
                if isinstance(error, aiohttp.ClientHttpProxyError) and error.status == 407:
                    raise _failure(request, error.status, hide(error.message, secrets), 0.0) from None
                turn.failed()
                said = hide(f"{type(error).__name__} {error}".rstrip(), secrets)
                raise _Passing(f"`{request.key}`: {said}") from None
            wait = _tell(turn, response)
        if _is_answer(request, response.status) and _is_off(response, fetched_at):
            if past_caches or ahead(response.headers, fetched_at) < timedelta():
                raise _clock_wrong(request, response, fetched_at)
            return await self._once(request, league, past_caches=True)  # a cache may have kept its age to itself
        if 200 <= response.status < 300:
            return Payload(request, body, fetched_at, league, response.status)
        if response.status == 404 and request.optional:
            return Payload(request, b"", fetched_at, league, 404)
        # A source may repeat what it was sent.
        raise _failure(request, response.status, hide(body.decode(errors="replace"), secrets), wait)

    def _limiter_of(self, address: str) -> Limiter:
        if self._limiter is not None:
            return self._limiter
        host = quote(address.partition("://")[2].partition("/")[0].rpartition("@")[2], safe="")
        if host not in self._limiters:
            folder = within(settings.load().home / "limits", host or "_")
            self._limiters[host] = Limiter(self._access.requests_per_second, self._access.max_concurrency, folder)
        return self._limiters[host]

    def _address(self, url: str) -> Address:
        if not self._host:
            return Address.of(url, signed=False)
        path = Address.of(url, signed=False).partition("://")[2].partition("/")[2]
        return Address(f"{self._host}/{path}", self._host.login, self._host.query)


def _tell(turn: Turn, response: aiohttp.ClientResponse) -> float:
    """Tells the limiter what came; returns the seconds of quiet that the source asks for."""
    if response.status in _REFUSALS:
        return 0.0
    if not _is_passing(response.status):
        turn.succeeded()
        return 0.0
    wait = _retry_after(response)
    if response.status == 429:
        turn.refused(wait)
    else:
        turn.failed(wait)
    return wait


def _is_answer(request: Request, status: int) -> bool:
    return 200 <= status < 300 or (status == 404 and request.optional)


def _is_off(response: aiohttp.ClientResponse, now: datetime) -> bool:
    return not clock.is_set() and abs(ahead(response.headers, now)) > TOLERATED


def _clock_wrong(request: Request, response: aiohttp.ClientResponse, now: datetime) -> ClockWrong:
    theirs = now - ahead(response.headers, now)
    return ClockWrong(
        f"this machine's clock says {now:%Y-%m-%d %H:%M}Z, and the source that answered `{request.key}` says "
        f"{theirs:%Y-%m-%d %H:%M}Z; nothing was stored, since its stamps would be wrong. Set the machine's clock right "
        "(`timedatectl set-ntp true`) and run it again; `tipoff doctor` finds stamps that it has left before"
    )


def _is_passing(status: int) -> bool:
    return status in (408, 429) or status >= 500


def _failure(request: Request, status: int, body: str, wait: float) -> Exception:
    # In one line: an edge refuses with a page of HTML.
    said = f"`{request.key}` answered {status}: {' '.join(body.split())[:200]}".rstrip(": ")
    if status == 407:
        refused = SourceRefused(
            f"{said}; that is the proxy, which wants a login or another one, so nothing more was asked. Set "
            "TIPOFF_PROXY (or the connection's proxy) to http://NAME:PASSWORD@HOST:PORT"
        )
        refused.by_proxy = True
        return refused
    if status in _REFUSALS:
        return SourceRefused(
            f"{said}; it refuses us, so nothing more was asked. Set TIPOFF_USER_AGENT (or the "
            "connection's user_agent) to a name with an address, like `name/1.0 (+https://…)`"
        )
    if _is_passing(status):
        return _Passing(said, wait)
    return MalformedResponse(f"{said}; check the request's address and parameters against the source")


class _Passing(Exception):
    """Worth another try, after `wait` seconds at least."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, _Passing) else 0.0
    return max(asked, _backoff(state))


def _retry_after(response: aiohttp.ClientResponse) -> float:
    """Seconds the server asks us to wait; a date is counted from the server's own ``Date``, whatever our clock says."""
    asked = response.headers.get("Retry-After", "")
    if asked.strip().isdecimal():
        return float(asked)
    try:
        until, sent = parsedate_to_datetime(asked), parsedate_to_datetime(response.headers.get("Date", ""))
        return max(0.0, (until - sent).total_seconds())
    except (ValueError, TypeError):  # the latter where only one of them has a time zone
        return 0.0


async def _body(response: aiohttp.ClientResponse, request: Request) -> bytes:
    parts, size = [], 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > BODY_BYTES:
            raise MalformedResponse(f"`{request.key}` sent more than {BODY_BYTES} bytes; nothing of it was used")
    return b"".join(parts)
