"""The whole path on the command line, with a league of eight teams."""

from __future__ import annotations

import json
import re
import traceback
from pathlib import Path
from typing import Any

import pytest
from tipoff import clock
from tipoff.cli.session import Session
from tipoff.errors import Abort
from tipoff.warehouse.store import Warehouse


def row(output: str, start: str) -> list[str]:
    """The cells of the printed row that begins with `start`."""
    return next(line.split() for line in output.splitlines() if line.startswith(start))


def test_from_nothing_to_tonight_and_to_tomorrow(tiny: Any, tmp_path: Path) -> None:
    first = tiny("collect").output
    assert "Created the store" in first
    assert int(row(first, "tiny_games")[5]) > 70, "a question a day was asked"
    again = tiny("collect").output
    assert int(row(again, "tiny_games")[5]) < 15, "only days that may still change were asked for again"
    assert row(again, "tiny_games")[7] == "0", "and nothing had changed"

    assert row(tiny("features").output, "tiny")[1:3] == ["1", "324"]
    assert "nothing changed" in tiny("features", "tiny").output
    assert "asked for" in tiny("features", "--full").output

    trained = tiny("train").output
    assert "slope" in trained
    assert "unchanged" not in trained
    assert "first: " in trained
    assert "Champion of mens-college-basketball: slope" in trained
    listed = tiny("models", "list").output
    version = row(listed, "slope")[1]
    assert f"unchanged: nothing new since {version}" in " ".join(tiny("train").output.split())
    assert "first: " in tiny("train", "slope", "--again").output
    assert row(listed, "slope")[3] == "champion"
    fitted, judged = (int(each) for each in row(listed, "slope")[5:7])
    assert 0 < judged < fitted, "the first games are only learned from"
    shown = json.loads(tiny("models", "show", "slope", version[:12]).output)
    assert shown["version"] == version
    assert shown["evaluation"]
    assert shown["history"]
    assert shown["card"] == {"games": shown["games"]}

    tonight = tiny("predict").output
    assert "Men's college basketball, Thursday 2026-01-15" in tonight
    assert "8 added to the ledger, 0 said before, 0 graded" in tonight
    assert "0 added to the ledger, 8 said before, 0 graded" in tiny("predict", "slope").output
    assert "The ledger is whole: 8 predictions" in tiny("ledger", "verify").output

    page = Path(tiny("report", "--to", str(tmp_path / "tonight.html")).output.strip())
    assert page == tmp_path / "tonight.html"
    assert "Tonight: 4 games" in page.read_text()
    assert "walk-forward" in page.read_text().lower()

    tiny("clock", "advance", "1d")
    late = " ".join(tiny("predict").output.split())
    assert "4 games should be over since" in late
    assert "8 added to the ledger, 0 said before" in late, "the four of yesterday again, now that they are degraded"
    assert "0 added to the ledger, 8 said before" in tiny("predict").output


def test_promote_and_roll_back(tiny: Any) -> None:
    for step in ("collect", "features", "train"):
        tiny(step)
    assert "has no earlier champion" in tiny("models", "rollback", code=1).output
    assert "Missing option '--reason'" in tiny("models", "promote", "slope", "2", code=2).output
    assert "say why, with --reason" in tiny("models", "promote", "slope", "2", "--reason", " ", code=1).output
    output = tiny("models", "promote", "slope", "2", "--reason", "to try it").output
    assert "the gate compares models, and it is one with the champion, `slope` version" in output
    assert "; log loss 0." in output
    assert "champion is now slope" in output
    assert "to try it" in output
    assert "champion, pinned" in tiny("models", "list").output
    assert "(unpinned by a person)" in tiny("models", "unpin").output
    assert "pinned" not in tiny("models", "list").output
    assert "is not pinned" in tiny("models", "unpin", code=1).output
    assert "has no earlier champion" in tiny("models", "rollback", code=1).output, "it was the same version all along"
    assert "no version begins with `zzz`" in tiny("models", "promote", "slope", "zzz", "--reason", "x", code=1).output


def test_a_refused_artifact_fails_the_command_and_no_other_model(tiny: Any, install_plugin: Any) -> None:
    install_plugin(
        "odd",
        """
        def fit(ctx):
            import pyarrow.compute as pc
            from tipoff import Fitted

            return Fitted(state={"share": pc.mean(ctx.games["home_win"].cast("int8")).as_py()})

        def predict(fitted, games):
            import pyarrow as pa

            said = {"home_win_prob": fitted.state["share"], "margin": 3.0, "margin_sd": 12.0}
            return pa.table({name: pa.array([each] * games.num_rows) for name, each in said.items()})

        @hookimpl
        def models():
            return (Model("even", (), fit=f"{__name__}:fit", predict=f"{__name__}:predict"),)
        """,
    )
    for step in ("collect", "features", "train"):
        tiny(step)
    (state,) = Session.start().settings.artifacts.glob("slope/*/state.json")
    state.write_text('{"mean": 50}')
    output = tiny("predict", code=1).output
    assert "8 added to the ledger" in output, "those of the other model"
    error = output.splitlines()[-1]
    assert error.startswith("Error: `slope` failed: artifact `slope/") and "`state.json` was changed" in error
    assert "tipoff train" in error


