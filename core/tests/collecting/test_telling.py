"""Lines about a long collection."""

from __future__ import annotations

from tipoff.collecting.telling import EVERY, Teller


class Watched:
    def __init__(self) -> None:
        self.now = 100.0
        self.lines: list[str] = []
        self.tell = Teller("stats", self.lines.append, lambda: self.now)

    def answer(self, done: int, total: int, after: float) -> None:
        self.now += after
        self.tell(done, total, "key")


def test_says_nothing_of_what_is_done_soon() -> None:
    watched = Watched()
    for done in range(1, 100):
        watched.answer(done, 100, EVERY / 100)
    assert watched.lines == []


def test_says_how_far_how_quick_and_how_long() -> None:
    watched = Watched()
    watched.answer(1, 1200, 1)
    watched.answer(150, 1200, 29)
    watched.answer(151, 1200, 1)
    watched.answer(450, 6000, 29)
    assert watched.lines == [
        "stats: 150 of 1,200 answers, 5.0 a second, 0:03:30 left",
        "stats: 450 of 6,000 answers, 10.0 a second, 0:09:15 left",
    ]


def test_the_next_league_counts_from_its_own_beginning() -> None:
    watched = Watched()
    watched.answer(300, 300, 30)
    watched.answer(1, 60, 1)
    watched.answer(31, 60, 29)
    assert watched.lines[1:] == ["stats: 31 of 60 answers, 1.0 a second, 0:00:29 left"]
