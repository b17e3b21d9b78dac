"""A whole plugin in one file: a league of eight teams in its own time, one feature, one model, one command."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from tipoff import (
    Access,
    Check,
    Collector,
    Column,
    Dataset,
    FeatureBuilder,
    FeatureContext,
    FitContext,
    Fitted,
    Model,
    Payload,
    PlanContext,
    Request,
    Row,
    Table,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

TIPOFF_API = 1
NOW = datetime(2026, 1, 15, 13, 0)
FIRST = date(2025, 11, 3)
HERE = __name__


@hookimpl
def collectors() -> tuple[Collector, ...]:
    """One dataset."""
    tiny = Dataset("tiny_games", tables=("games",), plan=f"{HERE}:plan", parse=f"{HERE}:parse")
    return (
        Collector("tiny", conn_id="tiny_api", datasets=(tiny,), client=f"{HERE}:open_client", clock=f"{HERE}:present"),
    )


@hookimpl
def feature_builders() -> tuple[FeatureBuilder, ...]:
    """One feature."""
    columns = (
        Column("league", "VARCHAR"),
        Column("season", "INTEGER"),
        Column("game_id", "VARCHAR"),
        Column("game_date", "DATE"),
        Column("tip_utc", "TIMESTAMP"),
        Column("difference", "INTEGER"),
    )
    table = Table("tiny_features", ("league", "season", "game_id"), columns, schema="features")
    return (FeatureBuilder("tiny", table, ("raw.games",), compute=f"{HERE}:compute"),)


@hookimpl
def models() -> tuple[Model, ...]:
    """One model."""
    return (Model("slope", ("tiny_features.difference",), fit=f"{HERE}:fit", predict=f"{HERE}:predict"),)


@hookimpl
def checks() -> tuple[Check, ...]:
    """One check of each kind; the last finds every game of team 7."""
    return (
        Check("tiny_scores", table="raw.games", sql="SELECT * FROM raw.games WHERE home_score < 0", severity="block"),
        Check("tiny_team_seven", table="raw.games", sql="SELECT * FROM raw.games WHERE home_id = '7'"),
    )


@hookimpl
def commands() -> tuple[str, ...]:
    """One that works and one that does not."""
    return (f"{HERE}:say_hello", "tiny_nowhere:broken_thing")


@click.command()
def say_hello() -> None:
    """Say hello."""
    click.echo("hello")


def present() -> datetime:
    """The league's own time."""
    return NOW


def plan(ctx: PlanContext) -> Iterator[Request]:
    """A question a day; a past day's answer is good forever."""
    for day in ctx.window.days():
        if day >= FIRST:
            past = day < ctx.now.date() - ctx.settle
            yield Request("https://tiny.example/day", {"day": f"{day}"}, fresh_since=None if past else ctx.now)


def parse(payload: Payload) -> Iterator[Row]:
    """A row a game."""
    for game in json.loads(payload.body):
        game["tip_utc"] = datetime.fromisoformat(game["tip_utc"])
        game["game_date"] = date.fromisoformat(game["game_date"])
        yield Row("games", game)


class Client:
    """Answers from arithmetic: the team with the larger number mostly wins."""

    concurrency = 4

    async def __aenter__(self) -> Client:
        """Opens nothing."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes nothing."""

    async def fetch(self, request: Request, league: str) -> Payload:
        """Four games a day."""
        day = date.fromisoformat(request.params["day"])
        return Payload(request, json.dumps([game(day, slot) for slot in range(4)]).encode(), NOW, league)


def open_client(access: Access) -> Client:
    """The way to the source."""
    return Client()


def game(day: date, slot: int) -> dict[str, Any]:
    """One game, as JSON."""
    number = (day - FIRST).days
    # Everybody against everybody in seven days, each team once a day.
    home, away = (number + slot) % 7, (number - slot) % 7 if slot else 7
    home, away = (home, away) if number % 2 else (away, home)
    by = (home - away) * 2 + 3 + (number * 7 + slot * 11) % 19 - 9
    final = day < NOW.date()
    return {
        "season": 2026,
        "game_id": f"{day}-{slot}",
        "tip_utc": (datetime(day.year, day.month, day.day) + timedelta(hours=24)).isoformat(),
        "tip_known": True,
        "game_date": f"{day}",
        "status": "final" if final else "scheduled",
        "home_id": str(home),
        "away_id": str(away),
        "home_score": 70 + (by or 1) if final else None,
        "away_score": 70 if final else None,
        "neutral_site": False,
    }


def compute(ctx: FeatureContext) -> pa.Table:
    """How much larger the home team's number is."""
    return ctx.sql(
        "SELECT league, season, game_id, game_date, tip_utc, "
        "CAST(home_id AS INTEGER) - CAST(away_id AS INTEGER) AS difference FROM games "
        "WHERE season = $season"
    )


def fit(ctx: FitContext) -> Fitted:
    """The mean margin."""
    import pyarrow.compute as pc

    mean = float(pc.mean(ctx.games["margin"]).as_py())
    return Fitted(state={"mean": mean}, card={"games": ctx.games.num_rows})


def predict(fitted: Fitted, games: pa.Table) -> pa.Table:
    """Two points a number, and the mean margin."""
    import numpy as np
    import pyarrow as pa

    mean = fitted.state["mean"]
    assert isinstance(mean, float)
    margin = games["difference"].to_numpy() * 2.0 + mean
    return pa.table(
        {
            "home_win_prob": 1 / (1 + np.exp(-margin / 3)),
            "margin": margin,
            "margin_sd": np.full(len(margin), 6.0),
        }
    )
