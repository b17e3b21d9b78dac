from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tipoff.domain import TABLES
from tipoff.errors import LedgerError, SettingsError
from tipoff.modelling import grades, heads, incidents, ledger, verification
from tipoff.modelling.decisions import Note
from tipoff.modelling.heads import Head
from tipoff.modelling.prediction import Prediction, intervals
from tipoff.quality import stamps
from tipoff.warehouse.store import Warehouse

TIP = datetime(2025, 2, 21, 0, 30)
MORNING = datetime(2025, 2, 20, 13)


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = Warehouse(tmp_path_factory.mktemp("template") / "tipoff.duckdb")
    warehouse.migrate(TABLES.values())
    for game in range(1, 7):
        run(
            warehouse,
            "INSERT INTO raw.games (league, season, game_id, tip_utc, game_date, status, home_id, away_id) "
            "VALUES ('m', 2025, $game, $tip, '2025-02-20', 'scheduled', 'a' || $game, 'b' || $game)",
            game=str(game),
            tip=TIP + timedelta(hours=game - 1),
        )
    return warehouse.path


@pytest.fixture
def store(tmp_path: Path, scheduled: Path) -> Warehouse:
    return Warehouse(Path(shutil.copy(scheduled, tmp_path / "tipoff.duckdb")))


@pytest.fixture
def head(tmp_path: Path) -> Path:
    return tmp_path / "ledger.json"


@pytest.fixture
def chain(store: Warehouse, head: Path) -> Iterator[Callable[[], int]]:
    """Five rows of games 1 to 5 and the head; gives the verification."""
    append(store, *(row(str(game)) for game in range(1, 6)))
    with store.read() as con:
        ledger.remember(con, head)

    def verify() -> int:
        with store.read() as con:
            return verification.verify(con, head)

    assert verify() == 5
    yield verify


def run(store: Warehouse, sql: str, **params: object) -> None:
    with store.write() as con:
        con.execute(sql, params).fetchall()


def row(game: str = "1", model: str = "elo", **changes: Any) -> Prediction:
    values: dict[str, Any] = {
        "seq": 0,
        "league": "m",
        "season": 2025,
        "game_id": game,
        "home_id": f"a{game}",
        "away_id": f"b{game}",
        "game_date": date(2025, 2, 20),
        "tip_utc": TIP + timedelta(hours=int(game) - 1),
        "model": model,
        "version": "v1",
        "champion": True,
        "home_win_prob": 0.1 + 0.2,
        "margin": -1 / 3,
        "margin_sd": 11.2,
        "total": None,
        "total_sd": None,
        "data_id": "d1",
        "features": "{}",
        "degraded": None,
        "predicted_at": MORNING,
        "run_id": "test",
        **changes,
    }
    return Prediction(**{**values, **intervals(values["margin"], values["margin_sd"])})


def append(store: Warehouse, *rows: Prediction, now: datetime = MORNING) -> ledger.Stored:
    with store.write() as con:
        return ledger.append(con, rows, now)


def read(store: Warehouse) -> list[Prediction]:
    with store.read() as con:
        return ledger.read(con)


def test_rows_are_numbered_stamped_and_chained(store: Warehouse) -> None:
    assert append(store, row("2"), row("1")) == ledger.Stored(added=2, unchanged=0, refused={})
    append(store, row("3"), now=MORNING + timedelta(minutes=1))
    first, second, third = read(store)
    assert [each.game_id for each in (first, second, third)] == ["1", "2", "3"]
    assert first.previous_hash == ledger.GENESIS
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    assert third.predicted_at == MORNING + timedelta(minutes=1)
    assert (first.margin_low_80, first.margin_high_95) == (-1 / 3 - 1.2816 * 11.2, -1 / 3 + 1.96 * 11.2)


def test_the_form_that_is_hashed_never_changes(store: Warehouse) -> None:
    """Otherwise every ledger out there would look tampered with."""
    run(store, "UPDATE raw.games SET home_id = 'a', away_id = 'b' WHERE game_id = '1'")
    append(store, row("1", home_id="a", away_id="b"))
    assert read(store)[0].hash == "d70dd37cff242fbbac0c7d099ed2917cb118e57f06bd7436ea2341b7e4b8905e"


def test_an_identical_rerun_adds_nothing(store: Warehouse) -> None:
    append(store, row("1"), row("2"))
    later = MORNING + timedelta(hours=1)
    assert append(store, row("1", run_id="rerun", data_id="d2"), row("2"), now=later).unchanged == 2
    assert len(read(store)) == 2


