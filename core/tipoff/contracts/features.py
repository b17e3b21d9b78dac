"""Feature builders: declared inputs in, one table of features out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tipoff.contracts.tables import Check, Table

if TYPE_CHECKING:
    import pyarrow as pa


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
