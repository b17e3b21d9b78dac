"""How the leagues differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """One league's.

    Args:
        periods: of regulation: 2 halves or 4 quarters.
        seconds: of each.
        college: whether it has polls, featured games and small colleges as guests.
        postseason: what its brackets after the regular season are called, the bigger one first.
    """

    periods: int = 2
    seconds: int = 1200
    college: bool = True
    postseason: tuple[str, str] = ("NCAA Tournament", "National Invitation")

    @property
    def period(self) -> str:
        """What a period is called."""
        return "Half" if self.periods == 2 else "Quarter"


MEN = Rules()
_RULES = {
    "womens-college-basketball": Rules(periods=4, seconds=600),
    "nba": Rules(periods=4, seconds=720, college=False, postseason=("NBA Playoffs", "Play-In Tournament")),
}


def rules_of(slug: str) -> Rules:
    """A league's rules; those of men's college basketball where it has none of its own."""
    return _RULES.get(slug, MEN)
