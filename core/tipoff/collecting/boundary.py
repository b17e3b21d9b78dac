"""Where core calls a plugin's code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tipoff.errors import PluginError, TipoffError
from tipoff.warehouse.last_writer import watched


@contextmanager
def plugin_boundary(what: str, on: str = "") -> Iterator[None]:
    """What a plugin raises by mistake becomes a `PluginError` that names it; what it raises on purpose passes.

    So does a write to the store meanwhile that is not tipoff's own (`tipoff.warehouse.last_writer`).

    Args:
        what: the function.
        on: what it was called for.
    """
    try:
        with watched(what):
            yield
    except TipoffError:
        raise
    except (Exception, SystemExit) as error:
        where = f", on `{on}`," if on else ""
        raise PluginError(
            f"`{what}`{where} raised {type(error).__name__}: {error}; this is a defect of the plugin"
        ) from error


def given(dataset: str, function: str, answer: object, wanted: str) -> list[object]:
    """What a dataset's function gave, one after the other; what it raises meanwhile is the caller's to catch.

    Raises:
        PluginError: it gave None, a text or anything else that is no series.
    """
    if not isinstance(answer, Iterable) or isinstance(answer, str | bytes):
        raise PluginError(f"dataset `{dataset}`: `{function}` returned `{answer!r:.100}`; {wanted}")
    return list(answer)
