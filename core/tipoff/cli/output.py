"""How the commands' output looks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

from tipoff.cli.plain import plain, raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

PIPED_WIDTH = 160
"""Columns of a table that goes into a pipe or a file."""


def console(*, stderr: bool = False, file: TextIO | None = None) -> Console:
    """Where rich output goes; wide enough for whole tables when nobody watches."""
    from rich.console import Console
    from rich.segment import Segment

    class Plain(Console):
        """Styles and moves the cursor itself; what it is given to show does neither (`tipoff.cli.plain`)."""

        def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
            for segment in super().render(renderable, options):
                yield segment if segment.control else segment._replace(text=plain(segment.text))

    stream = file or raw(sys.stderr if stderr else sys.stdout)
    found = Plain(file=stream, highlight=False, emoji=False)
    if not found.is_terminal:
        found.width = PIPED_WIDTH
    return found


def show(*parts: RenderableType) -> None:
    """Prints to standard output."""
    console().print(*parts)


def table(headings: Iterable[str], numbers: Iterable[str] = ()) -> Table:
    """An empty table; the columns of `numbers` are flush right."""
    from rich.table import Table

    right = set(numbers)
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim", title_justify="left")
    for heading in headings:
        made.add_column(plain(heading), justify="right" if heading in right else "left", overflow="fold")
    return made


def add(to: Table, *cells: str | Text, style: str = "") -> None:
    """Adds a row; text stays as it is, whatever brackets it holds."""
    from rich.text import Text

    to.add_row(*(Text(plain(cell)) if isinstance(cell, str) else cell for cell in cells), style=style)


def text(content: str, style: str = "") -> Text:
    """A styled cell."""
    from rich.text import Text

    return Text(plain(content), style)


def counted(number: int, what: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def examples(lines: str) -> str:
    """A help epilog with one example a line, kept as it is."""
    return "\b\nExamples:\n" + "\n".join(f"  {line.strip()}" for line in lines.strip().splitlines())
