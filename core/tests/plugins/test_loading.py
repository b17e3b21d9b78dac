"""Discovery and isolation: each broken plugin ends in a state with a reason, and the rest works."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tipoff import hookspecs
from tipoff.errors import PluginError
from tipoff.plugins import load
from tipoff.settings import Settings


@pytest.fixture(autouse=True)
def good(install_plugin: Any, source: Any) -> None:
    """A sound plugin beside every broken one."""
    install_plugin("good", source.collector("good"))


def assert_good_works(states: dict[str, Any]) -> None:
    assert states["good"].state == "ok"
    assert states["good"].tasks == ("collect_good",)
    assert states["good"].reason == ""


def test_a_sound_plugin_brings_its_tasks(states: Any) -> None:
    plugins = states()
    assert_good_works(plugins)
    plugin = plugins["good"]
    assert (plugin.version, plugin.distribution, plugin.api, plugin.module) == ("1.0", "good", 1, "good_for_test")
    assert list(plugins) == ["good"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("1 / 0", ("ZeroDivisionError", "division by zero", "broken_for_test.py:1", "python -c 'import broken")),
        ("import no_such_module_for_test", ("ModuleNotFoundError", "no_such_module_for_test")),
        ("raise SystemExit(3)", ("SystemExit", "3")),
        ("import asyncio\nraise asyncio.CancelledError", ("CancelledError",)),
        ("def", ("SyntaxError",)),
    ],
)
def test_raising_on_import(install_plugin: Any, states: Any, statement: str, words: tuple[str, ...]) -> None:
    install_plugin("broken", header=statement)
    plugins = states()
    assert plugins["broken"].state == "failed"
    for word in words:
        assert word in plugins["broken"].reason
    assert_good_works(plugins)


def test_an_entry_point_to_a_missing_module(install_plugin: Any, states: Any) -> None:
    install_plugin("broken", target="not_there_for_test")
    assert "not_there_for_test" in states()["broken"].reason


@pytest.mark.parametrize("target", ["", "not-a-module"])
def test_an_entry_point_that_names_no_module(install_plugin: Any, states: Any, target: str) -> None:
    install_plugin("broken", target=target or " ")
    plugins = states()
    assert plugins["broken"].state == "failed"
    assert "names no module; write it like `broken = package.module`" in plugins["broken"].reason
    assert_good_works(plugins)


def test_two_entry_points_to_one_module(install_plugin: Any, states: Any) -> None:
    install_plugin("twin", target="good_for_test [extra]")
    plugins = states()
    assert plugins["twin"].reason == "plugin `good` is the same module; remove one of the two entry points"
    assert plugins["twin"].module == "good_for_test"
    assert_good_works(plugins)


def test_what_a_plugin_prints_is_not_in_the_commands_answer(install_plugin: Any, states: Any, capsys: Any) -> None:
    install_plugin("broken", header="print('hello')\nTIPOFF_API = 1")
    assert states()["broken"].state == "ok"
    assert capsys.readouterr() == ("", "hello\n")


@pytest.mark.parametrize(
    "interrupt",
    ["raise KeyboardInterrupt", "raise type('AirflowTaskTimeout', (BaseException,), {'__module__': 'airflow.sdk'})"],
)
def test_an_interrupt_is_not_contained(install_plugin: Any, states: Any, interrupt: str) -> None:
    install_plugin("broken", interrupt)
    with pytest.raises(BaseException, match=r"^$") as caught:
        states()
    assert not isinstance(caught.value, Exception)


def test_raising_in_a_hook(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("broken", source.model("elo") + "@hookimpl\ndef checks():\n    raise ValueError('no\\nluck')\n")
    plugins = states()
    assert plugins["broken"].state == "failed"
    assert "hook checks() raised ValueError: no luck (" in plugins["broken"].reason
    assert plugins["broken"].tasks == ()
    assert load(Settings()).models == (), "a plugin with one broken hook brings nothing"
    assert_good_works(plugins)


def test_a_misspelt_hook(install_plugin: Any, states: Any) -> None:
    install_plugin("broken", "@hookimpl\ndef collector():\n    return ()\n")
    plugins = states()
    assert plugins["broken"].state == "failed"
    assert "no hook `collector` (did you mean `collectors`?)" in plugins["broken"].reason
    assert_good_works(plugins)


def test_a_hook_with_an_argument(install_plugin: Any, states: Any) -> None:
    install_plugin("broken", "@hookimpl\ndef models(config):\n    return ()\n")
    assert states()["broken"].state == "failed"
    assert "config" in states()["broken"].reason


def test_a_hook_without_its_mark(install_plugin: Any, states: Any) -> None:
    install_plugin("broken", "def models():\n    return ()\n")
    assert "models() is not marked as a hook; put `@hookimpl` above it" in states()["broken"].reason


def test_a_wrapper_around_other_plugins(install_plugin: Any, states: Any) -> None:
    install_plugin("broken", "@hookimpl(wrapper=True)\ndef collectors():\n    yield\n    return ()\n")
    plugins = states()
    assert "hook collectors() is a wrapper" in plugins["broken"].reason
    assert_good_works(plugins)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("[]", "must return a tuple of Collector, got `[]`"),
        ("None", "must return a tuple of Collector, got `None`"),
        ("(x for x in ())", "must return a tuple of Collector, got `<generator"),
        ("('espn',)", "must return a tuple of Collector, and `'espn'` is in it"),
    ],
)
def test_returning_something_else(install_plugin: Any, states: Any, returned: str, words: str) -> None:
    install_plugin("broken", f"@hookimpl\ndef collectors():\n    return {returned}\n")
    plugins = states()
    assert plugins["broken"].state == "failed"
    assert f"hook collectors() {words}" in plugins["broken"].reason
    assert_good_works(plugins)


@pytest.mark.parametrize("returned", ["(say_hello,)", "say_hello"])
def test_a_command_as_an_object(install_plugin: Any, states: Any, returned: str) -> None:
    source = f"import click\nsay_hello = click.Command('hello')\n@hookimpl\ndef commands():\n    return {returned}\n"
    install_plugin("broken", source)
    assert "; return dotted paths such as 'package.module:function'" in states()["broken"].reason


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "does not state its API level; write `TIPOFF_API = 1`"),
        ("TIPOFF_API = 2", "needs API level `2`, and this tipoff has 1; upgrade tipoff"),
        ("TIPOFF_API = '1'", "got `'1'`"),
        ("TIPOFF_API = 0", "got `0`"),
    ],
)
def test_another_api_level(install_plugin: Any, states: Any, header: str, words: str) -> None:
    install_plugin("broken", header=header)
    plugins = states()
    assert plugins["broken"].state == "incompatible"
    assert words in plugins["broken"].reason
    assert_good_works(plugins)


def test_disabled_is_not_even_imported(install_plugin: Any, states: Any) -> None:
    install_plugin("broken", "raise RuntimeError")
    plugins = states(plugins_disabled=("broken",))
    assert plugins["broken"].state == "disabled"
    assert "TIPOFF_PLUGINS_DISABLED" in plugins["broken"].reason
    assert "broken_for_test" not in sys.modules
    assert_good_works(plugins)


def test_slow_plugins_work_and_are_named(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("slow", "import time\nstart = time.thread_time()\nwhile time.thread_time() < start + 0.06: pass\n")
    plugin = states()["slow"]
    assert plugin.state == "ok"
    assert plugin.reason.startswith("slow: 0.")
    assert plugin.seconds > 0.05


def test_heavy_imports_are_named(install_plugin: Any, tmp_path: Path) -> None:
    install_plugin("heavy", "import pandas\n")
    (tmp_path / "site" / "pandas.py").write_text("")  # stands in for the real one, to be quick
    code = "from tipoff.plugins import load; print({p.name: p.reason for p in load().plugins}['heavy'])"
    assert "imports pandas" in run_python(code, tmp_path / "site")


def test_two_distributions_with_one_plugin_name(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("zebra", source.model("zebra"), plugin="good")
    plugins = states()
    assert plugins["good (zebra)"].state == "failed"
    assert "another distribution has a plugin called `good`" in plugins["good (zebra)"].reason
    assert_good_works(plugins)


def test_of_two_copies_the_first_on_the_path_counts(
    install_plugin: Any, states: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "older" / "Good-0.9.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: Good\nVersion: 0.9\n")
    (info / "entry_points.txt").write_text("[tipoff]\ngood = good_for_test\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "older")])
    assert states()["good"].version == "1.0"
    assert len(states()) == 1


def test_damaged_metadata_of_another_package(install_plugin: Any, states: Any, tmp_path: Path) -> None:
    install_plugin("damaged")
    (tmp_path / "site" / "damaged-1.0.dist-info" / "entry_points.txt").write_text("[tipoff]\nno equals sign\n")
    assert_good_works(states())


def test_strict_sums_up_what_is_broken(install_plugin: Any, states: Any) -> None:
    states(plugins_strict=True)
    install_plugin("broken", "1 / 0")
    install_plugin("future", header="TIPOFF_API = 9")
    install_plugin("unwanted", "1 / 0")
    with pytest.raises(PluginError) as caught:
        states(plugins_strict=True, plugins_disabled=("unwanted",))
    message = str(caught.value)
    assert "plugin `broken` is failed: import of" in message
    assert "plugin `future` is incompatible: it needs API level `9`" in message
    assert "unwanted" not in message


def test_settings_come_from_the_environment(install_plugin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_PLUGINS_DISABLED", "good")
    assert [plugin.state for plugin in load().plugins] == ["disabled"]


def test_a_wheel_in_a_folder_on_the_path(tmp_path: Path, source: Any) -> None:
    """A wheel made by setuptools, put into a folder as pip does, appears, and goes when it is removed."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "polls_plugin.py").write_text("from tipoff import *\nTIPOFF_API = 1\n" + source.collector("polls"))
    (project / "pyproject.toml").write_text(
        textwrap.dedent("""
        [build-system]
        requires = ["setuptools"]
        build-backend = "setuptools.build_meta"
        [project]
        name = "tipoff-polls"
        version = "2.3"
        entry-points.tipoff.polls = "polls_plugin"
        [tool.setuptools]
        py-modules = ["polls_plugin"]
        """)
    )
    build = "import setuptools.build_meta as b, sys; b.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=project, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    code = "from tipoff.plugins import load; print([p for p in load().plugins if p.name == 'polls'])"
    shown = run_python(code, tmp_path / "installed")
    assert "version='2.3', distribution='tipoff-polls', state='ok'" in shown
    assert "tasks=('collect_polls',)" in shown
    assert run_python(code, tmp_path / "empty").strip() == "[]"


