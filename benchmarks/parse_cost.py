"""What Airflow pays to read each DAG file, beyond importing Airflow itself.

    python benchmarks/parse_cost.py
    python benchmarks/parse_cost.py --plugins 100
    python benchmarks/parse_cost.py --plugins 100 --locked

Each figure is the best of several fresh processes, which is what the dag-processor and every task start with. With
``--plugins`` that many more are installed (into a folder that is thrown away), as ``tipoff plugin new`` writes them;
with ``--locked`` all are locked (docs/guides/trust.md). It fails where a DAG file takes longer than 1 s, or loading a
plugin longer than 5 ms.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

LIMIT, LIMIT_EACH = 1.0, 0.005
RUNS = 5
DAGS = Path(__file__).resolve().parents[1] / "dags"
PARSE = """
import sys, time
import airflow.sdk
started = time.perf_counter()
import runpy
runpy.run_path(sys.argv[1])
print(time.perf_counter() - started)
"""
LOAD = """
import time
import tipoff.settings
settings = tipoff.settings.load()
started = time.perf_counter()
from tipoff import plugins
registry = plugins.load(settings)
spent = time.perf_counter() - started
assert not registry.broken(), registry.broken()
assert all(plugin.state == "ok" for plugin in registry.plugins)
print(spent / len(registry.plugins))
"""


def seconds(script: str, *words: str, env: dict[str, str]) -> float:
    """What `script` prints last: the best of `RUNS` fresh processes."""
    command = [sys.executable, "-c", script, *words]
    return min(
        float(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
        for _ in range(RUNS)
    )


def install(count: int, site: Path) -> None:
    """Writes plugins of all kinds in turn, with the metadata of an installation."""
    from tipoff.plugins import Registry
    from tipoff.scaffold import KINDS, create

    for number in range(count):
        name = f"many_{number:03}"
        kind = list(KINDS)[number % len(KINDS)]
        files = create(kind, name, site / f"project_{number}", Registry())
        (site / f"project_{number}/tipoff_{name}").rename(site / f"tipoff_{name}")
        info = site / f"tipoff_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tipoff-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[tipoff]\n{name} = tipoff_{name}.plugin\n")
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files if file.parts[0] == f"tipoff_{name}"))


@click.command()
@click.option("--plugins", "count", default=0, show_default=True, help="How many to install beside the built-in ones.")
@click.option("--locked", is_flag=True, help="Lock all of them.")
def main(count: int, locked: bool) -> None:
    """Print a line a DAG file, and one for the plugins."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "site")
        site.mkdir()
        path = os.pathsep.join([str(site), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))])
        env = {**os.environ, "PYTHONPATH": path, "TIPOFF_HOME": str(Path(folder, "home"))}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # as an installer does, it compiles
        install(count, site)
        if locked:
            subprocess.run(
                [sys.executable, "-m", "tipoff.cli", "plugins", "lock"], env=env, check=True, capture_output=True
            )
        each = seconds(LOAD, env=env)
        over = each > LIMIT_EACH
        for file in sorted(DAGS.glob("*.py")):
            taken = seconds(PARSE, str(file), env=env)
            over |= taken > LIMIT
            click.echo(f"{file.name:28} {taken:.3f} s of {LIMIT:g} s")
    click.echo(f"{'loading a plugin':28} {1000 * each:.2f} ms of {1000 * LIMIT_EACH:g} ms")
    sys.exit(over)


if __name__ == "__main__":
    main()
