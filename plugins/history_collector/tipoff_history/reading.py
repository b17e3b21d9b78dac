"""Published files as Arrow tables, with the columns that are used and no others.

Ids are text whatever the file writes, so that files meet by them, and seasons are whole numbers, since a slice is one
season of a file. All other values stay as they are: the parsers read them, and name what cannot be read.
"""

from __future__ import annotations

import csv
import glob
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq
from tipoff import Quarantine, values
from tipoff.bounds import FILE_BYTES, FILE_CELLS, FILE_ROWS
from tipoff.errors import MalformedResponse, SourceUnavailable

from tipoff_history import encoding
from tipoff_history.layouts import IDS, layout_of
from tipoff_history.source import File

T = TypeVar("T")

GUIDE: Final = "docs/guides/history.md"

_SEPARATORS: Final = (";", "\t", "|")
_HEADER: Final = 1024 * 1024
"""Bytes within which the first line of a CSV file ends."""
_FLOAT32_EXACT: Final = 2**24
"""From here on a 32-bit float no longer tells one id from the next."""


_CLAIMED: Final = """
    SELECT coalesce(sum(num_values), 0)::BIGINT, coalesce(sum(total_uncompressed_size), 0)::BIGINT
    FROM parquet_metadata($path)
    WHERE list_contains($names, path_in_schema) OR list_contains($names, string_split(path_in_schema, ', ')[1])
"""


def read(file: File, body: bytes | None = None) -> pa.Table:
    """The used columns of a file.

    Args:
        file: which.
        body: its content, where it is not on this machine.

    Raises:
        MalformedResponse: it is not what its name says, lacks a column, or has a season that is none.
        SourceUnavailable: it is gone.
    """
    with _named(file):
        whole = _Content(file, body)
        layout = layout_of(file.kind, whole.names)
        if missing := layout.missing(whole.names):
            raise MalformedResponse(
                f"`{file.url}` lacks the column{'s' if len(missing) > 1 else ''} `{', '.join(missing)}`"
                f"{_has(whole)}; write the file with the columns that {GUIDE} lists"
            )
        table = whole.table(layout.used(whole.names))
    if not table.num_rows:
        raise MalformedResponse(f"`{file.url}` has columns and no rows; write or download it again")
    for name in table.column_names:
        if name in IDS:
            table = _with(table, name, _ids(table[name]))
    if "season" in table.column_names:
        table = _with(table, "season", _seasons(table["season"], file))
    return table


def seasons(file: File) -> tuple[int | None, ...]:
    """The seasons in a file on this machine, in order; None alone where it has no seasons, or cannot be read."""
    try:
        with _named(file):
            whole = _Content(file, None)
            if "season" not in whole.names:
                return (None,)
            column = whole.table(["season"])["season"]
        found = pc.unique(_seasons(column, file)).drop_null()
    except (MalformedResponse, SourceUnavailable):
        return (None,)  # to read it then says what is wrong with it
    return tuple(sorted(found.to_pylist())) or (None,)


def of_season(table: pa.Table, season: int | None) -> pa.Table:
    """The rows of a season; all where none is named. Rows without a season stand in the first one's slice."""
    if season is None or "season" not in table.column_names:
        return table
    column = table["season"]
    first = pc.min(column).as_py()
    return table.filter(pc.fill_null(pc.equal(column, season), first is None or season == first))


