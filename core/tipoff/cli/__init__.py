"""The ``tipoff`` command."""

from __future__ import annotations

import os

# pydantic asks every distribution for plugins, and one whose entry points cannot be read would end the command.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from tipoff.cli.group import cli
from tipoff.cli.plain import speak_plainly


def main() -> None:
    """Runs the command line; the entry point ``tipoff``."""
    speak_plainly()  # also in the traceback of what nobody expected
    cli(prog_name="tipoff")


__all__ = ["cli", "main"]
