"""Published files as Arrow tables, with the columns that are used and no others."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq
from tipoff.errors import MalformedResponse, SourceUnavailable

from tipoff_history.layouts import layout_of
from tipoff_history.source import File

GUIDE = "docs/guides/history.md"


def read(file: File, body: bytes | None = None) -> pa.Table:
    """The used columns of a file.

    Args:
        file: which.
        body: its content, where it is not on this machine.

    Raises:
        MalformedResponse: it is not what its name says, or lacks a column.
        SourceUnavailable: it is gone.
    """
    try:
        whole = pa.BufferReader(body) if body is not None else str(file.path)
        names = _columns(whole, file)
        layout = layout_of(file.kind, names)
        missing = layout.missing(names)
        if missing:
            raise MalformedResponse(
                f"`{file.url}` lacks the column{'s' if len(missing) > 1 else ''} `{', '.join(missing)}`; "
                f"write the file with the columns that {GUIDE} lists"
            )
        return _table(whole, file, layout.used(names))
    except pa.ArrowInvalid as error:
        raise _unreadable(file, error) from error
    except OSError as error:
        if body is None and not Path(str(file.path)).is_file():
            raise SourceUnavailable(f"`{file.url}` is gone: {error}; put it back, or name another") from error
        raise _unreadable(file, error) from error


def seasons(file: File) -> tuple[int | None, ...]:
    """The seasons in a file on this machine, in order; None alone where it has no seasons, or cannot be read."""
    whole = str(file.path)
    try:
        if "season" not in _columns(whole, file):
            return (None,)
        found = pc.unique(_table(whole, file, ["season"])["season"].cast(pa.int64())).drop_null()
        return tuple(sorted(found.to_pylist())) or (None,)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError):
        return (None,)  # to read it then says what is wrong with it


def of_season(table: pa.Table, season: int | None) -> pa.Table:
    """The rows of a season; all where none is named."""
    if season is None or "season" not in table.column_names:
        return table
    return table.filter(pc.equal(table["season"], season))


def _columns(whole: object, file: File) -> list[str]:
    if not file.is_csv:
        names: list[str] = pq.read_schema(whole).names
    else:
        names = pc_csv.open_csv(whole, convert_options=_CONVERT).schema.names
    _rewind(whole)
    return names


def _table(whole: object, file: File, names: list[str]) -> pa.Table:
    if not file.is_csv:
        return pq.read_table(whole, columns=names)
    convert = pc_csv.ConvertOptions(strings_can_be_null=True, include_columns=names)
    table = pc_csv.read_csv(whole, convert_options=convert)
    _rewind(whole)
    return table


def _rewind(whole: object) -> None:
    if isinstance(whole, pa.BufferReader):
        whole.seek(0)


def _unreadable(file: File, error: Exception) -> MalformedResponse:
    form = "CSV" if file.is_csv else "Parquet"
    return MalformedResponse(f"`{file.url}` is not {form}: {error}; write or download it again")


_CONVERT = pc_csv.ConvertOptions(strings_can_be_null=True)
