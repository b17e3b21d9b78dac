"""Airflow's home and its database, and sources that answer or do not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tipoff.contracts import Access, Collector
from tipoff.health import Finding, Needs
from tipoff.plugins import Registry

Look = Callable[..., list[Finding]]


def airflow_home(folder: Path, address: str) -> Path:
    folder.mkdir()
    (folder / "airflow.cfg").write_text(f"[database]\nsql_alchemy_conn = {address}\n")
    return folder


def test_airflow_as_far_as_it_is_set_up(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "AIRFLOW_HOME is not set" in look("airflow")[0].found
    home, database = tmp_path / "airflow", tmp_path / "a 100% good.db"
    monkeypatch.setenv("AIRFLOW_HOME", str(home))
    assert look("airflow") == [
        Finding("airflow", "warning", f"`{home}` is not set up", "python -m tipoff.airflow.home")
    ]
    airflow_home(home, f"sqlite:///{str(database).replace('%', '%%')}")
    (found,) = look("airflow")
    assert (found.state, found.found) == ("failed", f"its database `{database}` is not there")
    assert not database.exists()
    with closing(sqlite3.connect(database)) as con:
        (found,) = look("airflow")
        assert (found.state, found.mend) == ("failed", "python -m tipoff.airflow.home")
        assert "no such table" in found.found
        con.execute("CREATE TABLE alembic_version (version_num)")
        con.execute("INSERT INTO alembic_version VALUES ('abc')")
        con.commit()
    assert look("airflow")[0].state == "ok"


def test_airflows_database_is_told_without_its_password(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = airflow_home(tmp_path / "airflow", "nonsense+driver://me:secret-word@127.0.0.1/airflow")
    monkeypatch.setenv("AIRFLOW_HOME", str(home))
    (found,) = look("airflow")
    assert found.state == "failed"
    assert "secret-word" not in str(found)
    (home / "airflow.cfg").write_text("[core]\n")
    (found,) = look("airflow")
    assert found.state == "failed"
    assert "airflow.cfg" in found.found


def test_a_database_whose_server_is_down(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = airflow_home(tmp_path / "airflow", "postgresql+psycopg://me:secret-word@127.0.0.1:1/airflow")
    monkeypatch.setenv("AIRFLOW_HOME", str(home))
    (found,) = look("airflow")
    assert found.mend == f"start its server, or mend sql_alchemy_conn in {home / 'airflow.cfg'}"
    assert "secret-word" not in str(found)


@pytest.fixture
def reach(source: ModuleType, needs: Needs) -> Any:
    """Looks at the source while its server runs."""

    def at(url: str, **more: Any) -> Callable[[Collector], Access]:
        return lambda collector: replace(needs.reach(collector), host=url, **more)

    return at


def test_a_source_is_asked_one_question(look: Look, source: ModuleType, reach: Any, needs: Needs) -> None:
    with source.League() as league:
        (found,) = look("source", reach=reach(league.url))
        assert league.asked == ["/days/2026-01-20?page=1"]
    assert found.state == "ok"
    assert "answered https://league.example/days/2026-01-20?page=1 in " in found.found
    assert not needs.settings.store.exists()


@pytest.mark.parametrize(("status", "said"), [(403, "it refuses us"), (503, "answered 503"), (400, "answered 400")])
def test_a_source_that_does_not_answer_is_asked_once(
    status: int, said: str, look: Look, source: ModuleType, reach: Any
) -> None:
    with source.League() as league:
        league.says["/days/2026-01-20?page=1"] = status
        (found,) = look("source", reach=reach(league.url))
        assert len(league.asked) == 1
    assert found.state == "failed"
    assert found.found.startswith("`league`: ")
    assert said in found.found
    assert ("TIPOFF_LEAGUE_API_KEY" in found.found) == (status == 403)


def test_a_source_that_is_not_there(look: Look, source: ModuleType, reach: Any) -> None:
    with source.League() as league:
        url = league.url
    (found,) = look("source", reach=reach(url))
    assert found.state == "failed"
    assert "TIPOFF_SOURCE" in found.mend


def test_a_collector_that_breaks_is_named(look: Look, source: ModuleType) -> None:
    broken = source.collector(plan=f"{source.__name__}:no_such_plan")
    (found,) = look("source", registry=Registry(collectors=(broken,)))
    assert found.state == "failed"
    assert "no_such_plan" in found.found


def test_a_league_in_its_own_time_is_on_this_machine(
    look: Look, source: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "present", lambda: "some instant", raising=False)
    with source.League() as league:
        monkeypatch.setattr(source, "client", lambda access: source.open_client(replace(access, host=league.url)))
        own = replace(source.collector(), clock=f"{source.__name__}:present")
        (found,) = look("source", registry=Registry(collectors=(own,)))
    assert found.found.startswith("`league` is a league on this machine, which answered in ")


def test_a_collector_without_questions(look: Look, source: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "plan", lambda context: [])
    assert look("source") == [Finding("source", "ok", "`league` has nothing to ask")]
