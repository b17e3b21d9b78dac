from __future__ import annotations

import pytest
from tipoff_history.athletes import PlayerSeason, athlete_ids, name_key

ANN = "Ann Other"


def test_one_id_over_seasons_is_that_of_the_first() -> None:
    players = [
        PlayerSeason(2019, "20", ANN, 73.0, 1),
        PlayerSeason(2018, "10", ANN, 73.0, 0),
        PlayerSeason(2021, "30", "Ann Other Jr.", None, 2),  # a year sat out, and no height
    ]
    assert athlete_ids(players) == {"10": "ncaa:10", "20": "ncaa:10", "30": "ncaa:10"}


@pytest.mark.parametrize(
    "second",
    [
        PlayerSeason(2019, "20", ANN, 75.0, 1),  # two inches taller
        PlayerSeason(2019, "20", "Ann Mother", 73.0, 1),
        PlayerSeason(2022, "20", ANN, 73.0, 3),  # too long after
        PlayerSeason(2019, "20", ANN, 73.0, -1),  # a class below
        PlayerSeason(2018, "20", ANN, 73.0, 1),  # in the same season
    ],
)
def test_others_stay_apart(second: PlayerSeason) -> None:
    assert athlete_ids([PlayerSeason(2018, "10", ANN, 73.0, 0), second]) == {"10": "ncaa:10", "20": "ncaa:20"}


def test_what_is_ambiguous_stays_apart() -> None:
    both = [PlayerSeason(2018, "10", ANN, 73.0, 0), PlayerSeason(2018, "11", ANN, 73.0, 0)]
    assert athlete_ids([*both, PlayerSeason(2019, "20", ANN, 73.0, 1)])["20"] == "ncaa:20"


def test_later_seasons_never_change_an_earlier_id() -> None:
    players = [
        PlayerSeason(season, f"{season}{number}", f"Name {number % 3}", 70.0 + number % 2, (season + number) % 5)
        for season in range(2010, 2020)
        for number in range(8)
    ]
    whole = athlete_ids(players)
    for last in range(2010, 2020):
        known = athlete_ids(player for player in players if player.season <= last)
        assert known == {number: whole[number] for number in known}


def test_names_are_compared_without_what_varies() -> None:
    assert name_key("José  O'Neal-Smith (JJ) III") == name_key("Jose ONeal Smith")
