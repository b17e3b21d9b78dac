"""The reference of hooks: none is missing, signatures are exact, and the examples are a plugin that keeps every law."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tipoff
from tipoff import hookspecs
from tipoff.plugins.endless import MOST, SECONDS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/reference/hooks.md").read_text()
RECORD = (ROOT / "core/api.txt").read_text()
HOOKS = [name for name, each in inspect.getmembers(hookspecs, inspect.isfunction) if hasattr(each, "tipoff_spec")]
TESTS = """
from datetime import date
from tipoff import Window
from tipoff.testing import plugin_tests

DAY = "https://crowds.example/v1/day.json?date="
GAMES = [{"id": "1", "season": 2026, "crowd": 8000}, {"id": "2", "season": 2026}]
DAYS = [date(2026, 1, 14), date(2026, 1, 15)]

TestCrowds = plugin_tests(
    "tipoff_crowds.plugin", answers={f"{DAY}{day}": {"games": GAMES} for day in DAYS}, window=Window(DAYS[0], DAYS[-1]),
    offenders={"crowds_are_not_all_alike": {"crowds": [
        {"league": "m", "season": 2026, "game_id": str(n), "crowd": 7} for n in range(21)
    ]}},
)
"""


def section(name: str) -> str:
    """What stands under the heading of a hook or function."""
    found = re.search(rf"^### `{re.escape(name)}`\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S)
    assert found, f"docs/reference/hooks.md has no heading `{name}`"
    return found[1]


def functions() -> Iterator[tuple[str, str]]:
    """Every field of a spec that names a function, with the function's signature, from the specs' own words."""
    for spec in (tipoff.Collector, tipoff.Dataset, tipoff.FeatureBuilder, tipoff.Model):
        for name, signature in re.findall(r"(\w+): dotted path to\s+``([^`]+)``", inspect.getdoc(spec) or ""):
            yield f"{spec.__name__}.{name}", signature


def test_the_limits_are_those_of_the_engines() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) s \|", PAGE, re.M))
    assert {name: float(seconds.replace(",", "")) for name, seconds in rows.items()} == SECONDS
    most = dict(re.findall(r"^\| `(\w+)` \| [\d,]+ s \| ([\d,]+)", PAGE, re.M))
    assert {name: int(number.replace(",", "")) for name, number in most.items()} == MOST


def test_there_are_hooks_and_functions() -> None:
    assert len(HOOKS) == 5
    assert len(list(functions())) == 8


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_has_its_heading_signature_and_example(hook: str) -> None:
    (signature,) = re.findall(rf"^def {hook}\(.*$", RECORD.partition("\n\n[")[0], re.M)
    assert f"```\n{signature}\n```" in section(hook)
    assert f"@hookimpl\ndef {hook}():" in section(hook)


@pytest.mark.parametrize(("name", "signature"), list(functions()))
def test_each_function_has_its_heading_signature_times_and_example(name: str, signature: str) -> None:
    text = section(name)
    assert f"```\n{signature}\n```" in text
    assert "**Called**" in text
    assert "**May it raise?**" in text
    assert "```python\n# tipoff_crowds/" in text


def test_no_heading_is_of_something_that_is_no_more() -> None:
    assert set(re.findall(r"^### `(.+)`$", PAGE, re.M)) == {*HOOKS, *(name for name, _ in functions())}


def test_the_examples_keep_every_law(tmp_path: Path) -> None:
    for path, block in re.findall(r"^```python\n# (\S+)\n(.*?)^```", PAGE, re.M | re.S):
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        with file.open("a") as whole:
            whole.write(block)
    (tmp_path / "test_crowds.py").write_text(TESTS)
    path = os.pathsep.join([str(tmp_path), *(str(Path(each).absolute()) for each in sys.path if each)])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "--import-mode=importlib", "-p", "no:cacheprovider", "-W", "error", "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    for test in ("goes_on_after_a_kill[crowds]", "nothing_from_the_future[crowd]", "comes_back_from_storage[loud]"):
        assert f"TestCrowds::test_it_{test} PASSED" in ran.stdout or f"TestCrowds::test_{test} PASSED" in ran.stdout
