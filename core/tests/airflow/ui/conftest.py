"""A published league behind the page, as the report's own tests have it."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tipoff.settings import Settings


@pytest.fixture(scope="session")
def league() -> Any:
    """The module that fills a store with a small league: the report's conftest."""
    path = Path(__file__).resolve().parents[2] / "report" / "conftest.py"
    spec = importlib.util.spec_from_file_location("report_conftest_for_the_page", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def empty(tipoff_home: Path, league: Any) -> Settings:
    """A home without a store, whose clock stands where the league's does."""
    from tipoff import clock, settings

    clock.set_now(league.NOW)
    return settings.load()


@pytest.fixture(scope="session")
def filled(league: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a league that has been played, predicted and published."""
    from tipoff import clock
    from tipoff.settings import Settings
    from tipoff.warehouse.publish import publish
    from tipoff.warehouse.store import Warehouse

    home = tmp_path_factory.mktemp("league") / "tipoff"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPOFF_HOME", str(home))
        clock.set_now(league.NOW)
        made = Settings(home=home)
        league.fill(made)
        publish(Warehouse.of(made), made.published)
    return home


@pytest.fixture
def played(empty: Settings, filled: Path) -> Settings:
    """A copy of it, as this test's own home."""
    shutil.copytree(filled, empty.home, dirs_exist_ok=True)
    return empty
