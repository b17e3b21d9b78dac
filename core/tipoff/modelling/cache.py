"""Walk-forward predictions that were already made: ``models.walk_forward``, by the digest of their inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from tipoff.modelling.identity import Spec
    from tipoff.warehouse.store import Warehouse

_GET = """
    SELECT league, season, game_id, game_date, fold, home_win_prob, margin, margin_sd, total, total_sd, data_id
    FROM models.walk_forward
    WHERE league = $league AND spec_id = $spec_id AND refit = $refit
    ORDER BY fold, game_id
"""

_REACH = """
    SELECT max(game_date) FROM models.walk_forward WHERE league = $league AND spec_id = $spec_id AND refit = $refit
"""

_FORGET = """
    DELETE FROM models.walk_forward AS stored
    USING (SELECT DISTINCT fold FROM tipoff_folds) AS fresh
    WHERE stored.league = $league AND stored.spec_id = $spec_id AND stored.refit = $refit AND stored.fold = fresh.fold
"""

_PUT = """
    INSERT INTO models.walk_forward BY NAME
    SELECT $model AS model, $spec_id AS spec_id, $refit AS refit, * FROM tipoff_folds
"""


class FoldCache:
    """Predictions by league, spec and fold; each fold is kept once, for its newest inputs.

    Args:
        warehouse: the store, migrated.
        refit: length of the folds (``month``, ``week``).
    """

    def __init__(self, warehouse: Warehouse, refit: str = "month") -> None:
        self._warehouse = warehouse
        self._refit = refit

    def get(self, league: str, spec: Spec, keys: Mapping[str, str]) -> dict[str, pa.Table]:
        """Predictions of the folds whose inputs still have the digest in `keys`, by fold."""
        import pyarrow as pa
        import pyarrow.compute as pc

        rows = self._warehouse.query(_GET, **self._of(league, spec))
        wanted = pa.array([f"{fold} {key}" for fold, key in keys.items()], pa.string())
        rows = rows.filter(pc.is_in(pc.binary_join_element_wise(rows["fold"], rows["data_id"], " "), value_set=wanted))
        rows = rows.drop_columns(["data_id"])
        return {fold: rows.filter(pc.equal(rows["fold"], fold)) for fold in rows["fold"].unique().to_pylist()}

    def put(self, spec: Spec, folds: Sequence[tuple[str, pa.Table]], last_day: date) -> None:
        """Keeps fresh predictions, in place of older ones of the same folds.

        Where later days have been predicted already (this is a backfill), the fold that `last_day` cuts short is not
        kept: the one that is there has more games.

        Args:
            spec: the model they are of.
            folds: pairs of digest and predictions, none of them empty.
            last_day: of all the games that there were to walk over.
        """
        import pyarrow as pa

        of = self._of(folds[0][1]["league"][0].as_py(), spec)
        with self._warehouse.write() as con:
            ((reach,),) = con.execute(_REACH, of).fetchall()
            if reach is not None and reach > last_day:
                folds = [(key, table) for key, table in folds if table["game_date"][-1].as_py() < last_day]
            if not folds:
                return
            rows = pa.concat_tables(
                [table.append_column("data_id", pa.array([key] * len(table), pa.string())) for key, table in folds]
            )
            con.register("tipoff_folds", rows)
            con.execute(_FORGET, of).fetchall()
            con.execute(_PUT, {"model": spec.name, "spec_id": spec.id, "refit": self._refit}).fetchall()
            con.unregister("tipoff_folds")

    def forget(self, spec: Spec) -> None:
        """Drops what a spec has predicted."""
        with self._warehouse.write() as con:
            con.execute("DELETE FROM models.walk_forward WHERE spec_id = $spec_id", {"spec_id": spec.id}).fetchall()

    def _of(self, league: str, spec: Spec) -> dict[str, str]:
        return {"league": league, "spec_id": spec.id, "refit": self._refit}