def test_loading_imports_nothing_heavy(tmp_path: Path) -> None:
    code = """
    import sys
    import tipoff.plugins, tipoff.settings, tipoff.clock
    tipoff.plugins.load()
    heavy = {"pandas", "pyarrow", "duckdb", "sklearn", "statsmodels", "scipy", "altair", "airflow", "numpy", "aiohttp"}
    print(sorted(heavy & set(sys.modules)))
    """
    assert run_python(textwrap.dedent(code), tmp_path).strip() == "[]"


def test_a_hundred_plugins_load(install_plugin: Any, source: Any) -> None:
    """What that costs, `benchmarks/parse_cost.py` says."""
    for number in range(100):
        install_plugin(f"many{number:02}", source.collector(f"many{number:02}") + source.model(f"many{number:02}"))
    assert len(load(Settings()).models) == 100


def run_python(code: str, *path: Path) -> str:
    """What `code` prints in a fresh interpreter that has `path` in front."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {[str(each) for each in path]!r}\n{code}"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # a test runner may have its own way to tipoff
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_an_older_api_level_that_still_works_is_taken_with_a_notice(
    install_plugin: Any, states: Any, source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hookspecs, "API_LEVEL", 4)
    monkeypatch.setattr(hookspecs, "OLDEST_API_LEVEL", 3)
    header = "from tipoff import Collector, Dataset, hookimpl\nTIPOFF_API = {}\n"
    install_plugin("older", source.collector("polls"), header=header.format(3))
    install_plugin("ancient", source.collector("votes"), header=header.format(2))
    found = states()
    assert (found["older"].state, found["older"].tasks) == ("ok", ("collect_polls",))
    assert found["older"].reason.startswith("written for API level 3, and this tipoff has 4: it still works; see")
    assert found["ancient"].state == "incompatible"
    assert "written for API level `2`, and this tipoff takes 3 to 4; upgrade the plugin" in found["ancient"].reason


def test_a_server_takes_the_version_that_was_installed_since(install_plugin: Any, source: Any) -> None:
    """In one process, as the page's: the modules of the older version are forgotten."""
    install_plugin("polls", source.collector("polls"))
    assert [dataset.name for dataset in load(Settings()).datasets()] == ["good", "polls"]
    was = sys.modules["polls_for_test"]
    assert load(Settings()).plugins
    assert sys.modules["polls_for_test"] is was, "as long as it stays, it is imported once"
    install_plugin("polls", source.collector("votes_and_more"))
    assert [dataset.name for dataset in load(Settings()).datasets()] == ["good", "votes_and_more"]
