"""Consistent access to the store from Airflow. Importing this brings DuckDB in, so a DAG file never does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.duckdb.hooks.duckdb import IN_MEMORY_DATABASE, DuckDBHook

from tipoff import settings
from tipoff.warehouse.merge import merge
from tipoff.warehouse.store import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from tipoff.contracts import Table

CONN_ID = "tipoff_duckdb"


class TipoffDuckDBHook(DuckDBHook):
    """The official DuckDB hook, kept to tipoff's rules: one writer or reader at a time, Arrow in and out.

    Every connection it opens, also for `run`, `get_records` and the common SQL operators, waits for the store's lock
    and holds it until it is closed. Without the Airflow connection ``tipoff_duckdb`` it opens the store that
    ``TIPOFF_HOME`` names.

    Args:
        duckdb_conn_id: an Airflow connection of type ``duckdb``; its host is the file.
        lock_wait: seconds to wait for the store; ``TIPOFF_LOCK_WAIT_SECONDS`` unless given.

    Example::

        from tipoff.airflow.hook import TipoffDuckDBHook

        hook = TipoffDuckDBHook(read_only=True)
        games = hook.query("SELECT * FROM raw.games WHERE game_date = $day", day=date(2024, 1, 15))
    """

    default_conn_name = CONN_ID
    hook_name = "tipoff store (DuckDB)"

    def __init__(self, *args: Any, lock_wait: float | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lock_wait = lock_wait

    def get_database(self) -> str:
        """The file to open: the ``database`` argument, else the connection's, else the store of the settings."""
        database = str(super().get_database())
        if self.database or database != IN_MEMORY_DATABASE:
            return database
        return str(settings.load().store)

    def get_connect_config(self) -> dict[str, Any]:
        """The options a connection is opened with; a new file stays readable for DuckDB 1.5."""
        config: dict[str, Any] = super().get_connect_config()
        if not self.read_only:
            config.setdefault("storage_compatibility_version", "v1.5.0")
        return config

    def warehouse(self) -> Warehouse:
        """The store as the engines know it."""
        wait = settings.load().lock_wait_seconds if self.lock_wait is None else self.lock_wait
        return Warehouse(Path(self.get_database()), wait)

    def get_conn(self) -> DuckDBPyConnection:
        """An open connection that holds the store's lock until it is closed.

        Raises:
            StoreBusy: another process kept the store.
        """
        if self.get_database() == IN_MEMORY_DATABASE:
            return super().get_conn()
        with ExitStack() as stack:
            stack.enter_context(self.warehouse().locked())
            connection = super().get_conn()
            stack.callback(connection.close)
            return _Held(connection, stack.pop_all().close)  # type: ignore[return-value]  # it stands in for one

    @contextmanager
    def connect(self) -> Iterator[DuckDBPyConnection]:
        """`get_conn` as a context manager."""
        connection = self.get_conn()
        try:
            yield connection
        finally:
            connection.close()

    def query(self, sql: str, /, **params: object) -> pa.Table:
        """The result of one SELECT with ``$name`` parameters, as Arrow.

        Raises:
            StoreBusy: another process kept the store.
            StoreError: the statement fails, or there is no store yet.
        """
        return self.warehouse().query(sql, **params)

    def merge(self, table: Table, rows: pa.Table, *, run_id: str, source: str, above: Collection[str] = ()) -> int:
        """Merges Arrow rows (with ``fetched_at``) by the table's key, in one transaction.

        Args:
            table: the target.
            rows: see `tipoff.warehouse.merge.merge`.
            run_id: written on every row.
            source: who says it.
            above: sources whose word goes before this one's, such as ``espn``.

        Returns:
            How many rows were new or changed.
        """
        with self.warehouse().write() as con:
            return merge(con, table, rows, run_id=run_id, source=source, above=above)


class _Held:
    """A connection together with the lock it was opened under."""

    def __init__(self, connection: DuckDBPyConnection, close: Callable[[], None]) -> None:
        self._connection = connection
        self.close = close

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __enter__(self) -> _Held:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
