"""What a person sees in a browser after ``tipoff up``: the login, the DAGs with their docs, a run, and the page beside.

It needs a Chromium (Debian: ``apt-get install chromium``); without one these tests are skipped, which under CI is a
failure. Pictures of all that is looked at go to the folder that `TIPOFF_TEST_PICTURES` names, else to pytest's own
temporary folder, whose last three runs stay.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tipoff.airflow.testing import plug_in
from tipoff.airflow.testing.browser import Page, browser, installed, log_in
from tipoff.airflow.testing.services import environment, free_port
from tipoff.cli.parts import end_with_parent
from tipoff.report.page import TITLES

DAGS = Path(__file__).resolve().parents[1] / "dags"
PROGRAM = installed()
pytestmark = pytest.mark.skipif(
    PROGRAM is None and not os.environ.get("CI"), reason="needs a browser: apt-get install chromium"
)
DAG_IDS = tuple(sorted(path.stem.removesuffix("_dag") for path in DAGS.glob("*_dag.py")))
STOP_SECONDS, RUN_SECONDS = 300, 900.0
INSIDE = "document.querySelector('iframe')?.contentDocument"
WHOLE = f"{INSIDE}.readyState === 'complete' && {INSIDE}.body.innerText"
"""The page, as Airflow's UI frames it."""
DIALOG = "document.querySelector('[role=dialog][data-state=open]:has(h1)')"
OPENING = f"{DIALOG}.getAnimations().filter(each => each.effect.getComputedTiming().endTime < Infinity)"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this Airflow and its league live."""
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """Of the UI that ``tipoff up`` brings, with an empty store and DAGs that run by hand only."""
    assert PROGRAM, "CI needs a browser: apt-get install chromium"
    port = free_port()
    plug_in(home / "airflow")
    env = {
        **environment(home),
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        "TIPOFF_SOURCE": "embedded:seed=1,teams=32",
    }
    running = subprocess.Popen(
        [sys.executable, "-m", "tipoff.cli", "up", "--port", str(port), "--dags", str(DAGS)],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509 - a test runner may kill us
    )
    try:
        assert running.stdout
        said = []
        for line in running.stdout:
            said.append(line)
            if line.startswith("Log in as"):
                break
        else:
            pytest.fail("".join(said))
        yield f"http://127.0.0.1:{port}"
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=STOP_SECONDS)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go."""
    return Path(os.environ.get("TIPOFF_TEST_PICTURES") or tmp_path_factory.mktemp("pictures"))


Look = Callable[[Page], Coroutine[None, None, None]]


@pytest.fixture
def look(address: str, home: Path) -> Callable[[Look], None]:
    """Looks at the UI with the eyes of someone who has logged in."""

    async def run(what: Look) -> None:
        async with browser(PROGRAM or "") as page:
            await page.look(width=1400)
            await log_in(page, address, home / "airflow")
            await what(page)

    return lambda what: asyncio.run(run(what))


def test_each_dag_is_listed_with_its_graph_and_its_docs(
    look: Callable[[Look], None], address: str, pictures: Path, dag_file: Callable[[str], ModuleType]
) -> None:
    dags = {dag_id: getattr(dag_file(dag_id), f"{dag_id}_dag") for dag_id in DAG_IDS}

    async def dag(page: Page, dag_id: str) -> None:
        await page.open(f"{address}/dags/{dag_id}")
        await click(page, "button[value=graph]")
        parts = set(dags[dag_id].task_group.children)
        drawn = "[...document.querySelectorAll('.react-flow__node')].map(node => node.dataset.id)"
        await page.until(f"{drawn}.length >= {len(parts)}")
        assert set(await page.ask(drawn)) == parts
        await page.picture(pictures / f"graph-{dag_id}.png", whole=False)
        await click(page, "[data-testid=markdown-button]")
        heading, first, *_ = dags[dag_id].doc_md.split("\n\n")
        shown = await page.until(f"{DIALOG}?.innerText.includes('Eastern') && {DIALOG}.innerText")
        assert heading.strip("# \n") in shown
        assert " ".join(first.replace("`", "").split()) in " ".join(shown.split())
        await page.ask(f"Promise.all({OPENING}.map(each => each.finished)).then(() => true)")
        await page.picture(pictures / f"docs-{dag_id}.png", whole=False)

    async def everything(page: Page) -> None:
        await page.open(f"{address}/dags")
        for dag_id in DAG_IDS:
            await page.until(f"document.querySelector('a[href$=\"/dags/{dag_id}\"]') !== null", RUN_SECONDS)
        await page.picture(pictures / "dags.png", whole=False)
        for dag_id in DAG_IDS:
            await dag(page, dag_id)

    look(everything)


def test_while_there_is_nothing_each_part_says_what_to_do(
    look: Callable[[Look], None], address: str, pictures: Path
) -> None:
    async def everything(page: Page) -> None:
        for part, shown in (await parts(page, address, pictures, "empty")).items():
            expected = "collect_games" if part == "plugins" else "Nothing has been published yet. Run tipoff collect"
            assert expected in shown, part

    look(everything)


def test_a_run_that_a_person_triggers_goes_green_and_the_page_tells_of_it(
    look: Callable[[Look], None], address: str, pictures: Path
) -> None:
    async def everything(page: Page) -> None:
        await page.open(f"{address}/dags/data_collection")
        await click(page, "[data-testid=trigger-dag-button]")
        await click(page, "[data-testid=trigger-dag-submit]")
        found = "document.querySelector('a[href*=\"/runs/manual__\"]')?.getAttribute('href')"
        run = (await page.until(found)).rstrip("/")
        await page.open(f"{address}{run}")
        badge = "document.querySelector('[data-testid=state-badge]:not(:empty)')?.innerText"
        await page.until(f"/success|failed/i.test({badge} ?? '')", RUN_SECONDS)
        await page.picture(pictures / "run.png", whole=False)
        assert str(await page.ask(badge)).lower() == "success"
        await page.open(f"{address}{run}/tasks/collect_games/plugin/tipoff-run")
        task = await page.until(f"{INSIDE}?.querySelector('tbody') && {WHOLE}")
        assert "What this task did" in task
        assert "games, mens-college-basketball" in task
        await page.picture(pictures / "task.png", whole=False)
        await page.open(f"{address}/dags/data_collection/plugin/tipoff-dag")
        assert await page.until(f"{INSIDE}?.querySelector('h2')?.innerText") == "Data"
        await page.picture(pictures / "dag-page.png", whole=False)
        shown = await parts(page, address, pictures, "collected")
        assert "Coverage: Men's college basketball, season 2026" in shown["data"]
        assert "Nothing has been published yet" not in "".join(shown.values())
        for part in ("tonight", "accuracy", "models"):
            assert "Run tipoff" in shown[part], part

    look(everything)


async def click(page: Page, selector: str) -> None:
    """Clicks on what may still have to be drawn."""
    await page.click(f"document.querySelector('{selector}')")


async def parts(page: Page, address: str, pictures: Path, name: str) -> dict[str, str]:
    """The words of each part of the page, reached by its tabs."""
    await page.open(f"{address}/plugin/tipoff")
    found = {}
    for part, title in TITLES.items():
        await page.click(f"{INSIDE}?.querySelector('nav a[href$={part}]')")
        found[part] = await page.until(f"{INSIDE}?.title.startsWith('{title}') && {WHOLE}")
        await page.picture(pictures / f"{part}-{name}.png", whole=False)
    return found
