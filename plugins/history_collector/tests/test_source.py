from __future__ import annotations

from pathlib import Path

import pytest
from tipoff.errors import SettingsError
from tipoff_history import plan
from tipoff_history.source import File, files, unread


def test_a_folder_gives_the_files_it_knows(tmp_path: Path) -> None:
    for name in ("games.parquet", "games.csv", "team_box_2019.csv", "readme.md", "games_ncaa.parquet"):
        (tmp_path / name).touch()
    found = files(str(tmp_path))
    assert [(file.kind, file.season, file.is_csv) for file in found] == [
        ("games", None, False),  # there in both forms: Parquet
        ("team_box", 2019, True),
    ]
    assert found[0].path == tmp_path / "games.parquet"


def test_a_path_with_a_space_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "my data" / "games.csv"
    file.parent.mkdir()
    file.touch()
    assert [each.path for each in files(str(file))] == [file]


def test_urls_and_years() -> None:
    found = files("https://example.org/x/mbb_schedule_{2019..2021}.parquet, http://example.org/odds_close_by_game.csv")
    assert found == (
        File("https://example.org/x/mbb_schedule_2019.parquet", "mbb_schedule", 2019),
        File("https://example.org/x/mbb_schedule_2020.parquet", "mbb_schedule", 2020),
        File("https://example.org/x/mbb_schedule_2021.parquet", "mbb_schedule", 2021),
        File("http://example.org/odds_close_by_game.csv", "odds_close_by_game"),
    )
    assert all(file.path is None for file in found)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("https://example.org/mine.parquet", "does not say what it holds; use one of games, mbb_schedule"),
        ("{here}/nowhere", "there is no `.*/nowhere`; name a folder, a file or a URL"),
        ("{here}", "holds no published season"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(SettingsError, match=f"TIPOFF_HISTORY_SOURCE: .*{message}"):
        files(source.format(here=tmp_path))


def test_what_is_not_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    names = ("games.parquet", "games.csv.gz", "team_box_2019.csv.gz", "games_2019.zip", "Games_2019.csv", "readme.md")
    for name in names:
        (tmp_path / name).touch()
    monkeypatch.setenv("TIPOFF_HISTORY_SOURCE", str(tmp_path))
    found = files(str(tmp_path))
    assert [(file.kind, file.is_csv, file.is_gzipped) for file in found] == [
        ("games", False, False),
        ("team_box", True, True),
    ]
    assert [Path(each).name for each in unread(str(tmp_path))] == ["Games_2019.csv", "games_2019.zip"]
    plan.tell_unread()
    assert "games_2019.zip" in caplog.text
    assert "readme.md" not in caplog.text


def test_a_comma_in_a_signature_is_told_without_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a comma in an address is written %2C") as refused:
        files("https://h.example/games.parquet?sig=ab,cdef")
    assert "cdef" not in str(refused.value)
    (tmp_path / "games.csv").touch()
    assert len(files(f"https://h.example/games.parquet?sig=ab,{tmp_path}")) == 2
