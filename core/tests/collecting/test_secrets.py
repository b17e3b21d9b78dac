"""Keys and logins come neither into the store nor into the landing zone nor into errors, whoever asks the source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tipoff.contracts import Access, Payload, PlanContext, Request
from tipoff.errors import PluginError, SourceUnavailable
from tipoff.http.client import HttpClient

KEY = "hunter2-of-the-league"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_LEAGUE_API_KEY", KEY)


class Careless(HttpClient):
    """A stranger's client: it writes the key into what it gives back, and into what it raises."""

    async def fetch(self, request: Request, league: str) -> Payload:
        answer = await super().fetch(request, league)
        if b'"down"' in answer.body:
            raise SourceUnavailable(f"no answer for {KEY}") from ConnectionError(f"GET /?key={KEY}")
        told = replace(request, url=f"{request.url}?key={KEY}", context={"key": KEY})
        return replace(answer, request=told, body=answer.body.replace(b"echo", KEY.encode()))


def everything(collecting: Any) -> str:
    """All that stands in the store and in the landing zone, as text."""
    home: Path = collecting.settings.home
    said = [str(pq.read_table(file).to_pylist()) for file in sorted(home.rglob("*.parquet"))]
    for schema, name in collecting.rows("SELECT schema_name, table_name FROM duckdb_tables()"):
        said.append(str(collecting.rows(f'FROM "{schema}"."{name}"')))
    return "\n".join(said)


@pytest.mark.parametrize("careless", [True, False])
def test_a_key_that_comes_back_in_an_answer_is_kept_nowhere(
    careless: bool, collecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if careless:
        monkeypatch.setattr(collecting.source, "client", Careless)
    said = "echo" if careless else KEY
    row = {"season": 2026, "game_id": f"by {said}", "home": 5, "pace": 70}
    bad = [{"you": f"Bearer {said}"}]
    collecting.league.says["/days/2026-01-02?page=1"] = {"rows": [row, {"season": said}], "bad": bad}
    assert collecting(2, 2).quarantined == 2
    assert f"Bearer {KEY}" in collecting.league.keys
    found = everything(collecting)
    assert "by *********************" in found
    assert "Bearer *****" in found
    assert KEY not in found


def test_a_key_in_an_error_is_kept_nowhere(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting.source, "client", Careless)
    collecting.league.says["/days/2026-01-02?page=1"] = {"rows": "down"}
    with pytest.raises(SourceUnavailable, match=r"no answer for \*\*\*") as caught:
        collecting(2, 2)
    assert KEY not in everything(collecting)
    assert KEY not in str(caught.value)


def test_a_client_that_cannot_be_opened_says_no_key(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(access: Access) -> HttpClient:
        raise ValueError(f"what is {access.api_key}?")

    monkeypatch.setattr(collecting.source, "client", refuse)
    with pytest.raises(PluginError, match=r"raised ValueError: what is \*\*\*\?") as caught:
        collecting(2, 2)
    assert caught.value.__cause__ is None


def test_a_plan_that_writes_the_key_into_a_request_is_told(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def plan(context: PlanContext) -> Iterable[Request]:
        yield Request("https://league.example/days/2026-01-02", {"page": "1", "key": KEY})

    monkeypatch.setattr(collecting.source, "plan", plan)
    with pytest.raises(PluginError, match=r"`scores` writes a key or a login into a request's address"):
        collecting(2, 2)
    assert KEY not in everything(collecting)
    assert collecting.league.asked == []
