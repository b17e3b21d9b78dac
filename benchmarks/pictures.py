"""Pictures of the page in Airflow's UI, for the documents.

Run `make demo` and `make up`, then ``python benchmarks/pictures.py``; it needs a Chromium (Debian: ``apt-get install
chromium``). It logs in as a person does and writes into ``docs/images``:

| picture             | of                                                      |
|---------------------|---------------------------------------------------------|
| `dags.png`          | the list of DAGs                                        |
| `graph.png`         | the graph of a DAG, beside what the UI knows of it      |
| `page.png`          | the page in the UI, with what is predicted tonight      |
| `page-accuracy.png` | how good the forecasts are                              |
| `page-data.png`     | the calendar of what was collected                      |
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from tipoff.airflow.testing.browser import Page, browser, installed, log_in

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
INSIDE = "document.querySelector('iframe')?.contentDocument"


async def take(program: str, address: str, home: Path, to: Path) -> None:
    """Logs in, and writes the pictures."""
    async with browser(program) as page:
        await page.look(width=1280, height=820)
        await log_in(page, address, home)
        await page.open(f"{address}/dags")
        await page.until("document.querySelectorAll('a[href*=\"/runs/\"]').length >= 4")
        await shoot(page, to / "dags.png")
        await page.open(f"{address}/dags/prediction")
        await page.click("document.querySelector('button[value=graph]')")
        await page.until("document.querySelectorAll('.react-flow__node').length >= 5")
        await shoot(page, to / "graph.png")
        await page.open(f"{address}/plugin/tipoff")
        await page.until(f"{INSIDE}?.querySelector('h2') && {INSIDE}.readyState === 'complete'")
        await shoot(page, to / "page.png")
        for part in ("accuracy", "data"):
            await page.open(f"{address}/tipoff/{part}")
            await shoot(page, to / f"page-{part}.png")


async def shoot(page: Page, to: Path) -> None:
    """Takes the window as it is once nothing moves and nothing is on its way."""
    await page.ask("new Promise(still => setTimeout(() => requestIdleCallback(() => still(1)), 2000))")
    await page.picture(to, whole=False)


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--address", default="http://127.0.0.1:8080", help="of the UI")
    parser.add_argument("--home", type=Path, default=Path(".airflow"), help="AIRFLOW_HOME of the UI")
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder of the pictures")
    given = parser.parse_args()
    program = installed()
    if program is None:
        print("There is no browser; try: apt-get install chromium", file=sys.stderr)
        return 1
    asyncio.run(take(program, given.address, given.home, given.to))
    return 0


if __name__ == "__main__":
    sys.exit(main())
