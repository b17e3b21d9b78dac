from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from tipoff.errors import PluginError
from tipoff.features.laws import Bench
from tipoff.features.partitions import Partition
from tipoff.features.result import accept
from tipoff.features.tiny_league import LEAGUE

from .conftest import WINS, features_table, with_builders


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        ("not_a_table", r"must return a pyarrow Table, got `list`"),
        ("without_wins", r"lacks `wins`"),
        ("with_extra", r"has the undeclared `extra`"),
        ("words", r"column `wins` is `string` and cannot become INTEGER.*first rows: \[\{'league'"),
        ("fractions", r"column `wins` is `double` and cannot become INTEGER"),
        ("twice", r"the key `league, season, game_id, team_id` is not unique; first rows: .*'g2022000'"),
        ("no_team", r"column `team_id` must never be NULL; first rows: .*'g2022"),
        ("other_season", r"column `season`: only `2022` was asked for; first rows: .*2021"),
    ],
)
def test_broken_results_name_builder_column_and_rows(bench: Bench, compute: str, message: str) -> None:
    broken = with_builders(bench, replace(WINS, compute=f"toy_builders:{compute}"))
    with pytest.raises(PluginError, match=f"(?s)feature builder `wins`: .*{message}.*mend `toy_builders:{compute}`"):
        broken.build()
    assert broken.contents(WINS.table).num_rows == 0


SHARE = replace(WINS, table=features_table("toy_share", "", ("share", "DOUBLE")))


def rows(share: list[float | None]) -> pa.Table:
    count = len(share)
    return pa.table(
        {
            "share": pa.array(share, pa.float64()),
            "league": [LEAGUE] * count,
            "season": [2024] * count,
            "game_id": [f"g{count - number}" for number in range(count)],
            "game_date": pa.array([0] * count, pa.int32()).cast(pa.date32()),
            "tip_utc": pa.nulls(count, pa.timestamp("us")),
        }
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_missing_number_is_null_and_nothing_else(value: float) -> None:
    with pytest.raises(PluginError, match="column `share` holds NaN or infinity; a missing value is NULL; first rows"):
        accept(SHARE, rows([0.5, value, None]), Partition(LEAGUE, 2024))


def test_columns_and_rows_are_put_in_order() -> None:
    accepted = accept(SHARE, rows([0.5, None, -0.0]), Partition(LEAGUE, 2024))
    assert tuple(accepted.column_names) == SHARE.table.column_names
    assert accepted["game_id"].to_pylist() == ["g1", "g2", "g3"]
    assert repr(accepted["share"].to_pylist()) == "[0.0, None, 0.5]", "−0.0 becomes 0.0"


def test_only_the_asked_league() -> None:
    with pytest.raises(PluginError, match="column `league`: only `other` was asked for"):
        accept(SHARE, rows([0.5]), Partition("other", 2024))


def test_the_key_is_unique_among_two_rows_and_one_is_unique() -> None:
    assert accept(SHARE, rows([0.5]), Partition(LEAGUE, 2024)).num_rows == 1
    two = rows([0.5, 0.25])
    same = two.set_column(two.column_names.index("game_id"), "game_id", pa.array(["g1", "g1"]))
    with pytest.raises(PluginError, match="is not unique"):
        accept(SHARE, same, Partition(LEAGUE, 2024))
