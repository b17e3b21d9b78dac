"""tipoff: forecasts of games before tip-off. What a plugin author imports, and nothing heavy."""

from __future__ import annotations

from tipoff.contracts import (
    Access,
    Bad,
    Check,
    Client,
    Collector,
    Column,
    Dataset,
    FeatureBuilder,
    FeatureContext,
    FitContext,
    Fitted,
    Model,
    Parsed,
    Payload,
    PlanContext,
    Request,
    Row,
    Table,
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
    "Dataset",
    "FeatureBuilder",
    "FeatureContext",
    "FitContext",
    "Fitted",
    "MalformedResponse",
    "Model",
    "Parsed",
    "Payload",
    "PlanContext",
    "Quarantine",
    "Request",
    "Row",
    "Skip",
    "Table",
    "Window",
    "hookimpl",
]
