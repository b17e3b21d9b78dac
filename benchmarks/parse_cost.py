"""What Airflow pays to read each DAG file, beyond importing Airflow itself.

Run it with ``python benchmarks/parse_cost.py``. Each figure is the best of several fresh processes, which is what
the dag-processor and every task start with.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIMIT = 0.25
RUNS = 5
DAGS = Path(__file__).resolve().parents[1] / "dags"
SCRIPT = """
import sys, time
import airflow.sdk
started = time.perf_counter()
import runpy
runpy.run_path(sys.argv[1])
print(time.perf_counter() - started)
"""


def seconds(file: Path) -> float:
    """Best of `RUNS` fresh processes."""
    command = [sys.executable, "-c", SCRIPT, str(file)]
    return min(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
        for _ in range(RUNS)
    )


def main() -> int:
    """Prints a line a file; 1 when one is over the limit."""
    over = 0
    for file in sorted(DAGS.glob("*.py")):
        taken = seconds(file)
        over |= taken > LIMIT
        print(f"{file.name:28} {taken:.3f} s of {LIMIT} s")
    return over


if __name__ == "__main__":
    sys.exit(main())
