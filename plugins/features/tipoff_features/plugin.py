"""What the plugin `features` brings to tipoff."""

from __future__ import annotations

from tipoff import Check, FeatureBuilder, hookimpl

from tipoff_features.quality import CHECKS
from tipoff_features.tables import GAME, PLAYER, TEAM

TIPOFF_API = 1


@hookimpl
def feature_builders() -> tuple[FeatureBuilder, ...]:
    """Team, player and game features, each built on the one before."""
    return (
        FeatureBuilder(
            name="team",
            table=TEAM,
            inputs=("raw.games", "raw.team_stats", "raw.team_seasons", "raw.rosters"),
            compute="tipoff_features.team:compute",
            version="5",
            lookback=5,  # as LOOKBACK in rating.py, which costs too much to import here
            doc="Results, efficiency, four factors, rest, form and ratings of both sides of each game. "
            "The ratings start each season from what the seasons before and the roster say.",
        ),
        FeatureBuilder(
            name="player",
            table=PLAYER,
            inputs=("raw.games", "raw.player_stats"),
            compute="tipoff_features.player:compute",
            version="4",
            after=("team",),
            doc="Minutes, usage, efficiency and availability of each athlete before each game. "
            "Empty where the source has no box scores of players.",
        ),
        FeatureBuilder(
            name="game",
            table=GAME,
            inputs=("raw.games", "features.team_features", "features.player_features"),
            compute="tipoff_features.game:compute",
            version="4",
            doc="Both sides of each game side by side, with differences, place, phase of the season and expectations.",
        ),
    )


@hookimpl
def checks() -> tuple[Check, ...]:
    """Quality of the tables; blocking where only a defect of ours explains a row."""
    return CHECKS
