"""What a plugin says about itself: frozen specs, and the few types that its functions receive and return.

A spec costs nothing to import. It names work by a dotted path (``"package.module:function"``), and that path
is imported only in the task that runs it. So a DAG file can build tasks from a hundred plugins without
importing pandas, scikit-learn or DuckDB.

| a plugin brings     | as               | and writes                                                          |
|---------------------|------------------|---------------------------------------------------------------------|
| a source of data    | `Collector`      | `plan` (what to ask for) and `parse` (bytes to rows) of each `Dataset` |
| features            | `FeatureBuilder` | `compute` (Arrow tables in, one Arrow table out)                    |
| a forecaster        | `Model`          | `fit` (games to a `Fitted`) and `predict` (games to probabilities)  |
| a quality check     | `Check`          | one SELECT whose rows are the offenders                             |

The engines in core do everything else: windows, requests, retries, landing, quarantine, loading, touched
partitions, walk-forward evaluation, promotion, the ledger.
"""

from __future__ import annotations

from tipoff.contracts.collecting import (
    Access,
    Bad,
    Client,
    Collector,
    Dataset,
    Parsed,
    Payload,
    PlanContext,
    Request,
    Row,
    Uses,
    Window,
)
from tipoff.contracts.features import FeatureBuilder, FeatureContext
from tipoff.contracts.models import FitContext, Fitted, Model
from tipoff.contracts.tables import Check, Column, ColumnType, Contradiction, Json, Severity, Table

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
    "Model",
    "Parsed",
    "Payload",
    "PlanContext",
    "Request",
    "Row",
    "Severity",
    "Table",
    "Uses",
    "Window",
]
