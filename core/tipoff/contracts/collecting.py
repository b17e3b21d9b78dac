"""Collectors: what to ask a source for, and what its answers become."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias
from urllib.parse import urlencode

from tipoff.address import Address
from tipoff.contracts import judging
from tipoff.contracts.judging import nearest
from tipoff.contracts.tables import Check, Json, Severity, Table
from tipoff.errors import MalformedResponse, Quarantine

if TYPE_CHECKING:
    from types import TracebackType

_CONNECTION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")


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
        url: the canonical address without its query; it becomes the payload's provenance. A login in it is parted
            from it (`tipoff.address`): it is sent, and takes no part in the request's identity.
        params: query parameters; their values take part in the request's identity.
        context: what `Dataset.parse` needs to know besides the body (``{"team_id": "150"}``).
        fresh_since: a landed answer that was fetched at or after this instant (naive UTC) still counts, and
            the request is not sent again. None: any landed answer counts, forever.
        optional: a 404 is an answer («the source has nothing here», and so nothing to parse), not a failure; many of
            them at one time are an outage.
        day: the calendar day (US Eastern) whose games it asks for, where it asks for a day's games.
        game_id: the game it asks about, where it is about one. `day` and `game_id` tell coverage what was asked.
    """

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)
    fresh_since: datetime | None = None
    optional: bool = False
    day: date | None = None
    game_id: str = ""

    def __post_init__(self) -> None:
        if "@" in self.url and "://" in self.url:
            object.__setattr__(self, "url", Address.of(self.url, signed=False))

    @property
    def key(self) -> str:
        """Identity of the question: the address with its parameters in sorted order, encoded as in a URL."""
        query = urlencode(sorted(self.params.items()))
        return f"{self.url}?{query}" if query else str(self.url)


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
        except (ValueError, RecursionError) as error:
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
    """A record, or a part of one, that cannot be used: it goes to quarantine with its reason, and the rest goes on.

    An answer with a bad record is kept and asked for again a few times, since it may have been spoilt on its way.
    """

    reason: Quarantine
    record: Json = None
    """The bad record as received, so that a person can read it and a mended parser can replay it."""


Parsed: TypeAlias = Row | Bad | Request
"""What `Dataset.parse` yields; a `Request` is a follow-up question (the next page, a team seen in a game)."""


class Uses(NamedTuple):
    """Which fields of an answer `Dataset.parse` reads, so that drift of these counts for more than that of others.

    A path is written as ``events[].competitions[].attendance``: a key after a dot, ``[]`` for the elements of a list,
    ``*`` for a key that is an id.
    """

    address: str
    """How the addresses of such answers end, ids written as ``*``: ``/scoreboard``, ``/teams/*/roster``."""
    fields: tuple[str, ...]
    """Paths of the fields; the objects and lists on the way to them count as used, too."""
    severity: Severity = "block"
    """What it means when one of them is gone from nearly all answers, or has another type."""
    record: str = ""
    """Path of the records whose fields depend on their state (``events[]``); empty: the answer is one record."""
    state: str = ""
    """Path within the record of the text that tells its state (``status.type.name``), where fields come and go with
    it: records are then compared with those in the same state only."""


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
        per_game: those of its tables that hold rows of every finished game; coverage counts games without any.
        checks: quality checks of what it brings.
        doc: one or two sentences for the task's page.
        uses: dotted path to ``() -> Iterable[Uses]``: the fields that `parse` reads; empty: drift treats all alike.
        quarantine_limit: share of a window's records, or answers, that may be set aside before its run fails, from 0
            to 1; None: ``TIPOFF_QUARANTINE_LIMIT`` says.

    Raises:
        SpecError: it makes no sense.
    """

    name: str
    tables: tuple[str, ...]
    plan: str
    parse: str
    after: tuple[str, ...] = ()
    version: str = "1"
    per_game: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    doc: str = ""
    uses: str = ""
    quarantine_limit: float | None = None

    def __post_init__(self) -> None:
        judging.judge(self, self._breaches)

    def _breaches(self) -> Iterator[str]:
        yield from judging.name(self.name)
        yield from judging.version(self.version)
        yield from judging.dotted("plan", self.plan)
        yield from judging.dotted("parse", self.parse)
        if self.uses:
            yield from judging.dotted("uses", self.uses)
        if not self.tables:
            yield "`tables` is empty; name the tables that its rows go to"
        yield from judging.unique("table", self.tables)
        for table in self.tables:
            yield from judging.name(table, "`tables` holds bare names, like games")
        for table in self.per_game:
            if table not in self.tables:
                near = nearest(table, self.tables)
                yield f"`per_game` names `{table}`, which is not among its `tables`{near}"
        for dataset in self.after:
            yield from judging.name(dataset, "`after` names datasets")
        if self.name in self.after:
            yield f"`after` names `{self.name}`, which is itself; take it out"
        if self.quarantine_limit is not None and not 0 <= self.quarantine_limit <= 1:
            yield f"`quarantine_limit` is a share from 0 to 1, or None, got `{self.quarantine_limit}`"


@dataclass(frozen=True)
class Access:
    """How a source is reached, from an Airflow connection or from settings. Its repr hides the key and the proxy.

    ``source`` is ``TIPOFF_SOURCE``, which ESPN's collector interprets and no other; a ``host`` goes before it. Where
    one of them is an address, its login and its query are parted from it (`tipoff.address.Address`).
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", Address.of(self.host))
        if "://" in self.source:
            object.__setattr__(self, "source", Address.of(self.source))


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

    Raises:
        SpecError: it makes no sense.
    """

    name: str
    conn_id: str
    datasets: tuple[Dataset, ...]
    tables: tuple[Table, ...] = ()
    client: str = "tipoff.http.client:open_client"
    clock: str = ""
    precedence: int = 0
    doc: str = ""

    def __post_init__(self) -> None:
        judging.judge(self, self._breaches)

    def _breaches(self) -> Iterator[str]:
        yield from judging.name(self.name)
        if not _CONNECTION.fullmatch(self.conn_id):
            yield (
                f"`conn_id` names an Airflow connection, in letters, digits, `_`, `-` and `.`, like {self.name}_api, "
                f"got `{self.conn_id}`"
            )
        yield from judging.dotted("client", self.client)
        if self.clock:
            yield from judging.dotted("clock", self.clock)
        yield from judging.unique("dataset", (dataset.name for dataset in self.datasets))
        yield from judging.unique("table", (table.name for table in self.tables))
        for table in self.tables:
            if table.schema != "raw":
                yield f"table `{table.name}`: the schema of a collector's table must be `raw`, got `{table.schema}`"
