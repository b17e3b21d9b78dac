"""The documents against the code: nothing missing, nothing that is no more, links that lead somewhere."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import click
import pytest
from airflow.sdk import DAG, BaseHook, BaseNotifier, BaseOperator
from airflow.sdk.bases.decorator import DecoratedOperator
from tipoff import errors, plugins, settings
from tipoff.airflow import diagrams, hook, notifier, operators, sensors, sql
from tipoff.airflow.context import OVERRIDABLE
from tipoff.cli.group import cli
from tipoff.errors import TipoffError
from tipoff.warehouse.store import Warehouse
from tipoff_espn import operators as espn_operators

DagFile = Callable[[str], ModuleType]

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
DAG_IDS = ("data_collection", "feature_engineering", "model_training", "prediction")
BASES = ("TipoffOperator", "ESPNOperator", "WaitingSensor", "GateSensor")
"""Classes that nobody makes a task of."""

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def guide(name: str) -> str:
    return (DOCS / "guides" / f"{name}.md").read_text()


def tables(text: str) -> Iterator[list[str]]:
    """The cells of every table row of a document."""
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def section(text: str, name: str) -> str:
    """What stands under the heading that names `name`, up to the next heading of its level."""
    found = re.search(rf"^### [^\n]*`{name}`.*?(?=^##)", f"{text}\n## end", re.M | re.S)
    assert found, f"no heading names `{name}`"
    return found[0]


@pytest.fixture
def dags(dag_file: DagFile) -> Mapping[str, DAG]:
    return {dag_id: getattr(dag_file(dag_id), f"{dag_id}_dag") for dag_id in DAG_IDS}


# ------------------------------------------------------------------------------------- links and commands


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in anchors(linked), f"{target}: there is no such heading"


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """The arguments of every call of `program` in a code block or between backticks, without its comment."""
    code = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
    text = page.read_text()
    lines = [line for kind, block in code.findall(text) if kind == "console" for line in block.splitlines()]
    lines += [span for span in re.findall(r"`([^`]+)`", code.sub("", text)) if re.search(rf"\b{program} [^ ]", span)]
    for line in lines:
        for part in re.split(r"&&|\|\|?|;", line.removeprefix("$ ")):
            words = shlex.split(part, comments=True)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                del words[0]
            if words and Path(words[0]).name == program:
                yield words[1:]


@every_page
def test_documented_commands_exist(page: Path) -> None:
    for words in commands(page, "tipoff"):
        command: click.Command = cli
        context = click.Context(cli)
        rest = list(words)
        while isinstance(command, click.Group) and rest:
            while rest and rest[0].startswith("-"):
                assert_option(command, rest.pop(0), words)
            # `tipoff COMMAND` and `tipoff <command>` stand for any.
            if not rest or re.fullmatch(r"[A-Z…]+|<.*>", rest[0]):
                break
            found = command.get_command(context, rest[0])
            assert found, f"`tipoff {' '.join(words)}`: there is no `{rest[0]}`"
            command = found
            del rest[0]
        for word in rest:
            if word.startswith("-"):
                assert_option(command, word, words)


def assert_option(command: click.Command, word: str, words: list[str]) -> None:
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help", "-h"}
    assert word.partition("=")[0] in known, f"`tipoff {' '.join(words)}`: there is no option `{word}`"


def test_every_benchmark_stands_among_the_measurements() -> None:
    told = set(re.findall(r"`(\w+\.py)", (ROOT / "docs" / "architecture" / "measurements.md").read_text()))
    programs = {path.name for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text()}
    assert programs == told


def test_every_test_that_is_said_to_hold_something_is_there() -> None:
    named = [match for page in PAGES for match in re.findall(r"`([\w/]+\.py)::(test_\w+)`", page.read_text())]
    assert len(named) > 20
    for file, name in named:
        assert f"\ndef {name}(" in (ROOT / file).read_text(), f"{file} has no {name}"


def test_there_are_commands_to_look_at() -> None:
    assert sum(1 for page in PAGES for _ in commands(page, "tipoff")) > 20


@every_page
def test_documented_make_targets_exist(page: Path) -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert {words[0] for words in commands(page, "make") if words} <= known


# ------------------------------------------------------------------------------------------------ settings


def test_settings_are_documented_with_their_defaults() -> None:
    documented = {names_in(row[0])[0]: row for row in tables(guide("settings")) if len(row) == 4 and names_in(row[0])}
    fields = {f"TIPOFF_{name.upper()}": (name, field) for name, field in settings.Settings.model_fields.items()}
    assert list(documented) == list(fields)
    for variable, (name, field) in fields.items():
        default = field.default
        written = ",".join(default) if isinstance(default, tuple) else "" if default is None else str(default)
        if isinstance(default, bool):
            written = written.lower()
        assert "".join(names_in(documented[variable][1])) == written, variable
        assert ("variable" in documented[variable][3]) == (name in OVERRIDABLE), variable


def test_no_document_names_a_setting_that_is_no_more() -> None:
    known = {f"TIPOFF_{name.upper()}" for name in settings.Settings.model_fields}
    known |= {"TIPOFF_NOW", "TIPOFF_SHARED", "TIPOFF_API", "TIPOFF_ESPN_API_KEY", "TIPOFF_HISTORY_SOURCE", "TIPOFF_"}
    known |= {"TIPOFF_TEST_PICTURES"}
    for page in PAGES:
        assert set(re.findall(r"TIPOFF_[A-Z_]+\b", page.read_text())) <= known, page


# -------------------------------------------------------------------------------------------- error handling


def test_every_error_stands_on_its_branch() -> None:
    text = guide("airflow-error-handling")
    rows = {"".join(names_in(row[0])): names_in(row[1]) for row in tables(text) if len(row) == 3}
    tree = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, TipoffError)]
    for branch in TipoffError.__subclasses__():
        leaves = {each.__name__ for each in tree if issubclass(each, branch) and each is not branch}
        assert set(rows[branch.__name__]) == leaves


# ------------------------------------------------------------------------------------------------ operators


def components() -> list[type]:
    """Every operator, sensor, hook and notifier that is ours and that people use."""
    found = []
    for module in (operators, espn_operators, sensors, sql, hook, notifier):
        for name, each in inspect.getmembers(module, inspect.isclass):
            if (
                each.__module__.startswith(module.__name__)
                and issubclass(each, BaseOperator | BaseHook | BaseNotifier)
                and name not in BASES
                and not name.startswith("_")
            ):
                found.append(each)
    return found


def test_components_are_found() -> None:
    names = {each.__name__ for each in components()}
    assert {"CollectOperator", "TrainModel", "ESPNTeamsOperator", "ModelSensor", "TipoffDuckDBHook"} <= names


@pytest.mark.parametrize("component", components(), ids=lambda each: each.__name__)
def test_components_are_documented_with_their_arguments(component: type) -> None:
    page = guide("airflow-operators")
    own = section(page, component.__name__)
    made_by = inspect.unwrap(component.__init__)  # type: ignore[misc]  # exactly this class is meant
    if not made_by.__module__.startswith("tipoff"):
        return  # Airflow's own arguments only
    # What a base class takes stands once on the page, with the base or the first of its classes.
    text = own if made_by.__qualname__.startswith(f"{component.__name__}.") else page
    documented = {name for row in tables(text) for name in names_in(row[0])}
    takes = {each.name for each in inspect.signature(made_by).parameters.values() if each.kind is each.KEYWORD_ONLY}
    assert takes <= documented


def test_operator_examples_run() -> None:
    """The page's examples together are one DAG, with a task of every operator and sensor."""
    blocks = re.findall(r"^```python\n(.*?)^```", guide("airflow-operators"), re.M | re.S)
    made: dict[str, object] = {}
    exec(compile(blocks[0], "airflow-operators.md", "exec"), made)
    dag = made["dag"]
    assert isinstance(dag, DAG)
    with dag:
        for block in blocks[1:]:
            exec(compile(block, "airflow-operators.md", "exec"), made)
    made_of = {task.task_type for task in dag.tasks}
    assert {each.__name__ for each in components() if issubclass(each, BaseOperator)} <= made_of
    Warehouse.of(settings.load()).migrate(plugins.load().tables().values())
    final_games = dag.get_task("final_games")
    assert isinstance(final_games, DecoratedOperator)
    assert final_games.python_callable() == 0


