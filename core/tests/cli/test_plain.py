"""No control character of a name or a message reaches the terminal, whatever prints it."""

from __future__ import annotations

import subprocess
import sys
from io import StringIO

import click
import pytest
from click.testing import CliRunner
from tipoff.cli.group import Group
from tipoff.cli.output import add, console, show, table
from tipoff.cli.plain import plain
from tipoff.errors import SettingsError

HOSTILE = "Rovers\x1b]52;c;cm0gLXJm\x07\x9b2J\r\u202eevil\ud800"
SHOWN = r"Rovers\x1b]52;c;cm0gLXJm\x07\x9b2J\x0d\u202eevil\ud800"


def test_it_is_written_out_and_all_else_stays() -> None:
    assert plain(HOSTILE) == SHOWN
    assert plain("Café\tSt. John's\n★ \U0001f3c0 e\u0301 \u05d0") == "Café\tSt. John's\n★ \U0001f3c0 e\u0301 \u05d0"


@click.group(cls=Group)
def commands() -> None: ...


@commands.command()
@click.argument("how")
def say(how: str) -> None:
    if how == "error":
        raise SettingsError(HOSTILE)
    if how == "table":
        made = table(["a", HOSTILE[:9]])
        add(made, HOSTILE, "b")
        show(made, HOSTILE)
    elif how == "print":
        print(HOSTILE)
    elif how == "bytes":
        click.echo(b"\x1b as received", nl=False)
    else:
        click.echo(HOSTILE, err=how == "err")


@pytest.mark.parametrize("how", ["out", "err", "error", "table", "print"])
def test_a_command_prints_plain_text(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Group, "of_plugins", lambda self: {})
    monkeypatch.setattr(Group, "get_command", click.Group.get_command)
    said = CliRunner().invoke(commands, ["say", how]).output
    assert SHOWN in said
    assert "\x1b" not in said
    assert CliRunner().invoke(commands, ["say", "bytes"]).stdout_bytes == b"\x1b as received"


def test_our_own_styles_reach_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    file = StringIO()
    screen = console(file=file)
    screen.print("[bold]x[/]", "\x1b[31my")
    assert file.getvalue() == "\x1b[1mx\x1b[0m \\x1b[31my\n"


def test_a_traceback_is_plain_too() -> None:
    code = "from tipoff.cli.plain import speak_plainly\nspeak_plainly()\nraise ValueError('a' + chr(27) + 'c')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stderr.endswith("ValueError: a\\x1bc\n")
