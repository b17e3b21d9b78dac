"""A home, a plugin, and a way to run commands."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tipoff.cli import cli

Run = Callable[..., Result]


@pytest.fixture
def run(install_plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``tipoff ARGUMENTS`` in an empty home where no plugin is installed."""
    for name in [name for name in os.environ if name.startswith("TIPOFF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path / "home"))

    def invoke(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, list(arguments), prog_name="tipoff")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return invoke


@pytest.fixture
def tiny(run: Run, install_plugin: Any) -> Run:
    """The same with the league of `support_tiny` installed."""
    install_plugin("tiny", (Path(__file__).parent / "support_tiny.py").read_text(), header="")
    return run
