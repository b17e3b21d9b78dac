"""What the tests of the plugin manager share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tipoff.plugins import Plugin, load
from tipoff.settings import Settings


class Source:
    """Source texts of hooks that each bring one spec."""

    @staticmethod
    def collector(name: str, *, after: tuple[str, ...] = (), dataset: str | None = None) -> str:
        """One collector with one dataset of the same name."""
        return f"""
@hookimpl
def collectors():
    dataset = Dataset("{dataset or name}", tables=("games",), plan="x.y:plan", parse="x.y:parse", after={after!r})
    return (Collector("{name}", conn_id="{name}_api", datasets=(dataset,)),)
"""

    @staticmethod
    def builder(
        name: str, *, inputs: tuple[str, ...] = ("raw.games",), after: tuple[str, ...] = (), entity: str = ""
    ) -> str:
        """One feature builder with the one feature ``pace``, of each game or of each `entity` in it."""
        key = ("league", "season", "game_id", *([entity] if entity else []))
        return f"""
@hookimpl
def feature_builders():
    columns = (
        Column("league", "VARCHAR"), Column("season", "INTEGER"), Column("game_id", "VARCHAR"),
        Column("game_date", "DATE"), Column("tip_utc", "TIMESTAMP"), Column("pace", "DOUBLE"),
        *(Column(name, "VARCHAR") for name in {key[3:]!r}),
    )
    table = Table("{name}_features", key={key!r}, columns=columns, schema="features")
    return (FeatureBuilder("{name}", table=table, inputs={inputs!r}, compute="x.y:compute", after={after!r}),)
"""

    @staticmethod
    def model(name: str, *, features: tuple[str, ...] = (), stacks: tuple[str, ...] = ()) -> str:
        """One model."""
        return f"""
@hookimpl
def models():
    return (Model("{name}", features={features!r}, fit="x.y:fit", predict="x.y:predict", stacks={stacks!r}),)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TIPOFF_HOME: what a developer has locked in his own is not these tests' business."""
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TIPOFF_PLUGINS_LOCK", raising=False)
    return tmp_path / "home"


@pytest.fixture
def source() -> type[Source]:
    """Source texts of hooks."""
    return Source


@pytest.fixture
def states() -> Callable[..., dict[str, Plugin]]:
    """Loads and gives the plugins by name: ``states(plugins_disabled=("a",))``."""

    def load_states(**settings: object) -> dict[str, Plugin]:
        return {plugin.name: plugin for plugin in load(Settings(**settings)).plugins}  # type: ignore[arg-type]

    return load_states
