"""How much a plugin's work may take, so that work without an end becomes an error that names it.

The limits are far above what any work needs: they tell the endless from the long. `docs/guides/writing-a-plugin.md`
states them.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final, TypeVar

from tipoff.bounds import PARTS
from tipoff.errors import PluginError
from tipoff.plugins.patience import TookTooLong, limited

_T = TypeVar("_T")

SECONDS: Final[dict[str, float]] = {
    "plan": 600.0, "parse": 300.0, "uses": 60.0, "compute": 3600.0, "fit": 3600.0, "predict": 600.0,
}  # fmt: skip
"""Wall time of one call of a function, by its field in the spec. The contract kit gives less."""

MOST: Final[dict[str, int]] = {"plan": 200_000, "parse": PARTS, "uses": 10_000}
"""How many requests a plan may yield for a league, how many rows, bad records and requests an answer may give."""


class WithoutEnd(PluginError):
    """A function yields more than `MOST` of its field."""


@contextmanager
def limit(field: str, function: str, on: str = "") -> Iterator[None]:
    """Stops a plugin's work that does not end.

    In the main thread, where all work is done, and between two steps of Python: a call into C is waited for.

    Args:
        field: of the spec, in `SECONDS`.
        function: the dotted path.
        on: what it was called for.

    Raises:
        PluginError: it took longer.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seconds = SECONDS[field]
    try:
        with limited(seconds):
            yield
    except TookTooLong as error:
        frame = traceback.extract_tb(error.__traceback__)[-2]  # the last one is the one that stopped it
        where = f", on `{on}`," if on else ""
        raise PluginError(
            f"`{function}`{where} had not ended after {seconds:g} s and was stopped ({frame.filename}:{frame.lineno}); "
            "a loop in it has no end, or it does work that belongs elsewhere"
        ) from error


def all_of(field: str, function: str, items: Iterable[_T]) -> list[_T]:
    """Everything that a function yields.

    Raises:
        WithoutEnd: it yields more than `MOST` of the field.
    """
    most = MOST[field]
    found = list(islice(items, most + 1))
    if len(found) > most:
        raise WithoutEnd(
            f"`{function}` had yielded {most:,} items and went on, the last one `{found[-1]!r:.100}`; a loop in it has "
            "no end, or it must be asked for less at a time"
        )
    return found
