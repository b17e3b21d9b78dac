"""SQL on the store as a task: Airflow's own operator, on tipoff's hook."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

if TYPE_CHECKING:
    from tipoff.airflow.hook import TipoffDuckDBHook


class DuckDBOperator(SQLExecuteQueryOperator):
    """Runs SQL on the store under its lock, by `TipoffDuckDBHook`; returns the rows, so keep them few.

    The plain ``SQLExecuteQueryOperator`` on a ``duckdb`` connection would not wait for the lock.

    Args:
        conn_id: an Airflow connection of type ``duckdb``, which need not exist; the settings' store unless given.
        read_only: open for reading. tipoff's own tables are written by its operators only.
        lock_wait: seconds to wait for the store; ``TIPOFF_LOCK_WAIT_SECONDS`` unless given.
        kwargs: what ``SQLExecuteQueryOperator`` takes: ``sql`` and ``parameters`` (``$name``), both templated …

    Example::

        count = DuckDBOperator(
            task_id="count",
            sql="SELECT count(*) FROM raw.games WHERE game_date = $day",
            parameters={"day": "{{ ds }}"},
        )
    """

    def __init__(
        self, *, conn_id: str = "tipoff_duckdb", read_only: bool = True, lock_wait: float | None = None, **kwargs: Any
    ) -> None:
        super().__init__(conn_id=conn_id, **kwargs)
        self.read_only = read_only
        self.lock_wait = lock_wait

    @cached_property
    def _hook(self) -> TipoffDuckDBHook:
        from tipoff.airflow.hook import TipoffDuckDBHook

        return TipoffDuckDBHook(self.conn_id, read_only=self.read_only, lock_wait=self.lock_wait)
