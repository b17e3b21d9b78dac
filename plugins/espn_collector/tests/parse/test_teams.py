from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from tipoff import Bad, MalformedResponse, Payload, Request, Row
from tipoff_espn import endpoints
from tipoff_espn.parse import teams

Answer = Callable[..., Payload]


def parse(payload: Payload) -> list[Any]:
    """All but the rows of names."""
    return [each for each in teams.parse(payload) if not (isinstance(each, Row) and each.table == "espn_team_names")]


LIST = f"{endpoints.site('mens-college-basketball')}/teams"
DUKE = {
    "id": "150",
    "displayName": "Duke Blue Devils",
    "shortDisplayName": "Duke",
    "abbreviation": "DUKE",
    "location": "Duke",
    "color": "013088",
    "isActive": True,
}


def listing(*teams: dict[str, Any]) -> dict[str, Any]:
    return {"sports": [{"leagues": [{"teams": [{"team": team} for team in teams]}]}]}


def test_a_team_as_the_list_has_it(answer: Answer) -> None:
    (row,) = parse(answer(listing(DUKE), LIST, {"limit": "1000", "page": "1"}))
    assert row == Row(
        "teams",
        {
            "team_id": "150",
            "name": "Duke Blue Devils",
            "short_name": "Duke",
            "abbreviation": "DUKE",
            "location": "Duke",
            "color": "013088",
            "is_active": True,
        },
    )


def test_a_full_page_asks_for_the_next(answer: Answer) -> None:
    *rows, follow = parse(answer(listing(DUKE, {**DUKE, "id": "151"}), LIST, {"limit": "2", "page": "3"}))
    assert [row.values["team_id"] for row in rows] == ["150", "151"]
    assert follow == Request(LIST, {"limit": "2", "page": "4"})


def test_one_team(answer: Answer) -> None:
    (row,) = parse(answer({"team": {**DUKE, "id": "2511", "displayName": "Queens Royals"}}, f"{LIST}/2511"))
    assert (row.values["team_id"], row.values["name"], row.values["color"]) == ("2511", "Queens Royals", "013088")


def test_a_team_has_its_name_of_the_day(answer: Answer) -> None:
    late = answer(listing(DUKE), LIST, {"limit": "1000", "page": "1"}, fetched_at=datetime(2026, 1, 16, 3))
    (row,) = [each for each in teams.parse(late) if isinstance(each, Row) and each.table == "espn_team_names"]
    day = date(2026, 1, 15)
    assert row.values == {"team_id": "150", "name": "Duke Blue Devils", "as_of": day, "last_seen": day}


def test_what_every_team_has_is_missed_once_and_by_its_path(answer: Answer) -> None:
    nameless = {name: value for name, value in DUKE.items() if name not in ("location", "color")}
    *rows, place = parse(answer(listing(DUKE, nameless), LIST, {"limit": "1000", "page": "1"}))
    assert [row.values["location"] for row in rows] == ["Duke", None]
    # A team without a colour is normal, as long as others have one.
    assert place.reason.path == "sports[0].leagues[0].teams[1].team.location"
    _, place, color = parse(answer(listing(nameless), LIST, {"limit": "1000", "page": "1"}))
    assert color.record == {
        "key": "sports[].leagues[].teams[].team.color",
        "missing": ["sports[0].leagues[0].teams[0].team.color"],
    }


def test_a_team_that_is_not_there(answer: Answer) -> None:
    assert parse(answer(b"", f"{LIST}/9", status=404)) == []


def test_a_bad_team_costs_only_itself(answer: Answer) -> None:
    bad, row = parse(answer(listing({**DUKE, "id": 150}, DUKE), LIST, {"limit": "1000", "page": "1"}))
    assert isinstance(bad, Bad)
    assert bad.reason.path == "sports[0].leagues[0].teams[0].team.id"
    assert row.values["team_id"] == "150"


def test_an_error_body_is_refused(answer: Answer) -> None:
    with pytest.raises(MalformedResponse, match="error invoking GET"):
        parse(answer({"code": 400, "message": "error invoking GET"}, f"{LIST}/XX"))