@pytest.mark.parametrize("role", [{"champion": False}, {"stands_in_for": "elo"}, {"features": '{"other":"1"}'}])
def test_what_becomes_of_other_models_adds_no_row_of_this_one(store: Warehouse, role: dict[str, Any]) -> None:
    append(store, row("1"))
    assert append(store, row("1", **role)).unchanged == 1


def test_who_stood_in_for_whom_is_part_of_the_chain(store: Warehouse) -> None:
    append(store, row("1", stands_in_for="elo"), row("2"))
    with store.read() as con:
        assert verification.verify(con) == 2
    with store.write() as con:
        con.execute("UPDATE predictions.ledger SET stands_in_for = 'other' WHERE game_id = '1'").fetchall()
    with store.read() as con, pytest.raises(LedgerError, match=r"row `1`.* was changed"):
        verification.verify(con)


@pytest.mark.parametrize("changed", [{"home_win_prob": 0.31}, {"version": "v2"}, {"degraded": "x"}])
def test_what_says_something_new_is_added(store: Warehouse, changed: dict[str, Any]) -> None:
    append(store, row("1"))
    assert append(store, row("1", **changed)).added == 1


def test_to_come_back_to_an_earlier_number_is_new_too(store: Warehouse) -> None:
    for probability in (0.4, 0.5, 0.4):
        assert append(store, row("1", home_win_prob=probability)).added == 1


def test_the_same_row_twice_in_a_batch_is_one(store: Warehouse) -> None:
    assert append(store, row("1"), row("1")).added == 1


@pytest.mark.parametrize("now", [TIP, TIP + timedelta(seconds=1)])
def test_a_game_that_has_begun_is_refused_and_the_others_are_not(store: Warehouse, now: datetime) -> None:
    stored = append(store, row("1"), row("2"), now=now)
    assert stored.added == 1
    assert list(stored.refused) == ["1"] and "closed at" in stored.refused["1"]


def test_a_clock_that_was_set_back_opens_no_game_again(store: Warehouse) -> None:
    append(store, row("3"), now=TIP + timedelta(hours=1))
    stored = append(store, row("1"), row("4"), now=MORNING)
    assert stored.added == 1
    assert list(stored.refused) == ["1"] and "closed at" in stored.refused["1"]
    assert [each.predicted_at for each in read(store)] == [TIP + timedelta(hours=1)] * 2


@pytest.mark.parametrize("status", ["in_progress", "final", "postponed", "canceled"])
def test_a_game_that_is_not_scheduled_is_refused(store: Warehouse, status: str) -> None:
    run(store, "UPDATE raw.games SET status = $status WHERE game_id = '1'", status=status)
    assert list(append(store, row("1")).refused) == ["1"]


def test_the_tip_in_the_store_decides_not_the_one_in_the_prediction(store: Warehouse) -> None:
    run(store, "UPDATE raw.games SET tip_utc = $tip WHERE game_id = '1'", tip=MORNING - timedelta(minutes=5))
    assert list(append(store, row("1")).refused) == ["1"]


def test_an_unknown_game_is_refused(store: Warehouse) -> None:
    run(store, "DELETE FROM raw.games WHERE game_id = '1'")
    assert append(store, row("1")).refused == {"1": "it is over, off or unknown"}


def test_a_game_whose_sides_changed_is_refused(store: Warehouse) -> None:
    run(store, "UPDATE raw.games SET home_id = 'b1', away_id = 'a1' WHERE game_id = '1'")
    stored = append(store, row("1"), row("2"))
    assert (stored.added, stored.refused) == (1, {"1": "its sides changed: it is now `a1` at `b1`"})


@pytest.mark.parametrize(("hour", "added"), [(4, 1), (5, 0)])
def test_a_tip_still_to_be_announced_leaves_the_leagues_whole_day(store: Warehouse, hour: int, added: int) -> None:
    """Its tip stands at midnight, the beginning of the day; midnight at the end of it is 05:00 in UTC."""
    run(store, "UPDATE raw.games SET tip_known = false, tip_utc = '2025-02-20 05:00' WHERE game_id = '1'")
    assert append(store, row("1"), now=datetime(2025, 2, 21, hour)).added == added


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("home_win_prob", "0.31"),
        ("margin", "margin + 1e-12"),
        ("predicted_at", "predicted_at - INTERVAL 1 DAY"),
        ("version", "'v0'"),
        ("total", "140.0"),
        ("total", "'NaN'::DOUBLE"),
        ("champion", "NOT champion"),
    ],
)
def test_a_changed_row_is_found(store: Warehouse, chain: Callable[[], int], column: str, value: str) -> None:
    run(store, f"UPDATE predictions.ledger SET {column} = {value} WHERE seq = 3")
    with pytest.raises(LedgerError, match=r"row `3` .* was changed"):
        chain()