class _Content:
    """A file, open as often as one likes.

    Args:
        file: which.
        body: its content, where it is not on this machine.
    """

    def __init__(self, file: File, body: bytes | None) -> None:
        self._url = file.url
        if body is None and file.path:
            self._must(file.path.stat().st_size, FILE_BYTES, "bytes")
        self._path = "" if body is not None or file.is_csv or file.is_gzipped else str(file.path)
        self._body = b""
        if not self._path:
            packed = body if body is not None else file.path.read_bytes() if file.path else b""
            self._body = encoding.unzipped(packed, FILE_BYTES + 1)
            self._must(len(self._body), FILE_BYTES, "bytes as unpacked")
        self.is_csv = file.is_csv
        if file.is_csv:
            self._body = encoding.utf8(self._body, file.url)
            lines = csv.reader(io.TextIOWrapper(io.BytesIO(self._body[:_HEADER]), "utf-8-sig", newline=""))
            self.names = next(lines, [])
            if not self.names:
                raise pa.ArrowInvalid("it is empty")
            self._rows = max(self._body.count(b"\n"), self._body.count(b"\r"))
        else:
            parquet = pq.ParquetFile(self._source())
            self.names = list(parquet.schema_arrow.names)
            self._rows = parquet.metadata.num_rows
        self._must(self._rows, FILE_ROWS, "rows")
        twice = [name for name, times in Counter(self.names).items() if times > 1 and name]
        if twice:
            raise MalformedResponse(f"`{file.url}` has the column `{twice[0]}` twice; write it once")

    def table(self, names: list[str]) -> pa.Table:
        """Columns of it; those of a CSV file are text as it stands there."""
        if not self.is_csv:
            table = self._parquet(names)
        else:
            self._must(self._rows * len(names), FILE_CELLS, "values in the columns that are read")
            convert = pc_csv.ConvertOptions(
                include_columns=names, column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            )
            parse = pc_csv.ParseOptions(newlines_in_values=True)
            table = pc_csv.read_csv(self._source(), convert_options=convert, parse_options=parse)
        for name in names:
            table = _with(table, name, _plain(table[name], name))
        return table

    def _parquet(self, names: list[str]) -> pa.Table:
        """Columns of it. What a file says in a few bytes, a text for all rows, is counted before it is written out."""
        found, unpacked = self._claimed(names)
        self._must(found, FILE_CELLS, "values in the columns that are read")
        self._must(unpacked, FILE_BYTES, "bytes in the columns that are read")
        schema = pq.ParquetFile(self._source()).schema_arrow
        texts = [field.name for field in schema if field.name in names and _is_text(field.type)]
        table = pq.ParquetFile(self._source(), read_dictionary=texts).read(columns=names)
        self._must(sum(map(_text_bytes, table.columns)), FILE_BYTES, "bytes of text")
        return table

    def _claimed(self, names: list[str]) -> tuple[int, int]:
        """How many values and unpacked bytes the file says that columns have.

        DuckDB is asked, since Arrow's metadata of a damaged column ends the process (`ColumnChunk` throws where Python
        catches nothing).
        """
        with ExitStack() as stack:
            path = self._path
            if not path:
                copy = stack.enter_context(tempfile.NamedTemporaryFile())
                copy.write(self._body)
                copy.flush()
                path = copy.name
            con = stack.enter_context(duckdb.connect())
            rows = con.execute(_CLAIMED, {"path": glob.escape(path), "names": names}).fetchall()
        return rows[0]

    def _must(self, found: int, most: int, what: str) -> None:
        if found > most:
            raise MalformedResponse(
                f"`{self._url}`: it has {found:,} {what}, and {most:,} is the most that is read; make several files "
                "of it"
            )

    def _source(self) -> Any:
        return self._path or pa.BufferReader(self._body)


def _is_text(kind: pa.DataType) -> bool:
    return any(is_one(kind) for is_one in (pa.types.is_string, pa.types.is_binary))


def _text_bytes(column: pa.ChunkedArray) -> int:
    """Bytes of a column's texts once they are written out for each row."""
    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return int(column.nbytes)
    lengths = (pc.take(pc.binary_length(each.dictionary), each.indices) for each in column.chunks)
    return sum(pc.sum(each).as_py() or 0 for each in lengths)


@contextmanager
def _named(file: File) -> Iterator[None]:
    """Whatever the libraries say of a file that they cannot read becomes an error that names it."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceUnavailable(f"`{file.url}` is gone: {error}; put it back, or name another") from error
    except (pa.ArrowException, duckdb.Error, OSError, EOFError, ValueError, TypeError, KeyError, csv.Error) as error:
        form = "CSV" if file.is_csv else "Parquet"
        raise MalformedResponse(f"`{file.url}` is not {form}: {error}; write or download it again") from error


def _has(whole: _Content) -> str:
    """What a file has instead of the columns that it lacks, as a clause."""
    if len(whole.names) == 1 and (cut := [each for each in _SEPARATORS if each in whole.names[0]]):
        return f"; its columns are separated by `{cut[0]}`, not by commas"
    return f"; it has `{', '.join(whole.names):.300}`"


def _with(table: pa.Table, name: str, column: pa.ChunkedArray | pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def _plain(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """A column of a type whose values Python can read, and whose texts are text."""
    try:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            column = column.cast(pa.string())
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        raise pa.ArrowInvalid(f"column `{name}`: {error}") from error
    return column


def _ids(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """Ids as text. What is no id stays as it is written, so that its record is set aside with it."""
    if pa.types.is_integer(column.type):
        return column.cast(pa.string())
    rough = pa.types.is_float32(column.type) or pa.types.is_float16(column.type)
    return pa.array(_each(column, lambda value: _id(value, rough=rough)), pa.string())


def _id(value: object, *, rough: bool) -> str | None:
    try:
        if rough and isinstance(value, float) and abs(value) >= _FLOAT32_EXACT:
            return f"{value:E}"
        return values.identifier(value)
    except Quarantine:
        return str(value)


def _seasons(column: pa.ChunkedArray, file: File) -> pa.Array:
    """Seasons as numbers; a file whose name says one has no other."""

    def read_one(value: object) -> int | None:
        try:
            found = values.season(value)
        except Quarantine as error:
            raise MalformedResponse(f"`{file.url}`, column `season`: {error.reason}") from error
        if found is not None and file.season not in (None, found):
            raise MalformedResponse(
                f"`{file.url}` is of season {file.season} by its name, and its column `season` says `{found}`; name a "
                "file, and its rows, by the year in which the season ends"
            )
        return found

    return pa.array(_each(column, read_one), pa.int32())


def _each(column: pa.ChunkedArray, read_one: Callable[[object], T]) -> list[T]:
    """What becomes of each value, read once however often it is there."""
    known: dict[object, T] = {}
    found = []
    for value in column.to_pylist():
        key = value if isinstance(value, str | int | float | None) else repr(value)
        if key not in known:
            known[key] = read_one(value)
        found.append(known[key])
    return found
