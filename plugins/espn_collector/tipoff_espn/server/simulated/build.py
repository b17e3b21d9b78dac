"""Puts a season together: schedule, results, called-off games, brackets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from tipoff_espn.server.dates import eastern, selection_sunday
from tipoff_espn.server.model import GROUP_DIVISION_ONE, GROUP_NCAA_TOURNAMENT, Fixture, Venue
from tipoff_espn.server.rules import Rules, rules_of
from tipoff_espn.server.simulated import bracket, calendar, names
from tipoff_espn.server.simulated.game import in_quarters, play
from tipoff_espn.server.simulated.polls import Played, power_ratings
from tipoff_espn.server.simulated.schedule import Meeting, regular_season
from tipoff_espn.server.simulated.seeds import generator
from tipoff_espn.server.simulated.strength import Strength
from tipoff_espn.server.simulated.teams import Universe

POSTPONED_SHARE, CANCELED_SHARE = 0.007, 0.003
LATE_TIME_SHARE = 0.25
"""Share of conference games whose hour is announced late."""
IDS_A_SEASON = 10_000
IDS_FROM = 400_000_000


def first_event_id(season: int) -> int:
    """Event ids of a season are this and the numbers after it."""
    return IDS_FROM + (season - 1900) * IDS_A_SEASON


def season_of_event(event_id: int) -> int:
    """The season whose ids hold `event_id`."""
    return 1900 + (event_id - IDS_FROM) // IDS_A_SEASON


@dataclass
class Draft:
    """A season being put together. Fixtures and truths stand in the order of their numbers."""

    seed: int
    slug: str
    season: int
    universe: Universe
    strength: Strength
    fixtures: list[Fixture] = field(default_factory=list)
    home: list[int] = field(default_factory=list)
    away: list[int] = field(default_factory=list)
    margin: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)

    @property
    def rules(self) -> Rules:
        """The league's."""
        return rules_of(self.slug)

    def rng(self, purpose: str) -> np.random.Generator:
        """A generator for one purpose in this season."""
        return generator(self.seed, self.slug, purpose, self.season)

    def add(
        self, rng: np.random.Generator, meetings: list[Meeting], drafts: list[Fixture], *, played: bool = True
    ) -> list[Fixture]:
        """Numbers fixtures, notes their truth and, where played, draws their results."""
        if not meetings:
            return []
        home, away = (np.array([getattr(m, side) for m in meetings]) for side in ("home", "away"))
        days = np.array([self.strength.day_number(m.day) for m in meetings])
        neutral = np.array([m.neutral for m in meetings])
        margin, total = self.strength.expect(home, away, days, neutral)
        capacity = np.array(
            [12_000 if m.neutral else 3_000 + 37 * (m.home * 173 % 300) for m in meetings], dtype=np.float64
        )
        results = play(rng, margin, total, capacity)
        if self.rules.periods == 4:
            results = in_quarters(self.rng("quarters"), results)
        done: list[Fixture] = []
        for draft, result in zip(drafts, results, strict=True):
            number = len(self.fixtures) + len(done)
            called_off = not played or draft.called_off is not None
            done.append(
                replace(
                    draft,
                    id=str(first_event_id(self.season) + number),
                    number=number,
                    result=None if called_off else result,
                )
            )
        self.fixtures += done
        self.home += home.tolist()
        self.away += away.tolist()
        self.margin += margin.tolist()
        self.total += total.tolist()
        return done

    def played(self) -> Played:
        """The played games so far, as arrays."""
        games = [f for f in self.fixtures if f.result]
        numbers = np.array([f.number for f in games])
        return Played(
            np.array(self.home)[numbers],
            np.array(self.away)[numbers],
            np.array([f.result.home - f.result.away for f in games if f.result], dtype=np.float64),
            np.array([f.neutral_site for f in games]),
            np.array([f.ends for f in games], dtype="datetime64[s]"),
        )


