"""The simulated league: seasons built on demand, each a function of the options alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tipoff_espn.server.dates import busy_morning
from tipoff_espn.server.model import Athlete, Fixture, Forecast, Odds, PlayerLine, Poll, Team, TeamBox
from tipoff_espn.server.rules import rules_of
from tipoff_espn.server.simulated import build, names
from tipoff_espn.server.simulated.box import draw_boxes, make_style
from tipoff_espn.server.simulated.lines import draw_lines
from tipoff_espn.server.simulated.odds import draw_odds
from tipoff_espn.server.simulated.options import Options
from tipoff_espn.server.simulated.polls import make_polls
from tipoff_espn.server.simulated.seeds import generator
from tipoff_espn.server.simulated.strength import PACE, Strength, first_season, next_season, win_probability
from tipoff_espn.server.simulated.teams import Universe, make_universe

LAST_SEASON_AFTER = 60
"""How many seasons exist after the first."""
CLASS_YEARS = ("FR", "SO", "JR", "SR", "GR")
POSITION_NAMES = ("G", "F", "C")
DEFAULT_SEASON = 2026


class SimulatedSeason:
    """One season: the schedule and its results at once, all the rest on demand."""

    def __init__(self, options: Options, slug: str, universe: Universe, strength: Strength) -> None:
        self.year = strength.season
        self.strength = strength
        self.universe = universe
        self.teams: dict[str, Team] = {team.id: team for team in universe.teams}
        self._seed, self._slug = options.seed, slug
        self._index = {team.id: number for number, team in enumerate(universe.teams)}
        self._draft = build.build(options.seed, slug, universe, strength, self._prior)
        self.fixtures: list[Fixture] = sorted(self._draft.fixtures, key=lambda f: (f.tip, f.id))
        self._rosters: dict[str, list[Athlete]] = {}

    def _rng(self, purpose: str, *numbers: int) -> np.random.Generator:
        return generator(self._seed, self._slug, purpose, self.year, *numbers)

    @cached_property
    def _prior(self) -> npt.NDArray[np.float64]:
        """Pre-season opinion of each team, in points: the truth of the first day, seen dimly."""
        truth = (self.strength.offense[:, 0] + self.strength.defense[:, 0]) * PACE / 100
        return np.asarray(0.75 * truth + self._rng("opinion").normal(0, 3.0, len(truth)), dtype=np.float64)

    @cached_property
    def polls(self) -> Sequence[Poll]:
        """Both polls of every week; only colleges have them."""
        if not rules_of(self._slug).college:
            return ()
        ids = [team.id for team in self.universe.teams[: self.universe.division_one]]
        return make_polls(self._rng("polls"), self.year, self._draft.played(), self._prior, ids)

    @cached_property
    def _boxes(self) -> list[tuple[TeamBox, TeamBox]]:
        fixtures = self._draft.fixtures
        home, away = np.array(self._draft.home), np.array(self._draft.away)
        scores = [(f.result.home, f.result.away) if f.result else (70, 69) for f in fixtures]
        overtimes = np.array([(f.result.overtimes or 0) if f.result else 0 for f in fixtures])
        rng = self._rng("boxes")
        style = make_style(rng, self.strength.offense.mean(axis=1))
        possessions = self.strength.possessions(home, away) + rng.normal(0, 2.5, len(home))
        possessions *= 1 + overtimes / 8
        # A high score needs a fast game or a good one; most come from both.
        surprise = np.array([sum(score) for score in scores]) - np.array(self._draft.total)
        possessions += 0.12 * surprise
        return draw_boxes(rng, style, np.stack([home, away], axis=1), np.array(scores), possessions)

    @cached_property
    def _odds(self) -> list[Odds]:
        return draw_odds(self._rng("odds"), np.array(self._draft.margin), np.array(self._draft.total))

    def roster(self, team_id: str) -> Sequence[Athlete]:
        """The team's players, best first."""
        if team_id not in self._rosters:
            self._rosters[team_id] = self._make_roster(self._index[team_id])
        return self._rosters[team_id]

    def _make_roster(self, team: int) -> list[Athlete]:
        players = self.strength.players
        jerseys: set[int] = set()
        roster = []
        for place in self.strength.order[team].tolist():
            looks = int(players.looks[team, place])
            looks, first = divmod(looks, len(names.FIRST_NAMES))
            looks, last = divmod(looks, len(names.LAST_NAMES))
            looks, state = divmod(looks, len(names.STATES))
            looks, start = divmod(looks, len(names.PLACE_STARTS))
            looks, end = divmod(looks, len(names.PLACE_ENDS))
            jersey = looks % 56
            while jersey in jerseys:
                jersey = (jersey + 1) % 56
            jerseys.add(jersey)
            roster.append(
                Athlete(
                    id=str(players.ids[team, place]),
                    name=f"{names.FIRST_NAMES[first]} {names.LAST_NAMES[last]}",
                    first_name=names.FIRST_NAMES[first],
                    last_name=names.LAST_NAMES[last],
                    position=POSITION_NAMES[(0, 0, 1, 1, 2, 0, 0, 1, 1, 2, 0, 1, 2)[place]],
                    height=int(players.heights[team, place]),
                    weight=int(players.weights[team, place]),
                    jersey=str(jersey),
                    class_year=CLASS_YEARS[int(players.years[team, place]) - 1],
                    city=names.PLACE_STARTS[start] + names.PLACE_ENDS[end],
                    state=names.STATES[state],
                )
            )
        return roster

    def box(self, fixture: Fixture) -> tuple[TeamBox | None, TeamBox | None]:
        """Home and away box score."""
        return self._boxes[fixture.number] if fixture.result else (None, None)

    def lines(self, fixture: Fixture) -> tuple[Sequence[PlayerLine], Sequence[PlayerLine]] | None:
        """Home and away players' lines."""
        if fixture.result is None:
            return None
        minutes = fixture.rules.periods * fixture.rules.seconds // 60 + 5 * (fixture.result.overtimes or 0)
        rng = self._rng("lines", fixture.number)
        home, away = (
            self._side(rng, team_id, box, minutes)
            for team_id, box in zip((fixture.home_id, fixture.away_id), self._boxes[fixture.number], strict=True)
        )
        return home, away

    def _side(self, rng: np.random.Generator, team_id: str, box: TeamBox, minutes: int) -> list[PlayerLine]:
        team = self._index[team_id]
        skill = self.strength.players.offense[team][self.strength.order[team]]
        return draw_lines(rng, self.roster(team_id), skill, box, minutes)

    def forecast(self, fixture: Fixture) -> Forecast:
        """The truth (`strength`)."""
        margin = self._draft.margin[fixture.number]
        return Forecast(win_probability(margin), margin, self._draft.total[fixture.number])

    def odds(self, fixture: Fixture) -> Odds:
        """The bookmaker's prices."""
        return self._odds[fixture.number]


