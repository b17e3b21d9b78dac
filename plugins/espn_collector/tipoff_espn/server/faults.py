"""What goes wrong between a client and a league, and how a source's name says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import get_args

from tipoff.errors import SettingsError

from tipoff_espn.server.chaos import KINDS, Chaos, Kind
from tipoff_espn.server.limit import Limit
from tipoff_espn.server.model import Team
from tipoff_espn.server.protocol import League, Season

OPTIONS = (
    "chaos", "chaos_kinds", "chaos_seed", "chaos_first", "chaos_stall", "chaos_log",
    "limit", "limit_burst", "limit_retry_after", "latency",
)  # fmt: skip

_NO_LIMIT = 1e9
"""Requests a second, where only the latency was asked for."""


@dataclass(frozen=True, slots=True)
class Troubled:
    """A league, and what goes wrong on the way to it."""

    league: League
    chaos: Chaos | None = None
    limit: Limit | None = None

    @property
    def slugs(self) -> tuple[str, ...]:
        """See `League`."""
        return self.league.slugs

    def season(self, slug: str, year: int) -> Season | None:
        """See `League`."""
        return self.league.season(slug, year)

    def season_of_event(self, slug: str, event_id: str) -> int | None:
        """See `League`."""
        return self.league.season_of_event(slug, event_id)

    def team(self, slug: str, team_id: str) -> Team | None:
        """See `League`."""
        return self.league.team(slug, team_id)

    def default_now(self) -> datetime:
        """See `League`."""
        return self.league.default_now()


def split(options: str) -> tuple[str, dict[str, str]]:
    """Sets the options of this module aside from a source's others.

    Returns:
        The others as they were, and ours by name.
    """
    parts = options.split(",")
    ours = [part.strip() for part in parts if part.partition("=")[0].strip() in OPTIONS]
    others = [part for part in parts if part.partition("=")[0].strip() not in OPTIONS]
    return ",".join(others), {name: value for name, _, value in (part.partition("=") for part in ours)}


def trouble(league: League, options: dict[str, str], log: Path) -> League:
    """`league` with what `options` say of chaos and limits; itself where they say nothing.

    Args:
        league: any.
        options: as `split` finds them.
        log: where chaos notes its strikes, unless ``chaos_log`` says otherwise.

    Raises:
        SettingsError: a value that cannot be, or an option of something that is not switched on.
    """
    if not options:
        return league
    chaotic = [name for name in options if name.startswith("chaos_")]
    limiting = [name for name in options if name.startswith("limit_")]
    if (chaotic and "chaos" not in options) or (limiting and "limit" not in options):
        alone = chaotic[0] if chaotic and "chaos" not in options else limiting[0]
        raise SettingsError(f"`{alone}` does nothing by itself; add {alone.partition('_')[0]}=NUMBER")
    chaos = _chaos(options, log) if "chaos" in options else None
    return Troubled(league, chaos, _limit(options) if {"limit", "latency"} & options.keys() else None)


def _chaos(options: dict[str, str], log: Path) -> Chaos:
    written = options.get("chaos_log")
    return Chaos(
        seed=int(_number(options, "chaos_seed", 0)),
        rate=_number(options, "chaos", 0),
        kinds=kinds(options["chaos_kinds"]) if "chaos_kinds" in options else KINDS,
        first=int(_number(options, "chaos_first", 0)) if "chaos_first" in options else None,
        stall_seconds=_number(options, "chaos_stall", 60),
        log=log if written is None else Path(written) if written else None,
    )


def kinds(text: str) -> tuple[Kind, ...]:
    """Kinds of chaos from ``429+5xx+stall``.

    Raises:
        SettingsError: an unknown one.
    """
    named = [name.strip() for name in text.split("+")]
    known: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    if unknown := [name for name in named if name not in known]:
        raise SettingsError(f"`{unknown[0]}` is no kind of chaos; join with + one or more of {', '.join(KINDS)}")
    return tuple(known[name] for name in named)


def _limit(options: dict[str, str]) -> Limit:
    low, _, high = options.get("latency", "0").partition("-")
    latency = tuple(_number({"latency": bound}, "latency", 0) for bound in (low, high or low))
    retry_after = options.get("limit_retry_after", "yes")
    if retry_after not in ("yes", "no"):
        raise SettingsError(f"limit_retry_after is `{retry_after}`; set it to yes or no")
    return Limit(
        _number(options, "limit", _NO_LIMIT),
        burst=_number(options, "limit_burst", 0) if "limit_burst" in options else None,
        retry_after=retry_after == "yes",
        latency=(latency[0], latency[1]),
    )


def _number(options: dict[str, str], name: str, default: float) -> float:
    text = options.get(name)
    if text is None:
        return default
    try:
        return float(text)
    except ValueError:
        raise SettingsError(f"{name} is `{text}`; write a number, like {name}=0.05") from None
