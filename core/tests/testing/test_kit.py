"""Hostile plugins, each of which breaks one law: the kit catches it, and says how to mend it."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tipoff.features.tiny_league import TinyLeague
from tipoff.plugins.endless import MOST, SECONDS
from tipoff.testing import check_tests, collector_tests, features_tests, fresh, model_tests, plugin_tests
from tipoff.testing.check_laws import CheckLaws
from tipoff.testing.collector_laws import CollectorLaws
from tipoff.testing.collector_suite import CollectorSuite
from tipoff.testing.feature_laws import FeatureLaws
from tipoff.testing.model_laws import ModelLaws
from tipoff.testing.plugin_laws import PluginLaws
from tipoff.testing.subject import Suite

from .support_hills import ANSWERS, CHECK, COLLECTOR, FEATURES, MODEL
from .support_hostile import HOSTILE, MORE

Make = Callable[[str], type[Suite]]
Law = Callable[..., None]

GAME = {"league": "mens-college-basketball", "season": 2024, "game_id": "1"}
OFFENDERS = {"hill_scores": {"games": [{**GAME, "home_score": -1}]}}
MAKERS: dict[str, Make] = {
    COLLECTOR: lambda module: collector_tests(module, answers=ANSWERS),
    FEATURES: lambda module: features_tests(module, league=TinyLeague(teams=4, games=10, players=False)),
    MODEL: model_tests,
    CHECK: lambda module: check_tests(module, offenders=OFFENDERS),
}


@pytest.mark.parametrize(("source", "name", "spoil", "says"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_plugin_is_caught(
    source: str, name: str, spoil: tuple[str, str], says: str, request: Any, write: Any, law: Law, install_plugin: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    label = request.node.callspec.id
    before, after = spoil
    assert before in source
    spoilt = source.replace(before, after)
    if label in MORE:
        spoilt = MORE[label](spoilt)
    if " without end" in label or " never " in label:
        for field in SECONDS:
            monkeypatch.setitem(SECONDS, field, 0.5)
        for field in MOST:
            monkeypatch.setitem(MOST, field, 1000)
    install_plugin("earlier", CHECK.replace("hill_scores", "taken"), header="")
    suite = MAKERS[source](write(spoilt))
    with pytest.raises(pytest.fail.Exception) as caught:
        law(suite, name)
    assert says in str(caught.value)
    assert "\nTo mend it: " in str(caught.value)


@pytest.mark.parametrize("source", MAKERS, ids=["collector", "features", "model", "check"])
def test_a_sound_plugin_keeps_every_law(source: str, write: Any, law: Law, install_plugin: Any) -> None:
    suite = MAKERS[source](write(source))
    names = [name for name, _ in inspect.getmembers(suite, inspect.isfunction) if name.startswith("test_")]
    for name in names:
        try:
            law(suite, name)
        except pytest.skip.Exception as skipped:
            assert name == "test_it_is_ok_beside_what_is_installed", skipped  # the model's feature has no builder


@pytest.mark.parametrize(
    ("does", "changed"),
    [
        ("print('hello')", ["standard output"]),
        ("import os\nos.environ['TIPOFF_SOURCE'] = 'espn'", ["the environment variables"]),
        ("import os\nos.chdir('/')", ["the working directory"]),
        ("import sys\nsys.path.insert(0, '/elsewhere')", ["sys.path"]),
        ("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)", ["the handlers of signals"]),
        ("import threading\nthreading.Thread(target=threading.Event().wait).start()", ["the threads that are running"]),
        ("import logging\nlogging.basicConfig()", ["logging's root"]),
        ("import tipoff\ntipoff.Row = None\ntipoff.query = None", ["tipoff.Row", "tipoff.query"]),
        ("import json", []),
    ],
)
def test_what_a_plugin_does_to_its_process_is_told(does: str, changed: list[str], tmp_path: Path) -> None:
    (tmp_path / "hills.py").write_text(f"from tipoff import hookimpl, query, Row\n{does}\n")
    path = os.pathsep.join([str(tmp_path), *(str(Path(each).absolute()) for each in sys.path if each)])
    subprocess.run(
        [sys.executable, "-P", fresh.__file__, "hills", "checks", str(tmp_path / "answer.json")],
        env={**os.environ, "PYTHONPATH": path}, check=True, capture_output=True,
    )  # fmt: skip
    assert json.loads((tmp_path / "answer.json").read_text())["changed"] == changed


def test_a_plugin_that_two_distributions_have(write: Any, law: Law, install_plugin: Any) -> None:
    suite = check_tests(write(CHECK))
    install_plugin("one", target=suite.subject.module)
    install_plugin("two", target=suite.subject.module)
    with pytest.raises(pytest.fail.Exception, match="is installed by `one`, `two`\nTo mend it: pip uninstall all but"):
        law(suite, "test_it_is_ok_beside_what_is_installed")


def test_every_law_is_broken_by_someone() -> None:
    """Except one: that a changed artifact is refused is core's promise, which no plugin can break."""
    broken = {name for _, name, _, _ in HOSTILE.values()}
    laws = {
        name
        for suite in (PluginLaws, CollectorLaws, FeatureLaws, ModelLaws, CheckLaws)
        for name, _ in inspect.getmembers(suite, inspect.isfunction)
        if name.startswith("test_")
    }
    assert laws - broken == {"test_a_changed_artifact_is_refused"}


def test_pytest_names_each_law_of_each_dataset(write: Any, tmp_path: Path) -> None:
    """One line in an author's file; the whole way through pytest."""
    (tmp_path / "test_mine.py").write_text(
        f"from tipoff.testing import plugin_tests\nTestMine = plugin_tests({write(CHECK)!r}, offenders={OFFENDERS!r})\n"
    )
    path = os.pathsep.join(
        [str(tmp_path / "site-of-hills"), *(str(Path(each).absolute()) for each in sys.path if each)]
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "test_mine.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "test_mine.py::TestMine::test_it_loads PASSED" in run.stdout
    assert "test_mine.py::TestMine::test_its_table_is_there[hill_scores] PASSED" in run.stdout
    assert run.returncode == 0, run.stdout


def test_a_kind_that_the_plugin_does_not_bring(write: Any, law: Law) -> None:
    suite = model_tests(write(CHECK))
    with pytest.raises(pytest.fail.Exception, match=r"has no `models`\nTo mend it: write a function models\(\)"):
        law(suite, "test_it_loads")


def test_an_answer_that_was_forgotten(write: Any, law: Law) -> None:
    suite = collector_tests(write(COLLECTOR), answers={})
    with pytest.raises(pytest.fail.Exception, match=r"there is no sample answer for /a\?, /b\?page=2"):
        law(suite, "test_a_key_names_one_record")


def test_no_suite_hides_anothers_helpers() -> None:
    """A plugin that brings everything gets one class of all of them."""
    suites = (Suite, PluginLaws, CollectorLaws, CollectorSuite, FeatureLaws, ModelLaws, CheckLaws)
    names = [name for suite in suites for name in vars(suite) if not name.startswith("__")]
    assert sorted(names) == sorted(set(names))


def test_a_plugin_that_brings_several_kinds(write: Any, law: Law) -> None:
    both = FEATURES + CHECK.partition("TIPOFF_API = 1")[2].replace("@hookimpl", "@__import__('tipoff').hookimpl")
    suite = plugin_tests(write(both.replace("return (Check(", "from tipoff import Check\n    return (Check(")))
    assert issubclass(suite, FeatureLaws)
    assert issubclass(suite, CheckLaws)
    law(suite, "test_its_table_is_there")
    law(suite, "test_games_to_come_have_rows")
