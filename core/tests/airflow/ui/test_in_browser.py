"""The page in Airflow's own UI: a real API server, a real browser, a person's login.

It needs a Chromium (Debian: ``apt-get install chromium``); without one these tests are skipped, which under CI is a
failure. `TIPOFF_TEST_PICTURES` names a folder for pictures of every part, for a person to look at.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tipoff.airflow.testing.browser import browser, installed, log_in
from tipoff.airflow.testing.services import free_port
from tipoff.cli.parts import end_with_parent
from tipoff.report.page import TITLES

PROGRAM = installed()
pytestmark = pytest.mark.skipif(
    PROGRAM is None and not os.environ.get("CI"), reason="needs a browser: apt-get install chromium"
)
PICTURES = os.environ.get("TIPOFF_TEST_PICTURES", "")
LOOKS = {"light": (1200, False), "dark": (1200, True), "phone": (390, False)}
START_SECONDS, STOP_SECONDS = 600, 300


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, filled: Path) -> Path:
    """A folder with an ``airflow`` home, and the ``tipoff`` home of a league."""
    folder = tmp_path_factory.mktemp("ui")
    shutil.copytree(filled, folder / "tipoff")
    if not any(each.name == "tipoff" for each in importlib.metadata.entry_points(group="airflow.plugins")):
        # Where tipoff is on the path and not installed, Airflow does not see its entry point.
        (folder / "airflow" / "plugins").mkdir(parents=True)
        (folder / "airflow" / "plugins" / "page.py").write_text("from tipoff.airflow.ui.plugin import TipoffPage\n")
    return folder


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """Of a running API server with a login."""
    port = free_port()
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIPOFF_"))}
    env = {
        **mine,
        "PYTHONPATH": os.pathsep.join(os.path.abspath(each) for each in sys.path if each),  # noqa: PTH100 - not resolved
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__API__WORKERS": "1",
        "TIPOFF_HOME": str(home / "tipoff"),
    }
    prepare = [sys.executable, "-m", "tipoff.airflow.home", "--dags", str(home), "--port", str(port)]
    subprocess.run(prepare, env=env, check=True, capture_output=True)
    log = home / "api-server.log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", "airflow", "api-server"],
            env=env,
            stdout=file,
            stderr=file,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - a test runner may kill us
        )
    try:
        asyncio.run(_answers(f"http://127.0.0.1:{port}", server, log))
        yield f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGINT)
        server.wait(STOP_SECONDS)


async def _answers(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            assert server.poll() is None, log.read_text()[-4000:]
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api/v2/version", timeout=5):
                return
            await asyncio.sleep(0.25)  # another process works; nothing here can tell when it is ready


INSIDE = "document.querySelector('iframe')?.contentDocument"
WHOLE = f"{INSIDE}.readyState === 'complete' && {INSIDE}.body.innerText"


def test_a_person_logs_in_and_sees_every_part_in_airflows_ui(address: str, home: Path) -> None:
    assert PROGRAM, "CI needs a browser: apt-get install chromium"

    async def look() -> None:
        async with browser(PROGRAM or "") as page:
            await page.look(width=1400)
            await page.open(f"{address}/tipoff/tonight")
            assert "tonight" not in str(await page.ask("document.body.textContent")).lower(), "without a login"
            await log_in(page, address, home / "airflow")
            await page.open(f"{address}/plugin/tipoff")
            heading = await page.until(f"{INSIDE}?.querySelector('h2')?.textContent")
            assert heading == "Tonight: 10 games"
            for part, title in TITLES.items():
                await page.click(f"{INSIDE}?.querySelector('nav a[href$={part}]')")
                shown = await page.until(f"{INSIDE}?.title.startsWith('{title}') && {WHOLE}")
                assert "There is nothing to show" not in shown, part
            if PICTURES:
                await page.open(f"{address}/plugin/tipoff")
                await page.until(f"{INSIDE}?.querySelector('h2')?.textContent")
                await page.picture(Path(PICTURES) / "airflow.png", whole=False)

    asyncio.run(look())


FAINT = """(() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = colour => colour.slice(0, 3)
        .map(value => value / 255).map(value => value < 0.04 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const [red, green, blue, there = 1] = parts(getComputedStyle(element).backgroundColor);
            if (there) return [red, green, blue];
        }
    };
    document.querySelectorAll('details').forEach(each => { each.open = true; });
    const ratio = element => {
        const style = getComputedStyle(element), drawn = element.closest('svg');
        const back = behind(drawn ? drawn.parentElement : element);
        const [red, green, blue, there = 1] = parts(drawn ? style.fill : style.color);
        let share = there * (drawn ? style.fillOpacity : 1);
        for (let each = element; each; each = each.parentElement) share *= getComputedStyle(each).opacity;
        const shown = [red, green, blue].map((value, at) => value * share + back[at] * (1 - share));
        const [low, high] = [light(shown), light(back)].sort((one, other) => one - other);
        return (high + 0.05) / (low + 0.05);
    };
    return [...document.querySelectorAll('body *:not(title)')]
        .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
        .filter(each => ratio(each) < 4.5).map(each => `${ratio(each).toFixed(2)} ${each.outerHTML.slice(0, 80)}`);
})()"""
"""Text with less contrast to what is behind it than the Web Content Accessibility Guidelines ask for (level AA)."""


def test_every_part_is_whole_on_any_screen(address: str, home: Path) -> None:
    """Nothing wider than a phone or too faint, no content refused, colours of the reader, charts with words."""
    assert PROGRAM, "CI needs a browser: apt-get install chromium"

    async def look() -> None:
        async with browser(PROGRAM or "") as page:
            await log_in(page, address, home / "airflow")
            for name, (width, dark) in LOOKS.items():
                await page.look(width=width, dark=dark)
                for part in TITLES:
                    before = len(page.complaints)
                    await page.open(f"{address}/tipoff/{part}")
                    assert await page.ask("document.documentElement.scrollWidth") <= width, (part, name)
                    paper = await page.ask("getComputedStyle(document.body).backgroundColor")
                    assert (paper == "rgb(20, 22, 26)") is dark, (part, paper)
                    mute = "document.querySelectorAll('svg:not([aria-hidden]):not([aria-label])').length"
                    assert await page.ask(mute) == 0, part
                    assert await page.ask(FAINT) == [], (part, name)
                    assert page.complaints[before:] == [], (part, name)
                    if PICTURES:
                        await page.picture(Path(PICTURES) / f"{part}-{name}.png")

    asyncio.run(look())
