"""Tables of games as files: what models are fitted on, and the games they are asked about tonight.

A dataset is one Parquet file, ``<home>/datasets/<id>.parquet``, named by the digest of its content. So the same
store gives the same file, tasks hand on a `DatasetRef` of a few words, and a version can always say on what it
was fitted. Feature tables keyed by game and nothing else can take part, with the rows that were computed for the
game as it is now: on its day and, where the table names them, between its sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipoff import clock
from tipoff.collecting.lateness import reach
from tipoff.disk import within, write_whole
from tipoff.errors import Abort, PluginError
from tipoff.features import lookahead
from tipoff.modelling.frame import leagues
from tipoff.modelling.identity import digest_of, digest_of_rows, feature_versions

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from tipoff.contracts import Json
    from tipoff.modelling.identity import Spec
    from tipoff.plugins import Registry
    from tipoff.settings import Settings
    from tipoff.warehouse.store import Warehouse

KEY = ("league", "season", "game_id")
_AS_OF = ("game_date", "home_id", "away_id")
"""What features are computed for beside the key: a game that moved or swapped sides has none until they are rebuilt."""

HORIZON_DAYS = 1
"""Games are predicted from today's until those of this many days later. Tomorrow's are included so that a morning
that fails leaves yesterday's predictions in place, and an early tip is never missed."""

_FINISHED = """
    SELECT league, season, game_id, game_date, tip_utc, home_id, away_id, neutral_site, home_win, margin, total
    FROM raw.results
    WHERE closes_utc < $now AND list_contains($leagues, league)
"""

_UPCOMING = """
    SELECT league, season, game_id, game_date, tip_utc, home_id, away_id, neutral_site
    FROM raw.schedule
    WHERE status = 'scheduled' AND closes_utc > $now AND game_date BETWEEN $first AND $last
        AND list_contains($leagues, league)
"""


@dataclass(frozen=True)
class DatasetRef:
    """Where a dataset is and what it holds: small enough to be handed from task to task.

    Args:
        id: digest of the content and of the feature versions.
        path: below the home folder.
        games: rows.
        leagues: those with games.
        first_day: ISO date of the first game; empty without games.
        last_day: likewise of the last.
        features: version of each feature table, as built when the dataset was made.
        stale: of games to be played, by league and feature table, why its rows are not what they could be.
        late: of games to be played, by league, which data should be there and is not.
        refused: feature tables that are not learned from, each with the reason (`tipoff.features.lookahead`).
    """

    id: str
    path: str
    games: int
    leagues: list[str]
    first_day: str
    last_day: str
    features: dict[str, str] = field(default_factory=dict)
    stale: dict[str, dict[str, str]] = field(default_factory=dict)
    late: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, ref: Mapping[str, Any]) -> DatasetRef:
        """From what `as_json` gave, as it comes back from XCom."""
        return cls(**ref)

    def as_json(self) -> dict[str, Json]:
        """As plain JSON."""
        return asdict(self)


def prepare(registry: Registry, settings: Settings, warehouse: Warehouse, now: datetime) -> DatasetRef:
    """Finished games with targets and every feature that a registered model declares and that may be learned from.

    Games count when they are final, had tipped off by `now`, and both teams are known. Builders on which there is no
    verdict yet are judged first (`tipoff.features.lookahead`).

    Args:
        registry: the loaded plugins.
        settings: leagues and folders.
        warehouse: the store, migrated.
        now: the run's instant, naive UTC.
    """
    refused = lookahead.refused(lookahead.judge(registry, warehouse, now))
    wanted = {table: columns for table, columns in _declared(registry).items() if table not in refused}
    with warehouse.read() as con:
        frame = _frame(con, registry, _FINISHED, wanted, now=now, leagues=list(settings.leagues))
    return replace(_made(registry, settings, frame, wanted), refused=refused)


def must_be_sound(spec: Spec, ref: DatasetRef) -> None:
    """Whether a model may learn from a dataset.

    Raises:
        PluginError: it sees features, itself or through a model that it stacks, that are not learned from.
    """
    for table in dict.fromkeys(name.rpartition(".")[0] for name in spec.columns):
        if table in ref.refused:
            columns = ", ".join(f"`{name}`" for name in spec.columns if name.startswith(f"{table}."))
            raise PluginError(f"model `{spec.name}` is not fitted, since it sees {columns}: {ref.refused[table]}")


def upcoming(registry: Registry, settings: Settings, warehouse: Warehouse, now: datetime) -> DatasetRef:
    """Games still to be played, of today and the `HORIZON_DAYS` after it, with the same features.

    Args:
        registry: the loaded plugins.
        settings: leagues and folders.
        warehouse: the store, migrated.
        now: the run's instant, naive UTC.
    """
    today = clock.day_of(now)
    last = today + timedelta(days=HORIZON_DAYS)
    wanted = _declared(registry)
    with warehouse.read() as con:
        frame = _frame(
            con, registry, _UPCOMING, wanted, now=now, first=today, last=last, leagues=list(settings.leagues)
        )
        stale = _stale(con, registry, frame)
        # Of a league's datasets the one furthest behind comes first.
        late = {each.league: str(each) for each in reversed(reach(con, registry, settings.leagues, now)) if each.late}
    return replace(_made(registry, settings, frame, wanted), stale=stale, late=late)


