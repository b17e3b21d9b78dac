"""Tables of games as files: what models are fitted on, and the games they are asked about tonight.

A dataset is one Parquet file, ``<home>/datasets/<id>.parquet``, named by the digest of its content. So the same
store gives the same file, tasks hand on a `DatasetRef` of a few words, and a version can always say on what it
was fitted. Feature tables keyed by game and nothing else can take part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipoff import clock
from tipoff.errors import Abort
from tipoff.modelling.frame import leagues
from tipoff.modelling.identity import digest_of, digest_of_rows, feature_versions
from tipoff.warehouse.disk import write_whole

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from tipoff.contracts import Json
    from tipoff.plugins import Registry
    from tipoff.settings import Settings
    from tipoff.warehouse.store import Warehouse

KEY = ("league", "season", "game_id")

HORIZON_DAYS = 1
"""Games are predicted from today's until those of this many days later. Tomorrow's are included so that a morning
that fails leaves yesterday's predictions in place, and an early tip is never missed."""

_FINISHED = """
    SELECT league, season, game_id, game_date, tip_utc, home_id, away_id, neutral_site,
        home_score > away_score AS home_win,
        CAST(home_score - away_score AS DOUBLE) AS margin,
        CAST(home_score + away_score AS DOUBLE) AS total
    FROM raw.games
    WHERE status = 'final' AND home_id IS NOT NULL AND away_id IS NOT NULL AND home_score <> away_score
        AND game_date IS NOT NULL AND tip_utc < $now AND list_contains($leagues, league)
"""

_UPCOMING = """
    SELECT league, season, game_id, game_date, tip_utc, home_id, away_id, neutral_site
    FROM raw.games
    WHERE status = 'scheduled' AND home_id IS NOT NULL AND away_id IS NOT NULL
        AND tip_utc > $now AND game_date BETWEEN $first AND $last AND list_contains($leagues, league)
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
    """

    id: str
    path: str
    games: int
    leagues: list[str]
    first_day: str
    last_day: str
    features: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, ref: Mapping[str, Any]) -> DatasetRef:
        """From what `as_json` gave, as it comes back from XCom."""
        return cls(**ref)

    def as_json(self) -> dict[str, Json]:
        """As plain JSON."""
        return asdict(self)


def prepare(registry: Registry, settings: Settings, warehouse: Warehouse, now: datetime) -> DatasetRef:
    """Finished games with targets and every feature that a registered model declares.

    Games count when they are final, had tipped off by `now`, and both teams are known.

    Args:
        registry: the loaded plugins.
        settings: leagues and folders.
        warehouse: the store, migrated.
        now: the run's instant, naive UTC.
    """
    games = warehouse.query(_FINISHED, now=now, leagues=list(settings.leagues))
    return _made(registry, settings, warehouse, games)


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
    games = warehouse.query(_UPCOMING, now=now, first=today, last=last, leagues=list(settings.leagues))
    return _made(registry, settings, warehouse, games)


def read(settings: Settings, ref: DatasetRef) -> pa.Table:
    """The dataset's frame.

    Raises:
        Abort: the file is gone.
    """
    import pyarrow.parquet as pq

    path = settings.home / ref.path
    if not path.exists():
        raise Abort(f"dataset `{ref.id}` is not at {path}; run the task that prepares it again")
    return pq.read_table(path, partitioning=None)


def write(path: Path, rows: pa.Table) -> None:
    """Writes a Parquet file whole or not at all; one that is there already is replaced."""
    import pyarrow.parquet as pq

    write_whole(path, lambda beside: pq.write_table(rows, beside, compression="zstd"))


def _made(registry: Registry, settings: Settings, warehouse: Warehouse, games: pa.Table) -> DatasetRef:
    wanted = _declared(registry)
    columns = [*games.column_names, *(f"{table}.{column}" for table, bare in wanted.items() for column in bare)]
    with warehouse.read() as con:
        tables = [_features(con, name, bare) for name, bare in wanted.items()]
    for table in tables:
        games = games.join(table, keys=list(KEY), join_type="left outer")
    order = [(name, "ascending") for name in ("league", "game_date", "tip_utc", "game_id")]
    frame = games.select(columns).sort_by(order).combine_chunks()
    ref = _ref(frame, feature_versions(registry, wanted))
    if not (settings.home / ref.path).exists():
        write(settings.home / ref.path, frame)
    return ref


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


def _features(con: DuckDBPyConnection, table: str, columns: list[str]) -> pa.Table:
    from duckdb import ColumnExpression

    relation = con.table(f"features.{table}").select(*(ColumnExpression(name) for name in (*KEY, *columns)))
    return relation.to_arrow_table().rename_columns([*KEY, *(f"{table}.{column}" for column in columns)])


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
