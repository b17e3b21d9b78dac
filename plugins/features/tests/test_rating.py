"""Which rating is of which count, and which side's: one game in which no two counts are alike, reckoned by hand."""

from __future__ import annotations

from datetime import date

import pytest
from tipoff.features.tiny_league import LEAGUE

from .conftest import Keyed, Row, box, features_of, game, number

FIRST, LATER = date(2023, 11, 6), date(2023, 11, 20)
GAMES = [
    game("g1", FIRST, "a", "b", (90, 70)),
    game("g2", LATER, "b", "a"),
]
# Possessions: 62 − 11 + 9 + 0.475 · 24 = 71.4 and 57 − 6 + 16 + 0.475 · 12 = 72.7.
BOXES = [
    box("g1", "a", "b", field_goals_made=31, field_goals_attempted=62, three_points_made=10, three_points_attempted=27,
        free_throws_made=18, free_throws_attempted=24, offensive_rebounds=11, defensive_rebounds=25, turnovers=9,
        assists=21, blocks=7),
    box("g1", "b", "a", field_goals_made=28, field_goals_attempted=57, three_points_made=5, three_points_attempted=20,
        free_throws_made=9, free_throws_attempted=12, offensive_rebounds=6, defensive_rebounds=22, turnovers=16,
        assists=8, blocks=3),
]  # fmt: skip
# Points above the usual 34.5 % of threes and 70 % of free throws: a 3 · (10 − 9.315) and 18 − 16.8, b 3 · (5 − 6.9) and
# 9 − 8.4.
THREES, FREE_THROWS = (3 * 0.685, 3 * -1.9), (1.2, 0.6)

# Nobody has played before, so a strength takes this share of a surprise: its variance, over both sides', the level's
# and the game's.
OF_MARGIN = 0.75 / (2 * 0.75 + 0.01 + 1)
OF_TOTAL = 0.4 / (2 * 0.4 + 0.1 + 1)
LEVEL_OF_TOTAL = 0.1 / (2 * 0.4 + 0.1 + 1)


@pytest.fixture(scope="module")
def rows() -> Keyed:
    return features_of("team", games=GAMES, team_stats=BOXES)[0]


@pytest.mark.parametrize(
    ("rating", "of_a_minus_of_b", "usual_at_home"),
    [
        ("rating", 20, 3.3),
        ("damped_rating", 20 - 0.7 * (THREES[0] - THREES[1]) - 0.6 * (FREE_THROWS[0] - FREE_THROWS[1]), 3.3),
        ("capped_rating", 20, 3.0),
        ("three_luck_rating", THREES[0] - THREES[1], 0.3),
        ("assist_rating", 21 - 8, 1.2),
        ("block_rating", 7 - 3, 0.3),
        ("turnover_rating", 9 - 16, -0.4),
        ("offensive_rebound_rating", 11 - 6, 0.1),
        ("shot_rating", 62 - 57, 0.0),
        ("three_rating", 27 - 20, 0.0),
        ("free_throw_rating", 24 - 12, 1.5),
    ],
)
def test_a_rating_is_of_what_one_side_made_more_of(
    rows: Keyed, rating: str, of_a_minus_of_b: float, usual_at_home: float
) -> None:
    expected = OF_MARGIN * (of_a_minus_of_b - usual_at_home)
    assert rows["g2", "a"][rating] == pytest.approx(expected)
    assert rows["g2", "b"][rating] == pytest.approx(-expected)


@pytest.mark.parametrize(
    ("rating", "of_both", "usual"),
    [
        ("total_rating", 160, 140),
        ("tempo_rating", (71.4 + 72.7) / 2, 69),
        ("both_three_luck_rating", sum(THREES), 0),
        ("both_free_throw_luck_rating", sum(FREE_THROWS), 0),
        ("both_offensive_rebound_rating", 11 + 6, 20),
        ("both_three_rating", 27 + 20, 40),
        ("both_free_throw_rating", 24 + 12, 39),
    ],
)
def test_a_total_is_of_what_both_sides_made(rows: Keyed, rating: str, of_both: float, usual: float) -> None:
    for team in "ab":
        assert rows["g2", team][rating] == pytest.approx(OF_TOTAL * (of_both - usual))


@pytest.mark.parametrize(("margin", "counts"), [(20, 20), (30, 24), (-30, -24)])
def test_points_beyond_twenty_count_two_fifths(margin: int, counts: float) -> None:
    decided = [game("g1", FIRST, "a", "b", (90 + margin, 90)), GAMES[1]]
    rows = features_of("team", games=decided)[0]
    assert rows["g2", "a"]["capped_rating"] == pytest.approx(OF_MARGIN * (counts - 3.0))
    assert rows["g2", "a"]["rating"] == pytest.approx(OF_MARGIN * (margin - 3.3))


