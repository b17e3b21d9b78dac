from __future__ import annotations

from typing import Any

from tipoff_espn.server.recorded.athletes import athlete_ids, name_key


def rows(*players: tuple[str, int, str, float | None, str]) -> list[dict[str, Any]]:
    """player_id, season, name, height, class."""
    names = ("player_id", "season", "name", "ht_inches", "class")
    return [dict(zip(names, player, strict=True)) for player in players]


def test_an_athlete_is_followed_over_seasons_and_a_missed_one() -> None:
    ids = athlete_ids(
        rows(
            ("10", 2020, "Jo Smith", 78, "Fr."),
            ("20", 2021, "Jo Smith", 78, "So."),
            ("40", 2023, "Jo Smith", 78, "Jr."),
            ("50", 2024, "Jo Smith", 78, "Sr."),
        )
    )
    assert set(ids.values()) == {"10"}


def test_height_and_class_tell_namesakes_apart() -> None:
    ids = athlete_ids(
        rows(
            ("10", 2020, "Jo Smith", 78, "Fr."),
            ("11", 2020, "Jo Smith", 75, "Fr."),
            ("12", 2020, "Jo Smith", 78, "Jr."),
            ("20", 2021, "Jo Smith", 78, "So."),
            ("21", 2021, "Jo Smith", 75, "So."),
            ("22", 2021, "Jo Smith", 78, "Sr."),
        )
    )
    assert (ids["20"], ids["21"], ids["22"]) == ("10", "11", "12")


def test_what_is_ambiguous_stays_separate() -> None:
    ids = athlete_ids(
        rows(
            ("10", 2020, "Jo Smith", 78, "Fr."),
            ("11", 2020, "Jo Smith", 78, "Fr."),
            ("20", 2021, "Jo Smith", 78, "So."),
        )
    )
    assert len(set(ids.values())) == 3


def test_nobody_gets_younger_or_comes_back_after_years() -> None:
    ids = athlete_ids(
        rows(
            ("10", 2018, "Jo Smith", 78, "Sr."),
            ("20", 2019, "Jo Smith", 78, "Fr."),
            ("30", 2023, "Jo Smith", 78, "Sr."),
        )
    )
    assert len(set(ids.values())) == 3


def test_a_redshirt_year_and_unknown_values() -> None:
    ids = athlete_ids(
        rows(
            ("10", 2020, "Jo Smith", 78, "---"),
            ("20", 2021, "Jo Smith", None, "Fr."),
            ("30", 2022, "Jo Smith", 78, "Fr."),
            ("40", 2023, "Jo Smith", 79, "So."),
        )
    )
    assert (ids["20"], ids["30"], ids["40"]) == ("10", "10", "40")


def test_a_later_season_changes_no_earlier_id() -> None:
    early = rows(("10", 2020, "Jo Smith", 78, "Fr."), ("20", 2021, "Jo Smith", 78, "So."))
    late = rows(("30", 2022, "Jo Smith", 78, "Jr."), ("31", 2022, "Jo Smith", 78, "Jr."))
    both = athlete_ids([*late, *early])
    assert athlete_ids(early).items() <= both.items()


def test_names_agree_without_case_accents_and_generation() -> None:
    assert name_key("José O'Neal, Jr.") == name_key("Jose ONeal") == "jose oneal"
    assert name_key("David (DJ) Jackson III") == "david jackson"
