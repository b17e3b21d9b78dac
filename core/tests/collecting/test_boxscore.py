"""Lines of one game held against each other; figures are made up."""

from __future__ import annotations

from typing import Any

from tipoff.collecting.boxscore import Doubt, settled
from tipoff.collecting.repeats import Keyed

KEY = {"league": "l", "season": 2026, "game_id": "g"}


def team(team_id: str, points: int, **figures: int) -> Keyed:
    values = {**KEY, "team_id": team_id, "points": points, **figures}
    return Keyed("team_stats", ("l", 2026, "g", team_id), values)


def line(athlete: str, team_id: str, points: int = 0, minutes: float | None = None, **figures: Any) -> Keyed:
    values = {**KEY, "athlete_id": athlete, "team_id": team_id, "points": points, "minutes": minutes, **figures}
    return Keyed("player_stats", ("l", 2026, "g", athlete), values)


def sides(rows: list[Keyed]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, _, values in rows:
        if name == "player_stats":
            found.setdefault(values["athlete_id"], []).append(values["team_id"])
    return found


BASE = [team("x", 30), team("y", 20), line("a", "x", 18), line("b", "x", 12), line("c", "y", 20)]


def test_a_sheet_that_agrees_stays_as_it_is() -> None:
    assert settled(BASE) == (BASE, [])
    assert settled(BASE[:2]) == (BASE[:2], [])


def test_who_stands_under_both_teams_is_of_the_one_whose_points_he_completes() -> None:
    for at in (0, len(BASE)):  # whichever comes first
        rows = [*BASE]
        rows[at:at] = [line("a", "y", 18), line("b", "y", 12)]
        kept, doubts = settled(rows)
        assert sides(kept) == {"a": ["x"], "b": ["x"], "c": ["y"]}
        assert [doubt.path for doubt in doubts] == ["player_stats.team_id"] * 2
        assert "athlete `a` stands 2 times in game `g`" in doubts[0].reason


def test_each_of_two_may_be_of_another_team() -> None:
    rows = [team("x", 18), team("y", 32), line("a", "x", 18), line("a", "y", 18), line("c", "y", 20)]
    rows += [line("b", "x", 12), line("b", "y", 12)]
    assert sides(settled(rows)[0]) == {"a": ["x"], "b": ["y"], "c": ["y"]}


def test_where_points_do_not_tell_other_counts_do() -> None:
    rows = [team("x", 10, assists=3), team("y", 10, assists=5)]
    rows += [line("a", "x", 10, assists=3), line("a", "y", 10, assists=3), line("b", "x", 10, assists=5)]
    assert sides(settled(rows)[0]) == {"b": ["x"]}, "with `b` where he stands nothing adds up"
    rows += [line("b", "y", 10, assists=5)]
    assert sides(settled(rows)[0]) == {"a": ["x"], "b": ["y"]}


def test_who_adds_nothing_or_fits_nowhere_is_set_aside() -> None:
    idle = [line("d", "x", 0, did_not_play=True), line("d", "y", 0, did_not_play=True)]
    kept, doubts = settled([*BASE, *idle])
    assert sides(kept) == {"a": ["x"], "b": ["x"], "c": ["y"]}
    assert len(doubts) == 1
    kept, doubts = settled([*BASE, line("e", "x", 7), line("e", "y", 7)])
    assert sides(kept) == {"a": ["x"], "b": ["x"], "c": ["y"]}
    assert [doubt.record["athlete_id"] for doubt in doubts] == ["e"]


def test_without_the_teams_totals_nobody_is_believed() -> None:
    rows = [line("a", "x", 18), line("a", "y", 18), line("c", "y", 20)]
    kept, doubts = settled(rows)
    assert sides(kept) == {"c": ["y"]}
    assert len(doubts) == 1


def test_a_line_told_in_parts_is_one() -> None:
    part = {**KEY, "athlete_id": "a", "team_id": "x"}
    rows = [line("a", "x", 18), Keyed("player_stats", ("l", 2026, "g", "a"), part)]
    assert settled(rows) == (rows, [])


def test_two_other_lines_under_one_team_are_chosen_between() -> None:
    kept, doubts = settled([*BASE, line("c", "y", 3)])
    assert [values["points"] for name, _, values in kept if values.get("athlete_id") == "c"] == [20]
    assert len(doubts) == 1


def five(minutes: float, points: tuple[int, ...] = (6, 6, 6, 6, 6)) -> list[Keyed]:
    return [team("x", 30), *(line(f"p{n}", "x", each, minutes) for n, each in enumerate(points))]


def minutes_of(rows: list[Keyed]) -> list[float | None]:
    return [values["minutes"] for name, _, values in rows if name == "player_stats"]


def test_minutes_of_a_whole_sheet_are_those_of_a_game() -> None:
    for each in (40.0, 38.8, 45.0, 48.0, 50.0):
        assert settled(five(each))[1] == []
    for each in (0.0, 20.0, 38.0, 2400.0):
        kept, (doubt,) = settled(five(each))
        assert isinstance(doubt, Doubt)
        assert (doubt.path, minutes_of(kept)) == ("player_stats.minutes", [None] * 5)
        assert all(values["points"] for _, _, values in kept), "the rest of the lines stands"


def test_a_sheet_that_lacks_players_proves_nothing() -> None:
    assert settled(five(20.0, (6, 6, 6)))[1] == []
