from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
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


def test_a_file_that_went_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="is gone"):
        read(File((tmp_path / "games.parquet").as_uri(), "games"))


def test_seasons_in_order(tmp_path: Path) -> None:
    pq.write_table(pa.table({"season": pa.array([2020, 2019, None, 2020])}), tmp_path / "games.parquet")
    assert seasons(files(str(tmp_path))[0]) == (2019, 2020)


def test_the_columns_tell_whose_box_score_it_is() -> None:
    assert layout_of("team_box", TEAM_BOX.required) is TEAM_BOX
    assert layout_of("team_box", SDV_TEAM_BOX.required) is SDV_TEAM_BOX
