"""What stands beside a bookmaker's prices: its links, its logo and its small print.

All links lead to the bookmaker's front page: a league knows no betting slips.
"""

from __future__ import annotations

from tipoff_espn.server.model import Odds, Team
from tipoff_espn.server.render.common import Json, Object
from tipoff_espn.server.render.links import FULL, Link
from tipoff_espn.server.render.references import reference

BOOK: Object = {"id": "100", "name": "Draft Kings", "priority": 1}
_FRONT = "https://sportsbook.draftkings.com/"
_LOGOS: list[Json] = [
    {"href": f"https://a.espncdn.com/i/betting/Draftkings_{ground.title()}.svg", "rel": [ground]}
    for ground in ("light", "dark")
]
_SQUARE = "https://a.espncdn.com/i/espnbet/{}espn-bet-square-{}.svg"
PROVIDER: Object = {**BOOK, "logos": _LOGOS}
HEADER: Object = {
    "logo": {
        "dark": _SQUARE.format("dark/", "off"),
        "light": _SQUARE.format("", "off"),
        "exclusivesLogoDark": _SQUARE.format("", "mint"),
        "exclusivesLogoLight": _SQUARE.format("", "mint"),
    },
    "text": "Game Odds",
}
FOOTER: Object = {"disclaimer": "Odds by DraftKings"}


class Slips:
    """The links of one game's bets, as long as they are open."""

    def __init__(self, slug: str, game_id: str, odds: Odds, teams: tuple[Team, Team]) -> None:
        self._slug, self._game_id = slug, game_id
        home, away = (team.abbreviation or team.id for team in teams)
        spread, total = odds.close.spread, odds.close.total
        self.home = self._link("home", "Home Bet", "home")
        self.away = self._link("away", "Away Bet", "away")
        self.home_spread = self._link("homeSpread", "Home Point Spread", details=f"Spread:{home}{spread:+}")
        self.away_spread = self._link("awaySpread", "Away Point Spread", details=f"Spread:{away}{-spread:+}")
        self.over = self._link("over", "Over Odds", "over", f"Over:{total}")
        self.under = self._link("under", "Under Odds", "under", f"Under:{total}")
        self.game = self._link("game", "See More Odds")

    def every(self) -> list[Json]:
        """All of them."""
        return [self.home, self.away, self.home_spread, self.away_spread, self.over, self.under, self.game]

    def _link(self, rel: str, text: str, side: str = "none", details: str | None = None) -> Object:
        tags: Object = {
            "league": self._slug,
            "sport": "basketball",
            "gameId": int(self._game_id),
            "betSide": side,
            "betType": "straight",
        }
        if details:
            tags["betDetails"] = details
        written = Link((rel, "desktop", "bets"), _FRONT, text).written(*FULL)
        return written | {"tracking": {"campaign": "betting-integrations", "tags": tags}}


def provider(slug: str, number: str) -> Object | None:
    """``providers/{id}`` of the core API: the one book there is, or None."""
    return {**reference(slug, "providers", number), **PROVIDER} if number == BOOK["id"] else None
