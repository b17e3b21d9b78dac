from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from tipoff import bounds
from tipoff.collecting import intake
from tipoff.collecting.boundary import key_named
from tipoff.collecting.precedence import above
from tipoff.contracts import Access, Collector, Dataset, Window
from tipoff.errors import MalformedResponse, PluginError, SettingsError, SourceRefused, SourceUnavailable, StoreError
from tipoff.plugins import Registry, endless
from tipoff.warehouse.landing import Landing

BAD_SCORE = {"season": 2026, "game_id": "2026-01-01-1", "home": "many"}
BUG = {"error": "bug"}


def test_a_run_asks_lands_loads_and_remembers(collecting: Any) -> None:
    report = collecting()
    assert len(collecting.league.asked) == len(set(collecting.league.asked)) == report.requests == 12
    assert collecting.tables()["raw.scores"][:2] == [
        ("m", 2026, "2026-01-01-1", date(2026, 1, 1), datetime(2026, 1, 1, 20), 61, 70.5, True),
        ("m", 2026, "2026-01-01-2", date(2026, 1, 1), datetime(2026, 1, 1, 20), 62, 70.5, True),
    ]
    assert collecting.tables()["raw.clubs"] == [("rovers", "2026-01-03-2")]
    assert report.tables == {"raw.clubs": 1, "raw.scores": 6}
    assert (report.rows, report.fresh, report.quarantined) == (7, 0, 0)
    assert collecting.rows("SELECT run_id, requests, fresh, rows, error FROM ops.collect_run") == [
        ("run-1", 12, 0, 7, "")
    ]
    assert collecting.rows("SELECT payloads, rows, processing_version FROM ops.loaded_file") == [(12, 7, "1")]
    assert collecting.rows("SELECT DISTINCT source, run_id FROM raw.scores") == [("league", "run-1")]
    assert json.loads(json.dumps(report.as_dict()))["window"] == {"start": "2026-01-01", "end": "2026-01-03"}


def test_a_second_run_asks_for_nothing_and_changes_nothing(collecting: Any) -> None:
    collecting()
    before = collecting.rows("SELECT * FROM raw.scores ORDER BY ALL")
    report = collecting()
    assert collecting.league.asked == []
    assert (report.requests, report.fresh, report.rows) == (0, 12, 0)
    assert collecting.rows("SELECT * FROM raw.scores ORDER BY ALL") == before


def test_days_that_may_still_be_corrected_are_asked_for_again(collecting: Any) -> None:
    collecting(17, 18)
    collecting.league.says["/days/2026-01-18?page=1"] = {"rows": [{"season": 2026, "game_id": "x", "home": 1}]}
    report = collecting(17, 18)
    assert sorted(collecting.league.asked) == ["/days/2026-01-17?page=1", "/days/2026-01-18?page=1"]
    assert report.tables["raw.scores"] == 1
    assert collecting.rows("SELECT DISTINCT run_id FROM raw.scores ORDER BY 1") == [("run-1",), ("run-2",)]


def test_a_column_that_is_left_out_keeps_what_another_answer_said(collecting: Any) -> None:
    collecting(18, 18)
    collecting.league.says["/days/2026-01-18?page=1"] = {
        "rows": [{"season": 2026, "game_id": "2026-01-18-1", "tip": None}]
    }
    collecting(18, 18)
    game = "SELECT day, tip, home FROM raw.scores WHERE game_id = '2026-01-18-1'"
    assert collecting.rows(game) == [(date(2026, 1, 18), None, 61)]


def test_a_run_that_broke_off_may_leave_follow_ups_which_the_next_run_asks(collecting: Any) -> None:
    collecting.league.says["/days/2026-01-01?page=2"] = 403
    with pytest.raises(SourceRefused):
        collecting(1, 2, concurrency=1)
    assert collecting.league.asked[2:] == ["/games/2026-01-01-1", "/days/2026-01-01?page=2"]
    collecting.league.says.clear()
    report = collecting(1, 2, concurrency=1)
    assert collecting.league.asked == [
        "/days/2026-01-01?page=2",
        "/games/2026-01-02-1",
        "/days/2026-01-02?page=2",
        "/games/2026-01-01-2",
        "/games/2026-01-02-2",
    ]
    assert report.fresh == 3
    assert len(collecting.tables()["raw.scores"]) == 4


