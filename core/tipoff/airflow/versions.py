"""Which data an asset's event tells of: a name that changes when the data does, from what the engines remember."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tipoff.warehouse.store import Warehouse

_BATCH = """
    SELECT max_by(source || '/' || league || '/' || dataset || '/' || batch, rowid) AS version
    FROM ops.loaded_file WHERE dataset = $dataset
"""

_FEATURES = """
    SELECT league, season, version, spec, inputs FROM ops.feature_state WHERE builder = $builder
    ORDER BY league, season
"""

_HEAD = "SELECT max_by(hash, seq) AS version FROM predictions.ledger"


def collected(store: Warehouse, dataset: str) -> str:
    """The batch in the landing zone that a dataset's tables were loaded from last; empty: none has been."""
    return _one(store, _BATCH, dataset=dataset)


def computed(store: Warehouse, builder: str) -> str:
    """A digest of what a builder's table was computed from: its inputs' rows, season by season, and its own version."""
    rows = store.query(_FEATURES, builder=builder).to_pylist()
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def predicted(store: Warehouse) -> str:
    """The hash of the ledger's last row, which stands for all of them; empty: it has none."""
    return _one(store, _HEAD)


def _one(store: Warehouse, sql: str, **params: object) -> str:
    (row,) = store.query(sql, **params).to_pylist()
    return row["version"] or ""