def test_nothing_trained_yet(tiny: Any) -> None:
    assert "No model has been trained yet. Next: tipoff train" in tiny("models", "list").output
    assert "may serve" in tiny("models", "show", "slope", code=1).output
    assert "`nba` is no configured league" in tiny("models", "show", "slope", "--league", "nba", code=1).output
    assert "Nothing to do: there is no champion yet" in tiny("predict").output


@pytest.mark.parametrize(
    ("arguments", "window"),
    [
        (("--from", "2025-12-01", "--to", "2025-12-03"), "2025-12-01 to 2025-12-03"),
        (("--from", "2026-01-10"), "2026-01-10 to 2026-01-15"),
        (("--season", "2026"), "2025-07-01 to 2026-01-15"),
    ],
)
def test_windows(tiny: Any, arguments: tuple[str, ...], window: str) -> None:
    assert window in tiny("collect", "tiny_games", *arguments).output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--season", "2025", "--from", "2025-01-01"), "`--season` is `2025` and `--from` or `--to` is given too"),
        (("--to", "2025-01-01"), "`--to` is `2025-01-01` without `--from`"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), "`2026-01-02` to `2026-01-01` holds no day"),
        (("--season", "2030"), "holds no day"),
    ],
)
def test_windows_that_make_no_sense(tiny: Any, arguments: tuple[str, ...], words: str) -> None:
    output = tiny("collect", *arguments, code=1).output
    assert words in output


def test_what_has_landed_is_asked_for_again_where_that_is_wanted(tiny: Any) -> None:
    def asked(*more: str) -> list[str]:
        (line,) = [
            line for line in tiny("collect", "--from", "2026-01-01", *more).output.splitlines() if "tiny_g" in line
        ]
        return re.split(r"\s{2,}", line.strip())[3:6]

    questions, fresh, rows = asked()
    assert (fresh, rows != "0") == ("0", True)
    assert asked()[0] == "0"
    assert asked("--again") == [questions, "0", "0"]


def test_checks(tiny: Any, install_plugin: Any) -> None:
    install_plugin(
        "odd",
        """
        @hookimpl
        def checks():
            one = "SELECT game_id FROM raw.games WHERE game_id = '2025-11-03-0'"
            return (
                Check("one_game", table="raw.games", sql=one, doc="It is the first one."),
                Check("misspelt", table="raw.games", sql="SELECT gaem_id FROM raw.games", severity="info"),
            )
        """,
    )
    tiny("collect")
    output = tiny("checks", "raw").output
    assert row(output, "tiny_scores")[-1] == "passed"
    assert row(output, "tiny_team_seven")[-1] == "rows"
    assert "could not run: " in " ".join(row(output, "misspelt"))
    lines = output.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("one_game"))
    assert [line.strip() for line in (lines[at].rpartition("warn")[2], *lines[at + 1 : at + 3])] == [
        "1 row",
        "It is the first one.",
        'first: {"game_id": "2025-11-03-0"}',
    ]


def test_no_predictions_from_data_that_is_known_to_be_wrong(tiny: Any, install_plugin: Any) -> None:
    for step in ("collect", "features", "train"):
        tiny(step)
    source = """
        @hookimpl
        def checks():
            return (Check("never", table="raw.games", sql="SELECT 1 AS one", severity="block"),)
        """
    install_plugin("strict", source)
    assert "failed" not in tiny("predict").output, "the check has never run"
    tiny("checks", "raw", code=1)
    assert "while these checks fail: `never` (1 row of raw.games)" in tiny("predict", code=1).output
    assert "added to the ledger" in tiny("predict", "--despite-checks").output


