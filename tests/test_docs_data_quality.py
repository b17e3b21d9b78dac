"""The guide to data quality against the checks and states that there are."""

from __future__ import annotations

import re
from pathlib import Path

from tipoff import plugins
from tipoff.quality.coverage import STATES
from tipoff.quality.own import SCHEMAS, own_checks

GUIDE = Path(__file__).resolve().parents[1] / "docs/guides/data-quality.md"


def rows(columns: int) -> list[list[str]]:
    found = [line.strip("|").split("|") for line in GUIDE.read_text().splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`") for cell in row] for row in found if len(row) == columns]


def test_every_check_of_tipoffs_own_is_documented_with_its_severity() -> None:
    registry = plugins.load()
    documented = {row[0]: row[1] for row in rows(3)}
    known = [*registry.tables().values()]
    names = {
        "<table>": "|".join(each.name for each in known),
        "<dataset>": "|".join(d.name for d in registry.datasets()),
    }
    patterns = {
        re.compile(re.sub("<[a-z]+>", lambda found: f"({names[found[0]]})", name)): severity
        for name, severity in documented.items()
    }
    met = set()
    for schema in SCHEMAS:
        for check in own_checks(schema, registry.tables(), registry.collectors):
            if check.name.startswith("drift_"):
                continue
            fitting = [pattern for pattern in patterns if pattern.fullmatch(check.name)]
            assert fitting, check.name
            assert check.severity in {patterns[pattern] for pattern in fitting}, check.name
            met.update(fitting)
    never_made = {pattern.pattern for pattern in patterns if pattern not in met}
    assert never_made == set()


def test_every_state_is_documented() -> None:
    assert {row[0] for row in rows(2)} == set(STATES)
