"""Nothing of the future and nothing of the bookmakers reaches a feature, a fit or a prediction: equal to the last bit.

All installed builders and models run twice over a made-up league: as it is, and with every game from a day on made
nonsense, or with odds that give every result away.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tipoff import clock, plugins
from tipoff.features.changes import nonsense_from
from tipoff.features.laws import Bench, assert_same
from tipoff.features.tiny_league import LEAGUE, TinyLeague
from tipoff.modelling import dataset, decisions, pipeline
from tipoff.modelling.decisions import Note
from tipoff.modelling.identity import spec_of
from tipoff.modelling.walkforward import walk_forward
from tipoff.run import Run
from tipoff.settings import Settings

PLAYED = datetime(2024, 6, 1)
"""When all games are over."""


@dataclass(frozen=True)
class Outcome:
    """All that was computed in a store, by name.

    Args:
        features: rows of each feature table up to the day.
        walked: each model's walk-forward predictions of games before the day, made when all games are over.
        fitted: SHA-256 of every part of each model that was trained in the morning of the day.
        predicted: what these models say of the day's games that morning.
    """

    features: dict[str, pa.Table]
    walked: dict[str, pa.Table]
    fitted: dict[str, str]
    predicted: dict[str, pa.Table]


def computed(bench: Bench, day: date) -> Outcome:
    """Everything, in this order: features, walks, fits, predictions."""
    bench.build()
    registry, settings = bench.registry, bench.settings
    features = {each.table.full_name: bench.contents(each.table, day) for each in registry.builders}
    games = dataset.read(settings, dataset.prepare(registry, settings, bench.warehouse, PLAYED))
    walked = {model.name: walk_forward(spec_of(registry, model.name), games) for model in registry.models}
    before = {name: said.filter(pc.less(said["game_date"], pa.scalar(day))) for name, said in walked.items()}
    run = Run(registry, settings, "law", clock.day_start(day) + timedelta(hours=8))
    ref = pipeline.prepare(run)
    for model in registry.models:
        pipeline.train(run, model.name, ref)
    ahead = "UPDATE raw.games SET status = 'scheduled' WHERE game_date = $day"
    with bench.warehouse.write() as con:
        con.execute(ahead, {"day": day}).fetchall()
    upcoming = pipeline.upcoming(run)
    said = {model.name: _said(run, model.name, upcoming, day) for model in registry.models}
    return Outcome(features, before, dict(_parts(settings.artifacts)), said)


def _said(run: Run, model: str, upcoming: Any, day: date) -> pa.Table:
    with run.warehouse().write() as con:  # served without the gate, which is another test's
        version = decisions.versions(con, LEAGUE, model)[0]
        decisions.record(con, version, "manual", "for the test", note=Note(run.run_id, run.now))
    made: Any = pipeline.predict(run, model, upcoming)
    rows = pq.read_table(run.settings.home / made["path"])
    # Its features are stale by now in both leagues, of which the reasons differ.
    return rows.filter(pc.equal(rows["game_date"], pa.scalar(day))).drop_columns(["degraded"])


def _parts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every fitted file with its digest; of an estimator its arrays, since skops writes the time and ids beside them.

    The manifest is left out, which says by which run it was made.
    """
    for path in sorted(folder.rglob("*")):
        name = f"{path.relative_to(folder).parts[0]}/{path.name}"
        if path.suffix == ".skops":
            with zipfile.ZipFile(path) as parts:
                arrays = [parts.read(each) for each in parts.namelist() if each.endswith(".npy")]
            assert arrays
            yield name, " ".join(sorted(hashlib.sha256(each).hexdigest() for each in arrays))
        elif path.is_file() and path.name != "manifest.json":
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Three seasons of eight teams with box scores, players and rosters, and odds of nobody.

    Three, since what a roster is worth is learned from how the second followed on the first.
    """
    bench = Bench(plugins.load(), Settings(home=tmp_path_factory.mktemp("league"), leagues=(LEAGUE,)))
    bench.warehouse.migrate(bench.registry.tables().values())
    TinyLeague(teams=8, games=80).fill(bench.warehouse, PLAYED)
    return bench


@pytest.fixture(scope="module")
def day(league: Bench) -> date:
    """A day in the last season, with games on it and after it."""
    days = league.days()
    return days[len(days) * 11 // 12]


@pytest.fixture(scope="module")
def honest(league: Bench, day: date, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What comes of the league as it is."""
    return computed(league.copy(tmp_path_factory.mktemp("honest") / "home"), day)


def odds_that_know(con: Any, day: date) -> None:
    """A book that has the result of every game, and a forecast that is all but certain of the winner."""
    con.execute(
        """
        INSERT INTO raw.odds (
            league, season, game_id, provider, home_spread_close, total_close, home_win_prob, run_id, loaded_at
        )
        SELECT league, season, game_id, 'a_prophet', away_score - home_score, home_score + away_score,
            CASE WHEN home_score > away_score THEN 0.999 ELSE 0.001 END, 'odds', TIMESTAMP '2024-06-02'
        FROM raw.games
        """
    ).fetchall()


@pytest.mark.parametrize("change", [nonsense_from, odds_that_know], ids=["the-future", "odds"])
def test_it_changes_no_feature_fit_or_prediction(
    league: Bench, honest: Outcome, day: date, change: Callable[[Any, date], None], tmp_path: Path
) -> None:
    changed = league.copy(tmp_path / "home")
    changed.change(change, day)
    other = computed(changed, day)
    for ours, theirs in (
        (honest.features, other.features),
        (honest.walked, other.walked),
        (honest.predicted, other.predicted),
    ):
        for name, rows in ours.items():
            assert rows.num_rows, f"there is nothing of {name} to compare"
            assert_same(rows, theirs[name], name)
    assert {name.partition("/")[0] for name in honest.fitted} == {model.name for model in league.registry.models}
    assert honest.fitted == other.fitted


def test_the_change_would_be_seen(league: Bench, day: date, tmp_path: Path) -> None:
    """Nonsense from an earlier day on changes what is compared above, so that comparison can fail."""
    changed = league.copy(tmp_path / "home")
    changed.change(nonsense_from, day - timedelta(days=20))
    changed.build()
    league.build()
    for builder in league.registry.builders:
        left, right = league.contents(builder.table, day), changed.contents(builder.table, day)
        assert not left.equals(right) or not left.num_rows