def test_a_changed_row_with_a_fitting_hash_is_found(store: Warehouse, chain: Callable[[], int]) -> None:
    forge(store, 3, home_win_prob=0.9)
    with pytest.raises(LedgerError, match="row `4` does not follow"):
        chain()


def test_a_missing_row_is_found(store: Warehouse, chain: Callable[[], int]) -> None:
    run(store, "DELETE FROM predictions.ledger WHERE seq = 2")
    with pytest.raises(LedgerError, match="row `2` is missing"):
        chain()


def test_a_missing_row_is_found_although_the_others_were_renumbered(store: Warehouse, chain: Callable[[], int]) -> None:
    run(store, "DELETE FROM predictions.ledger WHERE seq = 2")
    for seq in (3, 4, 5):
        run(store, "UPDATE predictions.ledger SET seq = seq - 1 WHERE seq = $seq", seq=seq)
    with pytest.raises(LedgerError, match=r"row `2` .* was changed"):
        chain()


def test_an_inserted_row_is_found(store: Warehouse, chain: Callable[[], int]) -> None:
    for seq in (5, 4, 3):
        run(store, "UPDATE predictions.ledger SET seq = seq + 1 WHERE seq = $seq", seq=seq)
    run(
        store,
        "INSERT INTO predictions.ledger BY NAME SELECT * REPLACE (3 AS seq) FROM predictions.ledger WHERE seq = 2",
    )
    with pytest.raises(LedgerError, match="row `3`"):
        chain()


def test_rows_cut_off_the_end_are_found(store: Warehouse, chain: Callable[[], int]) -> None:
    run(store, "DELETE FROM predictions.ledger WHERE seq > 3")
    with pytest.raises(LedgerError, match="has `3` rows and once had `5`"):
        chain()


def test_a_chain_made_anew_is_found(store: Warehouse, chain: Callable[[], int]) -> None:
    run(store, "DELETE FROM predictions.ledger")
    append(store, *(row(str(game), home_win_prob=0.9) for game in range(1, 6)))
    with pytest.raises(LedgerError, match="made anew"):
        chain()


def test_a_head_that_lags_is_no_crime(store: Warehouse, chain: Callable[[], int], head: Path) -> None:
    append(store, row("6"))  # killed before the head was written
    assert json.loads(head.read_text())["rows"] == 5
    assert chain() == 6


def test_a_missing_head_is_found(store: Warehouse, chain: Callable[[], int], head: Path) -> None:
    head.unlink()
    with pytest.raises(LedgerError, match="remembers where the chain ends, is missing"):
        chain()
    with store.read() as con, pytest.raises(LedgerError, match="is missing"):
        ledger.expect_head(con, head)


@pytest.mark.parametrize("cut", ["DELETE FROM predictions.ledger WHERE seq > 3", "DELETE FROM predictions.ledger"])
def test_no_rows_are_added_to_a_ledger_that_was_cut(
    store: Warehouse, chain: Callable[[], int], head: Path, cut: str
) -> None:
    before = head.read_text()
    with store.write() as con:
        con.execute(cut).fetchall()
    with store.read() as con, pytest.raises(LedgerError, match=r"rows and once had .* the last ones are missing"):
        ledger.expect_head(con, head)
    assert head.read_text() == before


def test_an_empty_ledger_gets_its_head_before_its_first_row(store: Warehouse, head: Path) -> None:
    with store.read() as con:
        ledger.expect_head(con, head)
        assert verification.verify(con, head) == 0
    assert json.loads(head.read_text())["rows"] == 0


@pytest.mark.parametrize(
    "change",
    [
        "log_loss = 0.01",
        "brier = 0",
        "margin_error = 0",
        "home_win_prob = 0.99",
        "inside_80 = NOT inside_80",
        "inside_95 = NOT inside_95",
        "home_win = NOT home_win",
        "home_score = home_score + 1",
    ],
)
def test_a_changed_grade_is_found(store: Warehouse, chain: Callable[[], int], change: str) -> None:
    final(store, "1", 70, 60)
    grade(store)
    assert chain() == 5
    run(store, f"UPDATE predictions.grade SET {change}")
    with pytest.raises(LedgerError, match="grade of row `1` does not follow"):
        chain()


@pytest.mark.parametrize(
    "change", ["ledger_hash = 'x'", "model = 'other'", "champion = NOT champion", "season = 2024", "game_id = '2'"]
)
def test_a_grade_of_another_row_is_found(store: Warehouse, chain: Callable[[], int], change: str) -> None:
    final(store, "1", 70, 60)
    grade(store)
    run(store, f"UPDATE predictions.grade SET {change}")
    with pytest.raises(LedgerError, match="grade belongs to row `1`"):
        chain()


