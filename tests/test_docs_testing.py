"""The guide to testing a plugin against the laws and arguments that there are."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from tipoff.testing import plugin_tests
from tipoff.testing.check_laws import CheckLaws
from tipoff.testing.collector_laws import CollectorLaws
from tipoff.testing.feature_laws import FeatureLaws
from tipoff.testing.model_laws import ModelLaws
from tipoff.testing.plugin_laws import PluginLaws

GUIDE = Path(__file__).resolve().parents[1] / "docs/guides/testing-a-plugin.md"
SUITES = {
    "every plugin": PluginLaws,
    "each dataset": CollectorLaws,
    "each feature builder": FeatureLaws,
    "each model": ModelLaws,
    "each check": CheckLaws,
}


def rows(table: str) -> dict[str, str]:
    text = GUIDE.read_text()
    found = re.search(rf"^\| {table} \| .*\n\|---\|---\|\n((?:\|.*\n)+)", text, re.M)
    assert found, table
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", found[1], re.M))


def test_every_law_is_documented_in_its_own_words() -> None:
    for title, suite in SUITES.items():
        tests = {name[5:]: test for name, test in vars(suite).items() if name.startswith("test_")}
        assert len(tests) > 1
        assert rows(title) == {name: (inspect.getdoc(test) or "").splitlines()[0] for name, test in tests.items()}


def test_every_argument_is_documented() -> None:
    assert list(rows("argument")) == list(inspect.signature(plugin_tests).parameters)