def test_one_address_that_does_not_answer_fails_the_run_after_the_rest_is_loaded(collecting: Any) -> None:
    collecting.league.says["/days/2026-01-01?page=1"] = 503
    with pytest.raises(SourceUnavailable, match=r"requests without an answer: 1, while the others did.*2026-01-01"):
        collecting(concurrency=1)
    assert len(collecting.tables()["raw.scores"]) == 4
    ((error,),) = collecting.rows("SELECT error FROM ops.collect_run")
    assert error.startswith("SourceUnavailable: ")
    assert collecting.rows("SELECT key, attempts, kind FROM ops.failed_request") == [
        ("https://league.example/days/2026-01-01?page=1", 1, "SourceUnavailable")
    ]
    collecting.league.says.clear()
    report = collecting(4, 4, concurrency=1)  # other days: what is owed is asked for all the same, after them
    assert [path for path in collecting.league.asked if "-04" not in path] == [
        "/days/2026-01-01?page=1", "/games/2026-01-01-1", "/days/2026-01-01?page=2", "/games/2026-01-01-2",
    ]  # fmt: skip
    assert report.failed == 0
    assert collecting.rows("SELECT * FROM ops.failed_request") == []


def test_a_source_that_is_down_is_left_alone(collecting: Any) -> None:
    collecting.league.says |= {f"/days/2026-01-{day:02}?page=1": 503 for day in range(1, 20)}
    with pytest.raises(SourceUnavailable, match="requests without an answer: 5, in a row"):
        collecting(1, 19, concurrency=1)
    assert len(collecting.league.asked) < 8


@pytest.mark.parametrize("says", [503, 400, "<html>"])
def test_an_address_that_fails_for_good_fails_runs_for_a_while_and_is_then_given_up(
    collecting: Any, monkeypatch: pytest.MonkeyPatch, says: int | str
) -> None:
    address = "/games/2026-01-01-1"
    collecting.league.says[address] = says
    collecting.settings = collecting.settings.model_copy(update={"settle_days": 3})
    for day, is_news, asked in ((20, True, 2), (22, True, 1), (24, False, 1), (30, False, 1), (35, False, 0)):
        now = datetime(2026, 1, 1, 12) + timedelta(days=day - 1)
        monkeypatch.setenv("TIPOFF_NOW", now.isoformat())
        if is_news and says == 503:
            with pytest.raises(SourceUnavailable):
                collecting(19, 19, now=now) if day > 20 else collecting(now=now)
        else:
            report = collecting(19, 19, now=now) if day > 20 else collecting(now=now)
            assert report.failed == (1 if asked else 0)
        assert collecting.league.asked.count(address) == asked, day
    assert collecting.rows("SELECT attempts, first_seen, last_seen FROM ops.failed_request") == [
        (4, datetime(2026, 1, 20, 12), datetime(2026, 1, 30, 12))
    ]


def test_a_source_that_wants_to_be_left_alone_is(collecting: Any) -> None:
    async def told_off(path: str) -> None:
        raise web.HTTPTooManyRequests(headers={"Retry-After": "3600"})

    collecting.league.before = told_off
    settings = collecting.settings.model_copy(update={"leagues": ("m", "w")})
    with pytest.raises(SourceUnavailable, match="pause of 3600 s"):
        collecting(1, 9, concurrency=1, settings=settings)
    assert len(collecting.league.asked) == 1


