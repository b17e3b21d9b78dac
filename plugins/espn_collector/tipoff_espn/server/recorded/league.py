"""The recorded league: seasons of a folder, read when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from tipoff.errors import SettingsError

from tipoff_espn.server.dates import busy_morning
from tipoff_espn.server.model import Team
from tipoff_espn.server.recorded import tables
from tipoff_espn.server.recorded.athletes import athlete_ids
from tipoff_espn.server.recorded.season import RecordedSeason
from tipoff_espn.server.recorded.tables import Folder

LEAGUE = "mens-college-basketball"


class RecordedLeague:
    """Recorded seasons of men's college basketball; other leagues have none.

    Raises:
        SettingsError: the folder holds no games.
    """

    def __init__(self, folder: Path, slugs: tuple[str, ...]) -> None:
        self._folder = Folder(folder)
        self.slugs = tuple(slug for slug in slugs if slug == LEAGUE)
        if not self.slugs:
            raise SettingsError(
                f"the recorded league is {LEAGUE}, got `{', '.join(slugs)}`; set TIPOFF_LEAGUES={LEAGUE}"
            )
        rows = self._folder.read(tables.GAMES, columns=("game_id", "season"))
        self._season_of = {row["game_id"]: row["season"] for row in rows if None not in (row["game_id"], row["season"])}
        self._years = sorted(set(self._season_of.values()))
        if not self._years:
            raise SettingsError(f"`{folder}` holds a games.parquet without games; record at least one season")
        self._seasons: dict[int, RecordedSeason] = {}

    def season(self, slug: str, year: int) -> RecordedSeason | None:
        """The season, the same object each time; None where it is not recorded."""
        if slug not in self.slugs or year not in self._years:
            return None
        if year not in self._seasons:
            self._seasons[year] = RecordedSeason(self._folder, year, lambda: self._athlete_ids)
        return self._seasons[year]

    @cached_property
    def _athlete_ids(self) -> Mapping[str, str]:
        return athlete_ids(self._folder.read(tables.ROSTERS))

    def season_of_event(self, slug: str, event_id: str) -> int | None:
        """From an index of all games."""
        return self._season_of.get(event_id) if slug in self.slugs else None

    def team(self, slug: str, team_id: str) -> Team | None:
        """As the last season calls it that it played in."""
        for year in reversed(self._years):
            if (season := self.season(slug, year)) and team_id in season.teams:
                return season.teams[team_id]
        return None

    def default_now(self) -> datetime:
        """8:00 US Eastern on the busiest evening from 15 January to 28 February of the last season."""
        year = self._years[-1]
        season = self.season(self.slugs[0], year)
        return busy_morning(season.fixtures if season else (), date(year, 1, 15), date(year, 2, 28))