def test_who_scores_has_the_offense_and_who_allows_little_the_defense(rows: Keyed) -> None:
    # In 40 minutes the game before said so many points and possessions of these two, of whom a is the better.
    points = 140 + LEVEL_OF_TOTAL * 20 + OF_TOTAL * 20
    possessions = 69 + (LEVEL_OF_TOTAL + OF_TOTAL) * (72.05 - 69)
    better = OF_MARGIN * (20 - 3.3)
    a, b = rows["g2", "a"], rows["g2", "b"]
    assert a["adjusted_offense"] == pytest.approx(100 * (points + better) / 2 / possessions)
    assert a["adjusted_defense"] == pytest.approx(100 * (points - better) / 2 / possessions)
    assert number(a, "adjusted_offense") > number(b, "adjusted_offense")
    assert number(a, "adjusted_defense") < number(b, "adjusted_defense")


def test_the_home_edge_is_of_games_at_home_and_the_road_edge_of_those_on_the_road(rows: Keyed) -> None:
    surprise = 20 - 3.3  # nothing else was known of the two
    assert rows["g2", "a"]["home_edge"] == pytest.approx(surprise / (1 + 25))
    assert rows["g2", "b"]["road_edge"] == pytest.approx(-surprise / (1 + 25))
    assert rows["g2", "a"]["road_edge"] == rows["g2", "b"]["home_edge"] == 0


def test_the_edges_of_earlier_seasons_are_against_what_their_ratings_say() -> None:
    def season(margin: int) -> Keyed:
        games = [
            {**game(f"old{day}", date(2022, 11, day), home, away, (80 + more, 80)), "season": 2023}
            for day, (home, away, more) in enumerate(
                [("a", "b", margin), ("b", "a", 0), ("c", "a", 0), ("a", "c", margin), ("b", "c", 0), ("c", "b", 0)], 1
            )
        ]
        return features_of("team", games=[*games, GAMES[1]])[0]

    # Better than b and c at home only, so at home better than it is, and worse on the road.
    row = season(30)["g2", "a"]
    assert number(row, "home_edge") > 0.5
    assert number(row, "road_edge") < -0.1
    assert abs(number(season(0)["g2", "a"], "home_edge")) < 0.3


def listed(season: int, team: str, athlete: str, as_of: date, **more: object) -> Row:
    return {"league": LEAGUE, "season": season, "team_id": team, "athlete_id": athlete, "as_of": as_of,
            "last_seen": as_of, **more}  # fmt: skip


def test_who_stayed_is_returning_and_who_came_incoming() -> None:
    end, before = date(2023, 4, 1), date(2023, 11, 1)
    old = {**game("old", date(2022, 11, 8), "a", "b", (70, 60)), "season": 2023}
    rosters = [
        listed(2023, "a", "ann", end, games_played=10, games_started=10),
        listed(2023, "a", "bea", end, games_played=10, games_started=10),
        listed(2023, "b", "cat", end, games_played=10, games_started=10),
        listed(2024, "a", "ann", before),
        listed(2024, "a", "cat", before),
        listed(2024, "a", "new", before),
        listed(2024, "b", "bea", before),
    ]
    row = features_of("team", games=[old, *GAMES], rosters=rosters)[0]
    shares = {team: (row["g1", team]["returning_minutes"], row["g1", team]["incoming_minutes"]) for team in "ab"}
    assert shares["a"] == pytest.approx((0.5, 1.0)), "ann was half of a's last season, cat all of b's"
    assert shares["b"] == pytest.approx((0.0, 0.5))


def test_a_roster_that_is_not_known_is_missing_and_not_empty(rows: Keyed) -> None:
    assert rows["g1", "a"]["returning_minutes"] is None
    assert rows["g1", "a"]["incoming_minutes"] is None


@pytest.fixture(scope="module")
def later() -> tuple[Keyed, Keyed]:
    """Rows of teams and games, of a season in which four teams have met and no two are alike."""
    played = [
        *(GAMES[0], game("h1", FIRST, "c", "d", (66, 81))),
        *(game("h2", date(2023, 11, 9), "a", "c", (77, 70)), game("h3", date(2023, 11, 11), "d", "b", (90, 71))),
    ]
    teams, _, rows = features_of("team", "player", "game", games=[*played, GAMES[1]], team_stats=BOXES)
    return teams, rows


DIFFERENCES = {
    "rest": "rest_days",
    "congestion": "games_last_7_days",
    "effective_field_goal": "effective_field_goal_percentage",
    "turnover": "turnover_percentage",
    "offensive_rebound": "offensive_rebound_percentage",
    "free_throw": "free_throw_rate",
}
"""Where a game's column is not called like the teams'."""


