"""`team_features`: a row a game and team, as of the morning of the game's day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tipoff_features.statements import statement

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import FeatureContext


def compute(context: FeatureContext) -> pa.Table:
    """Sums and shares in SQL, what is sequential (ratings, form) in NumPy."""
    from tipoff_features.rating import rate

    conferences, games = context.sql(statement("conferences")), context.sql(statement("team_games"))
    ratings = rate(games, conferences, context.sql(statement("squads")), context.season)
    return context.sql(statement("team"), ratings=ratings)
