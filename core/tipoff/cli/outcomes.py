"""Steps of a command that go on where one of them fails, as the tasks of a DAG do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

import click

from tipoff.cli.output import add, show, text
from tipoff.errors import Abort, Skip, TipoffError

if TYPE_CHECKING:
    from rich.table import Table


class Outcomes:
    """What became of each step: one that was not done gets a row, and its reason below the table.

    Args:
        made: the table to which the steps add their rows.
        after: for each step those that it needs; names that are no steps are passed over.
    """

    def __init__(self, made: Table, after: Mapping[str, Collection[str]] | None = None) -> None:
        self._made = made
        self._after = after or {}
        self._lost: set[str] = set()
        self._reasons: list[str] = []
        self._errors: dict[str, TipoffError] = {}

    def attempt(self, name: str, work: Callable[[], object]) -> None:
        """Does one step, unless one that it needs was lost."""
        if lost := [each for each in self._after.get(name, ()) if each in self._lost]:
            self._lost.add(name)
            self._note(name, "skipped", f"it needs `{lost[0]}`", "yellow")
            return
        try:
            work()
        except Skip as reason:  # nothing to do is no trouble for those after it
            self._note(name, "skipped", str(reason), "yellow")
        except TipoffError as error:
            self._lost.add(name)
            self._errors[name] = error
            self._note(name, "failed", "\n".join([str(error), *getattr(error, "__notes__", ())]), "red")

    def conclude(self) -> None:
        """Shows the table, and why steps were not done.

        Raises:
            Abort: a step has failed; its cause is the first one's error.
        """
        show(self._made)
        for reason in self._reasons:
            click.echo(reason)
        for name, error in self._errors.items():
            command = click.get_current_context().command_path.partition(" ")[2]  # without `tipoff`
            failed = ", ".join(self._errors)
            raise Abort(f"failed: {failed}; `tipoff --debug {command} {name}` shows where") from error

    def _note(self, name: str, state: str, reason: str, style: str) -> None:
        add(self._made, text(name), text(state, style))
        self._reasons.append(f"`{name}` {state}: {reason}")
