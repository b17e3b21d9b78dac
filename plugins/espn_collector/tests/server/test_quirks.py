from __future__ import annotations

import pytest
from tipoff_espn.server.quirks import cut, is_refused


@pytest.mark.parametrize(
    "agent",
    [
        "curl/8.5.0",
        "python-requests/2.32",
        "Python/3.11 aiohttp/3.14.5",
        "Go-http-client/2.0",
        "okhttp/4.12",
        "axios/1.7",
        "tipoff/1.0 (+https://example.org/tipoff)",
    ],
)
def test_agents_that_pass(agent: str) -> None:
    assert not is_refused(agent)


@pytest.mark.parametrize(
    "agent",
    ["", " ", "Mozilla/5.0 (Macintosh)", "Deno/2.0", "node-fetch/1.0", "Wget/1.21", "PostmanRuntime/7.4", "Name/1.0"],
)
def test_agents_that_are_refused(agent: str) -> None:
    assert is_refused(agent)


@pytest.mark.parametrize(
    ("events", "limit", "span", "shown"),
    [
        (150, None, "day", 150),
        (150, 500, "day", 150),
        (150, 501, "day", 25),
        (18, 1000, "day", 18),
        (700, None, "month", 100),
        (700, 500, "month", 500),
        (700, 20, "month", 20),
        (5000, 500, "year", 100),
        (5000, 501, "year", 25),
    ],
)
def test_limits(events: int, limit: int | None, span: str, shown: int) -> None:
    assert cut(events, limit, span=span) == shown
