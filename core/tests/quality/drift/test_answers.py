"""Which of the answers that have landed are looked at."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tipoff.quality.drift import answers as module
from tipoff.quality.drift.answers import kind_of, new_answers, spread
from tipoff.warehouse.landing import FOLLOW_UPS, PAYLOADS, QUARANTINE, Content, Landing

THEN = datetime(2026, 1, 1)


def row(
    number: int, body: bytes | None = None, url: str = "https://feed.org/games", status: int = 200
) -> dict[str, object]:
    return {
        "key": f"k{number}", "url": url, "params": "{}", "context": "{}", "optional": False, "status": status,
        "fetched_at": THEN, "league": "m", "processing_version": "1",
        "body": f'{{"n": {number}}}'.encode() if body is None else body,
    }  # fmt: skip


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path, "feed", "m", "games")


def land(landing: Landing, *rows: dict[str, object], rejected: tuple[dict[str, object], ...] = ()) -> str:
    return landing.write(
        Content(
            payloads=pa.Table.from_pylist(list(rows), PAYLOADS),
            rows={},
            quarantine=QUARANTINE.empty_table(),
            follow_ups=FOLLOW_UPS.empty_table(),
            rejected=pa.Table.from_pylist(list(rejected), PAYLOADS),
        )
    )


def numbers(landing: Landing, *batches: str) -> list[int]:
    (kind,) = new_answers(landing, batches)
    return [body["n"] for body in kind.bodies if isinstance(body, dict)]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("items", "most", "taken"),
    [(3, 5, [0, 1, 2]), (5, 5, [0, 1, 2, 3, 4]), (6, 5, [0, 1, 2, 3, 4]), (10, 4, [0, 2, 5, 7]), (9, 1, [0])],
)
def test_a_sample_is_spread_evenly(items: int, most: int, taken: list[int]) -> None:
    places = [(Path("x"), number) for number in range(items)]
    assert [number for _, number in spread(places, most)] == taken


@pytest.mark.parametrize(
    ("url", "params", "kind"),
    [
        ("https://x.org/a/150", "{}", "https://x.org/a/*"),
        ("https://x.org/a", "", "https://x.org/a"),
        ("https://x.org/a", '{"b": 1, "a": 2}', "https://x.org/a?a&b"),
    ],
)
def test_a_kind_is_the_address_without_what_differs(url: str, params: str, kind: str) -> None:
    assert kind_of(url, params) == kind


def test_answers_that_were_rejected_are_looked_at_and_failures_are_not(landing: Landing) -> None:
    batch = land(landing, row(1), row(2, status=404), rejected=(row(3), row(4, status=500)))
    assert numbers(landing, batch) == [1, 3]


def test_each_kind_of_request_is_a_kind_of_answer_and_what_is_no_json_is_left_to_the_parser(landing: Landing) -> None:
    other = "https://feed.org/teams"
    batch = land(landing, row(1), row(2, url=other), row(3, b"<html>"), row(4, b"\xff"), row(5))
    found = {kind.request: kind.bodies for kind in new_answers(landing, [batch])}
    assert found == {"https://feed.org/games": ({"n": 1}, {"n": 5}), other: ({"n": 2},)}


def test_a_file_that_cannot_be_read_is_passed_over(landing: Landing) -> None:
    bad, good = land(landing, row(1)), land(landing, row(2))
    (landing.folder / bad / "payloads.parquet").write_bytes(b"not parquet")
    assert numbers(landing, bad, good, "no-such-batch") == [2]


def test_of_many_files_eight_are_read_from_all_over(landing: Landing) -> None:
    batches = [land(landing, row(number)) for number in range(20)]
    assert numbers(landing, *batches) == [0, 2, 5, 7, 10, 12, 15, 17]
    assert numbers(landing, *batches[:8]) == list(range(8))


def test_large_answers_are_read_up_to_a_share_of_bytes_for_each_file(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BODIES", 40)
    one = land(landing, *(row(number) for number in range(1, 9)))
    two = land(landing, *(row(number) for number in range(11, 19)))
    # Eight bytes each, or nine: an answer more than a file's twenty.
    assert numbers(landing, one, two) == [1, 2, 3, 11, 12, 13]
