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

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias
from urllib.parse import urlencode

from tipoff.errors import MalformedResponse, Quarantine

if TYPE_CHECKING:
    from types import TracebackType

    import pyarrow as pa

ColumnType = Literal["VARCHAR", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"]
Severity = Literal["info", "warn", "block"]
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


# --------------------------------------------------------------------------------------------- tables


@dataclass(frozen=True)
class Column:
    """One column: a name, a DuckDB type, and what it holds, with its unit.

    A column outside the table's key may be NULL: a value the source does not give stays missing.
    """

    name: str
    type: ColumnType
    doc: str = ""


@dataclass(frozen=True)
class Table:
    """A table's shape. DDL, MERGE, checks and tests are all made from it.

    Args:
        name: bare name, unique in its schema (``games``).
        key: columns that identify a row; none of them is ever NULL.
        columns: every column, key included, in order; provenance is added by the warehouse.
        doc: what a row is.
        schema: ``raw`` for what collectors bring, ``features`` for what builders compute.
        history: for a table of what changes now and then, two DATE columns: the day since which a row holds, in
            the key, and the last day on which it was seen to hold. A row that says the same as the one before it
            is not added: the one before then holds until the new one's last day.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    doc: str = ""
    schema: Literal["raw", "features"] = "raw"
    history: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """``schema.name``, as declared inputs and messages write it."""
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


# ----------------------------------------------------------------------------------------- collecting


@dataclass(frozen=True)
class Window:
    """Calendar days of the league (US Eastern), both ends included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a window ends on or after the day it starts, got `{self.start}` to `{self.end}`")

    def days(self) -> tuple[date, ...]:
        """Every day, oldest first."""
        return tuple(self.start + timedelta(days=n) for n in range((self.end - self.start).days + 1))

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


@dataclass(frozen=True)
class Request:
    """One question to a source.

    Args:
        url: the canonical address without its query; it becomes the payload's provenance.
        params: query parameters; their values take part in the request's identity.
        context: what `Dataset.parse` needs to know besides the body (``{"team_id": "150"}``).
        fresh_since: a landed answer that was fetched at or after this instant (naive UTC) still counts, and
            the request is not sent again. None: any landed answer counts, forever.
        optional: a 404 is an answer («the source has nothing here», and so nothing to parse), not a failure.
    """

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)
    fresh_since: datetime | None = None
    optional: bool = False

    @property
    def key(self) -> str:
        """Identity of the question: the address with its parameters in sorted order, encoded as in a URL."""
        query = urlencode(sorted(self.params.items()))
        return f"{self.url}?{query}" if query else self.url


@dataclass(frozen=True)
class Payload:
    """One answer, as received.

    Args:
        request: the question it answers.
        body: the bytes as received; empty for a 404 to an optional request.
        fetched_at: naive UTC.
        league: the league it was asked for.
        status: HTTP status, or 200 where there is no such thing.
    """

    request: Request
    body: bytes
    fetched_at: datetime
    league: str
    status: int = 200

    def json(self) -> Any:
        """The body, read as JSON: objects as dicts, arrays as lists.

        Raises:
            MalformedResponse: the body is not JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise MalformedResponse(
                f"the answer to `{self.request.key}` is not JSON: {error}; it begins with `{self.body[:80]!r}`"
            ) from error


class Row(NamedTuple):
    """One record for one table. Columns that are left out stay NULL; unknown columns are an error.

    Provenance columns are the engine's, and ``league`` may be left out (the payload's is used).
    """

    table: str
    values: Mapping[str, object]


class Bad(NamedTuple):
    """One record that cannot be used: it goes to quarantine with its reason, and the rest goes on."""

    reason: Quarantine
    record: Json = None
    """The bad record as received, so that a person can read it and a mended parser can replay it."""


Parsed: TypeAlias = Row | Bad | Request
"""What `Dataset.parse` yields; a `Request` is a follow-up question (the next page, a team seen in a game)."""


class PlanContext(Protocol):
    """What `Dataset.plan` receives."""

    @property
    def league(self) -> str:
        """The league to ask about, e.g. ``mens-college-basketball``."""

    @property
    def window(self) -> Window:
        """The days to collect."""

    @property
    def now(self) -> datetime:
        """The run's present instant, naive UTC."""

    @property
    def settle(self) -> timedelta:
        """How long after a game's day its data may still be corrected; until then it is asked for again."""

    def query(self, sql: str, **params: object) -> list[dict[str, Any]]:
        """Rows of a read-only SELECT over the store (``raw.games`` …), with ``$name`` parameters."""


