"""What others said of the same games: closing lines and published forecasts, of whatever providers there are.

A provider with a closing spread is a line (``raw.lines``: stand-ins are none); of several, the median counts. A
provider with a probability is a published forecast under its own name. Both are benchmarks: no feature and no fit
reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipoff import values
from tipoff.errors import Quarantine, SettingsError

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

LINE = "closing line"

MAX_SOURCE_RANGE = 8.0
"""Points by which sources of one closing spread may differ; where they differ more, one of them is wrong."""

_LINES = """
    SELECT league, game_id, median(home_spread_close) AS spread
    FROM raw.lines
    WHERE home_spread_close IS NOT NULL AND season BETWEEN $first AND $last
    GROUP BY ALL
"""

_FORECASTS = """
    SELECT league, game_id, provider, home_win_prob AS probability
    FROM raw.odds
    WHERE home_win_prob > 0 AND home_win_prob < 1 AND season BETWEEN $first AND $last
    ORDER BY ALL
"""

EVER = (0, 9999)
"""Every season."""


def closing_lines(con: DuckDBPyConnection, seasons: tuple[int, int] = EVER) -> pa.Table:
    """Columns league, game_id and spread (points, negative when the home team is favoured).

    Args:
        con: any connection to the store.
        seasons: the first and the last.
    """
    return con.sql(_LINES, params={"first": seasons[0], "last": seasons[1]}).to_arrow_table()


def published_forecasts(con: DuckDBPyConnection, seasons: tuple[int, int] = EVER) -> dict[str, pa.Table]:
    """By provider, columns league, game_id and probability (of the home team, strictly between 0 and 1).

    Args:
        con: any connection to the store.
        seasons: the first and the last.
    """
    import pyarrow.compute as pc

    rows = con.sql(_FORECASTS, params={"first": seasons[0], "last": seasons[1]}).to_arrow_table()
    return {
        name: rows.filter(pc.equal(rows["provider"], name)).drop_columns(["provider"])
        for name in rows["provider"].unique().to_pylist()
    }


def lines_of_file(path: Path) -> pa.Table:
    """Columns game_id and spread, from a Parquet file of closing lines.

    Args:
        path: with game_id, home_spread_close and perhaps source_range; see `MAX_SOURCE_RANGE`.

    Raises:
        SettingsError: it cannot be read, lacks a column, or has an id or a figure that is none.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = {"game_id": values.identifier, "home_spread_close": values.number, "source_range": values.number}
    try:
        names = pq.read_schema(path).names
        if missing := {"game_id", "home_spread_close"} - set(names):
            raise SettingsError(f"--odds `{path}` lacks the columns `{', '.join(sorted(missing))}`")
        rows = pq.read_table(path, columns=[name for name in wanted if name in names], partitioning=None)
        found: dict[str, list[Any]] = {
            name: [wanted[name](cell, name) for cell in rows[name].to_pylist()] for name in rows.column_names
        }
    except (OSError, pa.ArrowException, ValueError) as error:
        raise SettingsError(f"--odds `{path}` cannot be read as Parquet: {error}") from error
    except Quarantine as error:
        raise SettingsError(f"--odds `{path}`, column `{error.path}`: {error.reason}") from error
    ranges = found.get("source_range", [None] * rows.num_rows)
    lines = [
        (game_id, spread)
        for game_id, spread, apart in zip(found["game_id"], found["home_spread_close"], ranges, strict=True)
        if game_id is not None and spread is not None and (apart is None or apart <= MAX_SOURCE_RANGE)
    ]
    ids, spreads = zip(*lines, strict=True) if lines else ((), ())
    return pa.table({"game_id": pa.array(ids, pa.string()), "spread": pa.array(spreads, pa.float64())})
