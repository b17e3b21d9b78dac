"""The server as an aiohttp application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

from tipoff_espn.server.answers import refusals
from tipoff_espn.server.chaos import Chaos
from tipoff_espn.server.core import Core
from tipoff_espn.server.faults import Troubled
from tipoff_espn.server.limit import Limit
from tipoff_espn.server.lookup import Lookup
from tipoff_espn.server.protocol import League
from tipoff_espn.server.site import Site
from tipoff_espn.server.trouble import let_go_on_shutdown, limited, troubled


def make_app(
    league: League,
    now: Callable[[], datetime],
    *,
    chaos: Chaos | None = None,
    limit: Limit | None = None,
    odds_for: timedelta | None = None,
) -> web.Application:
    """The server as an aiohttp application.

    Args:
        league: where the data comes from; its own troubles come with it.
        now: the present instant, naive UTC; asked for with each request.
        chaos: what spoils some of the answers, in the place of the league's own.
        limit: how many requests are permitted, likewise.
        odds_for: how long after a game its summary still has odds; only the core API has them later. None: always.
    """
    if isinstance(league, Troubled):
        chaos, limit = chaos or league.chaos, limit or league.limit
        league = league.league
    lookup = Lookup(league, now)
    app = web.Application(middlewares=[refusals])
    if limit is not None:
        app.middlewares.append(limited(limit))
    if chaos is not None:
        app.middlewares.append(troubled(chaos, now))
        let_go_on_shutdown(app)
    app.add_routes([*Site(lookup, odds_for).routes(), *Core(lookup).routes()])
    return app