@dataclass(frozen=True)
class Dataset:
    """What one collect task brings.

    Args:
        name: unique among all plugins; the task is ``collect_<name>``.
        tables: names of the domain tables, or of the collector's own tables, that its rows go to.
        plan: dotted path to ``(PlanContext) -> Iterable[Request]``: what to ask for.
        parse: dotted path to ``(Payload) -> Iterable[Parsed]``: bytes to rows. It is pure, since stored
            payloads are parsed again whenever `version` moves. To raise `MalformedResponse` rejects the whole
            payload, which is asked for again by the next run; to yield a `Bad` sets one record aside.
        after: datasets that must be loaded before this one is planned.
        version: of the parsing; stored with every payload, and raised when `parse` changes its output.
        doc: one or two sentences for the task's page.
    """

    name: str
    tables: tuple[str, ...]
    plan: str
    parse: str
    after: tuple[str, ...] = ()
    version: str = "1"
    doc: str = ""


@dataclass(frozen=True)
class Access:
    """How a source is reached, from an Airflow connection or from settings. Its repr hides the key and the proxy.

    ``source`` is ``TIPOFF_SOURCE``, which ESPN's collector interprets and no other; a ``host`` goes before it.
    """

    source: str = ""
    host: str = ""
    api_key: str = field(default="", repr=False)
    user_agent: str = ""
    proxy: str = field(default="", repr=False)
    max_concurrency: int = 4
    requests_per_second: float = 5.0
    timeout_seconds: float = 30.0
    attempts: int = 4


class Client(Protocol):
    """An open way to a source: an async context manager with one verb."""

    async def __aenter__(self) -> Client:
        """Opens connections."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes them."""

    @property
    def concurrency(self) -> int:
        """How many requests the engine may have under way at once."""

    async def fetch(self, request: Request, league: str) -> Payload:
        """The answer.

        Raises:
            SourceUnavailable: no usable answer after all attempts; the engine goes on with the next request.
            SourceBusy: the source wants to be left alone for longer than a run should wait.
            SourceRefused: 401 or 403.
            MalformedResponse: an answer that no retry will mend (400, 404 where it is not optional).
        """


@dataclass(frozen=True)
class Collector:
    """A source of data.

    Args:
        name: unique; rows carry it as their ``source``.
        conn_id: the Airflow connection that holds host, key and limits.
        datasets: what it brings.
        tables: tables of its own, beside the shared domain tables of `tipoff.domain`.
        client: dotted path to ``(Access) -> Client``; core's polite HTTP client unless said otherwise.
        clock: dotted path to ``() -> datetime | None``: the present instant of a source that lives in its
            own time (an embedded or recorded league); ``tipoff init`` asks for it.
        precedence: where two collectors fill the same row, the higher one's word counts (of equals, that of the
            name that sorts first), and the other only fills in what it leaves out.
        doc: one or two sentences.
    """

    name: str
    conn_id: str
    datasets: tuple[Dataset, ...]
    tables: tuple[Table, ...] = ()
    client: str = "tipoff.http.client:open_client"
    clock: str = ""
    precedence: int = 0
    doc: str = ""


# ------------------------------------------------------------------------------------------- features


class FeatureContext(Protocol):
    """What `FeatureBuilder.compute` receives: its declared inputs, and nothing else."""

    @property
    def inputs(self) -> Mapping[str, pa.Table]:
        """Each declared input by its bare name (``games``), provenance left out: the rows of `league`, of
        `season` and of the builder's ``lookback`` seasons before it.
        """

    @property
    def league(self) -> str:
        """The league to compute."""

    @property
    def season(self) -> int:
        """The season to compute."""

    def sql(self, query: str, /, **tables: pa.Table) -> pa.Table:
        """Runs one SELECT over the inputs, each a view by its bare name, and over `tables` by keyword.

        ``$league`` and ``$season`` in it stand for `league` and `season`.
        """


