from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from tipoff.collecting.window import default_window, next_watermark
from tipoff.contracts import Window
from tipoff.settings import Settings

NOW = datetime(2026, 1, 20, 3)  # still 19 January where the league plays


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("watermark", "history", "start"),
    [
        (None, 1, "2025-07-01"),
        (None, 3, "2023-07-01"),
        ("2026-01-18", 3, "2026-01-15"),
        ("2024-02-01", 1, "2024-01-29"),
        ("2026-01-19", 3, "2026-01-16"),
        ("2026-01-20", 1, "2025-07-01"),  # of a clock that was ahead: nothing is known of the days before
    ],
)
def test_default_window(watermark: str | None, history: int, start: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, history_seasons=history, settle_days=3, horizon_days=7)
    found = default_window(d(watermark) if watermark else None, NOW, settings)
    assert found == Window(d(start), d("2026-01-26"))


@pytest.mark.parametrize(
    ("before", "window", "after"),
    [
        (None, ("2025-07-01", "2026-01-10"), "2026-01-10"),
        (None, ("2024-07-01", "2026-01-30"), "2026-01-19"),
        (None, ("2026-01-20", "2026-01-30"), None),
        (None, ("2026-01-01", "2026-01-10"), "2026-01-10"),
        (None, ("2019-07-01", "2020-06-30"), None),  # nobody wants all seasons since
        ("2026-01-10", ("2026-01-11", "2026-01-12"), "2026-01-12"),
        ("2026-01-10", ("2026-01-12", "2026-01-13"), "2026-01-10"),  # the 11th would never be asked for
        ("2026-01-10", ("2025-11-01", "2025-11-30"), "2026-01-10"),
        ("2026-02-20", ("2025-07-01", "2026-01-30"), "2026-01-19"),  # of a clock that was ahead
        ("2026-02-20", ("2026-01-16", "2026-01-30"), "2026-02-20"),  # as yet nothing is known of the days before
    ],
)
def test_next_watermark(before: str | None, window: tuple[str, str], after: str | None) -> None:
    found = next_watermark(d(before) if before else None, Window(d(window[0]), d(window[1])), NOW, d("2025-07-01"))
    assert found == (d(after) if after else None)
