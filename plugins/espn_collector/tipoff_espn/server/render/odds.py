"""A bookmaker's prices, in the scoreboard's form and in the summary's (``pickcenter``)."""

from __future__ import annotations

from tipoff_espn.server.model import Line, Odds, Team
from tipoff_espn.server.render import common
from tipoff_espn.server.render.common import Object

_PROVIDER: Object = {"id": "100", "name": "Draft Kings", "priority": 1}


def scoreboard(slug: str, odds: Odds, home: Team, away: Team) -> Object:
    """``competitions[].odds[]``."""
    return {
        "provider": {**_PROVIDER, "displayName": "Draft Kings"},
        **_headline(odds, home, away),
        "awayTeamOdds": _side(odds, home=False) | {"team": _team(slug, away)},
        "homeTeamOdds": _side(odds, home=True) | {"team": _team(slug, home)},
        **_markets(odds),
    }


def summary(slug: str, season: int, odds: Odds, teams: tuple[Team, Team]) -> Object:
    """``pickcenter[]``; `teams` are home and away."""
    home, away = teams
    close = odds.close
    base = f"http://sports.core.api.espn.pvt/v2/sports/basketball/leagues/{slug}/seasons/{season}/teams"
    return {
        "provider": _PROVIDER,
        **_headline(odds, home, away),
        "overOdds": float(close.over_odds),
        "underOdds": float(close.under_odds),
        "awayTeamOdds": {
            **_side(odds, home=False),
            "moneyLine": close.away_moneyline,
            "spreadOdds": float(close.away_spread_odds),
            "team": {"$ref": f"{base}/{away.id}?lang=en&region=us"},
            "teamId": away.id,
        },
        "homeTeamOdds": {
            **_side(odds, home=True),
            "moneyLine": close.home_moneyline,
            "spreadOdds": float(close.home_spread_odds),
            "team": {"$ref": f"{base}/{home.id}?lang=en&region=us"},
            "teamId": home.id,
        },
        **_markets(odds),
    }


def core(event: str, odds: Odds) -> Object:
    """An item of the core API's odds; the address of its event is part of it."""
    close = odds.close
    return {
        "$ref": f"{event.partition('?')[0]}/odds/{_PROVIDER['id']}?lang=en&region=us",
        "provider": _PROVIDER,
        "overUnder": close.total,
        "spread": close.spread,
        "overOdds": float(close.over_odds),
        "underOdds": float(close.under_odds),
        "homeTeamOdds": _core_side(odds, home=True),
        "awayTeamOdds": _core_side(odds, home=False),
        "open": {"total": _spelled(f"{odds.open.total}")},
        "close": {"total": _spelled(f"{close.total}")},
    }


def _core_side(odds: Odds, *, home: bool) -> Object:
    written: Object = {**_side(odds, home=home)}
    for name, line in (("open", odds.open), ("close", odds.close)):
        money = line.home_moneyline if home else line.away_moneyline
        spread = line.spread if home else -line.spread
        price = line.home_spread_odds if home else line.away_spread_odds
        written[name] = {
            "pointSpread": _spelled(f"{spread:+}"),
            "spread": _spelled(_price(price)),
            "moneyLine": _spelled(_price(money)),
        }
    written["moneyLine"] = odds.close.home_moneyline if home else odds.close.away_moneyline
    return written


def _spelled(text: str) -> Object:
    return {"alternateDisplayValue": text, "american": text}


def _headline(odds: Odds, home: Team, away: Team) -> Object:
    spread = odds.close.spread
    favorite = home if spread < 0 else away
    return {
        "details": f"{favorite.abbreviation or favorite.id} {-abs(spread)}",
        "overUnder": odds.close.total,
        "spread": spread,
    }


def _side(odds: Odds, *, home: bool) -> Object:
    return {
        "favorite": (odds.close.spread < 0) == home,
        "underdog": (odds.close.spread < 0) != home,
        "favoriteAtOpen": (odds.open.spread < 0) == home,
    }


def _team(slug: str, team: Team) -> Object:
    return common.known(
        id=team.id,
        uid=common.uid(slug, t=team.id),
        abbreviation=team.abbreviation,
        name=team.name,
        displayName=team.display_name,
    )


def _markets(odds: Odds) -> Object:
    both: list[tuple[str, Line]] = [("close", odds.close), ("open", odds.open)]
    return {
        "moneyline": {
            "displayName": "Moneyline",
            "shortDisplayName": "ML",
            "home": {name: {"odds": _price(line.home_moneyline)} for name, line in both},
            "away": {name: {"odds": _price(line.away_moneyline)} for name, line in both},
        },
        "pointSpread": {
            "displayName": "Spread",
            "shortDisplayName": "Spread",
            "home": {name: {"line": f"{line.spread:+}", "odds": _price(line.home_spread_odds)} for name, line in both},
            "away": {name: {"line": f"{-line.spread:+}", "odds": _price(line.away_spread_odds)} for name, line in both},
        },
        "total": {
            "displayName": "Total",
            "shortDisplayName": "Total",
            "over": {name: {"line": f"o{line.total}", "odds": _price(line.over_odds)} for name, line in both},
            "under": {name: {"line": f"u{line.total}", "odds": _price(line.under_odds)} for name, line in both},
        },
    }


def _price(odds: int) -> str:
    """American odds as text; even money is a word."""
    return "EVEN" if odds == 100 else f"{odds:+d}"
