"""Making model versions and asking them: the artifacts and the decisions about them, joined."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tipoff.errors import Abort, ArtifactRefused, Skip
from tipoff.modelling import artifacts, dataset, decisions, fitting, frame, serving, walkforward
from tipoff.modelling.cache import FoldCache
from tipoff.modelling.dataset import DatasetRef
from tipoff.modelling.decisions import Version
from tipoff.modelling.identity import Spec, canonical, digest_of, digest_of_rows, spec_of
from tipoff.modelling.prediction import Prediction, intervals
from tipoff.modelling.standing import Standing, standing

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from tipoff.contracts import Json
    from tipoff.run import Run
    from tipoff.warehouse.store import Warehouse

log = logging.getLogger(__name__)


def train(run: Run, store: Warehouse, model: str, ref: DatasetRef, *, again: bool) -> dict[str, Json]:
    """See `tipoff.modelling.pipeline.train`."""
    fitted: list[str] = []
    spec = spec_of(run.registry, model)
    dataset.must_be_sound(spec, ref)
    if again:
        FoldCache(store).forget(spec)
    versions = _trained(run, store, spec, ref, fitted, again=again)
    if not versions:
        raise Skip(f"model `{model}` needs at least {walkforward.MIN_GAMES} games that it may learn from")
    return {"model": model, "versions": dict(versions), "fitted": list(fitted)}


def dataset_of(version: Version) -> DatasetRef:
    """The dataset a version was fitted on."""
    return DatasetRef.of(json.loads(version.dataset))


def record_evaluation(run: Run, store: Warehouse, version: Version, rows: Sequence[Mapping[str, Json]]) -> None:
    """Keeps a version's figures, in the store and in its manifest."""
    import pyarrow as pa

    sealed = artifacts.seal(run.settings.artifacts / version.artifact, version.artifact_sha256, {"all": dict(rows[0])})
    columns = {name: pa.array([row.get(name) for row in rows]) for name in sorted({key for row in rows for key in row})}
    who = {"model": version.model, "version": version.version}
    with store.write() as con:
        decisions.seal(con, version, sealed)
        con.execute("DELETE FROM models.evaluation WHERE model = $model AND version = $version", who).fetchall()
        con.register("tipoff_figures", pa.table(columns))
        con.execute(
            "INSERT INTO models.evaluation BY NAME SELECT $model AS model, $version AS version, $league AS league, "
            "$now AS evaluated_at, $run_id AS run_id, * FROM tipoff_figures",
            {**who, "league": version.league, "now": run.now, "run_id": run.run_id},
        ).fetchall()
        con.unregister("tipoff_figures")


def predict(run: Run, store: Warehouse, model: str, ref: DatasetRef) -> dict[str, Json]:
    """See `tipoff.modelling.pipeline.predict`."""
    import pyarrow as pa

    games = dataset.read(run.settings, ref)
    tables, asked, refused = [], dict[str, str](), dict[str, Abort]()
    seen: dict[str, Json] = {}
    for league in ref.leagues:
        with store.read() as con:
            version = decisions.serving(con, league, model)
            left = standing(con, run.registry, version) if version else Standing()
        if version is None:
            log.warning("model `%s` has no version for %s that may serve", model, league)
            continue
        rows = frame.of_league(games, league)
        try:
            said = _said(run, store, version, left, rows)
        except Abort as error:
            log.error("model `%s` says nothing of %s: %s", model, league, error)
            refused[league] = error
            continue
        tables.append(said.append_column("degraded", _degraded(run, version, ref, left, rows)))
        asked[league] = version.version
        seen[league] = {table: built for table, built in ref.features.items() if table in version.features}
    if refused and not tables:
        raise next(iter(refused.values()))
    if not tables:
        raise Skip(f"model `{model}` has no version that may serve; run model_training (or `tipoff train`) first")
    predictions = pa.concat_tables(tables)
    key = digest_of([ref.id, model, asked, digest_of_rows(predictions)])[:16]
    path = f"predictions/{key}.parquet"
    dataset.write(run.settings.home / path, predictions)
    versions: dict[str, Json] = dict(asked)
    return {
        "model": model,
        "path": path,
        "games": predictions.num_rows,
        "versions": versions,
        "refused": {league: str(error) for league, error in refused.items()},
        "data_id": ref.id,
        "seen": seen,
    }


def read_predictions(run: Run, con: DuckDBPyConnection, ref: Mapping[str, Any]) -> Iterator[Prediction]:
    """Rows for the ledger, from what `predict` left."""
    leagues = {league: serving.look(con, run.registry, run.settings.artifacts, league) for league in ref["versions"]}
    for row in dataset.read_at(run.settings.home, ref["path"]).to_pylist():
        del row["neutral_site"]
        version = ref["versions"][row["league"]]
        now = leagues[row["league"]]
        top = now.champion
        yield Prediction(
            seq=0,
            model=ref["model"],
            version=version,
            champion=top is not None and (top.model, top.version) == (ref["model"], version),
            data_id=ref["data_id"],
            features=canonical(ref["seen"][row["league"]]),
            stands_in_for=now.stands_in_for(ref["model"], version),
            predicted_at=run.now,
            run_id=run.run_id,
            **{**row, **intervals(row["margin"], row["margin_sd"])},
        )


