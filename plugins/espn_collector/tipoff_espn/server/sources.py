"""From a source's name to its league."""

from __future__ import annotations

from pathlib import Path

from tipoff.errors import SettingsError

from tipoff_espn.server.protocol import League
from tipoff_espn.server.simulated.league import SimulatedLeague
from tipoff_espn.server.simulated.options import Options


def open_league(source: str, leagues: tuple[str, ...]) -> League:
    """The league behind ``embedded``, ``embedded:seed=7,teams=362,first_season=2015`` or ``recorded:FOLDER``.

    Args:
        source: as ``TIPOFF_SOURCE`` has it.
        leagues: slugs, e.g. ``("mens-college-basketball",)``.

    Raises:
        SettingsError: an unknown source or option, or a folder without records.
    """
    kind, _, rest = source.partition(":")
    if kind == "embedded":
        return SimulatedLeague(Options.parse(rest), leagues)
    if kind == "recorded":
        # Arrow is wanted for records only.
        from tipoff_espn.server.recorded.league import RecordedLeague

        return RecordedLeague(Path(rest), leagues)
    raise SettingsError(f"`{source}` is not served here; use embedded, embedded:seed=7,teams=362 or recorded:FOLDER")
