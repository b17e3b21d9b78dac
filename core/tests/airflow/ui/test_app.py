"""The page as a server answers it: to whom, from what, and what it says when there is nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tipoff import clock
from tipoff.airflow.ui.plugin import PREFIX, Lazy
from tipoff.report.read import PARTS
from tipoff.warehouse.publish import publish
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    from starlette.testclient import TestClient
    from tipoff.settings import Settings

SAMPLES = {"dag_id": ("prediction", "other"), "run_id": ("manual__1",), "part": PARTS}
"""What stands in the places of the routes' addresses."""


@pytest.fixture(scope="module")
def anonymous(airflow_home: Path) -> Iterator[TestClient]:
    """Someone without a login, before a server with the page."""
    from airflow.api_fastapi.app import init_auth_manager
    from fastapi import FastAPI
    from starlette.testclient import TestClient

    server = FastAPI()
    init_auth_manager(server)
    server.mount(PREFIX, Lazy())
    with pytest.MonkeyPatch.context() as patch, TestClient(server, follow_redirects=False) as client:
        # Airflow was imported before its configuration was written, and made up a key that is too short.
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "a key that only this test knows " * 3)
        yield client


@pytest.fixture
def get(anonymous: TestClient) -> Callable[[str], Any]:
    """Asks as a viewer, who may do the least that Airflow's roles may."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="somebody", role="VIEWER"))
    return lambda route: anonymous.get(f"{PREFIX}{route}", headers={"Cookie": f"_token={token}"})


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace("&#39;", "'")


def addresses() -> dict[str, list[str]]:
    """Of every route that the application has, with samples in its places: a new place needs one."""
    from fastapi.routing import APIRoute
    from tipoff.airflow.ui.app import make

    found = {}
    for route in make().routes:
        assert isinstance(route, APIRoute), f"{route} is no route that Airflow's authorization guards"
        assert route.methods == {"GET"}, "the page changes nothing"
        places = re.findall(r"\{(\w+)(?::path)?\}", route.path)
        pattern = re.sub(r"\{(\w+)(?::path)?\}", r"{\1}", route.path)
        filled = itertools.product(*(SAMPLES[place] for place in places))
        found[route.path] = [pattern.format(**dict(zip(places, each, strict=True))) for each in filled]
    return found


def test_nobody_without_a_login_gets_anything(anonymous: TestClient, played: Settings) -> None:
    routes = addresses()
    assert len(routes) > 3
    for address in [*itertools.chain(*routes.values()), "/nowhere", "/docs", "/redoc", "/openapi.json"]:
        answer = anonymous.get(f"{PREFIX}{address}")
        assert answer.status_code == 401, address
        assert "tipoff" not in answer.text, address


def test_a_viewer_gets_every_route(get: Callable[[str], Any], played: Settings) -> None:
    for route, filled in addresses().items():
        for address in filled:
            answer = get(address)
            if answer.status_code == 307:
                answer = get(answer.headers["Location"].removeprefix(PREFIX))
            assert answer.status_code == 200, (route, address)


def test_a_viewer_sees_every_part(get: Callable[[str], Any], played: Settings) -> None:
    for part in PARTS:
        answer = get(f"/{part}")
        assert answer.status_code == 200, part
        assert f'<a href="{PREFIX}/{part}" aria-current="page">' in answer.text
        assert answer.text.count("aria-current") == 1
    assert "Tonight: 10 games" in text_of(get("/tonight").text)
    assert "on the same 700 games" in text_of(get("/accuracy").text)
    assert get("/nowhere").status_code == 404


def test_the_browser_may_run_nothing_and_fetch_nothing_from_elsewhere(
    get: Callable[[str], Any], played: Settings
) -> None:
    for route in (*(f"/{part}" for part in PARTS), "/nowhere", "/style.css"):
        answer = get(route)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'self'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        page = answer.text
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:|https?://(?!www\.w3\.org/)", page), route


def test_at_a_dag_stands_what_belongs_to_it(get: Callable[[str], Any]) -> None:
    places = {dag: get(f"/dag/{dag}").headers["Location"] for dag in ("prediction", "model_training", "other")}
    assert places == {
        "prediction": f"{PREFIX}/tonight",
        "model_training": f"{PREFIX}/models",
        "other": f"{PREFIX}/runs",
    }
    assert get("/").headers["Location"] == f"{PREFIX}/tonight"


def test_a_run_is_told_what_it_did(get: Callable[[str], Any], played: Settings) -> None:
    store = Warehouse.of(played)
    with store.write() as con:
        con.execute(
            "INSERT INTO ops.collect_run SELECT * REPLACE ('data_collection/manual__2026-01-15T13:00:00+00:00' "
            "AS run_id, 'it is down' AS error) FROM ops.collect_run"
        ).fetchall()
    publish(store, played.published)
    found = text_of(get("/run/data_collection/manual__2026-01-15T13%3A00%3A00%2B00%3A00").text)
    assert "collected games, mens-college-basketball 1.5 1,234 it is down" in found
    assert "knows nothing of this run" in text_of(get("/run/data_collection/other").text)


def test_at_a_task_stands_first_what_it_did_itself(get: Callable[[str], Any], played: Settings) -> None:
    run = "/run/data_collection/manual__1"
    store = Warehouse.of(played)
    with store.write() as con:
        for table in ("collect_run", "check_result"):
            con.execute(f"UPDATE ops.{table} SET run_id = 'data_collection/manual__1'").fetchall()
        con.execute(
            "INSERT INTO ops.task_run VALUES ('data_collection', 'data_collection/manual__1', 'collect_games', '', 1, "
            "'killed', now()::TIMESTAMP, NULL, NULL, NULL, NULL, NULL, ''), ('data_collection', "
            "'data_collection/manual__1', 'collect_games', '', 2, 'success', now()::TIMESTAMP, now()::TIMESTAMP, 4.25, "
            "1.5, 380, 7, '')"
        ).fetchall()
    publish(store, played.published)
    games, others = text_of(get(f"{run}?task=collect_games").text).split("The other tasks of this run")
    assert "What this task did collect_games in data_collection/manual__1" in games
    assert "attempt 1 collect_games – – killed attempt 2 collect_games 4.2 7 success; CPU 1.5 s; 380 MB" in games
    assert "collected games" in games
    assert "checked" not in games
    assert "checked odd_minutes – 3 failed, severity warn checked 1 check – – passed" in others
    checks = text_of(get(f"{run}?task=data_quality").text).split("The other tasks of this run")[0]
    assert "odd_minutes" in checks
    assert "1 check – – passed" in checks
    assert "collected games" not in checks
    assert "has nothing that this task did" in text_of(get(f"{run}?task=collect_teams").text)


def test_without_a_store_every_part_says_what_to_do(get: Callable[[str], Any], empty: Settings) -> None:
    for part in PARTS:
        answer = get(f"/{part}")
        assert answer.status_code == 200
        expected = "espn" if part == "plugins" else "Nothing has been published yet. Run tipoff collect"
        assert expected in text_of(answer.text), part
    assert not empty.store.exists()


def test_a_broken_copy_is_said_and_harms_nobody(get: Callable[[str], Any], played: Settings) -> None:
    played.published.write_bytes(b"not a database")
    for part in (each for each in PARTS if each != "plugins"):
        answer = get(f"/{part}")
        assert answer.status_code == 200
        shown = text_of(answer.text)
        assert "There is nothing to show. the published copy" in shown
        assert "tipoff report publishes it anew" in shown
        assert "tipoff restore" not in shown, "it would put the damaged copy in the store's place"
    publish(Warehouse.of(played), played.published)
    assert "Tonight: 10 games" in text_of(get("/tonight").text)


def test_a_copy_of_an_older_tipoff_is_said(get: Callable[[str], Any], played: Settings) -> None:
    store = Warehouse.of(played)
    with store.write() as con:
        con.execute("DROP TABLE ops.field").fetchall()
    publish(store, played.published)
    said = text_of(get("/data").text)
    assert "tipoff init brings the store up to date" in said, said


def test_a_setting_that_is_wrong_is_said(
    get: Callable[[str], Any], played: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_SOURCE", "nonsense")
    assert "TIPOFF_SOURCE" in text_of(get("/tonight").text)


def test_a_writer_may_have_the_store_for_itself_while_the_page_answers(
    get: Callable[[str], Any], played: Settings
) -> None:
    """In the midst of its transaction, with the store's lock; what it does is not seen."""
    with Warehouse.of(played).write() as con:
        con.execute("DELETE FROM raw.games").fetchall()
        for filled in addresses().values():
            for address in filled:
                assert get(address).status_code in (200, 307), address
        assert "Tonight: 10 games" in text_of(get("/tonight").text)


