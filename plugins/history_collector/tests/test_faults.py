"""Files as people really have them: what can be read is read, and a fault is named with file, column and value."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tipoff import MalformedResponse

from .conftest import TWELVE_GAMES as GAMES
from .conftest import Record

Published = Any
"""The one of conftest.py."""


def text(records: Sequence[Record], separator: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(records[0]), delimiter=separator, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({k: v.isoformat() if isinstance(v, datetime) else v for k, v in record.items()})
    return out.getvalue()


def parquet(table: pa.Table | list[Record]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(table) if isinstance(table, list) else table, sink)
    return sink.getvalue()


def with_column(name: str, column: pa.Array) -> pa.Table:
    table = pa.Table.from_pylist(GAMES)
    return table.set_column(table.column_names.index(name), name, column)


TIPS = [each["game_datetime"] for each in GAMES]
QUOTED = text([{**each, "home_team": "One,\nof us"} for each in GAMES])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("games.parquet", GAMES),
        ("games.csv", text(GAMES)),
        ("games.csv.gz", gzip.compress(text(GAMES).encode())),
        ("games.parquet.gz", gzip.compress(parquet(GAMES))),
        ("games.csv", text(GAMES).encode("utf-8-sig")),
        ("games.csv", text(GAMES).encode("utf-16")),
        ("games.csv", "\ufeff".encode("utf-16-be") + text(GAMES).encode("utf-16-be")),
        ("games.csv", text(GAMES).encode("utf-32")),
        ("games.csv", text(GAMES).replace("\n", "\r\n")),
        ("games_2019.csv", QUOTED),
        ("games.csv", text([{**each, "home_conf": "A\n" * 60_000} for each in GAMES])),  # more than is parsed at once
        ("games.parquet", [{**each, "season": "2019"} for each in GAMES]),
        ("games.parquet", [{**each, "season": 2019.0} for each in GAMES]),
        ("games.csv", text([{**each, "season": "2019.0"} for each in GAMES])),
        ("games.parquet", [{**each, "game_id": str(each["game_id"])} for each in GAMES]),
        ("games.parquet", [{**each, "game_id": float(each["game_id"])} for each in GAMES]),
        ("games.csv", text([{**each, "game_id": f"{each['game_id']}.0"} for each in GAMES])),
        ("games.parquet", [{**each, "game_id": Decimal(each["game_id"])} for each in GAMES]),
        ("games.parquet", [{**each, "home_score": "71.0", "n_ot": "nan"} for each in GAMES]),
        ("games.parquet", with_column("home_team", pa.array(["One"] * 12, pa.large_string()))),
        ("games.parquet", with_column("home_team", pa.array(["One"] * 12).dictionary_encode())),
        ("games.parquet", with_column("home_team", pa.array([b"One"] * 12))),
        ("games.parquet", with_column("season", pa.array(["2019"] * 12).dictionary_encode())),
        ("games.parquet", with_column("game_datetime", pa.array(TIPS, pa.timestamp("ns", "UTC")))),
        ("games.parquet", with_column("home_score", pa.array([71.0] * 12, pa.float32()))),
    ],
)  # fmt: skip
def test_the_same_games_however_they_are_written(published: Published, name: str, content: Any) -> None:
    published.write(name, content)
    rows, bad = published.read("games")
    assert bad == []
    found = {row["game_id"]: (row["game_date"], row["season"], row["home_score"]) for row in rows("games")}
    assert found == {str(each["game_id"]): (each["game_datetime"].date(), 2019, 71) for each in GAMES}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("games.csv", text([{**each, "home_team": "San José"} for each in GAMES]).encode("latin-1"),
         r"line 2, column `home_team`: `San José` is not UTF-8 \(byte 0xe9.*iconv"),
        ("games.csv", text([*GAMES[:3], {**GAMES[3], "away_team": "D’Youville"}]).encode("cp1252"),
         r"line 5, column `away_team`: .*byte 0x92"),
        ("games.csv", text(GAMES).encode("utf-16-le"), "line 1: it has zero bytes, as UTF-16"),
        ("games.csv", text(GAMES).encode("utf-16")[:-1], "begins like UTF-16 and is not"),
        ("games.csv", text(GAMES, ";"), "its columns are separated by `;`, not by commas"),
        ("games.csv", text(GAMES) + "1,2,3\n", "is not CSV: .*Expected 15 columns, got 3"),
        ("games.csv", "", "is not CSV: it is empty"),
        ("games.csv", text(GAMES).splitlines()[0] + "\n", "has columns and no rows"),
        ("games.parquet", pa.Table.from_pylist(GAMES).slice(0, 0), "has columns and no rows"),
        ("games.csv", text(GAMES).replace("home_team", "game_id"), "has the column `game_id` twice"),
        ("games.parquet", parquet(GAMES)[:-40], "is not Parquet"),
        ("games.csv.gz", gzip.compress(text(GAMES).encode())[:-12], "is not CSV: gzip"),
        ("games.csv", parquet(GAMES), "games.csv`, line"),
        ("games.parquet", text(GAMES), "is not Parquet"),
        ("games.parquet", pa.Table.from_pylist(GAMES).drop_columns(["n_ot"]), "lacks the column `n_ot`; it has `ga"),
        ("games.parquet", [{**each, "season": "2018-19"} for each in GAMES],
         r"games.parquet`, column `season`: `2018-19` is not a season; write the year in which it ends"),
        ("games.parquet", [{**each, "season": 19} for each in GAMES], "column `season`: `19` is not a season"),
        ("games.parquet", [{**each, "season": [2019]} for each in GAMES], r"`season`: `\[2019\]` is not a season"),
        ("games_2020.parquet", GAMES, "is of season 2020 by its name, and its column `season` says `2019`"),
        ("games_2020.csv", text([{**each, "season": 2019 + n % 2} for n, each in enumerate(GAMES)]),
         "is of season 2020 by its name, and its column `season` says `2019`"),
        ("games.parquet", with_column("home_team", pa.array([b"San Jos\xe9"] * 12)), "column `home_team`: .*UTF8"),
        ("games.parquet", with_column("home_team", pa.Array.from_buffers(
            pa.string(), 12, pa.array([b"\xe9"] * 12).buffers())), "column `home_team`: .*UTF8"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named_with_what_is_wrong(
    published: Published, name: str, content: Any, message: str
) -> None:
    published.write(name, content)
    with pytest.raises(MalformedResponse, match=message) as refused:
        published.read("games", 2020 if "2020" in name else 2019)
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("game_id", "4.01E+08", "`4.01E+08` is a rounded number"),
        ("home_id", "1.5", "`1.5` is no id"),
        ("home_score", "71,5", "`71,5` is not a whole number"),
        ("home_score", "inf", "`inf` is not a whole number"),
        ("home_team", "b'San Jos\\xe9'", "bytes"),
        ("neutral_site", "maybe", "`maybe` is neither true nor false"),
        ("season", "", "it is missing"),
        ("game_datetime", "half past seven", "`half past seven` is not an instant"),
        ("game_datetime", "nan", "it is missing"),
        ("home_score", "<NA>", "a final cannot end `None`"),
    ],
)
def test_a_bad_value_is_set_aside_with_column_and_value(
    published: Published, path: str, value: str, shown: str
) -> None:
    published.write("games.csv", [*GAMES[:5], {**GAMES[5], path: value}, *GAMES[6:]])
    rows, bad = published.read("games")
    assert [each.reason.path for each in bad] == [f"[5].{path}"]
    assert shown in bad[0].reason.reason
    assert len(rows("games")) == 11


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("home_score", float("inf"), "`inf` is not a whole number"),
        ("home_score", 71.5, "`71.5` is not a whole number"),
        ("home_team", ["One"], "`['One']` is list, not text"),
        ("home_team", {"name": "One"}, "dict, not text"),
        ("neutral_site", 7, "`7` is neither true nor false"),
        ("game_datetime", 1_549_150_200, "`1549150200` is not an instant"),
    ],
)
def test_a_column_of_another_type_is_named_with_its_values(
    published: Published, path: str, value: Any, shown: str
) -> None:
    published.write("games.parquet", [{**each, path: value} for each in GAMES])
    rows, bad = published.read("games")
    assert [each.reason.path for each in bad] == [f"[{number}].{path}" for number in range(12)]
    assert shown in bad[0].reason.reason
    assert rows("games") == []


def test_ids_in_32_bits_of_a_float_have_lost_digits(published: Published) -> None:
    ids = [float(each["game_id"]) for each in GAMES]
    published.write("games.parquet", with_column("game_id", pa.array(ids, pa.float32())))
    rows, bad = published.read("games")
    assert rows("games") == []
    assert "rounded number" in bad[0].reason.reason


@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(list(GAMES[0])),
    values=st.lists(
        st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["nan", "<NA>", "--", "4.0E+08", "\x00", "2019"])),
        min_size=12,
        max_size=12,
    ),
)
def test_whatever_stands_in_a_column_the_parser_is_not_to_blame(
    published: Published, name: str, values: list[Any]
) -> None:
    table = pa.Table.from_pylist(GAMES)
    try:
        column = pa.array(values, pa.string())
    except UnicodeEncodeError:
        return
    published.write("games.parquet", table.set_column(table.column_names.index(name), name, column))
    try:
        rows, bad = published.read("games")
    except MalformedResponse as error:
        assert "games.parquet" in str(error)
        return
    assert rows("history_files")[0]["bad"] == len(bad)
