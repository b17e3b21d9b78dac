"""``tipoff espn-server``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import click
from aiohttp import web
from tipoff import clock
from tipoff.errors import TipoffError

from tipoff_espn.server.app import make_app
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
def espn_server(
    *, host: str, port: int, source: str, instant: str, seed: int | None, teams: int | None, leagues: tuple[str, ...]
) -> None:
    """Serve a simulated or recorded league in ESPN's own words.

    Point tipoff at it with TIPOFF_SOURCE=http://127.0.0.1:8642, or try it with curl.
    """
    try:
        league = open_league(_with_options(source, seed=seed, teams=teams), leagues)
        now = _present(instant, league.default_now)
    except TipoffError as error:
        raise click.ClickException(str(error)) from error
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(make_app(league, now), host, port, leagues[0], now()))


def _with_options(source: str, **options: int | None) -> str:
    given = [f"{name}={value}" for name, value in options.items() if value is not None]
    if not given:
        return source
    if source.partition(":")[0] != "embedded":
        raise click.UsageError("--seed and --teams belong to the embedded source; leave them out")
    return ",".join([source if ":" in source else f"{source}:", *given]).replace(":,", ":")


def _present(instant: str, default: Callable[[], datetime]) -> Callable[[], datetime]:
    if instant:
        fixed = clock.parse(instant, where="--now")
        return lambda: fixed
    if clock.is_set():
        return clock.now
    middle = default()
    return lambda: middle


async def _serve(app: web.Application, host: str, port: int, league: str, now: datetime) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise click.ClickException(f"cannot listen on {host}:{port} ({error.strerror}); try --port 0") from error
        port = runner.addresses[0][1]
        base = f"http://{host}:{port}/apis/site/v2/sports/basketball/{league}"
        click.echo(f"serving {league} at http://{host}:{port}, now {now:%Y-%m-%dT%H:%MZ}; Ctrl-C ends it")
        click.echo(f"  {base}/scoreboard?dates={clock.day_of(now):%Y%m%d}&groups=50")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
