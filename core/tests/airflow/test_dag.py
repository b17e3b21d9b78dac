"""What the DAG files share: the wiring rule and the words of a task's page."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from airflow.sdk import DAG, BaseOperator
from tipoff.airflow.dag import asset, document, wire

FIRST, LAST = "first", "last"


def wired(after: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """The upstream ids of each task after `wire`, between a first and a last task."""
    with DAG("d", schedule=None) as dag:
        first, last = BaseOperator(task_id=FIRST), BaseOperator(task_id=LAST)
        wire({name: BaseOperator(task_id=name) for name in after}, after=after, first=first, last=last)
    return {task.task_id: task.upstream_task_ids for task in dag.tasks if task.task_id != FIRST}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param({}, {LAST: {FIRST}}, id="nothing"),
        pytest.param(
            {"b": ("a",), "a": (), "c": ("a", "b")},
            {"a": {FIRST}, "b": {"a"}, "c": {"b"}, LAST: {"c"}},
            id="an arrow that others imply is left out",
        ),
        pytest.param(
            {"a": (), "b": ("a",), "other": ()},
            {"a": {FIRST}, "b": {"a"}, "other": {FIRST}, LAST: {"b", "other"}},
            id="a branch of its own",
        ),
        pytest.param(
            {"a": (), "b": ("a",), "c": ("a",), "d": ("c", "b", "a")},
            {"a": {FIRST}, "b": {"a"}, "c": {"a"}, "d": {"b", "c"}, LAST: {"d"}},
            id="diamond",
        ),
        pytest.param({"a": ("gone",)}, {"a": {FIRST}, LAST: {"a"}}, id="a name that is no task"),
    ],
)
def test_wire(after: dict[str, tuple[str, ...]], expected: dict[str, set[str]]) -> None:
    assert wired(after) == expected


def test_wire_without_ends() -> None:
    with DAG("d", schedule=None) as dag:
        wire({name: BaseOperator(task_id=name) for name in "ab"}, after={"b": ("a",)})
    assert {task.task_id: task.upstream_task_ids for task in dag.tasks} == {"a": set(), "b": {"a"}}


def test_asset_names_the_table() -> None:
    assert asset("raw.games").name == "raw.games"
    assert asset("raw.games") == asset("raw.games")


def test_document() -> None:
    assert document("Brings games.", "fills games", "") == "Brings games.\n\n- fills games"
    assert document("", "") == ""