@dataclass(frozen=True)
class FeatureBuilder:
    """One table of features, a row for each game or for each game and entity.

    Every row is *as of tip-off*: it may depend only on games of earlier calendar days (``game_date``) and on
    what was known before the tip (schedule, place, dated rosters). Games still to be played get rows too.

    Args:
        name: unique; the task is ``<name>_features``.
        table: the result's shape, schema ``features``; it holds league, season, game_id, game_date and
            tip_utc besides its features, and is keyed by league, season, game_id and, where there is one,
            the entity.
        inputs: full names of the tables it reads (``raw.games``, ``features.team_features``).
        compute: dotted path to ``(FeatureContext) -> pa.Table`` with exactly the columns of `table`.
        version: raised when `compute` changes its output; the table is then rebuilt.
        lookback: how many seasons before the computed one `compute` sees; None: all of them. What changed in a
            season has it, and those that look back on it, computed again.
        after: builders that must run before it, besides those whose tables are its inputs.
        checks: quality checks of the result.
        doc: one or two sentences.
    """

    name: str
    table: Table
    inputs: tuple[str, ...]
    compute: str
    version: str = "1"
    lookback: int | None = 0
    after: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    doc: str = ""


@dataclass(frozen=True)
class Check:
    """A quality check: one SELECT whose rows are the offenders; no rows, no trouble.

    Args:
        name: unique.
        table: full name of the table it judges (``raw.games``); ``raw`` runs in ``data_quality``,
            ``features`` in ``feature_quality``.
        sql: a SELECT over the store. ``$now`` is the run's instant.
        severity: ``block`` fails the task and keeps predictions from being made; ``warn`` and ``info`` show.
        doc: what it means when rows appear, and what to do.
    """

    name: str
    table: str
    sql: str
    severity: Severity = "warn"
    doc: str = ""


# --------------------------------------------------------------------------------------------- models


@dataclass(frozen=True)
class FitContext:
    """What `Model.fit` receives.

    Args:
        games: finished games, oldest first. Columns: league, season, game_id, game_date, tip_utc, home_id,
            away_id, neutral_site, the declared features by bare name (NULL where missing), and the targets
            ``home_win`` (BOOLEAN), ``margin`` and ``total`` (points; margin is home minus away).
        params: the hyper-parameters of `Model.params`.
        seed: for every random choice; the same games, params and seed give the same model.
    """

    games: pa.Table
    params: Mapping[str, Json]
    seed: int


@dataclass(frozen=True)
class Fitted:
    """A fitted model in storable parts.

    Args:
        state: coefficients and whatever else fits JSON.
        estimators: scikit-learn estimators by name, stored through skops against core's allow-list.
        card: figures for the model card (standard errors, importances); shown, never used.
    """

    state: Mapping[str, Json] = field(default_factory=dict)
    estimators: Mapping[str, object] = field(default_factory=dict)
    card: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """A forecaster of games.

    Args:
        name: unique.
        features: the columns it sees, each ``table.column`` of the features schema
            (``game_features.rest_difference``); nothing else reaches `fit` or `predict`.
        fit: dotted path to ``(FitContext) -> Fitted``.
        predict: dotted path to ``(Fitted, pa.Table) -> pa.Table``: for each game in, one row out in the same
            order, with ``home_win_prob`` (strictly between 0 and 1), ``margin`` and ``margin_sd`` (points,
            DOUBLE; home minus away), and where the model has them ``total`` and ``total_sd``.
        version: raised when fit or predict change their output.
        params: hyper-parameters, handed to `fit`.
        stacks: names of models whose walk-forward predictions it takes as input, as columns
            ``<model>_home_win_prob`` and ``<model>_margin``.
        doc: one or two sentences.
    """

    name: str
    features: tuple[str, ...]
    fit: str
    predict: str
    version: str = "1"
    params: Mapping[str, Json] = field(default_factory=dict)
    stacks: tuple[str, ...] = ()
    doc: str = ""
