"""The ``tipoff`` command."""

from __future__ import annotations

from tipoff.cli.group import cli


def main() -> None:
    """Runs the command line; the entry point ``tipoff``."""
    cli(prog_name="tipoff")


__all__ = ["cli", "main"]