class SimulatedLeague:
    """One simulated league for each slug. Seasons follow one another from `Options.first_season` on."""

    def __init__(self, options: Options, slugs: tuple[str, ...]) -> None:
        self.options = options
        self.slugs = slugs
        self._universes = {slug: make_universe(options, slug) for slug in slugs}
        self._strengths: dict[str, list[Strength]] = {slug: [] for slug in slugs}
        self._seasons: dict[tuple[str, int], SimulatedSeason] = {}

    def season(self, slug: str, year: int) -> SimulatedSeason | None:
        """The season, the same object each time; None before the first one and after the last."""
        place = year - self.options.first_season
        if slug not in self._universes or not 0 <= place < LAST_SEASON_AFTER:
            return None
        if (slug, year) not in self._seasons:
            universe = self._universes[slug]
            strength = self._strength(slug, place)
            self._seasons[slug, year] = SimulatedSeason(self.options, slug, universe, strength)
        return self._seasons[slug, year]

    def _strength(self, slug: str, place: int) -> Strength:
        """Each season's strengths come from those before, so all up to `place` are made."""
        made, universe, seed = self._strengths[slug], self._universes[slug], self.options.seed
        while len(made) <= place:
            if made:
                made.append(next_season(seed, slug, made[-1], universe.division_one))
            else:
                first = self.options.first_season
                made.append(first_season(seed, slug, first, len(universe.teams), universe.division_one))
        return made[place]

    def season_of_event(self, slug: str, event_id: str) -> int | None:
        """Read from the id itself."""
        if not event_id.isdigit() or slug not in self._universes:
            return None
        season = build.season_of_event(int(event_id))
        return season if 0 <= season - self.options.first_season < LAST_SEASON_AFTER else None

    def team(self, slug: str, team_id: str) -> Team | None:
        """The same in every season."""
        universe = self._universes.get(slug)
        return next((team for team in universe.teams if team.id == team_id), None) if universe else None

    def default_now(self) -> datetime:
        """8:00 US Eastern on the busiest evening from 15 January to 10 February."""
        year = max(DEFAULT_SEASON, self.options.first_season)
        season = self.season(self.slugs[0], year)
        return busy_morning(season.fixtures if season else (), date(year, 1, 15), date(year, 2, 10))
