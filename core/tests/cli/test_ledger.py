"""``tipoff ledger verify`` against what somebody kept, and what a restore leaves in the chain."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tipoff.cli.session import Session
from tipoff.modelling import ledger


@pytest.fixture
def predicted(tiny: Any) -> Any:
    """A home whose ledger has eight predictions."""
    for command in ("collect", "features", "train", "predict"):
        tiny(command)
    return tiny


def head_of(said: str) -> str:
    return next(line.removeprefix("Its head: ") for line in said.splitlines() if line.startswith("Its head: "))


def write_anew() -> None:
    """What whoever may write to the home can do: other numbers in each row, and chain, record and heads made to fit."""
    session = Session.start()
    with session.warehouse().write() as con:
        rows, previous = ledger.read(con), ledger.GENESIS
        con.execute("DELETE FROM predictions.ledger").fetchall()
        for row in rows:
            other = replace(row, home_win_prob=1 - row.home_win_prob / 2, previous_hash=previous)
            previous = other.hashed()
            ledger._insert(con, [replace(other, hash=previous)])
        ledger.remember(con, session.settings.head)
    session.settings.record.unlink()
    session.settings.heads.unlink()
    with session.warehouse().write():  # the record is written anew from the store
        pass
    session.publish()


def test_a_chain_made_anew_shows_in_whatever_head_was_kept_elsewhere(predicted: Any, tmp_path: Path) -> None:
    said = predicted("ledger", "verify").output
    assert "The ledger is whole: 8 predictions" in said
    head, settings = head_of(said), Session.start().settings
    kept = Path(shutil.copy(settings.heads, tmp_path / "heads of March.jsonl"))
    old = Path(shutil.copy(settings.head, tmp_path / "ledger.json"))
    for given in (head, str(kept), str(old)):
        assert "It goes on from" in predicted("ledger", "verify", "--against", given).output
    write_anew()
    assert "The ledger is whole: 8 predictions" in predicted("ledger", "verify").output
    for given in (head, str(kept), str(old)):
        output = predicted("ledger", "verify", "--against", given, code=1).output
        assert "row `8` is not the one that was written" in output
        assert "the chain was made anew" in output
    assert "neither a file of heads nor a head" in predicted("ledger", "verify", "--against", "8:ab", code=1).output


def test_a_restore_is_a_link_of_the_chain(predicted: Any) -> None:
    said = predicted("restore").output
    assert "8 predictions" in said
    verified = predicted("ledger", "verify").output
    assert "after prediction 8: from published.duckdb, 0 rows from the record, 0 predictions lost" in verified
    session = Session.start()
    with session.warehouse().write() as con:
        con.execute("DELETE FROM predictions.incident").fetchall()
    assert "incident" in predicted("ledger", "verify", code=1).output, "the record has it"


def test_what_a_restore_has_lost_is_noted_and_the_heads_of_before_are_kept(predicted: Any) -> None:
    """The record is gone as well, and the copy is older than the last prediction."""
    settings = Session.start().settings
    settings.record.unlink()
    Session.start().publish()
    with settings.heads.open("a") as file:
        file.write(json.dumps({"rows": 10, "hash": "ab" * 32, "at": "2026-01-15T13:00:00"}) + "\n")
    settings.head.write_text(json.dumps({"rows": 10, "hash": "ab" * 32}))
    assert "The ledger had 2 predictions more" in predicted("restore").output
    assert sorted(path.name for path in settings.home.glob("*.before-1")) == [
        "heads.jsonl.before-1",
        "ledger.json.before-1",
    ]
    assert "2 predictions lost" in predicted("ledger", "verify").output
    output = predicted("ledger", "verify", "--against", str(settings.home / "heads.jsonl.before-1"), code=1).output
    assert "it has `8` rows and once had `10`" in output


def test_a_ledger_that_a_clock_ahead_has_closed(predicted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-15T10:00:00")
    assert "`tipoff clock mend`" in " ".join(predicted("ledger", "verify", code=1).output.split())
    assert "the ledger: noted in its chain" in predicted("clock", "mend").output
    verified = predicted("ledger", "verify").output
    assert "clock at 2026-01-15 10:00:00Z, after prediction 8: rows before this are stamped up to" in verified
    assert "the ledger" not in predicted("clock", "mend").output, "once"