def _trained(
    run: Run, store: Warehouse, spec: Spec, ref: DatasetRef, fitted: list[str], *, again: bool = False
) -> dict[str, str]:
    """The version of `spec` for each league, those it stacks first; adds to `fitted` the leagues that were new."""
    stacked = {base.name: _trained(run, store, base, ref, []) for base in spec.stacks}
    games = dataset.read(run.settings, ref)
    versions = {}
    for league in ref.leagues:
        rows = walkforward.inputs(spec, frame.of_league(games, league), cache=FoldCache(store))
        if rows.num_rows < walkforward.MIN_GAMES:
            log.warning("model `%s`: %s games of %s are too few to fit it", spec.name, rows.num_rows, league)
            continue
        version = _described(run, spec, rows, ref, {base: found[league] for base, found in stacked.items()})
        with store.read() as con:
            found = decisions.find(con, version.model, version.version)
        if again or not (found and _usable(run, found)):
            _fit(run, store, spec, rows, version)
            fitted.append(league)
        versions[league] = version.version
    return versions


def _described(run: Run, spec: Spec, rows: pa.Table, ref: DatasetRef, stacks: Mapping[str, str]) -> Version:
    """The version that fitting `spec` to `rows` makes; its artifact's digest is still to come."""
    league: str = rows["league"][0].as_py()
    last: date = rows["game_date"][-1].as_py()
    data_id = digest_of_rows(rows)
    made_from = [spec.id, league, data_id, dict(stacks), artifacts.libraries()["scikit-learn"]]
    name = f"{last:%Y%m%d}-{digest_of(made_from)[:10]}"
    return Version(
        model=spec.name,
        version=name,
        league=league,
        spec_id=spec.id,
        spec=canonical(spec.described()),
        stacks=canonical(dict(stacks)),
        dataset_id=ref.id,
        dataset=canonical(ref.as_json()),
        games=rows.num_rows,
        first_day=rows["game_date"][0].as_py(),
        last_day=last,
        artifact=f"{spec.name}/{name}",
        artifact_sha256="",
        created_at=run.now,
        run_id=run.run_id,
    )


def _fit(run: Run, store: Warehouse, spec: Spec, rows: pa.Table, version: Version) -> None:
    folder = run.settings.artifacts / version.artifact
    shutil.rmtree(folder, ignore_errors=True)  # unregistered or refused: not to be trusted
    manifest: dict[str, Json] = {
        "model": version.model,
        "version": version.version,
        "league": version.league,
        "spec": json.loads(version.spec),
        "stacks": dict(version.stacked),
        "dataset": json.loads(version.dataset),
        "games": version.games,
        "first_day": version.first_day.isoformat(),
        "last_day": version.last_day.isoformat(),
    }
    sha256 = artifacts.save(folder, fitting.fit(spec, rows), manifest)
    with store.write() as con:
        decisions.add(con, replace(version, artifact_sha256=sha256))


def _usable(run: Run, version: Version) -> bool:
    try:
        artifacts.check(run.settings.artifacts / version.artifact, version.artifact_sha256)
    except ArtifactRefused as refused:
        log.warning("fitting anew: %s", refused)
        return False
    return True


def _said(run: Run, store: Warehouse, version: Version, left: Standing, games: pa.Table) -> pa.Table:
    """A version's answer about its league's games, beside what names them."""
    if left.refused:
        raise ArtifactRefused(f"{left.refused}; train anew with `tipoff train`")
    answer = _ask(run, store, version, games)
    said = games.select(list(frame.BASE))
    for name in answer.column_names:
        said = said.append_column(name, answer[name])
    return said


def _ask(run: Run, store: Warehouse, version: Version, games: pa.Table) -> pa.Table:
    """A version's answer about games; those it stacks are asked in the versions it was fitted with."""
    spec = spec_of(run.registry, version.model)
    fitted, _ = artifacts.load(run.settings.artifacts / version.artifact, version.artifact_sha256)
    seen = frame.view(games, spec.model)
    for base, name in sorted(version.stacked.items()):
        with store.read() as con:
            stacked = decisions.get(con, base, name)
        answer = _ask(run, store, stacked, games)
        seen = walkforward.with_stack(seen, base, answer.append_column("game_id", games["game_id"]))
    return fitting.predict(spec, fitted, seen)


def _known(run: Run, version: Version) -> list[str]:
    """The features that had values in the games it was fitted to; it cannot miss what it never saw."""
    columns: list[str] = json.loads(version.spec)["columns"]
    try:
        learned = frame.of_league(dataset.read(run.settings, dataset_of(version)), version.league)
    except Abort:  # the file is gone: it may have seen any of them
        return columns
    return [name for name in columns if learned[name].null_count < learned.num_rows]


def _degraded(run: Run, version: Version, ref: DatasetRef, left: Standing, games: pa.Table) -> pa.Array:
    """For each game why its prediction is less than it could be, else NULL."""
    import pyarrow as pa

    stale = ref.stale.get(version.league, {})
    everywhere = [left.degraded] if left.degraded else []
    everywhere += [ref.late[version.league]] if version.features and version.league in ref.late else []
    everywhere += [f"`{table}` is stale: {why}" for table, why in sorted(stale.items()) if table in version.features]
    columns = _known(run, version)
    said = []
    for row in games.select(columns).to_pylist() if columns else [{}] * games.num_rows:
        missing = sum(value is None for value in row.values())
        here = [f"{missing} of {len(columns)} features are missing"] if missing else []
        said.append("; ".join([*everywhere, *here]) or None)
    return pa.array(said, pa.string())
