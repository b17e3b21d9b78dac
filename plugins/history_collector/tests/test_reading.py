from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tipoff.bounds import FILE_BYTES, FILE_CELLS, FILE_ROWS
from tipoff.errors import MalformedResponse, SourceUnavailable
from tipoff_history.layouts import SDV_TEAM_BOX, TEAM_BOX, layout_of
from tipoff_history.reading import read, seasons
from tipoff_history.source import File, files


def test_only_what_is_used_is_read(tmp_path: Path) -> None:
    file = tmp_path / "teams.parquet"
    pq.write_table(pa.table({"espn_team_id": [1], "name": ["One"], "games": [30]}), file)
    assert read(files(str(file))[0]).column_names == ["espn_team_id", "name"]


def test_csv_gives_what_parquet_does(tmp_path: Path) -> None:
    (tmp_path / "teams.csv").write_text('espn_team_id,name,games\n1,"One, of us",30\n2,NA,\n')
    (file,) = files(str(tmp_path / "teams.csv"))
    # What a word means is the parsers' to say.
    expected = [{"espn_team_id": "1", "name": "One, of us"}, {"espn_team_id": "2", "name": "NA"}]
    assert read(file).to_pylist() == expected
    assert read(file, (tmp_path / "teams.csv").read_bytes()).to_pylist() == expected


def test_a_missing_column_is_named_with_the_guide(tmp_path: Path) -> None:
    pq.write_table(pa.table({"season": [2019], "game_id": [1]}), tmp_path / "odds_close_by_game.parquet")
    (file,) = files(str(tmp_path))
    wanted = r"odds_close_by_game\.parquet` lacks the column `home_spread_close`; .*docs/guides/history\.md"
    with pytest.raises(MalformedResponse, match=wanted):
        read(file)


@pytest.mark.parametrize(("name", "form"), [("games.parquet", "Parquet"), ("games.csv", "CSV")])
def test_a_broken_file_is_refused(tmp_path: Path, name: str, form: str) -> None:
    (tmp_path / name).write_bytes(b"" if form == "CSV" else b"PAR1 nonsense")
    (file,) = files(str(tmp_path))
    assert seasons(file) == (None,)  # so that it is asked for, and refused
    with pytest.raises(MalformedResponse, match=f"{name}` is not {form}: "):
        read(file)


@pytest.mark.parametrize("packed", [False, True])
def test_a_damaged_description_of_its_columns_is_refused_or_harmless(tmp_path: Path, *, packed: bool) -> None:
    """Any bit of it: Arrow ends the process at some of them, where it is asked what a column holds."""
    file = tmp_path / ("teams.parquet.gz" if packed else "teams.parquet")
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"espn_team_id": ["1", None], "name": [["One"], ["Two", "2"]]}), sink, compression="none")
    whole = sink.getvalue().to_pybytes()
    described = int.from_bytes(whole[-8:-4], "little")
    refused = 0
    for place in range(len(whole) - 8 - described, len(whole), 7 if packed else 1):
        body = bytearray(whole)
        body[place] ^= 1 << place % 8
        file.write_bytes(gzip.compress(body) if packed else body)
        try:
            read(files(str(file))[0])
        except MalformedResponse:
            refused += 1
    assert refused


def test_a_file_that_went_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="is gone"):
        read(File((tmp_path / "games.parquet").as_uri(), "games"))


def test_seasons_in_order(tmp_path: Path) -> None:
    pq.write_table(pa.table({"season": pa.array([2020, 2019, None, 2020])}), tmp_path / "games.parquet")
    assert seasons(files(str(tmp_path))[0]) == (2019, 2020)


def test_the_columns_tell_whose_box_score_it_is() -> None:
    assert layout_of("team_box", TEAM_BOX.required) is TEAM_BOX
    assert layout_of("team_box", SDV_TEAM_BOX.required) is SDV_TEAM_BOX


class TestBounds:
    """What a small file may make of itself."""

    def test_rows_that_a_file_says_in_a_few_bytes(self, tmp_path: Path) -> None:
        file = tmp_path / "teams.parquet"
        more = FILE_ROWS + 1
        pq.write_table(pa.table({"espn_team_id": pa.repeat(1, more), "name": pa.repeat("x", more)}), file)
        assert file.stat().st_size < 20_000
        refuses(file, rf"teams.parquet`: it has {FILE_ROWS + 1:,} rows, and {FILE_ROWS:,} is the most")
        pq.write_table(pa.table({"espn_team_id": pa.repeat(1, FILE_ROWS), "name": pa.repeat("x", FILE_ROWS)}), file)
        assert read(files(str(file))[0]).num_rows == FILE_ROWS

    def test_one_long_text_for_every_row(self, tmp_path: Path) -> None:
        file = tmp_path / "teams.parquet"
        rows = FILE_BYTES // 100_000 + 1
        pq.write_table(pa.table({"espn_team_id": pa.repeat(1, rows), "name": pa.repeat("x" * 100_000, rows)}), file)
        assert file.stat().st_size < 200_000
        refuses(file, "bytes of text")

    def test_lists_in_a_column_count_by_what_is_in_them(self, tmp_path: Path) -> None:
        file = tmp_path / "teams.parquet"
        many = pa.ListArray.from_arrays(pa.array([0, FILE_CELLS]), pa.repeat(1, FILE_CELLS))
        pq.write_table(pa.table({"espn_team_id": [1], "name": many}), file)
        refuses(file, "values in the columns that are read")

    @pytest.mark.parametrize("end", [b"\n", b"\r"])
    def test_lines_of_a_csv_file(self, tmp_path: Path, end: bytes) -> None:
        file = tmp_path / "teams.csv"
        file.write_bytes(b"espn_team_id,name\n" + b"1,x" + end + (b"," + end) * FILE_ROWS)
        refuses(file, "rows, and")

    @pytest.mark.parametrize("name", ["teams.csv.gz", "teams.parquet.gz"])
    def test_what_is_packed_counts_unpacked(self, tmp_path: Path, name: str) -> None:
        file = tmp_path / name
        file.write_bytes(gzip.compress(bytes(FILE_BYTES + 1), 1))
        refuses(file, f"has {FILE_BYTES + 1:,} bytes as unpacked")

    def test_a_large_file_is_not_opened(self, tmp_path: Path) -> None:
        file = tmp_path / "teams.csv"
        with file.open("wb") as hole:
            hole.truncate(FILE_BYTES + 1)
        refuses(file, f"has {FILE_BYTES + 1:,} bytes, and")

    def test_a_first_line_without_an_end(self, tmp_path: Path) -> None:
        file = tmp_path / "teams.csv"
        file.write_bytes(b"," * 20_000_000)
        refuses(file, "lacks the columns")


def refuses(path: Path, why: str) -> None:
    (file,) = files(str(path))
    assert seasons(file) == (None,)
    with pytest.raises(MalformedResponse, match=why):
        read(file)
