"""`player_features`: a row a game and athlete, as of the morning of the game's day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tipoff_features.statements import statement

if TYPE_CHECKING:
    import pyarrow as pa
    from tipoff import FeatureContext


def compute(context: FeatureContext) -> pa.Table:
    """All in SQL."""
    return context.sql(statement("player"))
