"""What a sound spec must keep beside tipoff's own tables and commands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tipoff.contracts import Collector, Column, Dataset, Table
from tipoff.plugins.validation import breaches

TABLE = Table("seats", key=("league",), columns=(Column("league", "VARCHAR"), Column("seats", "INTEGER")))
DATASET = Dataset("seats", tables=("seats", "games"), plan="a.b:plan", parse="a.b:parse")
COLLECTOR = Collector("hall", conn_id="hall_api", datasets=(DATASET,), tables=(TABLE,))


@pytest.mark.parametrize("spec", [COLLECTOR, "tipoff_espn.server.cli:espn_server"])
def test_sound_specs_pass(spec: object) -> None:
    assert list(breaches(spec)) == []


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            replace(COLLECTOR, datasets=(replace(DATASET, tables=("gmaes",)),)),
            "dataset `seats`: `tables` names `gmaes`, which is no domain table and none of its own (did",
        ),
        (
            replace(COLLECTOR, datasets=(replace(DATASET, tables=("teams",), per_game=("teams",)),)),
            "dataset `seats`: `per_game` names `teams`, which lacks one of the columns league, season, game_id",
        ),
        (replace(COLLECTOR, tables=(replace(TABLE, name="games"),)), "`games` is a domain table"),
        (replace(COLLECTOR, tables=(replace(TABLE, name="results"),)), "`results` is a view over a domain table"),
        ("tipoff_espn.server", "must be a dotted path"),
        ("acme.cli:collect", "`tipoff collect` is a command of tipoff itself"),
    ],
)
def test_each_breach_is_named(spec: object, words: str) -> None:
    found = list(breaches(spec))
    assert any(words in breach for breach in found), found
