"""Where core calls a plugin's code."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext

from tipoff.contracts import Access, Collector
from tipoff.errors import PluginError, SourceRefused, TipoffError
from tipoff.http.secrets import hide_in_error, secrets_of
from tipoff.plugins.endless import all_of, limit
from tipoff.settings import api_key_name
from tipoff.warehouse.last_writer import watched


@contextmanager
def plugin_boundary(what: str, on: str = "", field: str = "") -> Iterator[None]:
    """What a plugin raises by mistake becomes a `PluginError` that names it; what it raises on purpose passes.

    So does a write to the store meanwhile that is not tipoff's own (`tipoff.warehouse.last_writer`).

    Args:
        what: the function.
        on: what it was called for.
        field: the spec's field that names it, where it must end within that one's limit (`tipoff.plugins.endless`).
    """
    try:
        with watched(what), limit(field, what, on) if field else nullcontext():
            yield
    except TipoffError:
        raise
    except (Exception, SystemExit) as error:
        where = f", on `{on}`," if on else ""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        raise PluginError(
            f"`{what}`{where} raised {type(error).__name__}: {error} ({frame.filename}:{frame.lineno}); "
            "this is a defect of the plugin"
        ) from error


@contextmanager
def hidden(access: Access) -> Iterator[None]:
    """Keeps the key and the logins of `access` out of what an error says, whoever raises it."""
    try:
        yield
    except BaseException as error:
        hide_in_error(error, secrets_of(access))
        raise


@contextmanager
def key_named(collector: Collector, access: Access) -> Iterator[None]:
    """Where the source refuses us, says which variable and which connection hold the key that may help."""
    try:
        yield
    except SourceRefused as error:
        if error.by_proxy:
            raise
        key = f"{api_key_name(collector.name)}, or the password of the Airflow connection `{collector.conn_id}`"
        sent = f"The key that was sent is that of {key}" if access.api_key else f"No key was sent; for one, set {key}"
        raise SourceRefused(f"{error}. {sent}") from error


def given(dataset: str, field: str, function: str, answer: object, wanted: str) -> list[object]:
    """What a dataset's function gave, one after the other; what it raises meanwhile is the caller's to catch.

    Raises:
        PluginError: it gave None, a text or anything else that is no series, or one without an end.
    """
    if not isinstance(answer, Iterable) or isinstance(answer, str | bytes):
        raise PluginError(f"dataset `{dataset}`: `{function}` returned `{answer!r:.100}`; {wanted}")
    return all_of(field, function, answer)
