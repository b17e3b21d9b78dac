"""A throw-away Airflow for tests: call `isolate` at the top of a conftest.py, before anything imports Airflow."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_MARK = "TIPOFF_TEST_AIRFLOW"


def isolate(dags: Path) -> Path:
    """Points Airflow at a temporary home, one for the process and removed at its exit, and at the DAGs in `dags`.

    Nothing is imported and no database is made: `tipoff.airflow.home.prepare` does that when a test needs it.

    Returns:
        The temporary ``AIRFLOW_HOME``.
    """
    pid, _, path = os.environ.get(_MARK, "").partition(":")
    if pid == str(os.getpid()):
        os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(dags)
        return Path(path)
    # A developer's own Airflow must neither be seen nor touched.
    for name in [name for name in os.environ if name.startswith("AIRFLOW_")]:
        del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="tipoff-airflow-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ.update(
        {
            _MARK: f"{os.getpid()}:{home}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        }
    )
    return home
