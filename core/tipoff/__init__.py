"""tipoff: forecasts of games before tip-off. What a plugin author imports, and nothing heavy."""

from __future__ import annotations

from typing import Any

from tipoff.contracts import (
    Access,
    Bad,
    Check,
    Client,
    Collector,
    Column,
    ColumnType,
    Contradiction,
    Dataset,
    FeatureBuilder,
    FeatureContext,
    FitContext,
    Fitted,
    Json,
    Model,
    Parsed,
    Payload,
    PlanContext,
    Request,
    Row,
    Severity,
    Table,
    Uses,
    Window,
)
from tipoff.errors import MalformedResponse, Quarantine, Skip
from tipoff.hookspecs import hookimpl

__version__ = "0.1.0"

__all__ = [
    "Access",
    "Bad",
    "Check",
    "Client",
    "Collector",
    "Column",
    "ColumnType",
    "Contradiction",
    "Dataset",
    "FeatureBuilder",
    "FeatureContext",
    "FitContext",
    "Fitted",
    "Json",
    "MalformedResponse",
    "Model",
    "Parsed",
    "Payload",
    "PlanContext",
    "Quarantine",
    "Request",
    "Row",
    "Severity",
    "Skip",
    "Table",
    "Uses",
    "Window",
    "hookimpl",
    "query",
]


def query(sql: str, /, **params: object) -> list[dict[str, Any]]:
    """Rows of one SELECT over the store, for the commands of plugins.

    Args:
        sql: it may name any table (``raw.games``; ``tipoff tables`` lists them), and parameters as ``$name``.
        params: their values.

    Raises:
        StoreError: the statement fails, or the store does not exist yet.
        StoreBusy: another process kept the store.
    """
    from tipoff.settings import load
    from tipoff.warehouse.store import Warehouse

    rows: list[dict[str, Any]] = Warehouse.of(load()).query(sql, **params).to_pylist()
    return rows