def build(seed: int, slug: str, universe: Universe, strength: Strength, prior: np.typing.NDArray[np.float64]) -> Draft:
    """The whole season, `prior` being pre-season opinion of each team in points."""
    draft = Draft(seed, slug, strength.season, universe, strength)
    _regular(draft)
    champions = _conference_tournaments(draft)
    _postseason(draft, champions, prior)
    return draft


def _fixture(draft: Draft, meeting: Meeting, tips: calendar.TipTimes) -> Fixture:
    teams = draft.universe.teams
    return Fixture(
        id="",
        season=draft.season,
        season_type=3 if meeting.day >= calendar.postseason(draft.season) else 2,
        tip=tips.draw(meeting.day),
        day=meeting.day,
        home_id=teams[meeting.home].id,
        away_id=teams[meeting.away].id,
        neutral_site=meeting.neutral,
        conference_game=meeting.conference,
        rules=draft.rules,
        venue=_neutral(draft, meeting.home + meeting.day.day) if meeting.neutral else teams[meeting.home].venue,
    )


def _neutral(draft: Draft, number: int) -> Venue:
    return draft.universe.neutral[number % len(draft.universe.neutral)]


def _regular(draft: Draft) -> None:
    meetings = regular_season(draft.seed, draft.slug, draft.season, draft.universe)
    rng = draft.rng("details")
    tips = calendar.TipTimes(rng)
    busy: dict[int, set[date]] = {}
    for meeting in meetings:
        for team in (meeting.home, meeting.away):
            busy.setdefault(team, set()).add(meeting.day)
    drafts, make_ups = [], []
    for meeting in meetings:
        fixture = _fixture(draft, meeting, tips)
        chance, hours, late, days = (float(x) for x in rng.random(4))
        if meeting.neutral:
            event = names.EARLY_EVENTS[int(days * len(names.EARLY_EVENTS))]
            fixture = replace(fixture, tournament=event, tournament_id=100 + names.EARLY_EVENTS.index(event))
        if meeting.conference and late < LATE_TIME_SHARE:
            fixture = replace(fixture, time_known_from=fixture.tip - timedelta(days=2 + round(12 * days)))
        if chance < POSTPONED_SHARE + CANCELED_SHARE:
            announced = fixture.tip - timedelta(hours=3 + round(30 * hours))
            new_day = _free_day(draft, busy, meeting) if chance < POSTPONED_SHARE else None
            kind: Literal["postponed", "canceled"] = "canceled" if new_day is None else "postponed"
            fixture = replace(fixture, called_off=kind, called_off_from=announced)
            if new_day is not None:
                again = replace(meeting, day=new_day)
                make_ups.append(
                    (again, replace(_fixture(draft, again, tips), listed_from=announced + timedelta(days=1)))
                )
        drafts.append(fixture)
    # Make-ups come last, so that their ids are new ones.
    draft.add(draft.rng("results"), [*meetings, *(m for m, _ in make_ups)], [*drafts, *(f for _, f in make_ups)])


def _free_day(draft: Draft, busy: dict[int, set[date]], meeting: Meeting) -> date | None:
    """A later day of the regular season around which neither team plays."""
    day = meeting.day + timedelta(days=4)
    taken = busy[meeting.home] | busy[meeting.away]
    while day <= calendar.regular_end(draft.season):
        if not {day + timedelta(days=n) for n in (-1, 0, 1)} & taken:
            busy[meeting.home].add(day)
            busy[meeting.away].add(day)
            return day
        day += timedelta(days=1)
    return None


def _play_rounds(
    draft: Draft, headline: str, number: int, groups: tuple[frozenset[str], ...], *, conference: bool, neutral: bool
) -> bracket.Play:
    rng = draft.rng(f"bracket {headline}")
    tips = calendar.TipTimes(rng)

    def play_round(pairings: list[bracket.Pairing]) -> list[Fixture]:
        meetings = [Meeting(p.day, p.home, p.away, conference, neutral) for p in pairings]
        drafts = [
            replace(
                _fixture(draft, meeting, tips),
                tournament=f"{headline} - {pairing.round_name}",
                tournament_id=number,
                tournament_game=True,
                groups=groups[place % len(groups)],
                venue=_neutral(draft, number) if neutral else draft.universe.teams[pairing.home].venue,
                home_known_from=pairing.home_known_from,
                away_known_from=pairing.away_known_from,
                listed_from=eastern(date(draft.season, 2, 1), 0),
            )
            for place, (meeting, pairing) in enumerate(zip(meetings, pairings, strict=True))
        ]
        return draft.add(rng, meetings, drafts)

    return play_round