def test_after_a_refusal_no_further_request_is_sent(collecting: Any) -> None:
    collecting.league.says["/days/2026-01-02?page=1"] = 403
    with pytest.raises(SourceRefused):
        collecting(1, 12, concurrency=1)
    assert collecting.league.asked == ["/days/2026-01-01?page=1", "/days/2026-01-02?page=1"]


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "No key was sent; for one, set TIPOFF_LEAGUE_API_KEY, or the password of the Airflow connection `league`"),
        (
            "hunter2",
            "The key that was sent is that of TIPOFF_LEAGUE_API_KEY, or the password of the Airflow connection",
        ),
    ],
)
@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_names_the_variable_and_the_connection_that_would_help(
    status: int, key: str, says: str, collecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_LEAGUE_API_KEY", key)
    collecting.league.says["/days/2026-01-02?page=1"] = status
    with pytest.raises(SourceRefused) as caught:
        collecting(2, 2)
    assert says in str(caught.value)
    assert f"answered {status}" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_proxys_refusal_names_no_key() -> None:
    refused = SourceRefused("the proxy wants a login")
    refused.by_proxy = True
    dataset = Dataset("days", tables=("games",), plan="a:b", parse="a:b")
    with pytest.raises(SourceRefused, match=r"^the proxy wants a login$"):  # noqa: SIM117 - what is raised inside
        with key_named(Collector("league", "league", (dataset,)), Access()):
            raise refused


def test_bad_records_are_set_aside_and_the_rest_goes_on(collecting: Any) -> None:
    rows = [
        BAD_SCORE,
        {"season": 2026, "game_id": None},
        {"season": 2026},
        {"season": 2026, "game_id": "t", "final": 1},
        {"season": 2026, "game_id": "u", "home": True},
        {"season": 2026, "game_id": "v", "home": 2**31},
        {"season": 2026, "game_id": "w", "tip": "2026-01-01T20:00:00+00:00"},
        {"season": 2026, "game_id": "good", "home": 5, "pace": 70},
    ]
    collecting.league.says["/days/2026-01-19?page=1"] = {"rows": rows, "bad": [{"id": 7}]}
    report = collecting(19, 19)
    assert report.quarantined == 8
    assert [row[2] for row in collecting.tables()["raw.scores"]] == ["good"]
    found = collecting.rows("SELECT path, reason, record FROM ops.quarantine ORDER BY ALL")
    assert [path for path, _, _ in found] == [
        "games[0].away", "scores.final", "scores.game_id", "scores.game_id", "scores.home", "scores.home",
        "scores.home", "scores.tip",
    ]  # fmt: skip
    assert found[0] == ("games[0].away", "no opponent", '{"id": 7}')
    assert ("scores.home", "`'many'` (str) is not INTEGER") in [row[:2] for row in found]

    del collecting.league.says["/days/2026-01-19?page=1"]
    collecting(19, 19)
    assert collecting.rows("SELECT * FROM ops.quarantine") == []


def test_a_parser_may_set_a_whole_answer_aside(collecting: Any) -> None:
    collecting.league.says["/days/2026-01-01?page=1"] = {"error": "quarantine"}
    assert collecting().quarantined == 1
    assert collecting.rows("SELECT path, reason FROM ops.quarantine") == [("error", "the whole day is void")]
    assert len(collecting.tables()["raw.scores"]) == 4


def test_a_few_unusable_answers_are_set_aside_and_the_rest_goes_on(collecting: Any) -> None:
    collecting.league.says |= {"/days/2026-01-01?page=1": "<html>", "/days/2026-01-02?page=1": 400}
    report = collecting()
    assert (report.failed, report.quarantined) == (2, 2)
    ((error,),) = collecting.rows("SELECT error FROM ops.collect_run")
    assert error.startswith("2 requests failed, the first: `https://league.example/days/2026-01-01?page=1`")
    assert len(collecting.tables()["raw.scores"]) == 2
    assert collecting.rows("SELECT record FROM ops.quarantine ORDER BY key") == [('"<html>"',), (None,)]
    collecting.league.says.clear()
    collecting()
    assert len(collecting.league.asked) == 8
    assert collecting.rows("SELECT * FROM ops.quarantine") == []


def test_an_answer_beyond_the_bounds_is_set_aside_before_it_is_parsed_and_owed(
    collecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = "[" * (bounds.DEPTH + 1) + "]" * (bounds.DEPTH + 1)
    monkeypatch.setattr(bounds, "PARTS", 1000)
    collecting.league.says |= {"/days/2026-01-01?page=1": deep, "/days/2026-01-02?page=1": [[] for _ in range(1000)]}
    report = collecting()
    assert (report.failed, report.quarantined) == (2, 2)
    assert len(collecting.tables()["raw.scores"]) == 2
    reasons = [reason for (reason,) in collecting.rows("SELECT reason FROM ops.quarantine ORDER BY key")]
    assert "has 101 objects and lists within each other, and 100 is the most" in reasons[0]
    assert "has 1,001 objects and lists, and 1,000 is the most" in reasons[1]
    collecting.league.says.clear()
    collecting()
    assert collecting.rows("SELECT * FROM ops.quarantine") == []


def test_records_without_an_end_are_the_answers_where_it_may_hold_so_many(
    collecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "PARTS", 200)
    monkeypatch.setitem(endless.MOST, "parse", 200)
    rows = [{"season": 2026, "game_id": f"{number}"} for number in range(199)]
    collecting.league.says["/days/2026-01-01?page=1"] = {"rows": [*rows, *rows[:2]]}
    monkeypatch.setattr(bounds, "check", lambda payload: None)
    monkeypatch.setattr(bounds, "check_size", lambda payload: None)
    report = collecting()
    assert report.failed == 1
    assert "has more than 200 records" in collecting.rows("SELECT reason FROM ops.quarantine")[0][0]


def test_many_unusable_answers_fail_the_run_after_the_rest_is_loaded(collecting: Any) -> None:
    collecting.league.says |= {f"/games/2026-01-{day:02}-1": 400 for day in range(1, 11)}
    with pytest.raises(MalformedResponse, match=r"10 unusable answers.*tipoff quarantine list"):
        collecting(1, 12, concurrency=1)
    assert len(collecting.tables()["raw.scores"]) == 24
    collecting.league.says.clear()
    collecting(19, 19)
    assert len([path for path in collecting.league.asked if "-19" not in path]) == 10


def test_a_run_without_one_usable_answer_fails(collecting: Any) -> None:
    collecting.league.says["/days/2026-01-01?page=1"] = 400
    with pytest.raises(MalformedResponse, match="1 unusable answers"):
        collecting(1, 1)


def test_a_source_that_gives_only_nonsense_is_left_alone(collecting: Any) -> None:
    collecting.league.says |= {f"/days/2026-01-{day:02}?page=1": "<html>" for day in range(1, 20)}
    with pytest.raises(MalformedResponse, match="10 unusable answers"):
        collecting(1, 19, concurrency=1)
    assert len(collecting.league.asked) < 15


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"rows": [{"season": 2026, "game_id": "1", "points": 3}]}, r"`raw\.scores` has no column `points`"),
        ({"rows": [{"table": "games", "season": 2026}]}, "row for `games`, which is not among the dataset's tables"),
        ({"nonsense": True}, "yielded `'a string'`"),
        ({"error": "bug"}, "days/2026-01-02.*raised KeyError: 'boom'"),
    ],
)
def test_a_parser_that_breaks_its_contract_is_named(collecting: Any, answer: Any, says: str) -> None:
    collecting.league.says["/days/2026-01-02?page=1"] = answer
    with pytest.raises(PluginError, match=says):
        collecting(concurrency=1)
    assert [row[2] for row in collecting.tables()["raw.scores"]] == ["2026-01-01-1"]
    ((key,),) = collecting.rows("SELECT key FROM ops.quarantine")
    assert key.endswith("/days/2026-01-02?page=1")


