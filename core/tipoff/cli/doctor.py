"""``tipoff doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tipoff.cli.output import add, console, examples, show, table, text

if TYPE_CHECKING:
    from tipoff.contracts import Access, Collector

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "bold red"}


@click.command(
    epilog=examples("""
        tipoff doctor
        TIPOFF_SOURCE=espn tipoff doctor
    """)
)
def doctor() -> None:
    """Look whether everything works: versions, plugins, disk, store, ledger, Airflow and sources.

    Nothing is written, and each source is asked one question. What is not as it should be comes with what to type.
    Exit code 1 if something has failed.
    """
    from tipoff import plugins, settings
    from tipoff.collecting.engine import access_of
    from tipoff.health import Needs, examine

    chosen = settings.load()
    registry = plugins.load(chosen.model_copy(update={"plugins_strict": False}))

    def reach(collector: Collector) -> Access:
        return access_of(chosen, collector.name)

    made = table(("", "state", "found"))
    failed = 0
    with console(stderr=True).status("looking"):
        for finding in examine(Needs(registry, chosen, reach)):
            failed += finding.state == "failed"
            found = text(finding.found)
            if finding.mend:
                found.append(f"\n{finding.mend}", _COLOURS[finding.state])
            add(made, text(finding.part, "bold"), text(finding.state, _COLOURS[finding.state]), found)
    show(made)
    if failed:
        raise SystemExit(1)
