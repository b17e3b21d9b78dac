"""The schools, their conferences and halls: what does not change from season to season."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tipoff_espn.server.model import Conference, Team, Venue
from tipoff_espn.server.rules import rules_of
from tipoff_espn.server.simulated import names
from tipoff_espn.server.simulated.options import Options
from tipoff_espn.server.simulated.seeds import generator

UNLISTED = 3
"""How many Division I teams the list of teams lacks."""


@dataclass(frozen=True)
class Universe:
    """Everyone in the league.

    Args:
        teams: Division I first, conference by conference, then the small colleges.
        division_one: how many of them are Division I.
        conference_of: index of each Division I team's conference.
        members: each conference's team indices.
        neutral: halls that are nobody's home.
    """

    teams: tuple[Team, ...]
    division_one: int
    conferences: tuple[Conference, ...]
    conference_of: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    neutral: tuple[Venue, ...]


def make_universe(options: Options, slug: str) -> Universe:
    """The league of `options`; the same each time."""
    rng = generator(options.seed, slug, "teams")
    members = _members(options.teams)
    conference_of = tuple(c for c, team_indices in enumerate(members) for _ in team_indices)
    conference_names = rng.permutation(len(names.CONFERENCES))
    conferences = tuple(
        _conference(str(index + 1), names.CONFERENCES[conference_names[index]]) for index in range(len(members))
    )
    small_colleges = max(8, options.teams // 8) if rules_of(slug).college else 0
    count = options.teams + small_colleges
    locations = _locations(rng, count)
    ids = [
        *(int(i) for i in rng.permutation(np.arange(2, 2900))[: options.teams]),
        *range(127_000, 127_000 + small_colleges),
    ]
    unlisted = set(rng.permutation(options.teams)[:UNLISTED].tolist())
    taken: set[str] = set()
    teams = tuple(
        _team(
            rng,
            str(ids[index]),
            locations[index],
            taken,
            conference=conferences[conference_of[index]] if index < options.teams else None,
            listed=index < options.teams and index not in unlisted,
        )
        for index in range(count)
    )
    neutral = tuple(
        Venue(str(9000 + index), name, city, state) for index, (name, city, state) in enumerate(names.NEUTRAL_CITIES)
    )
    return Universe(teams, options.teams, conferences, conference_of, members, neutral)


def _members(teams: int) -> tuple[tuple[int, ...], ...]:
    size = 8 if teams <= 128 else 12
    parts = np.array_split(np.arange(teams), max(1, round(teams / size)))
    return tuple(tuple(int(i) for i in part) for part in parts)


def _conference(number: str, name: str) -> Conference:
    initials = "".join(word[0] for word in name.split()).lower()
    return Conference(number, f"{name} Conference", name, f"{initials}c{number}")


def _locations(rng: np.random.Generator, count: int) -> list[str]:
    starts, ends = names.PLACE_STARTS, names.PLACE_ENDS
    picks = rng.permutation(len(starts) * len(ends))[:count]
    places = (starts[pick // len(ends)] + ends[pick % len(ends)] for pick in picks)
    kinds = rng.integers(len(names.SCHOOL_KINDS), size=count)
    return [names.SCHOOL_KINDS[kind].format(place) for place, kind in zip(places, kinds, strict=True)]


def _team(
    rng: np.random.Generator,
    number: str,
    location: str,
    taken: set[str],
    *,
    conference: Conference | None,
    listed: bool,
) -> Team:
    mascot = names.MASCOTS[int(rng.integers(len(names.MASCOTS)))]
    city = (
        location.rsplit(maxsplit=1)[-1]
        if location.split(maxsplit=1)[0] in ("Northern", "Southern")
        else location.split(maxsplit=1)[0]
    )
    state = names.STATES[int(rng.integers(len(names.STATES)))]
    colors = rng.integers(0, 0xFFFFFF, size=2)
    return Team(
        id=number,
        display_name=f"{location} {mascot}",
        location=location,
        name=mascot,
        short_name=location.replace("State", "St").replace("Northern", "N").replace("Southern", "S"),
        abbreviation=_abbreviation(location, taken),
        color=f"{colors[0]:06x}",
        alternate_color=f"{colors[1]:06x}",
        conference=conference,
        venue=Venue(str(1000 + int(number) % 100_000), f"{city} Fieldhouse", city, state),
        listed=listed,
        division_one=conference is not None,
    )


def _abbreviation(location: str, taken: set[str]) -> str:
    letters = "".join(c for c in location.upper() if c.isalpha())
    words = location.upper().split()
    first = letters[:3] if len(words) == 1 else words[0][:3] + words[-1][0]
    choices = [first, *(letters[:2] + letter for letter in letters[2:]), *(f"{letters[:2]}{n}" for n in range(100))]
    chosen = next(choice for choice in choices if choice not in taken)
    taken.add(chosen)
    return chosen
