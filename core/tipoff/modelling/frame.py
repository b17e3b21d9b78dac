"""The table of games as models see it: which columns there are, and each model's view of them.

A *frame* has the columns `BASE` and every declared feature under its full name (``game_features.rest_days``), and
where its games are over also `TARGETS`. It is in time order within each league.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tipoff.errors import PluginError

if TYPE_CHECKING:
    import pyarrow as pa

    from tipoff.contracts import Model

BASE = ("league", "season", "game_id", "game_date", "tip_utc", "home_id", "away_id", "neutral_site")
TARGETS = ("home_win", "margin", "total")


def view(frame: pa.Table, model: Model) -> pa.Table:
    """What one model may see: `BASE`, its declared features by bare name, and the targets where there are any.

    Raises:
        PluginError: the model declares a feature that no builder brings.
    """
    bare = [name.rpartition(".")[2] for name in model.features]
    if unknown := sorted(set(model.features) - set(frame.column_names)):
        raise PluginError(
            f"model `{model.name}` wants features that are not there: `{', '.join(unknown)}`; "
            "install or mend the plugin that builds them, see `tipoff plugins`"
        )
    targets = [name for name in TARGETS if name in frame.column_names]
    seen: pa.Table = frame.select([*BASE, *model.features, *targets])
    return seen.rename_columns([*BASE, *bare, *targets]).replace_schema_metadata(None)


def of_league(frame: pa.Table, league: str) -> pa.Table:
    """The games of one league."""
    import pyarrow.compute as pc

    return frame.filter(pc.equal(frame["league"], league))


def leagues(frame: pa.Table) -> list[str]:
    """The leagues that have games in `frame`, sorted."""
    return sorted(frame["league"].unique().to_pylist())
