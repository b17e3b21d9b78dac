"""What several areas' tests share: real, tiny, installed plugins."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tipoff.plugins.finding import BUILT_IN

Install = Callable[..., None]

HEADER = """
from tipoff import (
    Check, Collector, Column, Dataset, FeatureBuilder, Model, Table, hookimpl,
)

TIPOFF_API = 1
"""


@pytest.fixture(scope="session", autouse=True)
def home_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty TIPOFF_HOME for tests that name none: no test touches that of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPOFF_HOME", str(tmp_path_factory.mktemp("nobody")))
        yield


@pytest.fixture
def install_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs distributions the way pip would: a module and a dist-info with entry points, in a folder on the path.

    ``install_plugin("polls", source)`` makes the distribution ``polls`` with the plugin ``polls``, whose module
    begins with `HEADER`. The built-in plugins are shadowed by empty ones, so that a test sees only its own.
    """
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def install(
        name: str,
        source: str = "",
        *,
        plugin: str | None = None,
        version: str = "1.0",
        header: str = HEADER,
        target: str = "",
    ) -> None:
        module = f"{name.replace('-', '_')}_for_test"
        (site / f"{module}.py").write_text(header + textwrap.dedent(source))
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[tipoff]\n{plugin or name} = {target or module}\n")

    for name in BUILT_IN:
        install(name)
        (site / f"{name.replace('-', '_')}-1.0.dist-info" / "entry_points.txt").write_text("[tipoff]\n")
    yield install
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(site)):
            del sys.modules[name]
