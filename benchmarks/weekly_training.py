"""What the training costs when one week is new.

    python benchmarks/weekly_training.py --monday 2024-02-26

The store in TIPOFF_HOME, whose features are built, is copied and stays as it is. In the copy all models are trained on
the Monday before, as if for the first time, and then on this one, with a week of games more: fitted, walked forward
over what is new, registered. Both steps are `tipoff train` in a process of its own, whose start is counted, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click


@click.command()
@click.option("--monday", type=click.DateTime(["%Y-%m-%d"]), default="2024-02-26", show_default=True)
def main(monday: datetime) -> None:
    """Train, let a week pass, train again."""
    from tipoff import settings
    from tipoff.warehouse.store import Warehouse

    used = settings.load()
    with TemporaryDirectory(dir=used.home) as home:
        copy = Path(home) / used.store.name
        with Warehouse.of(used).settled() as store:
            shutil.copy(store, copy)
        with Warehouse(copy).write() as con:
            for table in ("models.walk_forward", "models.event", "models.evaluation", "models.version"):
                con.execute(f"DELETE FROM {table}").fetchall()
        for what, day in (("everything new", monday - timedelta(days=7)), ("one new week", monday)):
            wall, processor = trained(Path(home), day.date())
            click.echo(f"{day:%Y-%m-%d}, {what}: {wall:.1f} s, of the processor {processor:.1f} s")


def trained(home: Path, day: date) -> tuple[float, float]:
    """Seconds of the wall clock and of the processor that `tipoff train` takes on the morning of a day."""
    env = {**os.environ, "TIPOFF_HOME": str(home), "TIPOFF_NOW": f"{day}T13:00:00"}
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "tipoff.cli", "train"], env=env)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("tipoff train failed; see above")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
