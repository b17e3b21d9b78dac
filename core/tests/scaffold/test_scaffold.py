"""New plugins from the template: written, built as wheels, installed, tested by their own tests, and found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from tipoff import hookspecs, scaffold
from tipoff.errors import SettingsError
from tipoff.plugins import Registry, load
from tipoff.scaffold import KINDS, create

every_kind = pytest.mark.parametrize("kind", KINDS)
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"


def run(*words: str, cwd: Path, path: tuple[Path, ...] = (), **env: str) -> str:
    """What a command prints; it must end well."""
    where = os.pathsep.join([*map(str, path), *(str(Path(each).absolute()) for each in sys.path if each)])
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": where, "PYTHONDONTWRITEBYTECODE": "1", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@every_kind
def test_a_new_plugin_is_green_and_found_once_its_wheel_is_installed(kind: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    create(kind, "shiny", project, Registry())
    dist, site = tmp_path / "dist", tmp_path / "site"
    dist.mkdir()
    run("-c", BUILD, str(dist), cwd=project)
    (wheel,) = dist.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        assert "tipoff_shiny/py.typed" in archive.namelist()
    # Only the tests stand here: what they import is what was installed.
    tests = tmp_path / "elsewhere"
    tests.mkdir()
    (project / "tests").rename(tests / "tests")
    said = run(
        "-m", "pytest", "-q", "--import-mode=importlib", "-W", "error", "-p", "no:cacheprovider", "tests",
        cwd=tests, path=(site,),
    )  # fmt: skip
    assert " passed" in said
    assert "failed" not in said
    listed = json.loads(
        run("-m", "tipoff.cli", "plugins", "--json", cwd=tests, path=(site,), TIPOFF_HOME=str(tmp_path))
    )
    shiny = next(plugin for plugin in listed if plugin["name"] == "shiny")
    needs = "which no loaded plugin brings" in shiny["reason"]  # a model's features, where tipoff-features is not here
    assert shiny["state"] == "ok" or (kind == "model" and needs), shiny["reason"]
    assert shiny["version"] == "0.1.0"


@every_kind
@pytest.mark.skipif(
    not (find_spec("ruff") and find_spec("mypy")), reason="no ruff or no mypy here; make setup has them"
)
def test_style_and_types_of_a_new_plugin_are_green(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "tipoff-shiny-thing"
    files = create(kind, "shiny_thing", folder, Registry())
    assert {Path("check.sh"), Path(".gitignore"), Path(".github/workflows/check.yml")} <= set(files)
    commands = [line for line in (folder / "check.sh").read_text().splitlines() if line.startswith(("ruff", "mypy"))]
    assert len(commands) == 3
    for line in commands:
        run("-m", *line.split(), cwd=folder)
    for name in ("s", "s" * 40):  # the shortest and the longest
        create(kind, name, tmp_path / name, Registry())
        for line in commands[:2]:
            run("-m", *line.split(), cwd=tmp_path / name)


def test_what_ci_runs_is_what_a_person_runs(tmp_path: Path) -> None:
    create("check", "shiny", tmp_path / "p", Registry())
    steps = (tmp_path / "p/.github/workflows/check.yml").read_text()
    assert "      - run: sh check.sh\n" in steps
    assert "://" not in steps
    assert 'test = ["pytest", "ruff", "mypy"]' in (tmp_path / "p/pyproject.toml").read_text()


def test_a_new_plugin_is_green_where_it_was_written(tmp_path: Path) -> None:
    """As its author runs it, before anything is installed."""
    folder = tmp_path / "tipoff-two-words"
    files = create("collector-with-features", "two_words", folder, Registry())
    assert Path("tipoff_two_words/plugin.py") in files
    assert Path("BUILD") not in files
    law = "loads or public or documented or names_is_there"
    said = run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", f"{law} or not Test", cwd=tmp_path / "tipoff-two-words"
    )
    assert " passed" in said


def test_inside_the_repository_it_gets_a_build_file(tmp_path: Path) -> None:
    (tmp_path / "core/tipoff").mkdir(parents=True)
    (tmp_path / "pants.toml").touch()
    folder = tmp_path / "plugins/shiny"
    files = create("collector", "shiny", folder, Registry())
    assert Path("BUILD") in files
    assert not {"check.sh", ".gitignore", ".github"} & {file.parts[0] for file in files}, "the repository has its own"
    assert "tool.ruff" not in (folder / "pyproject.toml").read_text()
    assert '{"shiny": "tipoff_shiny.plugin"}' in (folder / "BUILD").read_text()
    assert 'shiny = "tipoff_shiny.plugin"' in (folder / "pyproject.toml").read_text()


@every_kind
def test_what_is_written_is_tidy(kind: str, tmp_path: Path) -> None:
    for file in create(kind, "shiny", tmp_path / "p", Registry()):
        text = (tmp_path / "p" / file).read_text()
        assert "{{" not in text, file
        assert "{%" not in text, file
        assert not text or (text.endswith("\n") and not text.endswith("\n\n")), file
        assert all(line == line.rstrip() and len(line) <= 140 for line in text.splitlines()), file
    assert f"TIPOFF_API = {hookspecs.API_LEVEL}" in (tmp_path / "p/tipoff_shiny/plugin.py").read_text()


@pytest.mark.parametrize("name", ["Arenas", "9lives", "a-b", "", "class", "été", "arenas_", "a" * 41, "a/b"])
def test_a_name_that_cannot_be_one_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be a plugin's name; write lower-case letters"):
        create("collector", name, tmp_path / "p", Registry())
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(("name", "what"), [("games", "a table"), ("good", "a plugin"), ("doctor", "a command")])
def test_a_name_that_is_taken_is_refused(name: str, what: str, tmp_path: Path, install_plugin: object) -> None:
    install_plugin("good")  # type: ignore[operator]  # a fixture of core/tests/conftest.py
    with pytest.raises(SettingsError, match=f"{what} is called `{name}` already"):
        create("collector", name, tmp_path / "p", load())


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SettingsError, match="is there already, and not empty"):
        create("model", "shiny", tmp_path, Registry())
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert create("model", "shiny", tmp_path / "empty", Registry())


def test_every_template_belongs_to_a_kind() -> None:
    folders = {path.name for path in (Path(scaffold.__file__).parent / "template").iterdir()}
    assert folders == {"common", *KINDS}
