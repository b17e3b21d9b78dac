"""How near forecasts come to the truth in the simulated league, where it is known.

    python benchmarks/simulated_league.py
    python benchmarks/simulated_league.py --first 2016 --seed 3 --home /tmp/league

Collects a simulated league from its season `--first` on and walks every model forward over the last five. The log
losses are expected ones, over all results that the true probabilities allow, so that luck has no part in them. Beside
the models stand two filters (`tipoff_features.statespace`, margins only) that no one could have: both are given the
league's own constants; `last season's truth` is told each autumn how strong every team was in the season before,
`this season's truth` how strong it is, and either lacks the form of the day.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

SLUG = "mens-college-basketball"
JUDGED, LAST = 2022, 2026
TRUTH = "truth"

Floats = npt.NDArray[np.float64]
Said = tuple[Floats, Floats]
"""A forecaster's probabilities and margins."""


@click.command()
@click.option("--first", type=click.IntRange(2015, JUDGED - 1), default=2020, show_default=True)
@click.option("--teams", default=64, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--home", type=click.Path(path_type=Path), default=Path(".tipoff/simulated"), show_default=True)
def main(first: int, teams: int, seed: int, home: Path) -> None:
    """Collect, compute, walk forward, compare."""
    source = f"embedded:seed={seed},teams={teams}"
    home = home.absolute() / f"{seed}-{teams}-{first}"
    for name in [name for name in os.environ if name.startswith("TIPOFF_")]:
        del os.environ[name]
    os.environ |= {
        "TIPOFF_HOME": str(home),
        "TIPOFF_SOURCE": source,
        "TIPOFF_NOW": f"{LAST}-06-01T12:00:00",
        "TIPOFF_HISTORY_SEASONS": str(LAST - first + 1),
        "TIPOFF_REQUESTS_PER_SECOND": "5000",
    }
    tipoff = str(Path(sys.executable).with_name("tipoff"))
    for step in ("collect", "features"):
        subprocess.run([tipoff, step], check=True)
    compare(source)


def compare(source: str) -> None:
    """Prints every forecaster's expected log loss on the same games, by season and over all."""
    from tipoff.cli.backtest import show_whole
    from tipoff.cli.output import add, table
    from tipoff.cli.session import Session
    from tipoff.modelling.backtest import backtest
    from tipoff_espn.server.simulated.league import SimulatedLeague
    from tipoff_espn.server.simulated.options import Options

    session = Session.start()
    judged = backtest(session, session.warehouse(), range(JUDGED, LAST + 1)).predictions.to_pandas()
    league = SimulatedLeague(Options.parse(source.partition(":")[2]), (SLUG,))
    true, filtered = truth_of(league)
    games = [game for game, said in judged.groupby("game_id").size().items() if said == judged["model"].nunique()]
    season = judged.drop_duplicates("game_id").set_index("game_id")["season"].loc[games].to_numpy()
    said: dict[str, Said] = {TRUTH: _stacked(true, games)}
    said |= {name: _stacked(found, games) for name, found in filtered.items()}
    for name, rows in judged.groupby("model"):
        kept = rows.set_index("game_id").loc[games]
        said[str(name)] = kept["home_win_prob"].to_numpy(), kept["margin"].to_numpy()
    numbers = ("games", "log loss", "over the truth's", "margin off by")
    made = table(("season", "forecaster", *numbers), numbers)
    made.title = f"Expected log loss in {source}; margin: root mean square distance from the true one"
    chance, margin = said[TRUTH]
    for label in [*sorted(set(season.tolist())), "all"]:
        at = np.full(len(season), True) if label == "all" else season == label
        least = expected(chance[at], chance[at])
        for name, (probability, points) in sorted(said.items(), key=lambda each: expected(chance[at], each[1][0][at])):
            loss = expected(chance[at], probability[at])
            off = float(np.sqrt(np.square(points[at] - margin[at]).mean()))
            add(made, str(label), name, f"{at.sum():,}", f"{loss:.4f}", f"{loss / least:.4f}", f"{off:.2f}")
    show_whole(made)


def expected(chance: Floats, said: Floats) -> float:
    """Mean log loss of probabilities over all that may happen."""
    return float(-(chance * np.log(said) + (1 - chance) * np.log1p(-said)).mean())


def _stacked(found: dict[str, tuple[float, float]], games: list[str]) -> Said:
    both = np.array([found[game] for game in games])
    return both[:, 0], both[:, 1]


def truth_of(league: Any) -> tuple[dict[str, tuple[float, float]], dict[str, dict[str, tuple[float, float]]]]:
    """True probability and margin of each judged game by id, and what the two filters say of it."""
    from tipoff_espn.server.simulated import strength

    years = [league.season(SLUG, year) for year in range(JUDGED - 1, LAST + 1)]
    # Points a team is better than average in a game of usual pace, over the season.
    level = [(each.strength.offense + each.strength.defense).mean(axis=1) * strength.PACE / 100 for each in years]
    before, after = np.concatenate(level[:-1]), np.concatenate(level[1:])
    carry = float(before @ after / (before @ before))
    summer = float(np.square(after - carry * before).mean())
    true: dict[str, tuple[float, float]] = {}
    filtered: dict[str, dict[str, tuple[float, float]]] = {"last season's truth": {}, "this season's truth": {}}
    for place, year in enumerate(years[1:], start=1):
        played = [fixture for fixture in year.fixtures if fixture.result]
        for fixture in played:
            forecast = year.forecast(fixture)
            true[fixture.id] = forecast.home_win_probability, forecast.margin
        priors = ((carry * level[place - 1], summer), (level[place], 0.0))
        for found, (mean, variance) in zip(filtered.values(), priors, strict=True):
            found.update(_filtered(year, played, mean, variance))
    return true, filtered


def _filtered(year: Any, played: list[Any], mean: Floats, variance: float) -> dict[str, tuple[float, float]]:
    """A Kalman filter over the season's results; `mean` and `variance` of each team's strength before it, in points."""
    from scipy.special import ndtr
    from tipoff_espn.server.simulated import strength as league
    from tipoff_features.season import Games
    from tipoff_features.statespace import Prior, StateSpace, run

    played = sorted(played, key=lambda fixture: (fixture.day, fixture.id))
    noise = league.MARGIN_SD
    form = 2 * (league.FORM_SD * league.PACE / 100) ** 2
    model = StateSpace(
        sign=-1.0,
        names=("margin",),
        level=(league.HOME_COURT,),
        noise=noise,
        prior=0.0,
        unknown=0.0,
        shared=0.0,
        drift=0.0,  # form comes back to 0 within weeks: what it strays is in the variance from the start
        level_prior=1e-9,
        carry=0.0,
    )
    position = {team.id: index for index, team in enumerate(year.universe.teams)}
    margin = np.array([fixture.result.home - fixture.result.away for fixture in played], dtype=np.float64)
    games = Games(
        day=np.array([fixture.day.toordinal() for fixture in played]),
        home=np.array([position[fixture.home_id] for fixture in played]),
        away=np.array([position[fixture.away_id] for fixture in played]),
        host=np.array([0.0 if fixture.neutral_site else 1.0 for fixture in played]),
        played=np.full(len(played), True),
        margin=margin,
    )
    unsure = np.full(len(mean), (variance + form) / noise**2)
    prior = Prior(mean[:, None], unsure, np.array(model.level), np.ones(1, np.bool_), np.full(len(mean), -1))
    said = run(model, games, margin[:, None], prior)
    points = said.strength[:, 0, 0] - said.strength[:, 1, 0] + games.host * said.level[:, 0]
    chance = ndtr(points / np.sqrt(noise**2 + np.square(said.deviation).sum(axis=1)))
    return {f.id: (float(p), float(m)) for f, p, m in zip(played, chance, points, strict=True)}


if __name__ == "__main__":
    main()
