"""An ESPN-compatible server over a simulated or a recorded league."""

from __future__ import annotations

from tipoff_espn.server.app import make_app
from tipoff_espn.server.chaos import Chaos
from tipoff_espn.server.limit import Limit
from tipoff_espn.server.protocol import League
from tipoff_espn.server.sources import open_league

__all__ = ["Chaos", "League", "Limit", "make_app", "open_league"]