BROKEN = """
    from tipoff import Bad, Payload, Quarantine, Request, Row, clock

    def plan(context):
        return [Request("http://nowhere.invalid/a")]

    def parse(payload):
        for number in range(3):
            yield Bad(Quarantine(f"`{number}` is no arena", f"arenas[{number}].id"), {"id": number})
        yield Bad(Quarantine("nothing in it"))
        yield Row("teams", {"team_id": "x"})

    def compute(context):
        return {}["rows"]

    class Client:
        concurrency = 1

        def __init__(self, access):
            pass

        async def __aenter__(self):
            return self

        async def __aexit__(self, *error):
            pass

        async def fetch(self, request, league):
            return Payload(request, b"1", clock.now(), league)

    @hookimpl
    def collectors():
        datasets = (
            Dataset("arenas", tables=("teams",), plan=f"{__name__}:plan", parse=f"{__name__}:parse"),
            Dataset("broken", tables=("games",), plan=f"{__name__}:plann", parse=f"{__name__}:parse"),
            Dataset("later", tables=("games",), plan=f"{__name__}:plan", parse=f"{__name__}:parse", after=("broken",)),
        )
        return (Collector("odd", conn_id="odd_api", datasets=datasets, client=f"{__name__}:Client"),)

    @hookimpl
    def feature_builders():
        columns = [Column(name, "VARCHAR") for name in ("league", "game_id")]
        columns += [Column("season", "INTEGER"), Column("game_date", "DATE"), Column("tip_utc", "TIMESTAMP")]
        key = ("league", "season", "game_id")
        table = Table("fault_features", key, tuple(columns), schema="features")
        then = Table("then_features", key, tuple(columns), schema="features")
        return (
            FeatureBuilder("fault", table, ("raw.games",), compute=f"{__name__}:compute"),
            FeatureBuilder("then", then, ("features.fault_features",), compute=f"{__name__}:compute"),
        )
"""


def test_a_step_that_fails_stops_only_those_that_need_it(tiny: Any, install_plugin: Any) -> None:
    install_plugin("odd", BROKEN)
    collected = tiny("collect", code=1).output
    assert row(collected, "broken")[1] == "failed"
    assert row(collected, "later")[1] == "skipped"
    assert int(row(collected, "tiny_games")[7].replace(",", "")) > 300
    assert "has no `plann` (did you mean `plan`?)" in collected
    assert "`later` skipped: it needs `broken`" in collected
    assert "`arenas`: 4 records set aside, 3 for: arenas[…].id: `0` is no arena; see `tipoff quarantine" in collected
    assert collected.splitlines()[-1] == "Error: failed: broken; `tipoff --debug collect broken` shows where"
    built = tiny("features", code=1).output
    assert [row(built, name)[1] for name in ("tiny", "fault", "then")] == ["1", "failed", "skipped"]
    assert "KeyError: 'rows'" in built
    with pytest.raises(Abort) as raised:
        tiny("--debug", "features", "fault")
    shown = "".join(traceback.format_exception(raised.value))
    assert 'return {}["rows"]' in shown, "the plugin's own line"


def test_what_is_set_aside(tiny: Any, install_plugin: Any) -> None:
    assert "Nothing is set aside" in tiny("quarantine", "list").output
    assert "Nothing is set aside" in tiny("quarantine", "replay").output
    install_plugin("odd", BROKEN)
    tiny("collect", "arenas")
    listed = tiny("quarantine", "list", "arenas").output
    (line,) = [line.split() for line in listed.splitlines() if "arenas[…].id" in line]
    assert line[1:5] == ["arenas", line[2], "3", "arenas[…].id"]
    assert "no plugin brings the dataset `areans` (did you mean `arenas`?)" in " ".join(
        tiny("quarantine", "list", "areans", code=1).output.split()
    )
    shown = tiny("quarantine", "show", "arenas").output
    assert '"id": 2' in shown
    assert "by version 1" in shown
    known = next(line.split()[1] for line in shown.splitlines() if line.startswith("record"))
    assert tiny("quarantine", "show", known, "--payload").output == "1"
    assert "nothing is set aside under `x`" in tiny("quarantine", "show", "x", code=1).output
    assert row(tiny("quarantine", "replay", "arenas").output, "arenas")[2:] == ["4", "4", "0"]


def test_the_tables_are_built_again_from_what_has_landed(tiny: Any, install_plugin: Any) -> None:
    install_plugin("odd", BROKEN)
    tiny("collect", "arenas")
    same = tiny("reparse").output
    assert "2 answers in 2 batches parsed again" in same
    assert "The tables are what the present parsers make of them." in same
    assert "4 records set aside" in same
    warehouse = Session.start().warehouse()
    with warehouse.write() as con:
        con.execute("UPDATE raw.teams SET name = 'y' WHERE team_id = 'x'").fetchall()
    assert row(tiny("reparse", "--dry-run").output, "raw.teams")[1:] == ["0", "1", "0"]
    assert row(tiny("reparse").output, "raw.teams")[1:] == ["0", "1", "0"]
    assert warehouse.query("SELECT name FROM raw.teams WHERE team_id = 'x'").to_pylist() == [{"name": None}]


