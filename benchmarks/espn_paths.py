"""The paths of our documents' keys beside those of genuine ones: what `espn_clients.py` compares."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from espn_clients import LEAGUE, NOW, SITE, SOURCE

INSTANTS = (NOW, datetime(2026, 1, 21, 1, 45), datetime(2026, 3, 20, 1, 45), datetime(2025, 11, 20, 15))
"""A morning, two evenings with games under way, and a week in autumn."""

KINDS = {
    "scoreboard": "scoreboard/*",
    "summary": "summary_all/*",
    "schedule": "team_schedule/schedule*",
    "roster": "team_roster/*",
    "rankings": "rankings/*",
    "teams": "teams/teams*",
}
"""Documents, and where their genuine payloads are."""

LEFT_OUT = {
    "plays": ("plays", "winprobability[].", ".situation", "meta.firstPlayWallClock", "meta.lastPlayWallClock"),
    "news, videos, tickets": ("news", "article", "videos", "highlights[].", "headlines[].", "ticket"),
    "networks": ("roadcasts[].",),
    "people: officials, coaches": ("officials", "coach[].", ".hand"),
    "pictures": ("headshot", ".images[]."),
    "weather": (".weather",),
    "prices while a game is on": (".live",),
    "2025's form of prices": ("odds[].open", "odds[].current"),
    "ESPN's own stamps and numbers": (".lastUpdated", ".guid", ".zipCode", "meta.syncUrl"),
}
"""What nobody in a league knows, by parts of paths: it is left out, or has ESPN's empty form."""


async def served() -> dict[str, set[str]]:
    """The paths of our documents, over games before, during and after, and in the tournament."""
    from aiohttp.test_utils import TestClient, TestServer
    from tipoff_espn.server import make_app, open_league

    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    league = open_league(SOURCE, (LEAGUE,))
    for now in INSTANTS:
        async with TestClient(TestServer(make_app(league, partial(datetime.fromisoformat, now.isoformat())))) as client:

            async def ask(kind: str, path: str, client: Any = client) -> Any:
                answer = await client.get(SITE + path, headers={"User-Agent": "curl/8"})
                document = await answer.json()
                found[kind].update(paths(document))
                return document

            days = [f"{now + timedelta(days=days):%Y%m%d}" for days in range(-4, 2)]
            boards = [await ask("scoreboard", f"/scoreboard?dates={day}&groups=50") for day in days]
            for event in [event for board in boards for event in board["events"]]:
                await ask("summary", f"/summary?event={event['id']}")
            listed = await ask("teams", "/teams?limit=8")
            await ask("rankings", "/rankings")
            for entry in listed["sports"][0]["leagues"][0]["teams"]:
                team = entry["team"]["id"]
                await ask("roster", f"/teams/{team}/roster")
                await ask("schedule", f"/teams/{team}/schedule")
    return found


def paths(value: Any, at: str = "") -> Iterator[str]:
    """The path of every key of a document: ``events[].competitions[].odds``."""
    if isinstance(value, dict):
        for key, part in value.items():
            path = f"{at}.{key}" if at else key
            yield path
            yield from paths(part, path)
    elif isinstance(value, list):
        for part in value:
            yield from paths(part, f"{at}[]")


def show_paths(folder: Path, ours: dict[str, dict[str, set[str]]]) -> list[dict[str, Any]]:
    """The share of genuine documents' paths that each revision serves, and why the rest is not there."""
    from tipoff.cli.backtest import show_whole
    from tipoff.cli.output import add, table

    made = table(("document", "files", "paths", *ours, "that a league can know", *(f"{name} " for name in ours)))
    made.title = "Paths of genuine documents that are served"
    reasons = table(("not served because", *KINDS))
    missing: dict[str, Counter[str]] = {}
    rows: list[dict[str, Any]] = []
    for document, pattern in KINDS.items():
        files = sorted(folder.glob(pattern))
        genuine = {path for file in files for path in paths(load(file))}
        knowable = {path for path in genuine if reason(path) is None}
        shares = {name: share(genuine, found[document]) for name, found in ours.items()}
        of_knowable = {name: share(knowable, found[document]) for name, found in ours.items()}
        missing[document] = Counter(reason(path) or "nothing" for path in genuine - ours["now"][document])
        rows.append({"document": document, "paths": len(genuine), "served": shares, "of_knowable": of_knowable})
        texts = [f"{each:.1%}" for each in shares.values()]
        add(
            made,
            document,
            str(len(files)),
            str(len(genuine)),
            *texts,
            str(len(knowable)),
            *(f"{each:.1%}" for each in of_knowable.values()),
        )
    show_whole(made)
    for name in (*LEFT_OUT, "nothing"):
        add(reasons, name, *(str(missing[document][name] or "") for document in KINDS))
    show_whole(reasons)
    return rows


def share(genuine: set[str], served_: set[str]) -> float:
    """How many of `genuine` are served."""
    return len(genuine & served_) / len(genuine) if genuine else 0.0


def reason(path: str) -> str | None:
    """Why a path is left out."""
    return next((name for name, parts in LEFT_OUT.items() if any(part in path for part in parts)), None)


def load(file: Path) -> Any:
    """A payload."""
    data = file.read_bytes()
    return json.loads(gzip.decompress(data) if file.suffix == ".gz" else data)
