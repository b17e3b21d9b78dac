"""How ``tipoff collect`` shows where it is: bars in a terminal, a line every half minute elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tipoff.cli.output import console

if TYPE_CHECKING:
    from rich.progress import Progress, Task
    from rich.text import Text

    from tipoff.collecting.running import Progress as Watcher


@contextmanager
def watching() -> Iterator[Callable[[str], Watcher]]:
    """A function that gives each step, by its name, what the engine is to call."""
    from tipoff.collecting.telling import Teller

    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda name: Teller(name, lambda line: click.echo(line, err=True))
        return
    with bars() as shown:

        def begin(name: str) -> Watcher:
            bar = shown.add_task(name, total=None)
            return lambda done, total, _: shown.update(bar, completed=done, total=total)

        yield begin


def bars() -> Progress:
    """Bars with answers and how many there will be, rate, time taken and time left; gone when the work is done."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Answers a second, over the last half minute."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:,.1f}/s", style="progress.data.speed")

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console(stderr=True),
        transient=True,
    )