def test_a_plan_or_client_that_raises_is_named(collecting: Any) -> None:
    with pytest.raises(PluginError, match=r"support_source:honest.*raised TypeError"):
        collecting(plan="support_source:honest")
    with pytest.raises(PluginError, match=r"`support_source` has no `parze` \(did you mean `parse`"):
        collecting(parse="support_source:parze")
    with pytest.raises(PluginError, match="fills the table `nothing`"):
        collecting(tables=("nothing",))


@pytest.mark.parametrize(
    ("field", "function", "says"),
    [
        ("plan", "repr", r"`builtins:repr` returned `.*`; yield a Request"),
        ("plan", "print", "`builtins:print` returned `None`; yield a Request"),
        ("plan", "dir", r"`builtins:dir` yielded `'.*'`; yield a Request"),
        ("parse", "print", "`builtins:print` returned `None`; yield a Row, a Bad or a Request"),
    ],
)
def test_what_a_function_gave_instead_is_shown(collecting: Any, field: str, function: str, says: str) -> None:
    with pytest.raises(PluginError, match=f"dataset `scores`: {says}"):
        collecting(1, 1, **{field: f"builtins:{function}"})


def test_a_404_to_an_optional_request_is_remembered_as_an_answer(collecting: Any) -> None:
    collecting.league.says["/games/2026-01-01-1"] = 404
    collecting(1, 1)
    assert collecting.rows("SELECT count(*) FROM ops.landed_request WHERE status = 404") == [(1,)]
    collecting(1, 1)
    assert collecting.league.asked == []


