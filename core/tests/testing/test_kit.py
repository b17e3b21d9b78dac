"""Hostile plugins, each of which breaks one law: the kit catches it, and says how to mend it."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
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
    monkeypatch.setattr(click, "unstyle", click.unstyle)  # put back what one of them takes, from this process too
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
        ("print('hello')", ["what is printed"]),
        ("import os\nos.environ['TIPOFF_SOURCE'] = 'espn'", ["the environment variable TIPOFF_SOURCE"]),
        ("import click\nclick.echo = click.secho = None", ["click.echo", "click.secho"]),
        ("import csv\ncsv.DictReader.__next__ = None", ["csv.DictReader.__next__"]),
        ("import json\njson.loads = json.dumps", ["json.loads"]),
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
        env={**os.environ, "PYTHONPATH": path}, check=True, capture_output=True, input=b'["csv", "click"]',
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


@pytest.mark.parametrize("source", [COLLECTOR, FEATURES], ids=["collector", "features"])
def test_a_plugin_that_does_not_load_is_one_failure(source: str, write: Any, tmp_path: Path) -> None:
    module = write(source.replace("TIPOFF_API = 1", "TIPOFF_API = 1 / 0"))
    which = "collector" if source == COLLECTOR else "features"
    (tmp_path / "test_mine.py").write_text(
        f"from tipoff.testing import {which}_tests\nTestMine = {which}_tests({module!r})\n"
    )
    path = os.pathsep.join(
        [str(tmp_path / "site-of-hills"), *(str(Path(each).absolute()) for each in sys.path if each)]
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "test_mine.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert re.search(r"^=+ 1 failed, \d+ skipped in ", run.stdout, re.M), run.stdout
    assert "ZeroDivisionError" in run.stdout
    assert f"`{module}` is not loaded: see test_it_loads" in run.stdout
    assert "see test_it_loads" in run.stdout
    assert "got empty parameter set" not in run.stdout


def test_a_list_of_one_record_cannot_lose_another(write: Any, law: Law) -> None:
    one = {**ANSWERS, "https://hills.example/a": {"hills": [{"id": "1"}]}}
    suite = collector_tests(write(COLLECTOR), answers=one)
    with pytest.raises(
        pytest.fail.Exception, match=r"^Not shown: no list in the sample answers of `hills` holds two rec"
    ):
        law(suite, "test_one_bad_record_costs_no_other")


def test_a_table_that_gets_no_row_is_not_shown(write: Any, law: Law) -> None:
    source = COLLECTOR.replace('tables=("hills",)', 'tables=("hills", "games")')
    suite = collector_tests(write(source), answers=ANSWERS)
    for name in ("test_every_sample_answer_gives_rows_that_fit", "test_it_goes_on_after_a_kill"):
        with pytest.raises(
            pytest.fail.Exception, match=r"^Not shown: the sample answers of `hills` gave no row for `games`"
        ):
            law(suite, name)


def test_a_plan_that_asks_for_nothing_is_not_shown(write: Any, law: Law) -> None:
    suite = collector_tests(
        write(COLLECTOR.replace("    yield Request", "    return\n    yield Request", 1)), answers=ANSWERS
    )
    with pytest.raises(
        pytest.fail.Exception, match=r"^Not shown: `hostile_for_test:plan` asked for nothing\nTo show it: gi"
    ):
        law(suite, "test_a_key_names_one_record")


def test_what_a_check_must_find_is_given(write: Any, law: Law) -> None:
    name, module = "test_it_finds_what_is_wrong", write(CHECK)
    for offenders, says in (
        ({}, "Not shown: nothing says what check `hill_scores` must find\nTo show it: give rows that are wrong: "),
        ({"hill_scores": {"games": []}}, "Not shown: `offenders=` has no row for check `hill_scores`"),
        ({"hil_scores": {}}, "`offenders=` names `hil_scores`, which is no check of this plugin (did you mean `hill_s"),
        ({"hill_scores": {"gmes": [GAME]}}, "names `gmes`, which is no table here (did you mean `games`?)"),
    ):  # fmt: skip
        with pytest.raises(pytest.fail.Exception) as caught:
            law(check_tests(module, offenders=offenders), name, number=len(says))
        assert says in str(caught.value)


def test_limits_of_a_feature_that_no_model_sees(write: Any, law: Law) -> None:
    suite = model_tests(write(MODEL), between={"hill_features.slop": (0, 1)})
    with pytest.raises(
        pytest.fail.Exception, match=r"which none of the models sees \(did you mean `hill_features.slope`"
    ):
        law(suite, "test_its_output_is_in_range")


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
