"""Rosters: the SQL that reads them, and what is made of them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from tipoff.domain import TABLES
from tipoff.features.context import Inputs
from tipoff.features.tiny_league import LEAGUE
from tipoff.warehouse.arrow import types_of
from tipoff_features import roster
from tipoff_features.roster import NAMES, Player, Standing
from tipoff_features.statements import statement

from .conftest import Row, game


def listed(season: int, team: str, athlete: str, as_of: date, last_seen: date | None = None, **more: object) -> Row:
    return {"league": LEAGUE, "season": season, "team_id": team, "athlete_id": athlete, "as_of": as_of,
            "last_seen": last_seen or as_of, **more}  # fmt: skip


def squads(rosters: list[Row], games: list[Row]) -> dict[tuple[int, str, str], Row]:
    def table(name: str, rows: list[Row]) -> pa.Table:
        types = types_of(TABLES[name])
        return pa.table({column: pa.array([row.get(column) for row in rows], kind) for column, kind in types.items()})

    context = Inputs("team", {"games": table("games", games), "rosters": table("rosters", rosters)}, LEAGUE, 2024)
    rows = context.sql(statement("squads")).to_pylist()
    context.close()
    return {(row["season"], row["team_id"], row["athlete_id"]): row for row in rows}


END = date(2023, 4, 30)
BEFORE, OPENER = date(2023, 11, 1), date(2023, 11, 6)
GAMES = [game("g1", OPENER, "a", "b", (70, 60)), game("g2", date(2023, 11, 9), "c", "a")]
PAST = [
    listed(2023, "a", "ann", END, games_played=30, games_started=30),
    listed(2023, "a", "bea", END, games_played=20, games_started=0),
    listed(2023, "b", "cat", END, games_played=10, games_started=5),
    listed(2022, "b", "dot", date(2022, 4, 30), games_played=5, games_started=5),
    listed(2023, "b", "dot", END, games_played=0, games_started=0),
]


def test_who_stayed_who_came_and_who_sat_out() -> None:
    now = [listed(2024, "a", name, BEFORE, class_year="SO") for name in ("ann", "cat", "dot", "eve")]
    found = squads([*PAST, *now], GAMES)
    assert {key[2] for key in found if key[0] == 2024} == {"ann", "cat", "dot", "eve"}
    ann, cat, dot, eve = (found[2024, "a", name] for name in ("ann", "cat", "dot", "eve"))
    assert (ann["former_team_id"], ann["seasons_ago"]) == ("a", 1)
    assert ann["minutes_share"] == pytest.approx(28 * 30 / (28 * 30 + 11 * 20))
    assert (ann["starts_share"], ann["minutes_rate"]) == (1.0, pytest.approx(28 / 40))
    assert (cat["former_team_id"], cat["minutes_share"]) == ("b", 1.0)
    # Not on the floor last season, so the one before counts.
    assert (dot["former_team_id"], dot["seasons_ago"]) == ("b", 2)
    assert (eve["former_team_id"], eve["minutes_share"], eve["class_year"]) == (None, None, "SO")


def test_only_what_was_seen_by_the_first_game_counts() -> None:
    now = [
        listed(2024, "a", "ann", BEFORE, date(2024, 3, 1), class_year="JR"),
        listed(2024, "a", "ann", date(2024, 1, 5), class_year="SR", games_played=12, games_started=12),
        listed(2024, "a", "late", date(2023, 11, 7)),
        listed(2024, "a", "gone", date(2023, 10, 1), date(2023, 10, 20)),
        listed(2024, "c", "cyd", date(2023, 11, 8)),
    ]
    found = squads([*PAST, *now], GAMES)
    assert sorted(found) == [(2024, "a", "ann"), (2024, "c", "cyd")]
    assert found[2024, "a", "ann"]["class_year"] == "JR"


def test_this_seasons_games_played_are_never_looked_at() -> None:
    snapshot = listed(2024, "a", "ann", date(2024, 4, 30), games_played=30, games_started=30)
    assert squads([listed(2024, "a", "ann", BEFORE), snapshot], GAMES)[2024, "a", "ann"]["former_team_id"] is None


def test_described() -> None:
    squad = [
        Player("a", "a", 1, 0.4, 0.5, 0.8, 4, 80.0),
        Player("a", "a", 1, 0.1, 0.0, 0.2, 2, None),
        Player("a", "b", 1, 0.2, 0.3, 0.6, 5, 75.0),
        Player("a", "c", 2, 0.1, 0.1, 0.5, 3, 77.0),
        Player("a", None, 0, 0.0, 0.0, 0.0, 1, 77.0),
        Player("a", None, 0, 0.0, 0.0, 0.0, 3, 77.0),
    ]
    values = dict(zip(NAMES, roster.describe(squad, Standing(4.0, 3.0, 1.0), {"a": 4.0, "b": 9.0}, -9.0), strict=True))
    assert values["returning"] == pytest.approx(0.5)
    assert values["returning_better_than_conference"] == pytest.approx(0.5 * 3)
    assert values["returning_better_than_usual"] == pytest.approx(0.5 * 1)
    assert (values["returning_freshmen"], values["returning_juniors"]) == (0.1, 0.4)
    assert (values["incoming"], values["incoming_starts"]) == (0.2, 0.3)
    assert values["incoming_minutes_from_better"] == pytest.approx(0.2 * 5)
    assert values["incoming_bench_from_better"] == pytest.approx(0.4 * 5)
    assert (values["came_after_a_season"], values["back_after_a_season"]) == (0.1, 0.0)
    assert (values["newcomers_freshmen"], values["newcomers_older"]) == (1.0, 1.0)
    weights = np.array([0.43, 0.13, 0.23, 0.13, 0.03, 0.03])
    assert values["height"] == pytest.approx(weights @ [3, 0, -2, 0, 0, 0] / weights.sum())
    assert np.isnan(roster.describe([], Standing(4.0, 3.0, 1.0), {}, -9.0)).all()


def test_everything_that_is_told_of_a_roster() -> None:
    """Of a team rated 4 that is usually 3, in a conference of 1; those who came were at 9, and at a team unknown."""
    squad = [
        Player("a", "a", 1, 0.40, 0.50, 0.8, 2, 80.0),
        Player("a", "a", 1, 0.30, 0.25, 0.7, 3, 78.0),
        Player("a", "a", 1, 0.05, 0.00, 0.1, 4, None),
        Player("a", "b", 1, 0.20, 0.10, 0.6, 4, 75.0),
        Player("a", "x", 1, 0.15, 0.05, 1.2, None, 77.0),
        Player("a", "a", 2, 0.12, 0.10, 0.5, 5, 77.0),
        Player("a", "c", 3, 0.11, 0.10, 0.5, 5, 77.0),
        Player("a", None, 0, 0.0, 0.0, 0.0, 1, 77.0),
        Player("a", None, 0, 0.0, 0.0, 0.0, 2, 77.0),
        Player("a", None, 0, 0.0, 0.0, 0.0, None, 77.0),
    ]
    values = dict(zip(NAMES, roster.describe(squad, Standing(4.0, 3.0, 1.0), {"a": 4.0, "b": 9.0}, -6.0), strict=True))
    weights = np.array([player.minutes + 0.03 for player in squad])
    assert values == pytest.approx({
        "returning": 0.75,
        "returning_starts": 0.75,
        "returning_better_than_conference": 0.75 * 3,
        "returning_better_than_usual": 0.75 * 1,
        "returning_freshmen": 0.40,
        "returning_sophomores": 0.30,
        "returning_juniors": 0.05,
        "incoming": 0.35,
        "incoming_starts": 0.15,
        "incoming_minutes_from_better": 0.20 * 5 + 0.15 * -10,
        "incoming_starts_from_better": 0.10 * 5 + 0.05 * -10,
        "incoming_bench_from_better": 0.4 * 5,
        "back_after_a_season": 0.12,
        "came_after_a_season": 0.11,
        "newcomers_freshmen": 1.0,
        "newcomers_older": 1.0,
        "height": weights @ [3, 1, 0, -2, 0, 0, 0, 0, 0, 0] / weights.sum(),
        "experience": weights @ [-0.5, 0.5, 1.5, 1.5, 0, 2.5, 2.5, -1.5, -0.5, 0] / weights.sum(),
    })  # fmt: skip


def test_players_by_season_and_team() -> None:
    names = ("season", "team_id", "former_team_id", "seasons_ago", "minutes_share", "starts_share", "minutes_rate",
             "class_year", "height_in")  # fmt: skip
    rows = [
        (2024, "a", "b", 1, 0.4, 0.5, 0.8, "FR", 80.0),
        (2024, "a", None, None, None, None, None, "SO", None),
        (2024, "b", "b", 2, 0.1, 0.2, 0.3, "JR", 77.0),
        (2023, "a", "a", 1, 0.1, 0.2, 0.3, "SR", 77.0),
        (2023, "a", "a", 1, 0.1, 0.2, 0.3, "GR", 77.0),
        (2023, "a", "a", 1, 0.1, 0.2, 0.3, "??", 77.0),
        (2023, "a", "a", 1, 0.1, 0.2, 0.3, None, 77.0),
    ]
    found = roster.players_of(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]))
    assert found[2024] == {
        "a": [Player("a", "b", 1, 0.4, 0.5, 0.8, 1, 80.0), Player("a", None, 0, 0.0, 0.0, 0.0, 2, None)],
        "b": [Player("b", "b", 2, 0.1, 0.2, 0.3, 3, 77.0)],
    }
    assert [player.year for player in found[2023]["a"]] == [4, 5, None, None]


@pytest.mark.parametrize(
    ("former", "ago", "stayed", "came"),
    [
        ("a", 1, True, False),
        ("a", 2, False, False),
        ("b", 1, False, True),
        ("b", 2, False, False),
        (None, 0, False, False),
    ],
)
def test_staying_and_coming_are_about_last_season(former: str | None, ago: int, stayed: bool, came: bool) -> None:
    player = Player("a", former, ago, 0.5, 0.5, 0.5, 2, None)
    assert (player.stayed, player.came) == (stayed, came)
    assert (roster.returning([player]), roster.incoming([player])) == (0.5 * stayed, 0.5 * came)
