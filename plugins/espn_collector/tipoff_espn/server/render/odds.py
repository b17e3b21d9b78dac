"""A bookmaker's prices, in the forms of the scoreboard, of the summary (``pickcenter``) and of the core API."""

from __future__ import annotations

from math import gcd

from tipoff_espn.server.model import Line, Odds, Team
from tipoff_espn.server.render import common, identity
from tipoff_espn.server.render.bets import BOOK, FOOTER, HEADER, PROVIDER, Slips
from tipoff_espn.server.render.common import Json, Object
from tipoff_espn.server.render.references import reference

SCOREBOARD_PROVIDER: Object = {**PROVIDER, "displayName": PROVIDER["name"]}


def scoreboard(slug: str, game_id: str, odds: Odds, teams: tuple[Team, Team]) -> Object:
    """``competitions[].odds[]``; `teams` are home and away."""
    home, away = teams
    slips = Slips(slug, game_id, odds, teams)
    return {
        "provider": SCOREBOARD_PROVIDER,
        **_headline(odds, home, away),
        "awayTeamOdds": _side(odds, home=False) | {"team": _team(slug, away)},
        "homeTeamOdds": _side(odds, home=True) | {"team": _team(slug, home)},
        **_markets(odds, slips),
        "link": slips.game,
        "header": HEADER,
        "footer": FOOTER,
    }


def summary(slug: str, game_id: str, season: int, odds: Odds, teams: tuple[Team, Team], *, open_: bool) -> Object:
    """``pickcenter[]``; `teams` are home and away. Links stand beside the prices while the bets are `open_`."""
    home, away = teams
    close = odds.close
    slips = Slips(slug, game_id, odds, teams) if open_ else None
    beside: Object = {"links": slips.every(), "link": slips.game, "header": HEADER, "footer": FOOTER} if slips else {}
    return {
        "provider": PROVIDER,
        **_headline(odds, home, away),
        "overOdds": float(close.over_odds),
        "underOdds": float(close.under_odds),
        "awayTeamOdds": {
            **_side(odds, home=False),
            "moneyLine": close.away_moneyline,
            "spreadOdds": float(close.away_spread_odds),
            "team": reference(slug, "seasons", season, "teams", away.id, private=True),
            "teamId": away.id,
        },
        "homeTeamOdds": {
            **_side(odds, home=True),
            "moneyLine": close.home_moneyline,
            "spreadOdds": float(close.home_spread_odds),
            "team": reference(slug, "seasons", season, "teams", home.id, private=True),
            "teamId": home.id,
        },
        **_markets(odds, slips),
        **beside,
    }


def core(slug: str, game_id: str, season: int, odds: Odds, teams: tuple[Team, Team]) -> Object:
    """An item of the core API's odds; `teams` are home and away."""
    home, away = teams
    first, close = odds.open, odds.close
    return {
        **reference(slug, "events", game_id, "competitions", game_id, "odds", BOOK["id"]),
        "provider": {**reference(slug, "providers", BOOK["id"]), **BOOK},
        **_headline(odds, home, away),
        "overOdds": float(close.over_odds),
        "underOdds": float(close.under_odds),
        "awayTeamOdds": _core_side(odds, home=False) | {"team": reference(slug, "seasons", season, "teams", away.id)},
        "homeTeamOdds": _core_side(odds, home=True) | {"team": reference(slug, "seasons", season, "teams", home.id)},
        "open": _core_total(first),
        "close": _core_total(close),
    }


def _core_side(odds: Odds, *, home: bool) -> Object:
    close = odds.close
    written: Object = {
        **_side(odds, home=home),
        "moneyLine": close.home_moneyline if home else close.away_moneyline,
        "spreadOdds": float(close.home_spread_odds if home else close.away_spread_odds),
    }
    written.pop("favoriteAtOpen")
    for name, line in (("open", odds.open), ("close", close)):
        spread = line.spread if home else -line.spread
        written[name] = {
            "favorite": (line.spread < 0) == home,
            "pointSpread": _spelled(f"{spread:+}"),
            "spread": _american(line.home_spread_odds if home else line.away_spread_odds),
            "moneyLine": _american(line.home_moneyline if home else line.away_moneyline),
        }
    return written


def _core_total(line: Line) -> Object:
    return {
        "over": _american(line.over_odds),
        "under": _american(line.under_odds),
        "total": _spelled(f"{line.total}"),
    }


def _american(odds: int) -> Object:
    """American odds in the ways of other countries, too."""
    won, staked = (odds, 100) if odds > 0 else (100, -odds)
    divisor = gcd(won, staked)
    decimal, fraction = round(1 + won / staked, 3), f"{won // divisor}/{staked // divisor}"
    spelled = _spelled(_price(odds))
    return {"value": decimal, "displayValue": fraction, **spelled, "decimal": decimal, "fraction": fraction}


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


def _team(slug: str, of: Team) -> Object:
    return common.known(
        id=of.id,
        uid=common.uid(slug, t=of.id),
        abbreviation=of.abbreviation,
        name=of.name,
        displayName=of.display_name,
        logo=identity.logo(of),
    )


def _markets(odds: Odds, slips: Slips | None) -> Object:
    first, close = odds.open, odds.close

    def prices(before: Object, last: Object, link: str) -> Object:
        return {"close": last | {"link": getattr(slips, link)} if slips else last, "open": before}

    def line(text: str, price: int) -> Object:
        return {"line": text, "odds": _price(price)}

    def named(name: str, short: str, **sides: Json) -> Object:
        return {"displayName": name, "shortDisplayName": short, **sides}

    return {
        "moneyline": named(
            "Moneyline",
            "ML",
            home=prices({"odds": _price(first.home_moneyline)}, {"odds": _price(close.home_moneyline)}, "home"),
            away=prices({"odds": _price(first.away_moneyline)}, {"odds": _price(close.away_moneyline)}, "away"),
        ),
        "pointSpread": named(
            "Spread",
            "Spread",
            home=prices(
                line(f"{first.spread:+}", first.home_spread_odds),
                line(f"{close.spread:+}", close.home_spread_odds),
                "home_spread",
            ),
            away=prices(
                line(f"{-first.spread:+}", first.away_spread_odds),
                line(f"{-close.spread:+}", close.away_spread_odds),
                "away_spread",
            ),
        ),
        "total": named(
            "Total",
            "Total",
            over=prices(line(f"o{first.total}", first.over_odds), line(f"o{close.total}", close.over_odds), "over"),
            under=prices(line(f"u{first.total}", first.under_odds), line(f"u{close.total}", close.under_odds), "under"),
        ),
    }


def _price(odds: int) -> str:
    """American odds as text; even money is a word."""
    return "EVEN" if odds == 100 else f"{odds:+d}"
