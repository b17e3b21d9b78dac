"""An installation to look at: a home, and the small source of the collecting tests."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tipoff.collecting.engine import access_of
from tipoff.health import Finding, Needs, Part, examine
from tipoff.settings import Settings

Look = Callable[..., list[tuple[str, str, str]]]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("TIPOFF_", "AIRFLOW"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-20T12:00")


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "collecting"))
    yield importlib.import_module("support_source")
    sys.modules.pop("support_source", None)


@pytest.fixture
def needs(source: ModuleType) -> Needs:
    chosen = Settings()
    return Needs(source.registry(), chosen, lambda collector: access_of(chosen))


@pytest.fixture
def look(needs: Needs) -> Callable[..., list[Finding]]:
    """What is found of one part, with some of the needs changed."""
    from dataclasses import replace

    def looked(part: Part, **changes: Any) -> list[Finding]:
        found = list(examine(replace(needs, **changes), [part]))
        assert {each.part for each in found} <= {part}
        return found

    return looked
