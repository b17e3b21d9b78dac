"""Pictures of the page in Airflow's UI, for the documents.

Run `make demo` and `make up`, then ``python benchmarks/pictures.py``; it needs a Chromium (Debian: ``apt-get install
chromium``). It logs in as a person does and writes ``docs/images/page.png``, the UI with what is predicted tonight, and
``docs/images/page-data.png``, the calendar of what was collected.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from tipoff.airflow.ui.browser import browser, installed, log_in

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
INSIDE = "document.querySelector('iframe')?.contentDocument"


async def take(program: str, address: str, home: Path, to: Path) -> None:
    """Logs in, and writes the pictures."""
    async with browser(program) as page:
        await page.look(width=1280, height=820)
        await log_in(page, address, home)
        await page.open(f"{address}/plugin/tipoff")
        await page.until(f"{INSIDE}?.querySelector('h2') && {INSIDE}.readyState === 'complete'")
        await page.ask("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(1))))")
        await page.picture(to / "page.png", whole=False)
        await page.open(f"{address}/tipoff/data")
        await page.picture(to / "page-data.png", whole=False)


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
