"""One recorded season: its games in order, and its box scores and rosters when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from tipoff.clock import day_of, season_of
from tipoff.errors import SettingsError

from tipoff_espn.server.dates import eastern, selection_sunday
from tipoff_espn.server.model import (
    GROUP_DIVISION_ONE,
    GROUP_NCAA_TOURNAMENT,
    OVERTIME,
    REGULATION,
    Athlete,
    Conference,
    Fixture,
    Forecast,
    Odds,
    PlayerLine,
    Poll,
    Result,
    Team,
    TeamBox,
)
from tipoff_espn.server.recorded import tables
from tipoff_espn.server.recorded.athletes import CLASSES
from tipoff_espn.server.recorded.conferences import conference
from tipoff_espn.server.recorded.tables import Folder, Row

UNLISTED = frozenset(["3", "42", "88", "2113", "2330", "2417", "2511", "2542", "2597", "2736", "2815"])
"""Teams that ESPN's own list lacks, though they play (or played) in Division I."""

TOURNAMENT_DAYS = 14
"""A neutral game within a conference this close before Selection Sunday is one of its tournament."""

_LONG_AGO = datetime(1900, 1, 1)
_CLASS_NAMES = ("FR", "SO", "JR", "SR", "GR")


class RecordedSeason:
    """A season from the records. What they lack (polls, odds, players' lines) is None or empty."""

    def __init__(self, folder: Folder, year: int, athlete_ids: Callable[[], Mapping[str, str]]) -> None:
        self.year = year
        self._folder = folder
        self._athlete_ids = athlete_ids
        rows = _usable(folder.read(tables.GAMES, year))
        members = folder.read(tables.CONFERENCES, year)
        self.teams = _teams(rows, members)
        self._ncaa_ids = {row["espn_team_id"]: row["ncaa_team_id"] for row in members}
        self.fixtures = _fixtures(rows)

    @property
    def polls(self) -> Sequence[Poll]:
        """None recorded."""
        return ()

    @cached_property
    def _boxes(self) -> dict[tuple[str, str], TeamBox]:
        results = {f.id: f for f in self.fixtures}
        boxes: dict[tuple[str, str], TeamBox] = {}
        for row in self._folder.read(tables.BOXES, self.year):
            fixture = results.get(row["game_id"])
            team_id = _side_of(row, fixture) if fixture else None
            if fixture and team_id and (box := _box(row)) and box.points == _points(fixture, team_id):
                boxes.setdefault((fixture.id, team_id), box)
        return boxes

    @cached_property
    def _rosters(self) -> dict[str, list[Athlete]]:
        rosters: dict[str, list[Athlete]] = {}
        ids = self._athlete_ids()
        for row in self._folder.read(tables.ROSTERS, self.year):
            if row["player_id"] in ids:
                rosters.setdefault(row["team_id"], []).append(_athlete(row, ids[row["player_id"]]))
        return rosters

    def roster(self, team_id: str) -> Sequence[Athlete]:
        """The team's players of this season."""
        return self._rosters.get(self._ncaa_ids.get(team_id, ""), ())

    def box(self, fixture: Fixture) -> tuple[TeamBox | None, TeamBox | None]:
        """Home and away box score; a side without a trustworthy record is None."""
        return self._boxes.get((fixture.id, fixture.home_id)), self._boxes.get((fixture.id, fixture.away_id))

    def lines(self, fixture: Fixture) -> tuple[Sequence[PlayerLine], Sequence[PlayerLine]] | None:
        """None recorded."""
        return None

    def forecast(self, fixture: Fixture) -> Forecast | None:
        """None recorded."""
        return None

    def odds(self, fixture: Fixture) -> Odds | None:
        """None recorded here."""
        return None


def _usable(rows: Sequence[Row]) -> list[Row]:
    """Each game once, with two different teams, a time and a winner, by tip."""
    needed = ("game_id", "game_datetime", "home_id", "away_id", "home_team", "away_team", "home_score", "away_score")
    seen: dict[str, Row] = {}
    for row in rows:
        whole = all(row[name] is not None for name in needed)
        if whole and row["home_id"] != row["away_id"] and row["home_score"] != row["away_score"]:
            before = seen.setdefault(row["game_id"], row)
            if other := next((name for name in needed if before[name] != row[name]), ""):
                raise SettingsError(
                    f"games.parquet has the game_id `{row['game_id']}` twice, with the {other} `{before[other]}` and "
                    f"`{row[other]}`; record it again with the ids of ESPN"
                )
    return sorted(seen.values(), key=lambda row: (row["game_datetime"], len(row["game_id"]), row["game_id"]))