def test_a_lost_store_is_rebuilt_from_the_landing_zone_without_asking(
    collecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BATCH_PAYLOADS", 5)
    collecting(1, 4)
    before = collecting.tables()
    collecting.store.path.unlink()
    with pytest.raises(StoreError, match=r"landing` says that there was one"):
        collecting(1, 4)
    collecting.store.migrate(new=True)
    report = collecting(1, 4)
    assert collecting.league.asked == []
    assert report.recovered == 4
    assert collecting.tables() == before


def test_a_new_version_of_the_parser_is_applied_to_what_has_landed(collecting: Any) -> None:
    collecting()
    without = {"parse": "support_source:parse_without_pace", "version": "2"}
    report = collecting(**without)
    assert collecting.league.asked == []
    assert (report.recovered, report.tables) == (0, {})
    assert collecting.rows("SELECT DISTINCT run_id FROM raw.scores") == [("run-2",)]
    assert collecting.rows("SELECT DISTINCT run_id FROM raw.clubs") == [("run-1",)]
    assert collecting.rows("SELECT DISTINCT pace, home IS NULL FROM raw.scores") == [(None, False)]
    assert collecting.rows("SELECT processing_version FROM ops.loaded_file") == [("2",)]
    assert collecting(**without).recovered == 0
    collecting()
    assert collecting.rows("SELECT DISTINCT pace FROM raw.scores") == [(70.5,)]


def test_a_new_version_that_rejects_an_answer_asks_for_it_again(collecting: Any) -> None:
    collecting(1, 1)
    (batch,) = (landing := Landing(collecting.settings.landing, "league", "m", "scores")).batches()
    content = landing.read(batch, bodies=True)
    answers = zip(content.payloads["key"].to_pylist(), content.payloads["body"].to_pylist(), strict=True)
    bodies = [b"broken" if "days" in key else body for key, body in answers]
    index = content.payloads.schema.get_field_index("body")
    payloads = content.payloads.set_column(index, content.payloads.schema.field("body"), [bodies])
    shutil.rmtree(landing.folder)
    broken = landing.write(replace(content, payloads=payloads))
    (landing.folder / broken).rename(landing.folder / batch)
    collecting(1, 1, version="2")
    assert sorted(collecting.league.asked) == ["/days/2026-01-01?page=1", "/days/2026-01-01?page=2"]
    assert collecting.rows("SELECT * FROM ops.quarantine") == []


def test_of_two_answers_the_later_questions_stands_whichever_came_first(
    collecting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BATCH_PAYLOADS", 1)
    registry = collecting.source.registry()
    backwards = replace(registry.collectors[0], client="support_source:backwards_client")
    monkeypatch.setattr(collecting.source, "registry", lambda: replace(registry, collectors=(backwards,)))
    collecting(1, 3)
    assert collecting.tables()["raw.clubs"] == [("rovers", "2026-01-03-2")]
    assert collecting.rows("SELECT count(DISTINCT fetched_at) FROM ops.landed_request") == [(1,)]


def test_progress_is_told(collecting: Any) -> None:
    told: list[tuple[int, int, str]] = []
    collecting(1, 1, progress=lambda *what: told.append(what))
    assert [done for done, _, _ in told] == [1, 2, 3, 4]
    assert [total for _, total, _ in told] == [1, 3, 3, 4]
    assert told[0][2] == "https://league.example/days/2026-01-01?page=1"


def test_without_a_window_the_run_goes_on_from_the_watermark(collecting: Any) -> None:
    collecting(window=Window(date(2025, 6, 1), date(2025, 6, 2)))
    assert collecting.rows("SELECT day FROM ops.watermark") == [], "another season does not say where to go on"
    collecting.league.says["/games/2026-01-05-1"] = 503
    with pytest.raises(SourceUnavailable):
        collecting(window=None, now=datetime(2026, 1, 10, 12))
    assert collecting.rows("SELECT window_start, window_end FROM ops.collect_run WHERE run_id = 'run-2'") == [
        (date(2025, 7, 1), date(2026, 1, 12))
    ]
    assert collecting.rows("SELECT day FROM ops.watermark") == [(date(2026, 1, 10),)], "what failed is owed"
    collecting.league.says.clear()
    report = collecting(window=None)
    assert report.window == Window(date(2026, 1, 7), date(2026, 1, 22))
    assert report.watermark == date(2026, 1, 20)
    assert collecting(window=None).window == Window(date(2026, 1, 17), date(2026, 1, 22))


def test_every_league_is_collected_by_itself(collecting: Any) -> None:
    settings = collecting.settings.model_copy(update={"leagues": ("m", "w")})
    report = collecting(1, 1, settings=settings)
    assert report.league == "w"
    assert collecting.rows("SELECT league, count(*) FROM raw.scores GROUP BY 1 ORDER BY 1") == [("m", 2), ("w", 2)]
    assert collecting.rows("SELECT league FROM ops.collect_run ORDER BY 1") == [("m",), ("w",)]


def test_one_leagues_failure_keeps_no_other_from_being_tried(collecting: Any) -> None:
    settings = collecting.settings.model_copy(update={"leagues": ("m", "w", "x")})
    collecting.league.says["/days/2026-01-01?page=1"] = {"error": "bug"}
    collecting.store.migrate(collecting.source.registry().tables().values())
    with collecting.store.write() as con:
        con.execute(
            "INSERT INTO ops.landed_request (source, league, dataset, key, fetched_at, status, batch) VALUES "
            "('league', 'w', 'scores', 'https://league.example/days/2026-01-01?page=1', '2026-01-20', 200, 'b')"
        )
    with pytest.raises(PluginError, match="KeyError") as raised:
        collecting(1, 2, settings=settings)
    assert [note.partition(":")[0] for note in raised.value.__notes__] == ["Another league failed too"]
    assert collecting.rows("SELECT DISTINCT league FROM raw.scores") == [("w",)]


@pytest.mark.parametrize(
    ("says", "raised"),
    [
        ((BUG, 503, BUG), SourceUnavailable),  # which trying again may mend
        ((BUG, 503, 403), SourceRefused),  # after which nobody is to ask
        ((503, 403, BUG), SourceRefused),
    ],
)
def test_of_several_leagues_failures_that_one_is_raised_which_says_what_to_do(
    collecting: Any, says: tuple[Any, ...], raised: type[Exception]
) -> None:
    names = ("m", "w", "x")
    collecting.league.says |= {f"/days/2026-01-01?league={name}": said for name, said in zip(names, says, strict=True)}
    settings = collecting.settings.model_copy(update={"leagues": names})
    with pytest.raises(raised) as error:
        collecting(1, 1, settings=settings, plan="support_source:plan_by_league")
    asked = says.index(403) + 1 if 403 in says else 3
    assert len(error.value.__notes__) == asked - 1


def test_a_collector_of_higher_precedence_has_the_last_word(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (league,) = collecting.source.registry().collectors
    archive = replace(league, name="archive", tables=(), datasets=(), precedence=1)
    monkeypatch.setattr(collecting.source, "registry", lambda: Registry(collectors=(league, archive)))
    collecting(1, 1)
    with collecting.store.write() as con:
        con.execute("UPDATE raw.scores SET source = 'archive', home = 1, pace = NULL").fetchall()
    collecting.store.path.with_name("landing").rename(collecting.store.path.with_name("elsewhere"))
    with collecting.store.write() as con:
        con.execute("DELETE FROM ops.landed_request").fetchall()
    collecting(1, 1)
    assert collecting.rows("SELECT DISTINCT home, pace, source FROM raw.scores") == [(1, 70.5, "archive+league")]


def test_of_equal_collectors_the_name_that_sorts_first_goes_before(collecting: Any) -> None:
    (league,) = collecting.source.registry().collectors
    archive = replace(league, name="archive")
    both = Registry(collectors=(archive, league))
    assert [above(each, both) for each in both.collectors] == [(), ("archive",)]


def test_the_key_is_the_collectors_own(collecting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_LEAGUE_API_KEY", "hunter2")
    monkeypatch.setenv("TIPOFF_ESPN_API_KEY", "of another")
    collecting(1, 1)
    assert set(collecting.league.keys) == {"Bearer hunter2"}


def test_an_unknown_dataset_is_a_setting_to_mend(collecting: Any) -> None:
    with pytest.raises(SettingsError, match="scores"):
        collecting(name="results")