def test_the_live_store_is_not_touched(get: Callable[[str], Any], played: Settings) -> None:
    """It is held by a writer all the while, and its file is gone."""
    with Warehouse.of(played).locked():
        played.store.unlink()
        for part in PARTS:
            assert "There is nothing to show" not in get(f"/{part}").text, part
        assert not played.store.exists()


def test_a_new_copy_is_shown_at_once(get: Callable[[str], Any], played: Settings) -> None:
    assert "1,234" in get("/data").text
    store = Warehouse.of(played)
    with store.write() as con:
        con.execute("UPDATE ops.collect_run SET rows = 4321").fetchall()
    assert "4,321" not in get("/data").text, "not published yet"
    publish(store, played.published)
    assert "4,321" in get("/data").text


def test_the_day_goes_on_without_a_new_copy(get: Callable[[str], Any], played: Settings) -> None:
    assert "Tomorrow: 10 games" in text_of(get("/tonight").text)
    clock.set_now(clock.now().replace(day=16))
    assert "Tonight: 10 games" in text_of(get("/tonight").text)
    assert "as of 16 January 2026" in text_of(get("/tonight").text)


def test_the_next_copy_is_read_ahead_whatever_went_wrong_with_the_one_before(played: Settings) -> None:
    from tipoff.airflow.ui.reading import Reader

    record = played.home / "limits" / "host" / "pace"
    record.mkdir(parents=True)  # nobody expects a folder in this place
    reader = Reader(ahead=False)
    seen = reader.read_new(None)
    assert len(reader._kept) < len(PARTS)
    record.rmdir()
    assert reader.read_new(seen) == seen
    assert len(reader._kept) < len(PARTS), "there is no new copy yet"
    publish(Warehouse.of(played), played.published)
    assert reader.read_new(seen) != seen
    assert len(reader._kept) == len(PARTS)