def _teams(rows: Sequence[Row], members: Sequence[Row]) -> dict[str, Team]:
    short = {row["espn_team_id"]: row["ncaa_name"] for row in members}
    groups: dict[str, Conference] = {
        row["espn_team_id"]: conference(row["conference"]) for row in members if row["conference"]
    }
    teams: dict[str, Team] = {}
    for row in rows:
        for side in ("home", "away"):
            number = row[f"{side}_id"]
            if row[f"{side}_conf"] and number not in groups:
                groups[number] = conference(row[f"{side}_conf"])
            teams[number] = Team(
                id=number,
                display_name=row[f"{side}_team"],
                short_name=short.get(number),
                conference=groups.get(number),
                logo=f"https://a.espncdn.com/i/teamlogos/ncaa/500/{number}.png",
                listed=number not in UNLISTED,
            )
    return teams


def _fixtures(rows: Sequence[Row]) -> list[Fixture]:
    """Games in order. A side of a tournament game is unknown until its team's game before it has ended."""
    last_end: dict[str, datetime] = {}
    fixtures = []
    for row in rows:
        home, away = row["home_id"], row["away_id"]
        tip = row["game_datetime"]
        day = day_of(tip)
        if season_of(day) != row["season"]:
            raise SettingsError(
                f"games.parquet has the game_id `{row['game_id']}` in season `{row['season']}`, but its day `{day}` is "
                f"of season `{season_of(day)}`; record it again with the year in which each season ends"
            )
        sunday = selection_sunday(row["season"])
        postseason = bool(row["postseason_derived"])
        within = bool(row["same_conf"]) and not postseason
        final_weeks = sunday - timedelta(days=TOURNAMENT_DAYS) < day <= sunday
        tournament = postseason or (within and bool(row["neutral_site"]) and final_weeks)
        earliest = eastern(sunday, 18) if postseason else _LONG_AGO
        known = [max(last_end.get(team, _LONG_AGO), earliest) if tournament else None for team in (home, away)]
        groups = {GROUP_DIVISION_ONE}
        if postseason and row["neutral_site"]:
            # The records do not say which tournament; the NCAA's games are all among these.
            groups.add(GROUP_NCAA_TOURNAMENT)
        fixtures.append(
            Fixture(
                id=row["game_id"],
                season=row["season"],
                season_type=3 if postseason else 2,
                tip=tip,
                day=day,
                home_id=home,
                away_id=away,
                neutral_site=bool(row["neutral_site"]),
                conference_game=within,
                tournament_game=tournament,
                groups=frozenset(groups),
                home_known_from=known[0],
                away_known_from=known[1],
                result=Result(row["home_score"], row["away_score"], row["n_ot"]),
            )
        )
        last_end[home] = last_end[away] = tip + REGULATION + (row["n_ot"] or 0) * OVERTIME
    return fixtures


def _side_of(row: Row, fixture: Fixture) -> str | None:
    """The team a box score is of; a few rows name only its opponent."""
    others = {fixture.home_id: fixture.away_id, fixture.away_id: fixture.home_id}
    team_id, opponent = row["team_espn_id"], row["opp_espn_id"]
    return team_id if team_id in others else others.get(opponent) if team_id is None else None


def _points(fixture: Fixture, team_id: str) -> int | None:
    if fixture.result is None:
        return None
    return fixture.result.home if team_id == fixture.home_id else fixture.result.away


def _box(row: Row) -> TeamBox | None:
    """A row's figures; None where it is marked as wrong, lacks one, or does not add up."""
    names = ("pts", "fgm", "fga", "tpm", "tpa", "ftm", "fta", "orb", "drb", "ast", "blk", "tov")
    values = [row[name] for name in names]
    if row["pts_match_espn"] is False or any(value is None for value in values):
        return None
    box = TeamBox(*(int(value) for value in values))
    if 2 * box.field_goals_made + box.three_points_made + box.free_throws_made != box.points:
        return None
    return box


def _athlete(row: Row, number: str) -> Athlete:
    year = CLASSES.get(row["class"])
    position = (row["position"] or "")[:1].upper()
    return Athlete(
        id=number,
        name=row["name"],
        position=position if position in ("G", "F", "C") else None,
        height=int(row["ht_inches"]) if row["ht_inches"] else None,
        jersey=row["jersey"] or None,
        class_year=None if year is None else _CLASS_NAMES[year],
    )