def test_each_difference_is_that_of_what_it_is_called_after(later: tuple[Keyed, Keyed]) -> None:
    """Home minus away: no rating stands in the column of another."""
    teams, rows = later
    row, home, away = rows[("g2",)], teams["g2", "b"], teams["g2", "a"]
    found = {name.removesuffix("_difference"): value for name, value in row.items() if name.endswith("_difference")}
    of_players = {"availability", "top_heaviness", "lineup_value", "lineup_plus"}
    for name in found.keys() - of_players - {"venue_margin", "efficiency"}:
        column = DIFFERENCES.get(name, name)
        if home[column] is None or away[column] is None:
            assert found[name] is None, name
        else:
            assert found[name] == pytest.approx(number(home, column) - number(away, column)), name
    unknown = {name for name in found if found[name] is None}
    assert unknown == of_players | {"returning_minutes", "incoming_minutes", "venue_margin"}, "b has not been at home"
    assert len({found[name] for name in found if name.endswith("_rating")}) > 11, "or one could stand for another"
    offense, defense = ("offensive_efficiency", "defensive_efficiency")
    assert found["efficiency"] == pytest.approx(
        number(home, offense) - number(home, defense) - number(away, offense) + number(away, defense)
    )


def test_what_is_expected_of_a_game_follows_from_both_sides(later: tuple[Keyed, Keyed]) -> None:
    teams, rows = later
    row, home, away = rows[("g2",)], teams["g2", "b"], teams["g2", "a"]
    damped = number(home, "damped_rating") - number(away, "damped_rating") + number(home, "damped_home_advantage")
    assert row["damped_margin"] == pytest.approx(damped)
    assert row["mismatch"] == pytest.approx(damped * abs(damped) / 20)
    assert row["games_played_least"] == 2
    assert row["early_margin"] == pytest.approx(damped / 3)
    assert row["early_home_court"] == pytest.approx(1 / 3)
    assert row["expected_possessions"] == pytest.approx(
        number(home, "league_tempo") + number(home, "tempo_rating") + number(away, "tempo_rating")
    )
    # The host's edge at home, and the guest's on the road.
    assert row["host_edge"] == number(home, "home_edge")
    assert row["guest_edge"] == number(away, "road_edge")
    edges = {number(side, name) for side in (home, away) for name in ("home_edge", "road_edge")}
    assert len(edges) > 2, "or one could stand for another"


def test_at_a_neutral_site_nobody_has_an_edge() -> None:
    games = [*GAMES[:1], {**GAMES[1], "neutral_site": True}]
    row = features_of("team", "player", "game", games=games)[2][("g2",)]
    assert (row["host_edge"], row["guest_edge"], row["early_home_court"]) == (0, 0, 0)
    assert row["damped_margin"] == pytest.approx(number(row, "home_damped_rating") - number(row, "away_damped_rating"))


def test_a_conference_draws_its_teams_and_its_newcomers_towards_its_mean() -> None:
    """The east won everything last season, and a more than b."""
    past = [
        {**game(f"old{day}", date(2022, 11, day), home, away, score, neutral_site=True), "season": 2023}
        for day, (home, away, score) in enumerate(
            [("a", "c", (95, 60)), ("b", "d", (80, 60)), ("a", "d", (95, 60)), ("b", "c", (80, 60))], start=1
        )
    ]
    games = [*past, game("g1", FIRST, "a", "x"), game("g2", FIRST, "b", "y"), game("g3", FIRST, "c", "z")]
    place = {"a": "east", "b": "east", "c": "west", "d": "west", "x": "east", "y": "west"}
    seasons: list[Row] = [
        {"league": LEAGUE, "season": season, "team_id": team, "conference_id": conference}
        for season in (2023, 2024)
        for team, conference in place.items()
    ]
    with_, without = (features_of("team", games=games, team_seasons=rows)[0] for rows in (seasons, seasons[:0]))

    def before(rows: Keyed, team: str) -> float:
        return next(number(row, "preseason_rating") for (of, name), row in rows.items() if (of[0], name) == ("g", team))

    east = (before(with_, "a") + before(with_, "b")) / 2
    assert before(with_, "x") == pytest.approx(east), "a newcomer takes the mean of its conference"
    assert before(with_, "y") < 0 < before(with_, "x")
    assert before(with_, "z") == pytest.approx(before(without, "z")), "of none it is still an unknown one"
    assert before(without, "x") == before(without, "y") == before(without, "z")
    # Without conferences a team is drawn towards the same low start as any newcomer.
    assert before(with_, "a") - before(with_, "b") == pytest.approx(before(without, "a") - before(without, "b"))
    assert before(with_, "a") > before(without, "a")
