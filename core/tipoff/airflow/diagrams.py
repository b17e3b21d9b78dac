"""Diagrams of DAGs as Mermaid, and a document that holds them brought up to date.

From a shell::

    python -m tipoff.airflow.diagrams docs/architecture/airflow-workflows.md --dags dags

A document says which diagram stands where by a comment right above it: ``<!-- diagram: prediction -->``, the id of a
DAG, or ``<!-- diagram: lineage -->``, what flows between them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipoff.airflow.testing import isolate

if TYPE_CHECKING:
    from airflow.sdk import DAG, BaseOperator
    from airflow.sdk.definitions.mappedoperator import MappedOperator

LINEAGE = "lineage"

_PLACE = re.compile(r"(<!-- diagram: (\w+) -->\n```mermaid\n).*?(\n```)", re.DOTALL)


def diagram(dag: DAG) -> str:
    """A DAG's tasks: gates as hexagons, tasks with an instance for each model doubled."""
    from airflow.sdk import BaseSensorOperator

    lines = ["flowchart LR"]
    for task in ordered(dag):
        mapped = task.is_mapped or task.get_closest_mapped_task_group() is not None
        gate = isinstance(task, BaseSensorOperator)
        left, right = ("{{", "}}") if gate else ("[[", "]]") if mapped else ("[", "]")
        lines.append(f"    {task.task_id}{left}{task.task_id}{right}")
    for task in ordered(dag):
        lines += [f"    {task.task_id} --> {after}" for after in sorted(task.downstream_task_ids)]
    return "\n".join(lines)


def lineage(dags: Mapping[str, DAG]) -> str:
    """Which DAG reads and writes which schema of the store, from the assets on their tasks."""
    edges = set()
    for dag_id, dag in dags.items():
        for task in dag.tasks:
            edges |= {f"    {dag_id} --> {_schema(asset.name)}" for asset in task.outlets}
            edges |= {f"    {_schema(asset.name)} --> {dag_id}" for asset in task.inlets}
    return "\n".join(["flowchart LR", *sorted(edges)])


def ordered(dag: DAG) -> list[BaseOperator | MappedOperator]:
    """The DAG's tasks, each after those it waits for, by name where that leaves a choice."""
    done: dict[str, BaseOperator | MappedOperator] = {}
    while len(done) < len(dag.tasks):
        ready = [task for task in dag.tasks if task.task_id not in done and task.upstream_task_ids <= done.keys()]
        first = min(ready, key=lambda task: task.task_id)
        done[first.task_id] = first
    return list(done.values())


def places(text: str) -> list[str]:
    """Names of the diagrams that a document has a place for, in its order."""
    return [found[2] for found in _PLACE.finditer(text)]


def drawn_into(text: str, dags: Mapping[str, DAG]) -> str:
    """A document with its diagrams as the DAGs are.

    Args:
        text: Markdown.
        dags: by id.

    Raises:
        KeyError: a place names no diagram.
    """
    drawn = {LINEAGE: lineage(dags)} | {dag_id: diagram(dag) for dag_id, dag in dags.items()}
    return _PLACE.sub(lambda found: f"{found[1]}{drawn[found[2]]}{found[3]}", text)


def _schema(asset: str) -> str:
    schema = asset.partition(".")[0]
    return f"{schema}[({schema})]"


@click.command()
@click.argument("document", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dags", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path("dags"))
def main(document: Path, dags: Path) -> None:
    """Draws the diagrams of a Markdown document anew, from the DAGs of a folder."""
    isolate(dags)  # nobody's Airflow is asked or made
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(dags))
    text = document.read_text(encoding="utf-8")
    if unknown := set(places(text)) - {LINEAGE, *bag.dags}:
        raise click.UsageError(
            f"no DAG `{min(unknown)}` in `{dags}`, which `{document}` has a place for; there are: "
            f"{', '.join(sorted(bag.dags))} {bag.import_errors or ''}"
        )
    document.write_text(drawn_into(text, bag.dags), encoding="utf-8")
    click.echo(f"{document}: {', '.join(places(text))}")


if __name__ == "__main__":
    main()
