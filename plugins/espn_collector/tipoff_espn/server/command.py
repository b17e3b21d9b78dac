"""``tipoff espn-server``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import click
from aiohttp import web
from tipoff import clock
from tipoff.errors import TipoffError

from tipoff_espn.server.app import make_app
from tipoff_espn.server.chaos import KINDS
from tipoff_espn.server.rules import rules_of
from tipoff_espn.server.sources import open_league


@click.command("espn-server")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback unless you say so."
)
@click.option("--port", default=8642, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--source", default="embedded", show_default=True, help="embedded, or recorded:FOLDER.")
@click.option(
    "--now",
    "instant",
    default="",
    help="Present instant, e.g. 2026-01-20T13:00Z. [default: as tipoff's clock is set, else mid-season]",
)
@click.option("--seed", type=int, help="Seed of the simulated league.")
@click.option("--teams", type=int, help="Teams of the simulated league, 32 to 362.")
@click.option(
    "--league",
    "leagues",
    multiple=True,
    default=("mens-college-basketball",),
    show_default=True,
    help="League to serve; may be repeated.",
)
@click.option("--chaos", type=float, metavar="RATE", help="Spoil this share of the answers, e.g. 0.05.")
@click.option("--chaos-kinds", metavar="KINDS", help=f"Only in these ways, separated by commas, of {', '.join(KINDS)}.")
@click.option("--chaos-seed", type=int, help="Another seed spoils other answers.")
@click.option("--chaos-first", type=int, metavar="N", help="Spoil a request only the first N times it is asked.")
@click.option("--chaos-stall", type=float, metavar="SECONDS", help="How long a stalled answer takes; 60 unless given.")
@click.option("--chaos-log", default="", metavar="FILE", help="Note each strike here; the counts go on from it.")
@click.option("--limit", type=float, metavar="RATE", help="Permit so many requests a second, and answer 429 to others.")
@click.option("--limit-burst", type=int, help="Requests permitted at once; a second's worth unless given.")
@click.option(
    "--limit-retry-after",
    type=click.Choice(["yes", "no"]),
    help="Whether a 429 says when to come again; yes unless no.",
)
@click.option("--latency", metavar="SECONDS", help="How long an answer takes, e.g. 0.1, or 0.02-0.2.")
def espn_server(
    *,
    host: str,
    port: int,
    source: str,
    instant: str,
    seed: int | None,
    teams: int | None,
    leagues: tuple[str, ...],
    **troubles: float | str | None,
) -> None:
    """Serve a simulated or recorded league in ESPN's own words.

    Point tipoff at it with TIPOFF_SOURCE=http://127.0.0.1:8642, or try it with curl.
    """
    try:
        league = open_league(_with_troubles(_with_options(source, seed=seed, teams=teams), troubles), leagues)
        now = _present(instant, league.default_now)
    except TipoffError as error:
        raise click.ClickException(str(error)) from error
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(make_app(league, now), host, port, leagues, now()))


def _with_options(source: str, **options: int | None) -> str:
    given = [f"{name}={value}" for name, value in options.items() if value is not None]
    if given and source.partition(":")[0] != "embedded":
        raise click.UsageError("--seed and --teams belong to the embedded source; leave them out")
    return _joined(source, given)


def _with_troubles(source: str, troubles: Mapping[str, float | str | None]) -> str:
    """Chaos counts in memory here unless it is given a file: the server is one process."""
    wanted = {name: value for name, value in troubles.items() if value not in (None, "")}
    if "chaos" in wanted:
        wanted.setdefault("chaos_log", "")
    return _joined(source, [f"{name}={str(value).replace(',', '+')}" for name, value in wanted.items()])


def _joined(source: str, options: Sequence[str]) -> str:
    if not options:
        return source
    return ",".join([source if ":" in source else f"{source}:", *options]).replace(":,", ":")


def _present(instant: str, default: Callable[[], datetime]) -> Callable[[], datetime]:
    if instant:
        fixed = clock.parse(instant, where="--now")
        return lambda: fixed
    if clock.is_set():
        return clock.now
    middle = default()
    return lambda: middle


async def _serve(app: web.Application, host: str, port: int, leagues: Sequence[str], now: datetime) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise click.ClickException(f"cannot listen on {host}:{port} ({error.strerror}); try --port 0") from error
        port = runner.addresses[0][1]
        click.echo(f"serving {', '.join(leagues)} at http://{host}:{port}, now {now:%Y-%m-%dT%H:%MZ}; Ctrl-C ends it")
        for league in leagues:
            group = "&groups=50" if rules_of(league).college else ""
            base = f"http://{host}:{port}/apis/site/v2/sports/basketball/{league}"
            click.echo(f"  {base}/scoreboard?dates={clock.day_of(now):%Y%m%d}{group}")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
