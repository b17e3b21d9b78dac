"""What tipoff stamps: each book is looked at, and stamped anew once a clock was ahead."""

from __future__ import annotations

from datetime import datetime

import pytest
from tipoff.quality.stamps import BOOKS, mend
from tipoff.warehouse.sql import Identifier
from tipoff.warehouse.store import Warehouse

AHEAD = datetime(2026, 2, 20, 13)
NEEDED = """
    SELECT column_name AS name, data_type AS type FROM duckdb_columns()
    WHERE schema_name = $schema AND table_name = $name AND NOT is_nullable
"""
MADE_UP = {"BIGINT": 1, "INTEGER": 1, "DOUBLE": 1.0, "BOOLEAN": True, "DATE": AHEAD.date(), "TIMESTAMP": AHEAD}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """One for all of them: each empties its table first."""
    made = Warehouse(tmp_path_factory.mktemp("store") / "tipoff.duckdb")
    made.migrate(())
    return made


@pytest.mark.parametrize(("table", "column"), [(name, each) for name, columns in BOOKS.items() for each in columns])
def test_a_row_of_each_book_is_stamped_anew(
    table: str, column: str, store: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_NOW", "2026-01-20T12:00:00")
    schema, name = table.split(".")
    needed = store.query(NEEDED, schema=schema, name=name).to_pylist()
    values = {each["name"]: MADE_UP.get(each["type"], "x") for each in needed}
    values[column] = AHEAD
    listed, marks = ", ".join(str(Identifier(each)) for each in values), ", ".join("?" for _ in values)
    with store.write() as con:
        con.execute(f"DELETE FROM {Identifier(schema, name)}")
        con.execute(f"INSERT INTO {Identifier(schema, name)} ({listed}) VALUES ({marks})", list(values.values()))
        done = mend(con, {})
    assert done[f"{table}.{column}"] == 1
    (row,) = store.query(f"SELECT {Identifier(column)} AS stamp FROM {Identifier(schema, name)}").to_pylist()
    assert datetime(2026, 1, 20, 12) < row["stamp"] < datetime(2026, 1, 20, 12, 1)
