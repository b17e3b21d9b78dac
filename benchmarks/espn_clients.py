"""A public client of ESPN's API against our server: which of its functions run, and how much of a document is there.

    python benchmarks/espn_clients.py
    python benchmarks/espn_clients.py --payloads FOLDER --before CHECKOUT/plugins/espn_collector

The client is sportsdataverse, installed at exact versions into an environment of its own below `--home`, once; tipoff
does not depend on it. Its requests go to a simulated league, with nothing changed but their host.

With a folder of genuine payloads (`scoreboard`, `summary_all`, `team_schedule`, …, one file a document, perhaps
gzipped) the paths of their keys are compared with those of ours. `--before` names the collector of another revision,
whose server is put beside ours. Exit code 1 when one of the functions that are listed by name does not run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

PINNED = ("sportsdataverse==0.1.4", "pandas==3.1.1", "polars==1.44.2", "pyarrow==26.0.1", "requests==2.34.2")
LEAGUE = "mens-college-basketball"
SOURCE = "embedded:seed=7,teams=64,first_season=2025"
SITE = f"/apis/site/v2/sports/basketball/{LEAGUE}"
NOW = datetime(2026, 1, 24, 14)
NAMED = (
    "espn_mbb_schedule",
    "espn_mbb_pbp",
    "espn_mbb_teams",
    "espn_mbb_calendar",
    "espn_mbb_game_rosters",
    "espn_mbb_rankings",
    "espn_mbb_standings",
    "espn_mbb_game_odds",
)


def main() -> int:
    """Runs the comparison, or one part of it in a process of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--payloads", type=Path, help="a folder of genuine payloads")
    parser.add_argument("--before", type=Path, help="the collector's folder of another revision")
    parser.add_argument("--home", type=Path, default=Path(".tipoff/clients"), help="where the client is installed")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--client", help=argparse.SUPPRESS)  # an address: run inside the client's environment
    parser.add_argument("--gather", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.client:
        print(json.dumps(outcomes(asked.client)))
        return 0
    # Not at the top: the client's environment has neither these nor what they need.
    from espn_paths import served, show_paths

    if asked.gather:
        print(json.dumps({kind: sorted(found) for kind, found in asyncio.run(served()).items()}))
        return 0
    revisions = {"before": asked.before, "now": None} if asked.before else {"now": None}
    python = environment(asked.home.absolute())
    ran = {name: run_client(python, folder) for name, folder in revisions.items()}
    figures: dict[str, Any] = {"functions": ran}
    show_functions(ran)
    if asked.payloads:
        ours = {name: gather(folder) for name, folder in revisions.items()}
        figures["paths"] = show_paths(asked.payloads, ours)
    else:
        print("The paths are not compared: give a folder of genuine payloads with --payloads FOLDER.")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n")
    return int(any("rows" not in each["outcome"] for each in ran["now"] if named(each["function"])))


def environment(home: Path) -> Path:
    """The Python of the client's environment, made where it is missing."""
    python, done = home / "bin" / "python", home / "installed"
    if not done.exists() or done.read_text() != "\n".join(PINNED):
        print(f"Installing {PINNED[0]} into {home} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--quiet", *PINNED], check=True)
        done.write_text("\n".join(PINNED))
    return python


def of_revision(folder: Path | None) -> dict[str, str]:
    """The environment in which another revision's collector is the one that is imported."""
    return os.environ | ({"PYTHONPATH": str(folder.absolute())} if folder else {})


def run_client(python: Path, folder: Path | None) -> list[dict[str, Any]]:
    """What each of the client's functions gave, against the server of a revision."""
    tipoff = str(Path(sys.executable).with_name("tipoff"))
    options = ["--source", SOURCE, "--now", f"{NOW:%Y-%m-%dT%H:%MZ}", "--port", "0"]
    server = subprocess.Popen(
        [tipoff, "espn-server", *options], stdout=subprocess.PIPE, text=True, env=of_revision(folder)
    )
    try:
        assert server.stdout is not None
        address = next(word.rstrip(".,") for line in server.stdout for word in line.split() if word.startswith("http:"))
        env = {**os.environ, "SDV_PY_HTTP_RETRIES": "1", "SDV_PY_HTTP_TIMEOUT": "60"}
        # -P: a neighbor of this file has the package's name, and must not be taken for it.
        asked = [str(python), "-P", "-W", "ignore", __file__, "--client", address]
        done = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True, env=env)
    finally:
        server.terminate()
        server.wait()
    return list(json.loads(done.stdout.splitlines()[-1]))


