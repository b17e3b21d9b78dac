"""What holds the repository together: layers, entry points in two places, one lock, public words."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


def sources(*folders: str, root: Path = ROOT) -> list[Path]:
    found = [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]
    assert found, f"no source below {folders}"
    return found


def strangers(root: Path) -> Iterator[str]:
    """Imports against the layers: core imports no plugin, plugins import core alone, DAG files import no plugin."""
    allowed = {f"plugins/{folder}/{package}": {package} for folder, package in PLUGINS.items()}
    for folder, own in {"core/tipoff": set[str](), "dags": set[str](), **allowed}.items():
        for path in sources(folder, root=root):
            for module in imports(path):
                if module.split(".")[0] in set(PLUGINS.values()) - own:
                    yield f"{path.relative_to(root)} imports {module}"


def test_layers_hold() -> None:
    assert list(strangers(ROOT)) == []


@pytest.mark.parametrize(
    ("file", "statement", "module"),
    [
        ("core/tipoff/clock.py", "def f():\n    import tipoff_espn.plan\n", "tipoff_espn.plan"),
        ("plugins/models/tipoff_models/elo.py", "from tipoff_features import rating\n", "tipoff_features"),
        ("plugins/features/tipoff_features/new.py", "import tipoff_models as m\n", "tipoff_models"),
        ("dags/prediction_dag.py", "from tipoff_espn.operators import ESPNOperator\n", "tipoff_espn.operators"),
    ],
)
def test_an_import_against_the_layers_is_found(file: str, statement: str, module: str, tmp_path: Path) -> None:
    for source in sources("core/tipoff", "dags", *(f"plugins/{folder}/{name}" for folder, name in PLUGINS.items())):
        copy = tmp_path / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
    with (tmp_path / file).open("a") as broken:
        broken.write(statement)
    assert list(strangers(tmp_path)) == [f"{file} imports {module}"]


def distribution(module: str) -> str:
    """The distribution that brings a module, by its canonical name."""
    top, *below = module.split(".")
    if top == "tipoff":  # the only one of ours that others may import, and not installed where Pants tests it
        return top
    if top == "airflow":  # many distributions have a part of it; those of `apache-airflow` itself come with it
        known = {name: f"apache-airflow-providers-{name.replace('.', '-')}" for name in ("common.sql", "duckdb")}
        names = [name for name in known if f"{'.'.join(below)}.".startswith(f"providers.{name}.")]
        return known[names[0]] if names else "apache-airflow"
    (found,) = {canonicalize_name(name) for name in importlib.metadata.packages_distributions()[top]}
    return found


def undeclared(root: Path, folder: str, package: str) -> tuple[set[str], set[str]]:
    """What a package imports and does not declare, and what it declares and does not import.

    What an extra brings may be imported, and what Airflow imports for whoever asks for it may be named in one.
    """
    project = tomllib.loads((root / folder / "pyproject.toml").read_text())["project"]
    declared = {str(canonicalize_name(Requirement(line).name)) for line in project["dependencies"]}
    extras = [line for lines in project.get("optional-dependencies", {}).values() for line in lines]
    extra = {str(canonicalize_name(Requirement(line).name)) for line in extras}
    modules = {module for path in sources(f"{folder}/{package}", root=root) for module in imports(path)}
    foreign = {name for name in modules if name.split(".")[0] not in {package, *sys.stdlib_module_names}}
    imported = {distribution(name) for name in foreign}
    return imported - declared - extra, declared - imported


PACKAGES = {"core": "tipoff", **{f"plugins/{folder}": package for folder, package in PLUGINS.items()}}


@pytest.mark.parametrize("folder", PACKAGES)
def test_a_package_declares_what_it_imports_and_nothing_else(folder: str) -> None:
    assert undeclared(ROOT, folder, PACKAGES[folder]) == (set(), set())


def test_an_import_that_is_not_declared_is_found_and_so_is_a_declaration_that_is_not_needed(tmp_path: Path) -> None:
    (tmp_path / "new" / "new_package").mkdir(parents=True)
    (tmp_path / "new" / "new_package" / "work.py").write_text(
        "import json\nimport new_package.more\nfrom airflow.providers.duckdb.hooks import duckdb\n"
        "import pytest\nimport numpy as np\ndef lazily():\n    from sklearn.base import BaseEstimator\n"
    )
    (tmp_path / "new" / "pyproject.toml").write_text(
        '[project]\ndependencies = ["NumPy>=2", "apache-airflow"]\noptional-dependencies.test = ["pytest"]\n'
    )
    lacking, idle = undeclared(tmp_path, "new", "new_package")
    assert (lacking, idle) == ({"scikit-learn", "apache-airflow-providers-duckdb"}, {"apache-airflow"})


def test_what_a_package_declares_is_resolved_and_airflow_is_bounded_to_what_is_tested() -> None:
    """A bound is the same wherever it stands, and what the lock holds lies within it."""
    asked = [
        Requirement(line)
        for folder in PACKAGES
        for line in tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]["dependencies"]
        if not line.startswith("tipoff")
    ]
    resolved = {
        canonicalize_name(each.name): each
        for line in (ROOT / "3rdparty" / "requirements.txt").read_text().splitlines()
        if line and not line.startswith("#")
        for each in [Requirement(line)]
    }
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "3rdparty" / "requirements.lock").read_text(), re.M))
    for each in asked:
        name = canonicalize_name(each.name)
        assert name in resolved, f"{name} is missing in 3rdparty/requirements.txt"
        assert each.specifier in ("", resolved[name].specifier), name
        assert resolved[name].specifier.contains(locked[name]), name
    bounds = {str(each.specifier) for each in [*asked, *resolved.values()] if each.name == "apache-airflow"}
    assert bounds == {"<3.4,>=3.3.2"}


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
