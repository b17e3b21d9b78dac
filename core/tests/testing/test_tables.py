"""Leaks through raw tables: a plugin's own, another's, tipoff's; and that nothing which could not be seen passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tipoff.features.tiny_league import TinyLeague
from tipoff.testing import features_tests
from tipoff.testing.feature_laws import FeatureLaws
from tipoff.testing.subject import Suite

from .support_tables import HEAD, LEAKING, SOUND, plugin, told

Law = Callable[..., None]
LEAGUE = TinyLeague(seasons=(2023, 2024), teams=4, games=12, players=False)
LAWS = [name for name in vars(FeatureLaws) if name.startswith("test_")]
FUTURE = "test_nothing_from_the_future"


def suite(module: str, **given: Any) -> type[Suite]:
    return features_tests(module, league=LEAGUE, **given)


@pytest.mark.parametrize(("table", "sql"), LEAKING.values(), ids=LEAKING)
def test_a_leak_is_seen_in_every_table(table: str, sql: str, write: Any, law: Law) -> None:
    with pytest.raises(pytest.fail.Exception) as caught:
        law(suite(write(plugin(table, sql))), FUTURE)
    assert "with the future (left) and with nonsense (right)" in str(caught.value), caught.value
    assert "Column(…, known_before_tip=True)" in str(caught.value)


@pytest.mark.parametrize(("table", "sql", "lookback"), SOUND.values(), ids=SOUND)
def test_what_was_known_passes_every_law(table: str, sql: str, lookback: int, write: Any, law: Law) -> None:
    module = suite(write(plugin(table, sql, lookback)))
    for name in LAWS:
        law(module, name)


def test_a_leak_through_another_plugins_table(write: Any, law: Law, install_plugin: Any) -> None:
    install_plugin("other", HEAD, header="")
    own = HEAD.partition("@hookimpl")[0] + told(*LEAKING["its game"])
    with pytest.raises(pytest.fail.Exception, match=r"with the future \(left\)"):
        law(suite(write(own)), FUTURE)


def test_a_feature_of_its_own_game_has_no_value_for_games_to_come(write: Any, law: Law) -> None:
    module = suite(write(plugin(*LEAKING["its game"])))
    with pytest.raises(
        pytest.fail.Exception, match=r"`told_features\.told` has values for games that were played, and"
    ):
        law(module, "test_games_to_come_have_rows")


def crowds(games: Callable[[str], bool]) -> list[dict[str, object]]:
    """A row of each chosen game."""
    rows = []
    for game in LEAGUE.records()["games"]:
        if games(str(game["game_id"])):
            key = {name: game[name] for name in ("league", "season", "game_id")}
            rows.append({**key, "crowd": int(str(game["game_id"])[1:]) % 971})
    return rows


@pytest.mark.parametrize("name", ["crowds", "raw.crowds"])
@pytest.mark.parametrize("which", [lambda game: True, lambda game: game.endswith(("7", "2"))], ids=["all", "some"])
def test_rows_that_are_given_are_judged_under_both_names(
    name: str, which: Callable[[str], bool], write: Any, law: Law
) -> None:
    module = suite(write(plugin(*LEAKING["its game"])), records={name: crowds(which)})
    with pytest.raises(pytest.fail.Exception, match=r"with the future \(left\)"):
        law(module, FUTURE)


BEFORE = "SELECT avg(crowd) FROM crowds JOIN games AS e USING (game_id) WHERE e.game_date < g.game_date"
NOT_SHOWN = {
    "no rows": (
        {"crowds": []},
        BEFORE,
        "`told` reads `raw.crowds`, which has no rows\nTo show it: give rows of it: rec",
    ),
    "rows of no game that is there": (
        {"crowds": [{"league": "tiny-league", "season": 2024, "game_id": "x", "crowd": 1}]},
        "SELECT max(crowd) FROM crowds",
        "`told` reads `raw.crowds`, of which no row is of the judged days (",
    ),
    "a join that finds nothing": (
        {},
        "SELECT crowd FROM crowds AS c WHERE c.game_id = 'g' || g.game_id",
        "`told_features.told` is NULL in every row, so nothing was seen of it",
    ),
    "values on other days only": (
        {},
        "SELECT min(season) FROM crowds WHERE g.game_date = (SELECT min(game_date) FROM games)",
        "`told_features.told` is NULL for every game on the judged days (",
    ),
}


@pytest.mark.parametrize(("records", "sql", "says"), NOT_SHOWN.values(), ids=NOT_SHOWN)
def test_what_cannot_be_seen_does_not_pass(records: dict[str, Any], sql: str, says: str, write: Any, law: Law) -> None:
    module = suite(write(plugin("raw.crowds", sql)), records=records)
    with pytest.raises(pytest.fail.Exception, match="Not shown: ") as caught:
        law(module, FUTURE)
    assert says in str(caught.value)
    assert "\nTo show it: " in str(caught.value)


GAME = {"league": "tiny-league", "season": 2024, "game_id": "1"}
WRONG = {
    "no such table": ({"crowd": [GAME]}, "names `crowd`, which is no table here (did you mean `crowds`?)"),
    "no rows but one": ({"crowds": GAME}, "`crowds` must be a list of rows\nTo mend it: write each row as a dict"),
    "no such column": (
        {"crowds": [{**GAME, "crowds": 1}]},
        "has `crowds`, which is no column of it (did you mean `crowd`?)",
    ),
    "a key that is not whole": ({"crowds": [{"season": 2024, "game_id": "1"}]}, "lacks `league` of its key"),
    "another type": ({"crowds": [{**GAME, "crowd": "many"}]}, "a record for `raw.crowds`: `crowd` must be INTEGER: "),
}


@pytest.mark.parametrize(("records", "says"), WRONG.values(), ids=WRONG)
def test_records_that_are_wrong_are_told_in_a_sentence(
    records: dict[str, Any], says: str, write: Any, law: Law
) -> None:
    module = suite(write(plugin("raw.crowds", BEFORE)), records=records)
    with pytest.raises(pytest.fail.Exception) as caught:
        law(module, FUTURE)
    assert says in str(caught.value)