def read(settings: Settings, ref: DatasetRef) -> pa.Table:
    """The dataset's frame.

    Raises:
        Abort: the file is gone or damaged.
        StoreError: its path leads out of ``TIPOFF_HOME``.
    """
    return read_at(settings.home, ref.path)


def read_at(home: Path, path: str) -> pa.Table:
    """A file that `write` has written, by its path below `home`; raises as `read` does."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = within(home, *path.split("/"))
    if not file.exists():
        raise Abort(f"{file} is not there; run the task that prepares it again")
    try:
        return pq.read_table(file, partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise Abort(
            f"{file} cannot be read: {error}; run the task that prepares it again, which replaces it"
        ) from error


def write(path: Path, rows: pa.Table) -> None:
    """Writes a Parquet file whole or not at all; one that is there already is replaced."""
    import pyarrow.parquet as pq

    write_whole(path, lambda beside: pq.write_table(rows, beside, compression="zstd"))


def _made(registry: Registry, settings: Settings, frame: pa.Table, wanted: Mapping[str, list[str]]) -> DatasetRef:
    ref = _ref(frame, feature_versions(registry, wanted))
    if not _holds(settings.home / ref.path, frame):
        write(settings.home / ref.path, frame)
    return ref


def _holds(path: Path, frame: pa.Table) -> bool:
    """Whether the file is there and as it was written: one that is damaged is written again."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return path.exists() and bool(pq.read_table(path, partitioning=None).equals(frame))
    except (OSError, pa.ArrowException):
        return False


def _frame(
    con: DuckDBPyConnection, registry: Registry, query: str, wanted: Mapping[str, list[str]], **params: object
) -> pa.Table:
    """The games that `query` finds, with their features, all of one state of the store."""
    games: pa.Table = con.sql(query, params=params).to_arrow_table()
    columns = [*games.column_names, *(f"{table}.{column}" for table, bare in wanted.items() for column in bare)]
    tables = registry.tables()
    for name, bare in wanted.items():
        there = tables[f"features.{name}"].column_names
        same = [*KEY, *(column for column in _AS_OF if column in there)]
        games = games.join(_features(con, name, same, bare), keys=same, join_type="left outer")
    order = [(name, "ascending") for name in ("league", "game_date", "tip_utc", "game_id")]
    return games.select(columns).sort_by(order).combine_chunks()


def _stale(con: DuckDBPyConnection, registry: Registry, frame: pa.Table) -> dict[str, dict[str, str]]:
    """Why feature tables are out of step with their inputs in the seasons of these games, by league and table."""
    from tipoff.features.partitions import Partition, find_stale

    there = {Partition(row["league"], row["season"]) for row in frame.select(["league", "season"]).to_pylist()}
    tables, used = registry.tables(), feature_versions(registry, _declared(registry))
    found: dict[str, dict[str, str]] = {}
    for builder in registry.builders if there else ():
        if builder.table.name in used:
            for stale in find_stale(con, builder, [tables[name] for name in builder.inputs]):
                if stale.partition in there:
                    found.setdefault(stale.partition.league, {})[builder.table.name] = stale.reason
    return found


def _declared(registry: Registry) -> dict[str, list[str]]:
    """Every column that some model declares and some builder brings, by its table's bare name.

    A model whose features are not there is told so when its turn comes; the others go on.
    """
    game_tables = {
        builder.table.name: builder.table for builder in registry.builders if set(builder.table.key) == set(KEY)
    }
    wanted: dict[str, set[str]] = {}
    for feature in {feature for model in registry.models for feature in model.features}:
        table, _, column = feature.rpartition(".")
        if table in game_tables and column in game_tables[table].column_names:
            wanted.setdefault(table, set()).add(column)
    return {table: sorted(columns) for table, columns in sorted(wanted.items())}


def _features(con: DuckDBPyConnection, table: str, same: list[str], columns: list[str]) -> pa.Table:
    from duckdb import ColumnExpression

    relation = con.table(f"features.{table}").select(*(ColumnExpression(name) for name in (*same, *columns)))
    return relation.to_arrow_table().rename_columns([*same, *(f"{table}.{column}" for column in columns)])


def _ref(frame: pa.Table, versions: dict[str, str]) -> DatasetRef:
    import pyarrow.compute as pc

    content = digest_of([digest_of_rows(frame), versions])[:16]
    span = pc.min_max(frame["game_date"]).as_py()
    first, last = span["min"], span["max"]
    return DatasetRef(
        id=content,
        path=f"datasets/{content}.parquet",
        games=frame.num_rows,
        leagues=leagues(frame),
        first_day=first.isoformat() if first else "",
        last_day=last.isoformat() if last else "",
        features=versions,
    )