def test_patience_of_the_gates_is_documented(dags: Mapping[str, DAG]) -> None:
    usual = inspect.signature(inspect.unwrap(sensors.WaitingSensor.__init__)).parameters
    page = guide("airflow-operators")
    assert f"{usual['patience'].default} unless given" in page
    assert f"{usual['poke_interval'].default} seconds unless given" in page
    rows = list(tables((DOCS / "architecture/airflow-workflows.md").read_text()))
    documented = {names_in(row[0])[0]: row[3] for row in rows if len(row) == 4 and names_in(row[0])}
    gates = [task for dag in dags.values() for task in dag.tasks if isinstance(task, sensors.GateSensor)]
    assert documented == {gate.task_id: str(gate.patience) for gate in gates}


# ------------------------------------------------------------------------------------------------------ DAGs


def test_dags_are_documented(dags: Mapping[str, DAG]) -> None:
    text = guide("airflow-dags")
    rows = {names_in(row[0])[0]: row for row in tables(text) if len(row) == 5 and names_in(row[0])}
    for dag_id, dag in dags.items():
        retries = {task.retries for task in dag.tasks}
        facts = [f"`{dag.schedule}`", str(dag.max_active_tasks), str(dag.dagrun_timeout), *map(str, retries)]
        assert rows[dag_id][1:] == facts
        part = text[text.index(f"## `{dag_id}`") :].partition("\n## ")[0]
        documented = {names_in(row[0])[0]: row for row in tables(part) if len(row) == 3 and names_in(row[0])}
        assert list(documented) == [task.task_id for task in diagrams.ordered(dag)]
        parameters = [names_in(row[0])[0] for row in tables(part) if len(row) == 2 and names_in(row[0])]
        assert parameters == list(dag.params)
        for task in dag.tasks:
            written = {asset.name for asset in task.outlets if asset.name.startswith(("raw.", "features."))}
            named = {name for name in names_in(documented[task.task_id][2]) if name.startswith(("raw.", "features."))}
            assert named == written, task.task_id


def test_workflow_diagrams_are_those_of_the_dags(dags: Mapping[str, DAG]) -> None:
    page = DOCS / "architecture/airflow-workflows.md"
    text = page.read_text()
    assert diagrams.places(text) == [*DAG_IDS, diagrams.LINEAGE]
    again = f"python -m tipoff.airflow.diagrams {page.relative_to(ROOT)}"
    assert diagrams.drawn_into(text, dags) == text, f"the DAGs have changed; run: {again}"
    assert again in text


def test_the_hours_of_a_day_are_those_of_the_dags(dags: Mapping[str, DAG]) -> None:
    text = (DOCS / "architecture/airflow-workflows.md").read_text()
    for dag_id, dag in dags.items():
        minute, hour, *_ = str(dag.schedule).split()
        assert f"{int(hour):02}:{int(minute):02} {dag_id}" in text
