"""Arrow tables under names that a statement can use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


@contextmanager
def registered(con: DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> Iterator[None]:
    """Inside it, `con` knows each table by its name."""
    for name, table in tables.items():
        con.register(name, table)
    try:
        yield
    finally:
        for name in tables:
            con.unregister(name)