@pytest.mark.usefixtures("chain")
def test_nothing_is_chained_to_a_changed_row(store: Warehouse) -> None:
    run(store, "UPDATE predictions.ledger SET margin = 9 WHERE seq = 5")
    with pytest.raises(LedgerError, match="last row `5` was changed"):
        append(store, row("6"))
    assert len(read(store)) == 5


class TestGrades:
    def test_the_last_prediction_before_the_tip_counts(self, store: Warehouse) -> None:
        append(store, row("1", home_win_prob=0.6))
        append(store, row("1", home_win_prob=0.7), now=MORNING + timedelta(hours=1))
        append(store, row("1", home_win_prob=0.8), now=MORNING + timedelta(hours=2))
        # It turned out to begin before the third was written.
        run(store, "UPDATE raw.games SET tip_utc = $tip WHERE game_id = '1'", tip=MORNING + timedelta(minutes=90))
        final(store, "1", 70, 60)
        assert grade(store) == 1
        assert graded(store, "ledger_seq, home_win_prob, home_win") == [(2, 0.7, True)]

    def test_figures_by_hand(self, store: Warehouse) -> None:
        append(store, row("1", home_win_prob=0.75, margin=8.0, margin_sd=10.0))
        final(store, "1", 60, 65)
        grade(store)
        (found,) = graded(store, "home_win, margin_error, log_loss, brier, inside_80, inside_95")
        assert found[0] is False
        assert found[1:4] == (13.0, pytest.approx(1.3862943611), pytest.approx(0.5625))
        assert found[4:] == (False, True)  # 8 ± 12.8 begins above −5, 8 ± 19.6 below

    def test_each_model_is_graded_once(self, store: Warehouse) -> None:
        append(store, row("1", "elo"), row("1", "linear"), row("2", "elo"))
        final(store, "1", 70, 60)
        assert grade(store) == 2
        assert grade(store) == 0

    def test_a_corrected_score_adds_a_grade(self, store: Warehouse) -> None:
        append(store, row("1"))
        final(store, "1", 70, 60)
        grade(store)
        final(store, "1", 70, 72)
        assert grade(store, MORNING + timedelta(days=2)) == 1
        assert graded(store, "attempt, away_score, home_win") == [(1, 60, True), (2, 72, False)]
        assert store.query("SELECT attempt FROM predictions.graded").to_pylist() == [{"attempt": 2}]

    def test_a_grade_of_a_clock_that_was_ahead_hides_no_later_one(self, store: Warehouse) -> None:
        append(store, row("1"))
        append(store, row("1", home_win_prob=0.7), now=MORNING + timedelta(hours=1))
        final(store, "1", 70, 60)
        grade(store, MORNING + timedelta(days=100))
        run(store, "UPDATE raw.games SET tip_utc = $tip WHERE game_id = '1'", tip=MORNING + timedelta(minutes=5))
        final(store, "1", 70, 62)
        assert grade(store, MORNING + timedelta(days=2)) == 1
        assert grade(store, MORNING + timedelta(days=3)) == 0
        mend_stamps(store, MORNING + timedelta(days=3))
        assert grade(store, MORNING + timedelta(days=4)) == 0
        counts = store.query("SELECT ledger_seq, away_score FROM predictions.graded").to_pylist()
        assert counts == [{"ledger_seq": 1, "away_score": 62}]

    def test_a_moved_tip_changes_which_prediction_counts(self, store: Warehouse) -> None:
        append(store, row("1", home_win_prob=0.6))
        append(store, row("1", home_win_prob=0.7), now=MORNING + timedelta(hours=1))
        final(store, "1", 70, 60)
        grade(store)
        run(store, "UPDATE raw.games SET tip_utc = $tip WHERE game_id = '1'", tip=MORNING + timedelta(minutes=5))
        assert grade(store, MORNING + timedelta(days=2)) == 1
        assert store.query("SELECT ledger_seq FROM predictions.graded").to_pylist() == [{"ledger_seq": 1}]

    def test_a_prediction_of_other_teams_is_not_graded(self, store: Warehouse) -> None:
        append(store, row("1"), row("2"))
        run(store, "UPDATE raw.games SET home_id = 'b1', away_id = 'a1' WHERE game_id = '1'")
        append(store, row("1", home_id="b1", away_id="a1", home_win_prob=0.8), now=MORNING + timedelta(hours=1))
        for game in ("1", "2"):
            final(store, game, 70, 60)
        run(store, "UPDATE raw.games SET home_id = 'c' WHERE game_id = '2'")
        assert grade(store) == 1
        assert graded(store, "game_id, home_win_prob, home_win") == [("1", 0.8, True)]

    def test_a_prediction_is_graded_for_the_team_it_named(self, store: Warehouse) -> None:
        """Home and away were exchanged after it was made: `a1`, at home then, won as a guest."""
        append(store, row("1", home_win_prob=0.75, margin=8.0, margin_sd=10.0))
        run(store, "UPDATE raw.games SET home_id = 'b1', away_id = 'a1' WHERE game_id = '1'")
        final(store, "1", 60, 65)
        assert grade(store) == 1
        (found,) = graded(store, "exchanged, home_score, away_score, home_win, margin_error, brier, log_loss")
        assert found[:5] == (True, 65, 60, True, 3.0)
        assert found[5:] == (pytest.approx(0.0625), pytest.approx(0.2876820724))
        assert grade(store) == 0
        assert ungraded(store) == {}

    def test_another_seasons_game_of_the_same_id_is_another_game(self, store: Warehouse) -> None:
        append(store, row("1"))
        final(store, "1", 70, 60)
        run(
            store,
            "INSERT INTO raw.games BY NAME SELECT * REPLACE (2026 AS season, 50 AS home_score, "
            "game_date + 365 AS game_date, tip_utc + INTERVAL 365 DAYS AS tip_utc) FROM raw.games",
        )
        assert grade(store) == 1
        assert graded(store, "season, home_score") == [(2025, 70)]
        run(
            store,
            "INSERT INTO predictions.grade BY NAME "
            "SELECT * REPLACE (99 AS ledger_seq, 2026 AS season, game_date + 365 AS game_date) FROM predictions.grade",
        )
        assert store.query("SELECT season FROM predictions.graded ORDER BY ALL")["season"].to_pylist() == [2025, 2026]

    @pytest.mark.parametrize("again", [False, True])
    def test_a_season_put_right_is_graded_once(self, store: Warehouse, again: bool) -> None:
        """It was predicted, and perhaps graded, while it stood in another season."""
        append(store, row("1", season=2025))
        final(store, "1", 70, 60)
        if again:
            assert grade(store) == 1
        run(store, "UPDATE raw.games SET season = 2024")
        assert grade(store, MORNING + timedelta(days=2)) == (0 if again else 1)
        assert len(store.query("SELECT * FROM predictions.graded").to_pylist()) == 1
        assert ungraded(store) == {}

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ("UPDATE raw.games SET home_id = 'c' WHERE game_id = '1'", "it was between other teams: now b1 at c"),
            ("UPDATE raw.games SET status = 'canceled' WHERE game_id = '1'", "canceled"),
            ("UPDATE raw.games SET status = 'forfeited' WHERE game_id = '1'", "forfeited"),
            ("UPDATE raw.games SET exhibition = true WHERE game_id = '1'", "an exhibition"),
            ("UPDATE raw.games SET home_score = NULL WHERE game_id = '1'", "final without a result"),
            ("UPDATE raw.games SET away_score = home_score WHERE game_id = '1'", "final without a result"),
            ("DELETE FROM raw.games WHERE game_id = '1'", "the source no longer has it"),
            ("UPDATE raw.games SET game_id = '77' WHERE game_id = '1'", "the source has it as 77 now"),
            (
                "UPDATE raw.games SET tip_utc = '2025-02-20 12:00' WHERE game_id = '1'",
                "it began earlier than was known: at 2025-02-20 12:00:00 UTC, first said at 2025-02-20 13:00:00",
            ),
            (
                "INSERT INTO raw.team_stats (league, season, game_id, team_id, points) SELECT 'm', 2025, '1', 'a1', 71",
                "its box score has another score",
            ),
            (
                "INSERT INTO raw.games BY NAME SELECT * REPLACE ('0' AS game_id) FROM raw.games WHERE game_id = '1'",
                "the same game as 0, under another id",
            ),
        ],
    )
    def test_a_prediction_without_a_grade_says_why(self, store: Warehouse, change: str, reason: str) -> None:
        append(store, row("1"), row("2"), row("3"))
        for game in ("1", "2"):
            final(store, game, 70, 60)
        assert ungraded(store) == {}, "`1` and `2` can be graded, `3` is still to come"
        run(store, change)
        assert grade(store) == 1
        assert ungraded(store) == {"1": reason}

    def test_a_tip_never_announced_counts_until_the_days_end(self, store: Warehouse) -> None:
        run(store, "UPDATE raw.games SET tip_known = false, tip_utc = '2025-02-20 05:00' WHERE game_id = '1'")
        append(store, row("1"))
        final(store, "1", 70, 60)
        assert grade(store) == 1

    def test_a_game_without_a_prediction_in_time_is_not_graded(self, store: Warehouse) -> None:
        append(store, row("1"))
        run(store, "UPDATE raw.games SET tip_utc = $tip WHERE game_id = '1'", tip=MORNING)
        final(store, "1", 70, 60)
        assert grade(store) == 0

    def test_accuracy_over_time(self, store: Warehouse) -> None:
        append(store, row("1", home_win_prob=0.75), row("2", home_win_prob=0.4), row("3", home_win_prob=0.5))
        for game in ("1", "2", "3"):
            final(store, game, 70, 60)
        grade(store)
        (found,) = grades.accuracy(store).to_pylist()
        assert (found["model"], found["since"], found["games"]) == ("elo", date(2025, 2, 1), 3)
        assert found["accuracy"] == pytest.approx(0.5)
        assert found["brier"] == pytest.approx((0.0625 + 0.36 + 0.25) / 3)


