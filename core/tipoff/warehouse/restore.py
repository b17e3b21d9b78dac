"""Puts a published copy in the place of the store, made whole beside it first: a kill leaves the one or the other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from tipoff import clock
from tipoff.disk import free_names, write_whole
from tipoff.errors import SettingsError, StoreError
from tipoff.warehouse.last_writer import LastWriter
from tipoff.warehouse.publish import read_copy
from tipoff.warehouse.store import Warehouse
from tipoff.warehouse.wal import Wal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.settings import Settings


@dataclass(frozen=True)
class Restored:
    """What came of it.

    Args:
        copy: that took the store's place.
        kept: what was there before, under its new names.
        predictions: in the ledger now.
        replayed: rows of predictions, grades and decisions that the copy lacked and the record had.
    """

    copy: Path
    kept: tuple[Path, ...]
    predictions: int
    replayed: int


Note = Callable[["DuckDBPyConnection", Path, int], None]
"""Notes in the store that it was made from a copy, and how many rows the record gave it."""


def restore(settings: Settings, note: Note) -> Restored:
    """Replaces the store by the newest copy that can be read to its end, and gives it what the record has since.

    Args:
        settings: where the store and its copies are.
        note: is called in the transaction that ends the new store, before it takes the old one's place.

    Raises:
        SettingsError: there is no copy.
        StoreError: no copy can be read; nothing was done.
        StoreBusy: another process kept the store.
        LedgerError: the record is damaged, or says something else than the copy.
    """
    copy = _newest(settings)
    kept: list[Path] = []
    replayed = 0

    def make(beside: Path) -> None:
        nonlocal replayed
        shutil.copyfile(copy, beside)
        replayed = _bring_up(Warehouse(beside, record=settings.record), lambda con, rows: note(con, copy, rows))
        kept.extend(_set_aside(settings.store))

    with Warehouse.of(settings).locked():
        write_whole(settings.store, make)
        LastWriter(settings.store).forget()
        predictions = read_copy(settings.store)
    return Restored(copy, tuple(kept), predictions, replayed)


def _newest(settings: Settings) -> Path:
    copies = [path for path in (settings.published, settings.published_before) if path.exists()]
    if not copies:
        raise SettingsError(
            f"there is no copy at `{settings.published}`; move `{settings.store}` away and run `tipoff init "
            "--new-store`, which makes a store that the next `tipoff collect` fills from what has landed"
        )
    why = ""
    for path in copies:
        try:
            read_copy(path)
        except duckdb.Error as error:
            why = why or f"`{path}` cannot be read either, so nothing was done: {error}"
        else:
            return path
    raise StoreError(f"the copy {why}")


def _bring_up(copy: Warehouse, note: Callable[[DuckDBPyConnection, int], None]) -> int:
    """Brings a copy to the present shape and gives it what the record has, and the note; returns how many rows came."""
    assert copy.record is not None  # noqa: S101 - it is made with one
    try:
        copy.migrate()
        with copy.read() as con:
            missing = copy.record.missing(con)
        with copy.write() as con:
            note(con, missing)
        with copy.settled():
            return missing
    finally:
        Path(f"{copy.path}.lock").unlink(missing_ok=True)


def _set_aside(store: Path) -> list[Path]:
    """Keeps the store that is there under another name as well, and moves its log, which is no other store's."""
    log = Wal(store).path
    there = [path for path in (store, log) if path.exists()]
    # The instant alone may be taken: a simulated league's stands still.
    kept = free_names(there, f"{clock.now():%Y%m%dT%H%M%S}")
    for path, name in zip(there, kept, strict=True):
        if path == log:
            path.rename(name)
            continue
        try:
            os.link(path, name)
        except OSError:  # a file system without links
            shutil.copyfile(path, name)
    return kept
