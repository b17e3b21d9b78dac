"""Writes plugins, and runs single laws on them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tipoff.testing.subject import Suite


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Writes a module and gives its name."""
    site = tmp_path / "site-of-hills"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    name = "hostile_for_test"

    def put(source: str) -> str:
        (site / f"{name}.py").write_text(source)
        return name

    yield put
    sys.modules.pop(name, None)


@pytest.fixture
def law(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """``law(suite, name)``: runs the tests of one law, as pytest would."""

    def run(suite: type[Suite], name: str, **fixtures: Any) -> None:
        tests = suite()
        monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "no-store-here"))
        monkeypatch.setenv("TIPOFF_NOW", suite.subject.now.isoformat())
        test = getattr(tests, name)
        wanted = test.__code__.co_varnames[1 : test.__code__.co_argcount]
        brought = suite.subject.brought
        kinds = {
            "dataset": brought.datasets(),
            "builder": brought.feature_builders,
            "model": brought.models,
            "check": brought.all_checks(),
        }
        own = tmp_path / f"{name}{fixtures.pop('number', '')}"
        own.mkdir(exist_ok=True)
        given = {"tmp_path": own, "tmp_path_factory": tmp_path_factory, **fixtures}
        for kind, specs in kinds.items():
            if kind in wanted:
                (given[kind],) = specs
        test(**{each: given[each] for each in wanted})

    return run