def _conference_tournaments(draft: Draft) -> list[int]:
    """Plays each conference's bracket in the week before Selection Sunday.

    Returns:
        The champions, as team indices.
    """
    regular = [f for f in draft.fixtures if f.conference_game and f.result]
    champions = []
    for number, members in enumerate(draft.universe.members):
        inside = [f for f in regular if draft.home[f.number] in members]
        seeds = _seeds(draft, members, inside)
        rounds = (len(seeds) - 1).bit_length()
        first = selection_sunday(draft.season) - timedelta(days=rounds + number % 3)
        days = [[first + timedelta(days=n)] for n in range(rounds)]
        name = draft.universe.conferences[number].short_name
        play_round = _play_rounds(
            draft, f"{name} Championship", number + 1, (frozenset({GROUP_DIVISION_ONE}),), conference=True, neutral=True
        )
        final = bracket.run(seeds, max(f.ends for f in inside), days, play_round)[-1]
        champions.append(_winner(draft, final))
    return champions


def _winner(draft: Draft, fixture: Fixture) -> int:
    won = fixture.result is not None and fixture.result.home > fixture.result.away
    return draft.home[fixture.number] if won else draft.away[fixture.number]


def _seeds(draft: Draft, members: tuple[int, ...], games: list[Fixture]) -> list[int]:
    """Members by conference wins less losses, then by margin."""
    wins = dict.fromkeys(members, 0)
    margin = dict.fromkeys(members, 0)
    for game in games:
        if game.result is None:
            continue
        gap = game.result.home - game.result.away
        for team, sign in ((draft.home[game.number], 1), (draft.away[game.number], -1)):
            wins[team] += 1 if sign * gap > 0 else -1
            margin[team] += sign * gap
    return sorted(members, key=lambda team: (-wins[team], -margin[team], team))


def _postseason(draft: Draft, champions: list[int], prior: np.typing.NDArray[np.float64]) -> None:
    """The NCAA tournament (champions and the best of the rest) and the invitation tournament of the next best."""
    sunday = selection_sunday(draft.season)
    selection = eastern(sunday, 18)
    ratings = power_ratings(draft.played().before(selection), prior)
    ranked = [int(t) for t in np.argsort(-ratings[: draft.universe.division_one], kind="stable")]
    field_size = 64 if draft.universe.division_one >= 200 else 16
    at_large = [t for t in ranked if t not in champions]
    invited = field_size - len(champions)
    seeds = sorted([*champions, *at_large[:invited]], key=ranked.index)
    both = frozenset({GROUP_DIVISION_ONE, GROUP_NCAA_TOURNAMENT})
    # ESPN lists the tournament under group 100 and part of it under 50 as well.
    ncaa = _play_rounds(
        draft, draft.rules.postseason[0], 22, (frozenset({GROUP_NCAA_TOURNAMENT}), both), conference=False, neutral=True
    )
    offsets = (
        ((4, 5), (6, 7), (11, 12), (13, 14), (20,), (22,)) if field_size == 64 else ((4, 5), (11, 12), (20,), (22,))
    )
    bracket.run(seeds, selection, [[sunday + timedelta(days=n) for n in days] for days in offsets], ncaa)
    nit = _play_rounds(
        draft, draft.rules.postseason[1], 21, (frozenset({GROUP_DIVISION_ONE}),), conference=False, neutral=False
    )
    bracket.run(
        at_large[invited : invited + 8],
        selection,
        [[sunday + timedelta(days=n) for n in days] for days in ((2, 3), (8, 9), (15,))],
        nit,
    )
