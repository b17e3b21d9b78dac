"""What holds the repository together: layers, entry points in two places, one lock, public words."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = {
    "espn_collector": "tipoff_espn",
    "features": "tipoff_features",
    "history_collector": "tipoff_history",
    "models": "tipoff_models",
}


def imports(path: Path) -> Iterator[str]:
    """Every module that a source file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found, f"no source below {folders}"
    return found


def test_core_imports_no_plugin() -> None:
    for path in sources("core/tipoff"):
        for module in imports(path):
            assert module.split(".")[0] not in PLUGINS.values(), f"{path} imports {module}"


@pytest.mark.parametrize(("folder", "package"), PLUGINS.items())
def test_plugins_do_not_import_each_other(folder: str, package: str) -> None:
    others = set(PLUGINS.values()) - {package}
    for path in sources(f"plugins/{folder}/{package}"):
        for module in imports(path):
            assert module.split(".")[0] not in others, f"{path} imports {module}"


def test_only_the_airflow_parts_import_airflow() -> None:
    for path in sources("core/tipoff"):
        if "airflow" in path.relative_to(ROOT / "core/tipoff").parts[0]:
            continue
        for module in imports(path):
            assert module.split(".")[0] != "airflow", f"{path} imports {module}"


def test_pants_and_pyproject_name_the_same_entry_points() -> None:
    """Pants' sandbox takes entry points from BUILD, an installation from pyproject.toml."""
    declared: dict[str, str] = {}
    for folder in PLUGINS:
        project = tomllib.loads((ROOT / "plugins" / folder / "pyproject.toml").read_text())["project"]
        declared |= project["entry-points"]["tipoff"]
    assert set(declared) == {"espn", "features", "history", "models"}
    seen = {point.name: point.value for point in importlib.metadata.entry_points(group="tipoff")}
    assert {name: seen.get(name) for name in declared} == declared


def test_pants_version_is_named_the_same_everywhere() -> None:
    script = (ROOT / "build-support/pants.sh").read_text()
    version = tomllib.loads((ROOT / "pants.toml").read_text())["GLOBAL"]["pants_version"]
    assert f"PANTS_VERSION={version} " in script
    assert f"pantsbuild.pants=={version}" in (ROOT / "build-support/pants-pins.txt").read_text()


def test_locks_name_no_download_address() -> None:
    locks = sorted((ROOT / "3rdparty").glob("*.lock"))
    assert len(locks) == 3
    for lock in locks:
        assert not re.search(r"https?://|--index-url|--find-links", lock.read_text()), lock
