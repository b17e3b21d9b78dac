"""Feature builders: declared inputs in, one table of features out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from tipoff.contracts import judging
from tipoff.contracts.judging import GAME_KEY
from tipoff.contracts.tables import Check, Table

if TYPE_CHECKING:
    import pyarrow as pa

BENCHMARK: Final = "raw.odds"
"""The table that no feature may be computed from."""

_OF_A_ROW: Final = {"game_date": "DATE", "tip_utc": "TIMESTAMP"}


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

    Raises:
        SpecError: it makes no sense.
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

    def __post_init__(self) -> None:
        judging.judge(self, self._breaches)

    def _breaches(self) -> Iterator[str]:
        yield from judging.name(self.name)
        yield from judging.version(self.version)
        yield from judging.dotted("compute", self.compute)
        yield from self._wrong_table()
        if not self.inputs:
            yield "`inputs` is empty; name the tables it reads, like raw.games"
        for each in self.inputs:
            yield from judging.table_name("inputs", each, ("raw", "features"))
        if BENCHMARK in self.inputs:
            yield f"`inputs` names `{BENCHMARK}`, which is a benchmark and never an input; take it out"
        if (own := self.table.full_name) in self.inputs:
            yield f"`inputs` names `{own}`, which is what it makes; take it out"
        yield from judging.unique("input", (each.rpartition(".")[2] for each in self.inputs))
        if self.lookback is not None and self.lookback < 0:
            yield f"`lookback` counts the seasons before, or is None for all of them, got `{self.lookback}`"
        for each in self.after:
            yield from judging.name(each, "`after` names feature builders")
        if self.name in self.after:
            yield f"`after` names `{self.name}`, which is itself; take it out"

    def _wrong_table(self) -> Iterator[str]:
        table = self.table
        if table.schema != "features":
            yield f"the schema of its table `{table.name}` must be `features`, got `{table.schema}`"
        types = {column.name: column.type for column in table.columns}
        for name in (*GAME_KEY, *_OF_A_ROW):
            if name not in types:
                yield f"its table `{table.name}` lacks the column `{name}`"
        for name, wanted in _OF_A_ROW.items():
            if types.get(name, wanted) != wanted:
                yield f"the column `{name}` of its table `{table.name}` must be {wanted}, got `{types[name]}`"
        if table.key[: len(GAME_KEY)] != GAME_KEY:
            yield f"the key of `{table.name}` must begin with {', '.join(GAME_KEY)}, got `{table.key}`"
