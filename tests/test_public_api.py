"""The public API: its record, what CHANGELOG.md says of it, and that the built-in plugins keep to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tipoff import hookspecs, public

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "core/api.txt"
SOURCES = sorted((ROOT / "plugins").glob("*/tipoff_*/**/*.py"))


def test_the_record_is_what_there_is() -> None:
    assert RECORD.read_text() == public.record(), "the public API has changed; if that is meant, run `make api`"


def test_the_changelog_changes_with_the_record() -> None:
    digest = public.digest(RECORD.read_text())
    said = f"`api {digest}`"
    assert said in (ROOT / "CHANGELOG.md").read_text(), f"CHANGELOG.md must say what changed for plugins, and {said}"


def test_the_record_holds_signatures_fields_defaults_hooks_and_tables() -> None:
    lines = RECORD.read_text().splitlines()
    assert lines[0] == f"API level {hookspecs.API_LEVEL}"
    for line in (
        "def collectors() -> tuple[Collector, ...]",
        "def query(sql: str, /, **params: object) -> list[dict[str, Any]]",
        "    version: str = '1'",
        "    def json(self) -> Any",
        "def day_of(instant: datetime) -> date",
        "table raw.games, key league, season, game_id",
        "    home_score: INTEGER",
    ):
        assert line in lines, line


def test_a_public_name_leads_somewhere() -> None:
    """A name in `__all__` that no source defines would stand in no record."""
    for module in public.MODULES:
        block = RECORD.read_text().partition(f"[{module}]\n")[2].partition("\n\n")[0]
        for name in public.names(module):
            assert re.search(rf"^(async def |def |class )?{name}\b", block, re.M), f"{module}.{name}"


def test_every_public_module_is_documented() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (.+) \|$", (ROOT / "docs/guides/public-api.md").read_text(), re.M)
    assert dict(rows) == dict(public.MODULES)


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT / "plugins")))
def test_built_in_plugins_import_public_names_only(file: Path) -> None:
    assert list(public.strangers(file)) == []


def test_strangers_are_found(tmp_path: Path) -> None:
    file = tmp_path / "work.py"
    file.write_text(
        "from tipoff import Row, clock, collecting\nimport tipoff.warehouse.store\n"
        "from tipoff.clock import now, _wall\n"
        "def later():\n    from tipoff.domain import _columns\nimport tipoff.errors\nfrom tipoffs import x\n"
    )
    assert list(public.strangers(file)) == [
        (1, "tipoff.collecting"),
        (2, "tipoff.warehouse.store"),
        (3, "tipoff.clock._wall"),
        (5, "tipoff.domain._columns"),
    ]