def outcomes(address: str) -> list[dict[str, Any]]:
    """Inside the client's environment: every function whose arguments we can name, and what came of it."""
    import inspect
    from importlib import import_module

    import requests

    mbb = import_module("sportsdataverse.mbb")  # of the client's environment
    session: Any = requests.Session
    send = session.request

    def rewritten(self: Any, method: str, url: str, **more: Any) -> Any:
        _, _, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        ours = host.endswith((".espn.com", ".espn.pvt"))
        return send(self, method, f"{address}{slash}{path}" if ours else url, **more)

    session.request = rewritten
    known = arguments(address)
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("espn_mbb_schedule, a day", lambda: mbb.espn_mbb_schedule(dates=known["day"])),
        ("espn_mbb_schedule, a day ahead", lambda: mbb.espn_mbb_schedule(dates=known["ahead"])),
        ("espn_mbb_pbp, a final", lambda: mbb.espn_mbb_pbp(known["event_id"])),
        ("espn_mbb_pbp, a game ahead", lambda: mbb.espn_mbb_pbp(known["scheduled"])),
        ("espn_mbb_teams", mbb.espn_mbb_teams),
        ("espn_mbb_calendar", lambda: mbb.espn_mbb_calendar(season=known["season"])),
        ("espn_mbb_calendar, ondays", lambda: mbb.espn_mbb_calendar(season=known["season"], ondays=True)),
        ("espn_mbb_game_rosters", lambda: mbb.espn_mbb_game_rosters(known["event_id"])),
        # Its parser finds no rows in ESPN's own rankings either: it does not know their key.
        ("espn_mbb_rankings, unparsed", lambda: mbb.espn_mbb_rankings(return_parsed=False)["rankings"]),
        ("espn_mbb_standings", mbb.espn_mbb_standings),
        ("espn_mbb_game_odds", lambda: mbb.espn_mbb_game_odds(known["event_id"], known["event_id"])),
    ]
    for name in sorted(name for name in dir(mbb) if name.startswith("espn_mbb_") and name not in NAMED):
        function = getattr(mbb, name)
        needed = [
            each.name
            for each in inspect.signature(function).parameters.values()
            if each.default is each.empty and each.kind is not each.VAR_KEYWORD
        ]
        if all(each in known for each in needed):
            calls.append((name, partial(function, *(known[each] for each in needed))))
    return [{"function": name, "outcome": outcome(call)} for name, call in calls]


def arguments(address: str) -> dict[str, Any]:
    """Values for the arguments of the client's functions, from what the server has."""
    import requests

    def ask(path: str) -> Any:
        return requests.get(f"{address}{SITE}{path}", timeout=60).json()

    day, ahead = (f"{NOW + timedelta(days=days):%Y%m%d}" for days in (-3, 0))
    played = [e for e in ask(f"/scoreboard?dates={day}&groups=50")["events"] if e["status"]["type"]["completed"]]
    coming = ask(f"/scoreboard?dates={ahead}&groups=50")["events"]
    side = played[0]["competitions"][0]["competitors"][0]["team"]
    athlete = ask(f"/teams/{side['id']}/roster")["athletes"][0]["id"]
    return {
        "day": int(day),
        "ahead": int(ahead),
        "season": 2026,
        "season_type": 2,
        "week": 1,
        "event_id": int(played[0]["id"]),
        "cid": int(played[0]["id"]),
        "competition_id": int(played[0]["id"]),
        "scheduled": int(coming[0]["id"]),
        "team_id": side["id"],
        "group_id": side["conferenceId"],
        "athlete_id": athlete,
        "position_id": 1,
    }


def outcome(call: Callable[[], Any]) -> str:
    """How many rows a function gave, or its error."""
    try:
        given = call()
    except Exception as error:
        text = str(error).strip().partition("\n")[0]
        return f"{type(error).__name__}: {text[:70]}" if text else type(error).__name__
    if isinstance(given, dict):
        frames = [each.height for each in given.values() if hasattr(each, "height")]
        return f"{sum(frames):,} rows" if frames else f"{len(given):,} rows (keys of a dict)"
    return f"{len(given):,} rows"


def show_functions(ran: dict[str, list[dict[str, Any]]]) -> None:
    """The named functions one by one, the others by what came of them."""
    from tipoff.cli.backtest import show_whole
    from tipoff.cli.output import add, table

    made = table(("function", *ran))
    made.title = f"{PINNED[0]} against a simulated league"
    results = {name: {each["function"]: each["outcome"] for each in rows} for name, rows in ran.items()}
    for function in [name for name in results["now"] if named(name)]:
        add(made, function, *(results[name].get(function, "-") for name in ran))
    show_whole(made)
    kinds = {name: Counter(kind(each) for f, each in rows.items() if not named(f)) for name, rows in results.items()}
    others = table(("the other functions", *ran))
    for each in ("rows", "no rows", "nothing there (404)", "another error"):
        add(others, each, *(str(kinds[name][each]) for name in ran))
    show_whole(others)


def named(label: str) -> bool:
    """Whether a line is about one of the functions that must run."""
    return label.partition(",")[0] in NAMED


def kind(outcome: str) -> str:
    """An outcome in a word."""
    if "rows" in outcome:
        return "no rows" if outcome.startswith("0 rows") else "rows"
    return "nothing there (404)" if outcome.startswith("NoDataError") else "another error"


def gather(folder: Path | None) -> dict[str, set[str]]:
    """The paths that the server of a revision has, by kind of document."""
    asked = [sys.executable, __file__, "--gather"]
    done = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True, env=of_revision(folder))
    return {kind: set(found) for kind, found in json.loads(done.stdout).items()}


if __name__ == "__main__":
    sys.exit(main())