def forge(store: Warehouse, seq: int, **changes: Any) -> None:
    """Changes a row and its hash with it."""
    forged = replace(read(store)[seq - 1], **changes)
    run(
        store,
        "UPDATE predictions.ledger SET home_win_prob = $p, hash = $hash WHERE seq = $seq",
        p=forged.home_win_prob,
        hash=forged.hashed(),
        seq=seq,
    )


def final(store: Warehouse, game: str, home: int, away: int) -> None:
    run(
        store,
        "UPDATE raw.games SET status = 'final', home_score = $home, away_score = $away WHERE game_id = $game",
        home=home,
        away=away,
        game=game,
    )


def grade(store: Warehouse, now: datetime = MORNING + timedelta(days=1)) -> int:
    with store.write() as con:
        return grades.grade(con, Note("test", now))


def ungraded(store: Warehouse) -> dict[str, str]:
    with store.read() as con:
        found = grades.ungraded(con, ["m"], date(2025, 2, 1))
        assert grades.ungraded(con, ["m"], date(2025, 3, 1)) == grades.ungraded(con, ["other"], date(2025, 2, 1)) == []
    assert all(each.called_off == (each.reason in ("canceled", "forfeited")) for each in found)
    return {each.game_id: each.reason for each in found}


def graded(store: Warehouse, columns: str) -> list[tuple[Any, ...]]:
    rows = store.query(f"SELECT {columns} FROM predictions.grade ORDER BY ledger_seq, attempt").to_pylist()
    return [tuple(each.values()) for each in rows]