def test_names_from_outside_stay_words(
    get: Callable[[str], Any], played: Settings, install_plugin: Callable[..., None]
) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    install_plugin("evil", f"raise RuntimeError({evil!r})")
    store = Warehouse.of(played)
    with store.write() as con:
        words = {"evil": evil}
        con.execute("UPDATE raw.teams SET name = $evil, short_name = $evil", words).fetchall()
        con.execute("UPDATE ops.collect_run SET error = $evil, dataset = $evil", words).fetchall()
        con.execute(
            "UPDATE ops.check_result SET name = $evil, table_name = $evil, severity = 'block'", words
        ).fetchall()
        con.execute("UPDATE models.event SET reason = $evil", words).fetchall()
        con.execute("UPDATE predictions.ledger SET degraded = $evil", words).fetchall()
        con.execute(
            "INSERT INTO ops.quarantine VALUES ('s', 'l', $evil, 'k', 'b', $evil, $evil, NULL, 'r', now()::TIMESTAMP, "
            "now()::TIMESTAMP, NULL, NULL)",
            words,
        ).fetchall()
    publish(store, played.published)
    for route in (*(f"/{part}" for part in PARTS), f"/run/x/{evil}", f"/dag/{evil}", f"/{evil}"):
        page = get(route).text
        assert "<script" not in page, route
        assert "<img" not in page, route
    assert "&lt;script&gt;" in get("/tonight").text
    assert "&lt;script&gt;" in get("/plugins").text


def test_a_plugin_that_is_installed_now_is_listed_now(
    get: Callable[[str], Any], played: Settings, install_plugin: Callable[..., None]
) -> None:
    assert "latecomer" not in get("/plugins").text
    install_plugin("latecomer")
    assert "latecomer" in get("/plugins").text
