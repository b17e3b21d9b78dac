"""sportsdataverse's pregame model beside tipoff's on the same games, day by day, with the closing line as the measure.

    python benchmarks/sportsdataverse.py --seasons 2023:2024 --odds FOLDER/odds_close_by_game.parquet

The games are those of the store in TIPOFF_HOME, which `make recorded DATA=FOLDER` fills. For each day the package's
ratings (`adjust_efficiency`, `adjust_tempo`) are made from the box scores of the season's earlier days, and
`mbb_predict_games` is asked about the day's games. The package is installed into an environment of its own below
TIPOFF_HOME, once; tipoff does not depend on it.

A box score without possessions, of which one turns every later rating of its season into NaN, is left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PACKAGE = "sportsdataverse==0.1.4"
NAME = "sportsdataverse"

_SCHEDULE = """
    SELECT game_id, season, game_date AS date, home_id AS home_team_id, away_id AS away_team_id,
        coalesce(neutral_site, false) AS neutral_site
    FROM raw.results WHERE league = $league AND season BETWEEN $first AND $last ORDER BY game_date, game_id
"""

_BOXES = """
    SELECT game_id, team_id, field_goals_attempted, offensive_rebounds, turnovers, free_throws_attempted,
        points AS team_score
    FROM raw.team_stats WHERE league = $league AND season BETWEEN $first AND $last ORDER BY game_id, team_id
"""


def main() -> None:
    """Runs the comparison, or in the package's own environment its part of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seasons", default="2023:2024", help="to compare, such as 2023:2024")
    parser.add_argument("--odds", type=Path, help="Parquet of closing lines; without it those of the store")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--peer", type=Path, help=argparse.SUPPRESS)  # a folder of inputs: run inside the environment
    asked = parser.parse_args()
    if asked.peer:
        predict(asked.peer)
        return
    first, _, last = asked.seasons.partition(":")
    compare(int(first), int(last or first), asked.odds, asked.json)


def compare(first: int, last: int, odds: Path | None, json_file: Path | None) -> None:
    """Both sides' forecasts of the same games, scored."""
    import pyarrow.parquet as pq
    from tipoff.cli.backtest import show_whole
    from tipoff.cli.session import Session
    from tipoff.modelling.backtest import backtest

    session = Session.start()
    league = session.settings.leagues[0]
    folder = session.settings.home / "peers" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    span: dict[str, Any] = {"league": league, "first": first, "last": last}
    for name, query in (("schedule", _SCHEDULE), ("boxes", _BOXES)):
        pq.write_table(session.warehouse().query(query, **span), folder / f"{name}.parquet")
    python = environment(folder / "env")
    # -P: this file has the package's name, and must not be taken for it.
    subprocess.run([str(python), "-P", __file__, "--peer", str(folder)], check=True)
    result = backtest(session, session.warehouse(), range(first, last + 1), odds=odds)
    rows = scored(result.judged, pq.read_table(folder / "predictions.parquet"), league)
    show_whole(table_of(rows))
    if json_file:
        json_file.write_text(json.dumps(rows, indent=1) + "\n")


def environment(folder: Path) -> Path:
    """The Python of an environment with the package, made where it is missing."""
    python, done = folder / "bin" / "python", folder / f"{PACKAGE}.installed"
    if not done.exists():
        print(f"Installing {PACKAGE} into {folder} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", PACKAGE], check=True)
        done.touch()
    return python


def predict(folder: Path) -> None:
    """The package's part: forecasts of every game, from the games of earlier days of its season."""
    import polars as pl  # type: ignore[import-not-found]  # of the package's environment
    from sportsdataverse.mbb.mbb_game_predict import mbb_predict_games  # type: ignore[import-not-found]
    from sportsdataverse.mbb.mbb_prediction_constants import get_constants  # type: ignore[import-not-found]
    from sportsdataverse.mbb.mbb_team_ratings import (  # type: ignore[import-not-found]
        adjust_efficiency,
        adjust_tempo,
        raw_game_efficiency,
    )

    schedule = pl.read_parquet(folder / "schedule.parquet")
    every = raw_game_efficiency(schedule, pl.read_parquet(folder / "boxes.parquet"))
    played = every.filter(pl.col("poss").is_finite() & (pl.col("poss") > 20))
    print(f"{every.height - played.height} of {every.height} box scores left out", file=sys.stderr)
    said = []
    for (season, day), games in schedule.group_by(["season", "date"], maintain_order=True):
        before = played.filter((pl.col("season") == season) & (pl.col("date") < day))
        if before.height:
            ratings = adjust_efficiency(before).join(adjust_tempo(before), on=["season", "team_id"])
            said.append(mbb_predict_games(games, ratings).select("game_id", "exp_margin", "home_win_prob"))
    predictions = pl.concat(said).with_columns(pl.lit(get_constants("mens").margin_sd).alias("margin_sd"))
    predictions.write_parquet(folder / "predictions.parquet")


def scored(judged: Any, theirs: Any, league: str) -> list[dict[str, Any]]:
    """Figures of every forecaster by season and over all, on the games that all of them and the line have."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    from tipoff.modelling import breakdown, metrics
    from tipoff.modelling.benchmarks import LINE

    models = {model: breakdown.lined(rows) for of, model, rows in breakdown.each_model(judged) if of == league}
    good = theirs.filter(pc.fill_null(pc.is_finite(theirs["exp_margin"]), False))
    common = set(good["game_id"].to_pylist()).intersection(*(rows["game_id"].to_pylist() for rows in models.values()))
    kept = {model: rows.filter(pc.is_in(rows["game_id"], pa.array(sorted(common)))) for model, rows in models.items()}
    base = next(iter(kept.values()))
    place = pc.index_in(base["game_id"], value_set=good["game_id"].combine_chunks())
    line, own = breakdown.of_line(base), breakdown.of_model(base)
    chance, margin, sd = (good[name].take(place).to_numpy() for name in ("home_win_prob", "exp_margin", "margin_sd"))
    chance = np.clip(chance, 1e-9, 1 - 1e-9)  # their normal distribution may give exactly 0 or 1
    seasons = base["season"].to_numpy()
    forecasters = {NAME: breakdown.Said(chance, margin, sd, own.actual, own.won)}
    forecasters |= {model: breakdown.of_model(rows) for model, rows in kept.items()} | {LINE: line}
    found: list[dict[str, Any]] = []
    for season in [*np.unique(seasons).tolist(), "all"]:
        at = np.full(len(seasons), True) if season == "all" else seasons == season
        best = metrics.score(*(each[at] for each in line))
        for name, said in forecasters.items():
            figures = metrics.score(*(each[at] for each in said))
            ratios = {"mae_ratio": figures.mae / best.mae, "mse_ratio": (figures.rmse / best.rmse) ** 2}
            found.append({"season": str(season), "forecaster": name, **vars(figures), **ratios})
    return found


def table_of(rows: list[dict[str, Any]]) -> Any:
    """The figures as a table to print."""
    from tipoff.cli.output import add, table

    forms = {
        "games": "{:,}", "mae": "{:.3f}", "mae_ratio": "{:.4f}", "mse_ratio": "{:.4f}", "accuracy": "{:.1%}",
        "log_loss": "{:.4f}", "brier": "{:.4f}", "calibration_error": "{:.4f}", "coverage_80": "{:.1%}",
    }  # fmt: skip
    made = table(("season", "forecaster", *forms), forms)
    made.title = "The same games, each forecast from earlier days only"
    for row in rows:
        add(made, row["season"], row["forecaster"], *(form.format(row[name]) for name, form in forms.items()))
    return made


if __name__ == "__main__":
    main()