class TestStamps:
    """When rows say that they were written."""

    @pytest.fixture(autouse=True)
    def the_next_day(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIPOFF_NOW", (MORNING + timedelta(days=1)).isoformat())

    def test_a_row_chained_behind_later_ones_and_stamped_before_them(
        self, store: Warehouse, chain: Callable[[], int]
    ) -> None:
        """The game is over; the row says that it was written in the morning."""
        append(store, row("6"), now=TIP + timedelta(hours=4))
        slip_in(store, row("1", "late", home_win_prob=0.99), at=MORNING)
        with pytest.raises(
            LedgerError, match=r"row `7` .*`late`.* is stamped `2025-02-20 13:00:00`, and one before it"
        ):
            chain()

    def test_a_row_stamped_after_its_own_tip(self, store: Warehouse, chain: Callable[[], int]) -> None:
        slip_in(store, row("1", "late"), at=TIP)
        with pytest.raises(LedgerError, match=r"row `6` .* predictions of that game closed at `2025-02-21 00:30:00`"):
            chain()

    def test_a_row_of_a_tip_to_be_announced_may_be_written_all_day(self, store: Warehouse, head: Path) -> None:
        midnight = datetime(2025, 2, 20, 5)
        run(store, "UPDATE raw.games SET tip_known = false, tip_utc = $tip WHERE game_id = '1'", tip=midnight)
        assert append(store, row("1"), now=midnight + timedelta(hours=23)).added == 1
        with store.read() as con:
            assert verification.verify(con) == 1

    def test_a_tip_that_moved_between_predicting_and_writing(self, store: Warehouse) -> None:
        later = TIP + timedelta(hours=2)
        run(store, "UPDATE raw.games SET tip_utc = $tip WHERE game_id = '1'", tip=later)
        assert append(store, row("1"), now=TIP + timedelta(hours=1)).added == 1
        assert read(store)[0].tip_utc == later
        with store.read() as con:
            assert verification.verify(con) == 1

    @pytest.mark.parametrize("hours", [-1, 0])
    def test_a_row_that_came_after_a_head_and_says_that_it_was_there(
        self, store: Warehouse, chain: Callable[[], int], hours: int
    ) -> None:
        """Stamps do not fall; but somebody was told at 20:00 that the chain ended at row 5."""
        told = MORNING + timedelta(hours=7)
        known = Head(5, read(store)[-1].hash, told)
        slip_in(store, row("1", "late"), at=told + timedelta(hours=hours))
        assert chain() == 6
        with store.read() as con:
            if hours:
                with pytest.raises(
                    LedgerError, match=r"a row after `5` is stamped .* at `2025-02-20 20:00:00` the chain still"
                ):
                    verification.verify(con, against=[known])
            else:
                assert verification.verify(con, against=[known]) == 6

    def test_an_honest_row_and_an_incident_hide_no_row_that_says_that_it_was_there(
        self, store: Warehouse, chain: Callable[[], int]
    ) -> None:
        told = MORNING + timedelta(hours=7)
        known = Head(5, read(store)[-1].hash, told)
        append(store, row("6"), now=told)
        with store.write() as con:
            ledger.note(con, "clock", "a clock was ahead, as they say", told - timedelta(hours=5))
        append(store, row("6", home_win_prob=0.9), now=told - timedelta(hours=4))
        assert chain() == 7, "by itself it is whole"
        with store.read() as con, pytest.raises(LedgerError, match="a row after `5` is stamped"):
            verification.verify(con, against=[known])

    @pytest.mark.parametrize("ahead", [[], [MORNING + timedelta(hours=1)]])
    def test_a_head_of_a_clock_that_was_ahead_accuses_nobody(
        self, store: Warehouse, chain: Callable[[], int], ahead: list[datetime]
    ) -> None:
        last, future = read(store)[-1].hash, MORNING + timedelta(days=3) if not ahead else MORNING + timedelta(hours=20)
        known = [Head(5, last, at) for at in (future, *ahead)]
        append(store, row("6"), now=MORNING + timedelta(hours=2))
        with store.read() as con:
            assert verification.verify(con, against=known) == 6
        assert chain() == 6


class TestHeads:
    """Earlier heads, held by somebody else."""

    @pytest.mark.parametrize("rows", [1, 3, 5])
    def test_any_earlier_head_finds_a_chain_made_anew(
        self, store: Warehouse, chain: Callable[[], int], head: Path, rows: int
    ) -> None:
        known = Head(rows, read(store)[rows - 1].hash)
        with store.read() as con:
            assert verification.verify(con, against=[known]) == 5
        run(store, "DELETE FROM predictions.ledger")
        append(store, *(row(str(game), home_win_prob=0.9) for game in range(1, 6)))
        with store.read() as con:
            ledger.remember(con, head)
        assert chain() == 5, "by itself it is whole"
        with store.read() as con, pytest.raises(LedgerError, match=f"row `{rows}` is not the one that was written"):
            verification.verify(con, against=[known])

    def test_each_head_of_a_file_counts(self, store: Warehouse, tmp_path: Path) -> None:
        file = tmp_path / "heads.jsonl"
        for number in range(1, 4):
            append(store, row(str(number)))
            with store.read() as con:
                heads.add(file, ledger.head_of(con, MORNING))
        assert [known.rows for known in heads.given(str(file))] == [1, 2, 3]
        lines = file.read_text().splitlines()
        middle = Head(2, "0" * 64, MORNING)
        file.write_text("\n".join([lines[0], middle.line, lines[2]]) + "\n")
        with store.read() as con, pytest.raises(LedgerError, match="row `2` is not the one"):
            verification.verify(con, against=heads.given(str(file)))

    @pytest.mark.parametrize("form", [str, lambda head: head.line])
    def test_a_head_is_read_as_it_is_written(self, form: Callable[[Head], str]) -> None:
        for head in (Head(7, "ab" * 32), Head(7, "ab" * 32, MORNING + timedelta(microseconds=5))):
            assert heads.given(form(head)) == [head]

    @pytest.mark.parametrize(
        "text", ["", "7", "7:ab", f"7:{'ab' * 32}@noon", "{}", '{"rows": "7", "hash": "x"}', "[7]"]
    )
    def test_what_is_no_head(self, text: str, tmp_path: Path) -> None:
        file = tmp_path / "heads"
        with pytest.raises(SettingsError, match="neither a file of heads nor a head"):
            heads.given(text)
        file.write_text(f"{text}\n")
        with pytest.raises((SettingsError, LedgerError), match=r"no head of (a|the) ledger"):
            heads.given(str(file))

    def test_a_line_that_was_cut_off_is_none_and_the_next_is_whole(self, tmp_path: Path) -> None:
        file = tmp_path / "heads.jsonl"
        first, second, third = (Head(rows, f"{rows}" * 64, MORNING) for rows in (1, 2, 3))
        heads.add(file, first)
        heads.add(file, second)
        file.write_bytes(file.read_bytes()[:-20])
        assert heads.published(file) == [first]
        heads.add(file, third)
        assert heads.published(file) == [first, third]
        file.write_text(file.read_text().replace('"rows"', '"row"', 1))
        with pytest.raises(LedgerError, match="line 1 of"):
            heads.published(file)


class TestIncidents:
    """Links of the chain that are no predictions."""

    def test_the_next_row_covers_what_befell_the_chain(self, store: Warehouse, chain: Callable[[], int]) -> None:
        note(store, "restore", "from a copy")
        note(store, "restore", "again")
        append(store, row("6"))
        with store.read() as con:
            befell = incidents.read(con)
        assert [(each.number, each.after_seq, each.said) for each in befell] == [(1, 5, "from a copy"), (2, 5, "again")]
        assert read(store)[5].previous_hash == befell[1].hash
        assert befell[0].previous_hash == read(store)[4].hash
        assert chain() == 6

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ("UPDATE predictions.incident SET said = 'nothing' WHERE number = 1", "incident `1` .restore. was changed"),
            ("DELETE FROM predictions.incident WHERE number = 2", "row `6` does not follow"),
            ("DELETE FROM predictions.incident WHERE number = 1", "an incident is missing"),
            ("DELETE FROM predictions.incident", "row `6` does not follow"),
            ("UPDATE predictions.incident SET after_seq = 4", "was changed"),
        ],
    )
    def test_one_that_was_changed_or_is_missing(
        self, store: Warehouse, chain: Callable[[], int], change: str, found: str
    ) -> None:
        note(store, "restore", "from a copy")
        note(store, "restore", "again")
        append(store, row("6"))
        run(store, change)
        with pytest.raises(LedgerError, match=found):
            chain()

    def test_rows_cut_off_before_one(self, store: Warehouse, chain: Callable[[], int], head: Path) -> None:
        note(store, "restore", "from a copy")
        run(store, "DELETE FROM predictions.ledger WHERE seq > 3")
        head.unlink()
        with pytest.raises(LedgerError, match="row `4` is missing, before its incident `1`"):
            chain()

    def test_a_clock_that_was_ahead(self, store: Warehouse, chain: Callable[[], int]) -> None:
        """It closes the ledger until somebody notes it; what was written meanwhile stays and is graded."""
        ahead = TIP + timedelta(hours=4, minutes=30)
        append(store, row("6"), now=ahead)
        stored = append(store, row("2", "other"), now=MORNING)
        assert (stored.added, stored.late) == (0, ("2",))
        with store.read() as con, pytest.raises(LedgerError, match="`tipoff clock mend`"):
            verification.verify_clock(con, MORNING)
        with store.write() as con:
            assert ledger.mend_clock(con, MORNING + timedelta(hours=1))
            assert not ledger.mend_clock(con, MORNING + timedelta(hours=1)), "once"
        with store.read() as con:
            verification.verify_clock(con, MORNING + timedelta(hours=1))
        assert append(store, row("2", "other"), now=MORNING + timedelta(hours=2)).added == 1
        assert read(store)[-1].predicted_at == MORNING + timedelta(hours=2)
        assert chain() == 7
        slip_in(store, row("3", "late"), at=MORNING + timedelta(minutes=30))
        with pytest.raises(LedgerError, match=r"row `8` .* it was written later than it says"):
            chain()


def mend_stamps(store: Warehouse, now: datetime) -> None:
    with pytest.MonkeyPatch.context() as patch, store.write() as con:
        patch.setenv("TIPOFF_NOW", now.isoformat())
        assert stamps.mend(con, {}) == {"predictions.grade.graded_at": 2}


def note(store: Warehouse, kind: incidents.Kind, said: str) -> None:
    with store.write() as con:
        ledger.note(con, kind, said, MORNING)


def slip_in(store: Warehouse, forged: Prediction, at: datetime) -> None:
    """Chains a row to the last one as whoever may write to the store can, past all that `append` asks."""
    last = read(store)[-1]
    chained = replace(forged, seq=last.seq + 1, predicted_at=at, previous_hash=last.hash)
    with store.write() as con:
        ledger._insert(con, [replace(chained, hash=chained.hashed())])