def test_a_broken_store_is_restored_from_the_published_copy(tiny: Any) -> None:
    assert "there is no copy at" in tiny("restore", code=1).output
    tiny("collect", "tiny_games")
    settings = Session.start().settings
    before = Session.start().warehouse().query("SELECT * FROM raw.games ORDER BY ALL")
    Warehouse(settings.published).migrate()
    with Warehouse(settings.published).write() as con:  # as if it had been made before the last batch was loaded
        con.execute("DELETE FROM raw.games").fetchall()
        con.execute("DELETE FROM ops.loaded_file").fetchall()
    with settings.store.open("r+b") as file:
        file.seek(12288)
        file.write(b"\xff" * 4096)
    assert "`tipoff restore` puts the published copy in its place" in tiny("collect", code=1).output
    broken = settings.store.read_bytes()
    assert f"Kept {settings.store}." in tiny("restore").output
    assert f"Kept {settings.store}." in tiny("restore").output
    kept = sorted(settings.home.glob("tipoff.duckdb.*-*"))
    assert len(kept) == 2, "the clock stands still here"
    assert kept[0].read_bytes() == broken
    collected = tiny("collect", "tiny_games").output
    assert row(collected, "tiny_games")[5] == "0", "nothing that has landed is asked for"
    after = Session.start().warehouse().query("SELECT * FROM raw.games ORDER BY ALL")
    columns = [name for name in before.column_names if name not in ("run_id", "loaded_at")]
    assert after.select(columns).equals(before.select(columns))


def test_where_the_newest_copy_is_damaged_the_one_before_is_taken(tiny: Any) -> None:
    tiny("collect", "tiny_games")
    Session.start().publish()
    Session.start().publish()
    settings = Session.start().settings
    settings.published.write_bytes(b"torn")
    assert f"from {settings.published_before}" in tiny("restore").output
    assert Session.start().warehouse().query("SELECT * FROM raw.games").num_rows > 0


def test_no_store_is_made_where_there_was_one(tiny: Any) -> None:
    tiny("collect", "tiny_games")
    settings = Session.start().settings
    games = Session.start().warehouse().query("SELECT game_id FROM raw.games ORDER BY ALL")
    settings.store.unlink()
    for command in (("collect", "tiny_games"), ("init",), ("checks",), ("features",)):
        output = tiny(*command, code=1).output
        assert f"there is no store at `{settings.store}`" in output
        assert "`tipoff restore` puts the copy" in output
        assert not settings.store.exists()
    tiny("init", "--new-store")
    tiny("collect", "tiny_games")
    assert Session.start().warehouse().query("SELECT game_id FROM raw.games ORDER BY ALL").equals(games)


def test_a_store_that_cannot_be_opened_need_not_be_damaged(tiny: Any) -> None:
    store = Session.start().settings.store
    store.unlink()
    store.mkdir()
    output = tiny("collect", "tiny_games", code=1).output
    assert "the file cannot be opened (Is a directory)" in output
    assert "tipoff restore" not in output


def test_a_damaged_copy_restores_nothing_and_the_report_makes_it_anew(tiny: Any) -> None:
    tiny("collect", "tiny_games")
    tiny("report")
    settings = Session.start().settings
    before = settings.store.read_bytes()
    settings.published.write_bytes(b"not a database" * 1000)
    assert "cannot be read either, so nothing was done" in tiny("restore", code=1).output
    assert settings.store.read_bytes() == before
    assert list(settings.home.glob("tipoff.duckdb.2*")) == []
    tiny("report")
    assert Warehouse(settings.published).query("SELECT * FROM raw.games").num_rows > 0


def test_tables(tiny: Any) -> None:
    assert "features.tiny_features" in tiny("tables").output
    assert row(tiny("tables", "games").output, "game_id")[1:3] == ["VARCHAR", "key"]
    assert "(did you mean `raw.games`?)" in tiny("tables", "raw.gaems", code=1).output


def test_a_broken_plugin_is_told(tiny: Any, install_plugin: Any) -> None:
    install_plugin("odd", "raise RuntimeError('no such luck')")
    for step in (("collect", "--from", "2026-01-10"), ("features",), ("checks",)):
        assert "plugin `odd` is failed: see `tipoff plugins`" in tiny(*step).output


@pytest.mark.parametrize("command", ["collect", "features", "train", "predict"])
def test_without_plugins_each_step_says_so(run: Any, command: str) -> None:
    output = run(command, code=1).output
    assert "Error: no plugin brings a" in output
    assert "`tipoff plugins`" in output


def test_the_report_publishes_what_is_new(tiny: Any, tmp_path: Path) -> None:
    path = Path(tiny("report").output.splitlines()[-1])
    assert path == tmp_path / "home" / "report" / "index.html"
    assert "no predictions for today or later" in path.read_text()
    assert clock.is_set()


def test_a_model_that_cannot_be_judged_yet_is_shown_without_figures(tiny: Any) -> None:
    """In its first month every game is one to learn from."""
    tiny("clock", "set", "2025-11-28T13:00Z")
    for step in ("collect", "features"):
        tiny(step)
    cells = row(tiny("train").output, "slope")
    assert cells[3:8] == ["0", "–", "–", "–", "–"]
