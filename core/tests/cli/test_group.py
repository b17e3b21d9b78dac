"""The group: quick help, lazy commands, one line an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from tipoff import __version__
from tipoff.cli.group import COMMANDS, cli
from tipoff.errors import SettingsError
from tipoff.plugins import resolve
from tipoff.plugins.validation import CORE_COMMANDS


def all_commands() -> list[tuple[str, click.Command]]:
    """Every command of tipoff's own, subcommands included."""
    found: list[tuple[str, click.Command]] = [("", cli)]
    for name, lazy in COMMANDS.items():
        command = resolve(lazy.path)
        assert isinstance(command, click.Command)
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {sub}", each) for sub, each in command.commands.items()]
    return found


def test_help_lists_every_command_without_importing_it(run: Any) -> None:
    output = run("--help").output
    for name, lazy in COMMANDS.items():
        assert name in output
        assert lazy.help.split()[0] in output


def test_a_folder_that_cannot_be_made_is_named(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "file" / "home"))
    said = run("init", code=1).output
    assert f"Error: `{tmp_path / 'file' / 'home'}`: Not a directory; see `tipoff doctor`" in said
    with pytest.raises(NotADirectoryError):
        run("--debug", "init")


def test_help_is_quick_and_light() -> None:
    code = """
import sys, time
from tipoff.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
heavy = {"duckdb", "pyarrow", "numpy", "rich", "jinja2", "sklearn", "aiohttp", "airflow"} & set(sys.modules)
print(sorted(heavy), time.process_time(), file=sys.stderr)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code, "--help"], env=env, check=True, capture_output=True, text=True)
    heavy, seconds = done.stderr.rsplit(maxsplit=1)
    assert heavy == "[]"
    assert float(seconds) < 0.5
    assert "collect" in done.stdout


@pytest.mark.parametrize(("name", "command"), all_commands())
def test_every_command_has_help_with_examples(run: Any, name: str, command: click.Command) -> None:
    output = run(*name.split(), "--help").output
    assert command.help
    if name != "backtest":
        assert f"tipoff {name}".strip() in output.partition("Examples:")[2]
    if name in COMMANDS:
        assert COMMANDS[name].help.split()[:2] == command.help.split()[:2], "both lines say the same"


def test_no_plugin_may_take_a_name_of_ours() -> None:
    assert set(COMMANDS) <= set(CORE_COMMANDS)


def test_version(run: Any) -> None:
    assert run("--version").output == f"tipoff, version {__version__}\n"


def test_an_unknown_command_suggests_the_nearest(run: Any) -> None:
    assert "there is no command `colect` (did you mean `collect`?)" in run("colect", code=2).output


def test_an_error_is_one_line_and_the_next_command(run: Any) -> None:
    result = run("collect", "gmaes", code=1)
    assert result.output.splitlines()[-1].startswith("Error: no plugin brings the dataset `gmaes`")
    assert "`tipoff plugins`" in result.output
    assert "Traceback" not in result.output


def test_debug_shows_the_traceback(run: Any) -> None:
    with pytest.raises(SettingsError):
        run("--debug", "collect", "gmaes")


def test_a_skip_is_no_failure(tiny: Any) -> None:
    assert "Nothing to do: no game is over yet" in tiny("train").output


def test_a_bad_setting_is_named(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_ATTEMPTS", "none")
    assert "Error: TIPOFF_ATTEMPTS: " in run("plugins", code=1).output
    assert "Trouble with plugins" in run("--help").output


def test_commands_of_plugins(tiny: Any) -> None:
    output = tiny("--help").output
    assert "From plugins" in output
    assert "say-hello" in output
    assert tiny("say-hello").output == "hello\n"


def test_a_broken_command_of_a_plugin_says_why(tiny: Any) -> None:
    output = tiny("broken-thing", code=1).output
    assert "Error: `tiny_nowhere:broken_thing` cannot be imported: ModuleNotFoundError" in output


def test_a_plugins_command_that_is_none(run: Any, install_plugin: Any) -> None:
    install_plugin("odd", "@hookimpl\ndef commands():\n    return ('tipoff.clock:day_of',)\n")
    assert "`tipoff.clock:day_of` is not a click command" in run("day-of", code=1).output
