"""Games, and what they say of their teams."""

from __future__ import annotations

from collections.abc import Iterator

from tipoff import Parsed, Payload, Quarantine, Row, values
from tipoff.domain import FINAL

from tipoff_history.parse.records import (
    Record,
    columns_of,
    flag,
    identifier,
    is_over,
    needed,
    records,
    season_of,
    text,
    whole,
)
from tipoff_history.parse.stamps import stamps_of

_FORFEIT_POINTS = 2
"""An administrative forfeit is filed as a final of 1–0 or 2–0; no played game ends so low."""

_STATUS = {"STATUS_POSTPONED": "postponed", "STATUS_CANCELED": "canceled", "STATUS_FORFEIT": "forfeited"}
_STATUS_BY_STATE = {"pre": "scheduled", "in": "in_progress"}
_SIDES = ("home", "away")
_NAMES = {
    "display_name": "name",
    "short_display_name": "short_name",
    "location": "location",
    "color": "color",
}


def parse(payload: Payload) -> Iterator[Parsed]:
    """Rows of `games`, and of `teams` and `team_seasons` as the last game of the slice has them."""
    teams: dict[str, dict[str, object]] = {}
    members: dict[tuple[int, str], dict[str, object]] = {}
    published, when = _recorded, "game_datetime"
    if payload.request.context.get("kind") == "mbb_schedule":
        published, when = _scheduled, "date"
    columns = columns_of(payload)
    stamps = stamps_of(columns.get(when, ()), said="time_valid" in columns)

    def rows(record: Record) -> Iterator[Row]:
        game, known, conferences = published(record)
        tip = stamps.tip(record.get(when), when, flag(record, "time_valid"))
        game["season"] = season_of(record, tip.game_date)
        # A file that does not say whether the time of day is known leaves it to others that do.
        game |= {column: said for column, said in tip._asdict().items() if said is not None}
        if game["status"] == FINAL and not is_over(payload, tip.game_date):
            return  # on the clock by which it was read, it had not been played
        yield Row("games", game)
        for team_id, said in known.items():
            teams.setdefault(team_id, {"team_id": team_id}).update(said)
        for team_id, said in conferences.items():
            key = season_of(record), team_id
            members.setdefault(key, {"season": key[0], "team_id": team_id}).update(said)

    *parsed, read = records(payload, rows, columns, {"note": stamps.note})
    yield from parsed
    yield from (Row("teams", said) for said in teams.values())
    yield from (Row("team_seasons", said) for said in members.values())
    yield read


_Said = tuple[dict[str, object], dict[str, dict[str, object]], dict[str, dict[str, object]]]
"""A game without season and tip, its teams by id, and their conferences by id."""


def _recorded(record: Record) -> _Said:
    game_id, *teams = needed(record, "game_id", "home_id", "away_id")
    postseason = flag(record, "postseason_derived")
    status, points = _result(record, forfeited=flag(record, "forfeit_suspect") is True)
    within = flag(record, "same_conf")
    game: dict[str, object] = {
        "game_id": game_id,
        "season_type": None if postseason is None else 3 if postseason else 2,
        "status": status,
        "home_id": teams[0],
        "away_id": teams[1],
        "home_score": points[0],
        "away_score": points[1],
        "overtimes": whole(record, "n_ot") if status == FINAL else None,
        "neutral_site": flag(record, "neutral_site"),
        "conference_game": None if within is None or postseason is None else within and not postseason,
    }
    known: dict[str, dict[str, object]] = {}
    conferences: dict[str, dict[str, object]] = {}
    for side, team_id in zip(_SIDES, teams, strict=True):
        if name := text(record, f"{side}_team"):
            known[team_id] = {"name": name}
        if conference := text(record, f"{side}_conf"):
            conferences[team_id] = {"conference": conference}
    return game, known, conferences


def _scheduled(record: Record) -> _Said:
    (game_id,) = needed(record, "game_id")
    teams = [_known_team(identifier(record, f"{side}_id")) for side in _SIDES]
    status = _status(record)
    points: tuple[int | None, int | None] = (None, None)
    if status == FINAL:
        status, points = _result(record, forfeited=False)
    game: dict[str, object] = {
        "game_id": game_id,
        "season_type": whole(record, "season_type"),
        "status": status,
        "home_id": teams[0],
        "away_id": teams[1],
        "home_score": points[0],
        "away_score": points[1],
        "overtimes": _overtimes(record) if status == FINAL else None,
        "neutral_site": flag(record, "neutral_site"),
        "conference_game": flag(record, "conference_competition"),
        "tournament": text(record, "notes_headline"),
        "venue_id": identifier(record, "venue_id"),
        "attendance": whole(record, "attendance") or None,  # 0 is what ESPN writes when nobody has told it
        "home_rank": _rank(record, "home"),
        "away_rank": _rank(record, "away"),
    }
    known: dict[str, dict[str, object]] = {}
    conferences: dict[str, dict[str, object]] = {}
    for side, team_id in zip(_SIDES, teams, strict=True):
        if team_id is None:
            continue
        names = {column: text(record, f"{side}_{name}") for name, column in _NAMES.items()}
        names["abbreviation"] = values.abbreviation(record.get(f"{side}_abbreviation"), f"{side}_abbreviation")
        known[team_id] = {column: value for column, value in names.items() if value is not None}
        if (active := flag(record, f"{side}_is_active")) is not None:
            known[team_id]["is_active"] = active
        if conference_id := identifier(record, f"{side}_conference_id"):
            conferences[team_id] = {"conference_id": conference_id}
            # A conference is named by the games that count for it, and by no other.
            if conference_id == identifier(record, "groups_id") and (name := text(record, "groups_name")):
                conferences[team_id]["conference"] = name
    return game, known, conferences


def _status(record: Record) -> str:
    name = text(record, "status_type_name") or ""
    if flag(record, "status_type_completed") and name == "STATUS_FINAL":
        return FINAL
    found = _STATUS.get(name) or _STATUS_BY_STATE.get(text(record, "status_type_state") or "")
    if found is None:
        raise Quarantine(f"over, but neither final nor called off: `{name}`", "status_type_name")
    return found


def _result(record: Record, *, forfeited: bool) -> tuple[str, tuple[int | None, int | None]]:
    home, away = whole(record, "home_score"), whole(record, "away_score")
    if home is None or away is None or home == away:
        raise Quarantine(f"a final cannot end `{home}`–`{away}`", "home_score")
    if forfeited or max(home, away) <= _FORFEIT_POINTS:
        return "forfeited", (None, None)
    return FINAL, (home, away)


def _overtimes(record: Record) -> int | None:
    periods, regulation = whole(record, "status_period"), whole(record, "format_regulation_periods") or 2
    return periods - regulation if periods is not None and periods >= regulation else None


def _known_team(team_id: str | None) -> str | None:
    """None for a team to be determined, which ESPN numbers below zero."""
    return None if team_id is None or team_id.startswith("-") else team_id


def _rank(record: Record, side: str) -> int | None:
    rank = whole(record, f"{side}_current_rank")
    return rank if rank and rank < 99 else None
