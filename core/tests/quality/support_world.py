"""A league whose list of games and box scores a test writes, and the collector that asks it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tipoff import clock
from tipoff.contracts import Access, Bad, Client, Collector, Dataset, Parsed, Payload, PlanContext, Request, Row
from tipoff.errors import Quarantine, SourceUnavailable

HERE = __name__
SEASON_BEGINS = date(2026, 1, 5)


@dataclass
class World:
    """What the source says."""

    games: dict[date, list[dict[str, Any]]] = field(default_factory=dict)
    boxes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def play(self, day: date, *names: str, status: str = "final", **values: Any) -> None:
        """Puts games on a day's list, final and with box scores unless said otherwise."""
        for name in names:
            final = status == "final"
            self.games.setdefault(day, []).append(
                {"game_id": name, "status": status, "season": clock.season_of(day), "game_date": f"{day}",
                 "tip_utc": f"{day}T23:00:00", "home_id": f"{name} a",
                 "away_id": f"{name} b",
                 "home_score": 70 if final else None, "away_score": 60 if final else None, **values}
            )  # fmt: skip
            self.boxes[name] = [box(day, name, "a", 70), box(day, name, "b", 60)]


WORLD = World()


def box(day: date, game_id: str, team_id: str, points: int, **values: Any) -> dict[str, Any]:
    """One team's box score."""
    other = {"a": "b", "b": "a"}[team_id]
    return {"season": clock.season_of(day), "game_id": game_id, "team_id": f"{game_id} {team_id}",
            "opponent_id": f"{game_id} {other}", "is_home": team_id == "a", "points": points, "assists": 12,
            **values}  # fmt: skip


def plan_games(ctx: PlanContext) -> Iterator[Request]:
    """Each day's list."""
    for day in ctx.window.days():
        if day >= SEASON_BEGINS:
            yield Request(f"/days/{day}", fresh_since=ctx.now, day=day)


def plan_played(ctx: PlanContext) -> Iterator[Request]:
    """The lists of days with games only, as a source with a calendar would be asked."""
    return (request for request in plan_games(ctx) if request.day in WORLD.games)


def plan_at_once(ctx: PlanContext) -> Iterator[Request]:
    """Everything in one answer."""
    yield Request("/all", fresh_since=ctx.now, context={"from": f"{ctx.window.start}", "to": f"{ctx.window.end}"})


def plan_boxes(ctx: PlanContext) -> Iterator[Request]:
    """Each finished game, and those about to start."""
    sql = """
        SELECT game_id FROM raw.games
        WHERE league = $league AND status <> 'postponed' AND game_date BETWEEN $start AND $end ORDER BY game_id
    """
    for row in ctx.query(sql, league=ctx.league, start=ctx.window.start, end=ctx.window.end):
        yield Request(f"/boxes/{row['game_id']}", fresh_since=ctx.now, game_id=row["game_id"])


def parse(payload: Payload) -> Iterable[Parsed]:
    """Rows as the source writes them; one that says `bad` is a bad record."""
    table = "team_stats" if "boxes" in payload.request.url else "games"
    for row in json.loads(payload.body):
        values = dict(row)
        if values.pop("bad", False):
            yield Bad(Quarantine("no such team", "rows[0].team"), row)
            continue
        for name, read in (("tip_utc", datetime.fromisoformat), ("game_date", date.fromisoformat)):
            if values.get(name):
                values[name] = read(values[name])
        yield Row(values.pop("table", table), values)


class WorldClient:
    """Answers from `WORLD` at the clock's instant, a second a question."""

    concurrency = 1

    async def __aenter__(self) -> Client:
        """Opens nothing."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes nothing."""

    async def fetch(self, request: Request, league: str) -> Payload:
        """What the world says.

        Raises:
            SourceUnavailable: it is down.
        """
        WORLD.asked.append(request.url)
        if request.url in WORLD.down:
            raise SourceUnavailable(f"`{request.key}` did not answer")
        _, kind, *name = request.url.split("/")
        if kind == "all":
            days = [day for day in WORLD.games if request.context["from"] <= f"{day}" <= request.context["to"]]
            said = [row for day in days for row in WORLD.games[day]]
        else:
            said = WORLD.boxes.get(name[0], []) if kind == "boxes" else WORLD.games.get(date.fromisoformat(name[0]), [])
        at = clock.now() + timedelta(seconds=len(WORLD.asked))
        return Payload(request, json.dumps(said).encode(), at, league)


def open_client(access: Access) -> Client:
    """The way to it."""
    return WorldClient()


def collector(name: str = "world", prefix: str = "", plan: str = "plan_games", **boxes: Any) -> Collector:
    """The source's collector: lists of games, and box scores."""
    games = Dataset(f"{prefix}games", ("games",), plan=f"{HERE}:{plan}", parse=f"{HERE}:parse")
    values = {"plan": f"{HERE}:plan_boxes", "after": (f"{prefix}games",), "per_game": ("team_stats",), **boxes}
    stats = Dataset(f"{prefix}stats", ("team_stats",), parse=f"{HERE}:parse", **values)
    return Collector(name, conn_id="world", datasets=(games, stats), client=f"{HERE}:open_client")
