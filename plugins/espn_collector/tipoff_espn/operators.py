"""The specification's operators, for DAGs of your own: each collects one of ESPN's datasets.

The shipped ``data_collection`` DAG uses `tipoff.airflow.operators.CollectOperator` for every plugin's datasets;
these are the same operator with the dataset filled in, and with the store and the request's time limit as
arguments. An argument that is left out comes from the connection and the settings.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tipoff.airflow.operators import CollectOperator
from tipoff.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context
    from tipoff.run import Run


class ESPNOperator(CollectOperator):
    """Collects one of ESPN's datasets; use a subclass.

    Args:
        conn_id: Airflow connection with ESPN's host, key and limits; it need not exist.
        duckdb_path: the DuckDB file to load into, with its landing zone beside it; the settings' store unless
            given. Templated.
        timeout: seconds for one request, where the connection does not say; the settings' unless given.
        kwargs: what `CollectOperator` and Airflow's ``BaseOperator`` take (``task_id``, ``retries``, ``start`` …).

    Raises:
        SettingsError: `duckdb_path` is ``:memory:``, which would be gone with the task.
    """

    dataset_name: ClassVar[str]
    template_fields: Sequence[str] = (*CollectOperator.template_fields, "duckdb_path")

    def __init__(
        self, *, conn_id: str = "espn_api", duckdb_path: str = "", timeout: float | None = None, **kwargs: Any
    ) -> None:
        super().__init__(dataset=self.dataset_name, conn_id=conn_id, **kwargs)
        self.duckdb_path = duckdb_path
        self.timeout = timeout

    def work(self, run: Run, context: Context) -> object:
        """A report for each league."""
        chosen: dict[str, object] = {}
        if self.duckdb_path == ":memory:":
            raise SettingsError(
                f"task {self.task_id}: duckdb_path is `:memory:`, which ends with the task; give the path of a file"
            )
        if self.duckdb_path:
            store = Path(self.duckdb_path).expanduser().absolute()
            chosen |= {"duckdb_path": store, "home": store.parent}
        if self.timeout is not None:
            chosen["timeout_seconds"] = float(self.timeout)
        return super().work(replace(run, settings=run.settings.model_copy(update=chosen)), context)


class ESPNTeamsOperator(ESPNOperator):
    """Collects teams.

    Example::

        ESPNTeamsOperator(task_id="teams", conn_id="espn_api", duckdb_path="/data/tipoff.duckdb", timeout=30, retries=3)
    """

    dataset_name = "teams"


class ESPNGamesOperator(ESPNOperator):
    """Collects schedule and results, and each team's conference.

    Example::

        ESPNGamesOperator(task_id="games", start="2024-01-01", end="2024-01-31")
    """

    dataset_name = "games"


class ESPNPlayersOperator(ESPNOperator):
    """Collects rosters as they are today, and the polls.

    Example::

        ESPNPlayersOperator(task_id="players")
    """

    dataset_name = "players"


class ESPNStatsOperator(ESPNOperator):
    """Collects box scores of finished games, and odds of games about to start.

    Example::

        ESPNStatsOperator(task_id="stats", season="2024")
    """

    dataset_name = "stats"
