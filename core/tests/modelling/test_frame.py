from __future__ import annotations

import pyarrow as pa
import pytest
from tipoff.contracts import Model
from tipoff.errors import PluginError
from tipoff.modelling.frame import BASE, TARGETS, leagues, of_league, view


def model(*features: str) -> Model:
    return Model("some", features, "m:f", "m:p")


def test_a_model_sees_the_base_its_features_and_the_targets_only(games: pa.Table) -> None:
    wide = games.append_column("strength.secret", games["strength.gap"])
    assert view(wide, model("strength.gap")).column_names == [*BASE, "gap", *TARGETS]
    assert view(wide, model()).column_names == [*BASE, *TARGETS]


def test_games_to_come_have_no_targets(games: pa.Table) -> None:
    assert view(games.drop_columns(list(TARGETS)), model("strength.gap")).column_names == [*BASE, "gap"]


def test_an_unknown_feature_is_named(games: pa.Table) -> None:
    with pytest.raises(PluginError, match=r"`some` wants features that are not there: `strength\.gone`"):
        view(games, model("strength.gone"))


def test_leagues_are_told_apart(games: pa.Table) -> None:
    other = games.set_column(0, "league", pa.array(["a-league"] * games.num_rows))
    both = pa.concat_tables([games, other])
    assert leagues(both) == ["a-league", "toy-league"]
    assert of_league(both, "toy-league").equals(games)
