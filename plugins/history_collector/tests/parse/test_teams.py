from __future__ import annotations

from collections.abc import Callable

from tipoff import Bad, Payload, Row
from tipoff_history.parse.teams import parse


def test_names(slice_of: Callable[..., Payload]) -> None:
    parsed = list(parse(slice_of("teams", {"espn_team_id": 1, "name": "Team 1"}, {"espn_team_id": 2, "name": None})))
    assert parsed[0] == Row("teams", {"team_id": "1", "name": "Team 1"})
    assert isinstance(parsed[1], Bad)


def test_conferences(slice_of: Callable[..., Payload]) -> None:
    member = {"season": 2019, "espn_team_id": 1, "ncaa_name": "One", "conference": "ACC", "ncaa_team_id": "n1"}
    assert list(parse(slice_of("team_conferences", member)))[:2] == [
        Row("teams", {"team_id": "1", "short_name": "One"}),
        Row("team_seasons", {"season": 2019, "team_id": "1", "conference": "ACC"}),
    ]
