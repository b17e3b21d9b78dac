"""From a source's name to its league."""

from __future__ import annotations

from pathlib import Path

from tipoff import settings
from tipoff.errors import SettingsError

from tipoff_espn.server import faults
from tipoff_espn.server.protocol import League
from tipoff_espn.server.simulated.league import SimulatedLeague
from tipoff_espn.server.simulated.options import Options

CHAOS_LOG = "chaos.jsonl"
"""In tipoff's home: each task is a process of its own, and the next one must not meet the same fate for ever."""


def open_league(source: str, leagues: tuple[str, ...]) -> League:
    """The league behind ``embedded``, ``embedded:seed=7,teams=362,first_season=2015`` or ``recorded:FOLDER``.

    Either may go on with troubles: ``embedded:teams=64,chaos=0.05,chaos_kinds=429+5xx``, ``recorded:FOLDER,limit=20``.

    Args:
        source: as ``TIPOFF_SOURCE`` has it.
        leagues: slugs, e.g. ``("mens-college-basketball",)``.

    Raises:
        SettingsError: an unknown source or option, or a folder without records.
    """
    kind, _, options = source.partition(":")
    rest, troubles = faults.split(options)
    return faults.trouble(_league(source, kind, rest, leagues), troubles, settings.load().home / CHAOS_LOG)


def _league(source: str, kind: str, rest: str, leagues: tuple[str, ...]) -> League:
    if kind == "embedded":
        return SimulatedLeague(Options.parse(rest), leagues)
    if kind == "recorded":
        # Arrow is wanted for records only.
        from tipoff_espn.server.recorded.league import RecordedLeague

        return RecordedLeague(Path(rest), leagues)
    raise SettingsError(f"`{source}` is not served here; use embedded, embedded:seed=7,teams=362 or recorded:FOLDER")
