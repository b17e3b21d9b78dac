"""``TIPOFF_HISTORY_SOURCE``: which files there are. The DAG files read it too, so nothing heavy is imported."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from tipoff.address import Address, without_credentials
from tipoff.errors import SettingsError

SETTING: Final = "TIPOFF_HISTORY_SOURCE"

LEAGUE: Final = "mens-college-basketball"
"""The league that the files are about; of the others they know nothing."""

KINDS: Final = (
    "games",
    "mbb_schedule",
    "team_conferences",
    "teams",
    "team_box",
    "player_box",
    "rosters_ncaa",
    "odds_close_by_game",
)
"""The files' names, without the year and the ending."""

_NAME: Final = re.compile(rf"(?P<kind>{'|'.join(KINDS)})(?:_(?P<season>\d{{4}}))?\.(?P<format>parquet|csv)(?:\.gz)?")
_FORMS: Final = ("parquet", "parquet.gz", "csv", "csv.gz")
_DATA: Final = re.compile(
    r".+\.(?:parquet|csv|tsv|txt|json|jsonl|ndjson|feather|arrow|rds|xlsx?|gz|bz2|xz|zst|zip|7z)", re.I
)
_RANGE: Final = re.compile(r"\{(\d{4})\.\.(\d{4})\}")
_KNOWN: Final = (
    f"use one of {', '.join(KINDS)}, with _YEAR or without, as .parquet or .csv, which may be gzipped (.csv.gz)"
)


@dataclass(frozen=True)
class File:
    """A published file: where it is, what it holds, and of which season where its name says so.

    A login and a query (a signature) are parted from its address: they are sent, and stand nowhere.
    """

    url: str
    kind: str
    season: int | None = None

    @property
    def path(self) -> Path | None:
        """Where it is on this machine; None for one that is asked for over HTTP."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None

    @property
    def is_csv(self) -> bool:
        """CSV, or else Parquet."""
        return self.url.removesuffix(".gz").endswith(".csv")

    @property
    def is_gzipped(self) -> bool:
        """Compressed by gzip as a whole, by its name."""
        return self.url.endswith(".gz")


def setting() -> str:
    """What the setting says now; empty where there is no history to collect."""
    return os.environ.get(SETTING, "").strip()


def files(source: str) -> tuple[File, ...]:
    """The files of a source: folders, paths and URLs, separated by commas; ``{2015..2024}`` stands for each year.

    Of a folder, the files with a known name count (see `unread`), and of one that is there in several forms the first
    of Parquet and CSV, plain and gzipped.

    Raises:
        SettingsError: one is not there, or has a name that says nothing.
    """
    found: dict[str, File] = {}
    before = ""
    for part in (each.strip() for each in source.split(",")):
        for place in _each_year(part) if part else ():
            if "?" in before and "://" not in place and not Path(place).expanduser().exists():
                raise SettingsError(
                    f"{SETTING}: what follows a comma after `{without_credentials(before)}` is no file; a comma in an "
                    "address is written %2C"
                )
            for file in _files_at(place):
                found[file.url] = file
        before = part
    return tuple(found.values())


def unread(source: str) -> list[str]:
    """Paths of data in the folders of a source that are not read, since their names say nothing."""
    folders = [Path(part.strip()).expanduser().absolute() for part in source.split(",") if "://" not in part]
    return [
        str(each)
        for folder in folders
        if folder.is_dir()
        for each in sorted(folder.iterdir())
        if _DATA.fullmatch(each.name) and not _NAME.fullmatch(each.name)
    ]


def _each_year(place: str) -> Iterator[str]:
    years = _RANGE.search(place)
    if years is None:
        yield place
        return
    for year in range(int(years[1]), int(years[2]) + 1):
        yield f"{place[: years.start()]}{year}{place[years.end() :]}"


def _files_at(place: str) -> Iterator[File]:
    if place.startswith(("http://", "https://")):
        try:
            address = Address.of(place)
        except SettingsError as error:
            raise SettingsError(f"{SETTING}: {error}") from None
        yield _named(address, urlsplit(address).path.rpartition("/")[2])
        return
    path = Path(place).expanduser().absolute()
    if path.is_dir():
        names = sorted(each.name for each in path.iterdir() if _NAME.fullmatch(each.name))
        if not names:
            raise SettingsError(f"{SETTING}: the folder `{path}` holds no published season; {_KNOWN}")
        forms: dict[str, str] = {}
        for name in sorted(names, key=lambda each: _FORMS.index(each.partition(".")[2])):
            forms.setdefault(name.partition(".")[0], name)
        yield from (_named((path / name).as_uri(), name) for name in sorted(forms.values()))
    elif path.is_file():
        yield _named(path.as_uri(), path.name)
    else:
        shown = without_credentials(place) if ":/" in place else path
        raise SettingsError(f"{SETTING}: there is no `{shown}`; name a folder, a file or a URL")


def _named(url: str, name: str) -> File:
    match = _NAME.fullmatch(name)
    if match is None:
        raise SettingsError(f"{SETTING}: the name of `{url}` does not say what it holds; {_KNOWN}")
    return File(url, match["kind"], int(match["season"]) if match["season"] else None)
