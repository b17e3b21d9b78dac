"""``tipoff down``: ends an Airflow that ``tipoff up`` has started, from another shell or after it was killed."""

from __future__ import annotations

import click

from tipoff.cli.output import examples
from tipoff.cli.parts import STOP_SECONDS
from tipoff.cli.running import Running
from tipoff.cli.up import airflow_home


@click.command(epilog=examples("tipoff down"))
def down() -> None:
    """Stop the Airflow that `tipoff up` has started with this AIRFLOW_HOME, and leave no process behind.

    A task that is under way is ended with it, which harms nothing: its next run goes on where it was.
    """
    home = airflow_home()
    found = Running.of(home)
    if found is None or not found.all(home):
        click.echo(f"Nothing to do: no Airflow of {home} was started by `tipoff up`, or it has ended")
        return
    click.echo("Stopping Airflow ...")
    found.stop(home, STOP_SECONDS + 10)  # `tipoff up` takes so long at most, and then some
    click.echo(f"Airflow of {home} has ended")
