"""What `dlt_comparison.py` runs in dlt's own environment: payload bytes to merged rows in DuckDB, by dlt.

`whole` gives it each payload as it is, and dlt makes a table of each nested list. For `rows` a parser of one's own
takes from each payload the lines of the box score, and dlt gets these flat dicts with nothing nested to unpack.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt  # type: ignore[import-not-found]
import orjson  # type: ignore[import-not-found]
from repeated_payloads import Payloads

PAGE = 1000
"""dlt is quicker with lists of items than with one item at a time."""

Item = dict[str, Any]


def teams(payloads: Payloads) -> Iterator[Item]:
    """A flat dict a team and game."""
    for game_id, body in payloads:
        payload = orjson.loads(body)
        season = payload["header"]["season"]["year"]
        for team in payload["boxscore"].get("teams", ()):
            yield {
                "season": season,
                "game_id": game_id,
                "team_id": team["team"]["id"],
                "home_away": team.get("homeAway"),
                **{each["name"]: each["displayValue"] for each in team["statistics"]},
            }


def players(payloads: Payloads) -> Iterator[Item]:
    """A flat dict a player and game."""
    for game_id, body in payloads:
        payload = orjson.loads(body)
        season = payload["header"]["season"]["year"]
        for team in payload["boxscore"].get("players", ()):
            for group in team["statistics"]:
                for athlete in group["athletes"]:
                    yield {
                        "season": season,
                        "game_id": game_id,
                        "team_id": team["team"]["id"],
                        "athlete_id": athlete["athlete"]["id"],
                        "name": athlete["athlete"].get("displayName"),
                        "starter": athlete["starter"],
                        **dict(zip(group["keys"], athlete["stats"], strict=False)),
                    }


def summaries(payloads: Payloads) -> Iterator[Item]:
    """Each payload whole."""
    for game_id, body in payloads:
        yield {"game_id": game_id, **orjson.loads(body)}


def pages(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists."""
    page: list[Item] = []
    for item in items:
        page.append(item)
        if len(page) == size:
            yield page
            page = []
    yield page


def resources(way: str, payloads: Payloads) -> list[Any]:
    """What dlt is to load, merged by key."""
    if way == "whole":
        found = pages(summaries(payloads), 20)
        return [dlt.resource(found, name="summary", write_disposition="merge", primary_key="game_id")]
    keys = {"team_stats": (teams, ("game_id", "team_id")), "player_stats": (players, ("game_id", "athlete_id"))}
    return [
        dlt.resource(pages(make(payloads), PAGE), name=name, write_disposition="merge", primary_key=key)
        for name, (make, key) in keys.items()
    ]


def main() -> None:
    """Arguments: way, folder of payloads, games, folder to work in. Prints seconds, CPU seconds, megabytes, rows."""
    way, folder, games, home = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    payloads = Payloads(folder, games)
    started = time.monotonic()
    pipeline = dlt.pipeline(
        "comparison", pipelines_dir=str(home), destination=dlt.destinations.duckdb(str(home / "dlt.duckdb"))
    )
    pipeline.run(resources(way, payloads), loader_file_format="parquet")
    seconds = time.monotonic() - started
    with pipeline.sql_client() as client:
        names = map(client.make_qualified_table_name, pipeline.default_schema.data_table_names())
        rows = sum(client.execute_sql(f"SELECT count(*) FROM {name}")[0][0] for name in names)
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(each.ru_utime + each.ru_stime for each in both)
    print(seconds, cpu, max(each.ru_maxrss for each in both) / 1024, rows)


if __name__ == "__main__":
    main()
