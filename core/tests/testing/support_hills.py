"""Sound plugins of one module each, and what their source says."""

from __future__ import annotations

COLLECTOR = '''
"""A source."""
from datetime import timedelta
from tipoff import Bad, Collector, Column, Dataset, MalformedResponse, Quarantine, Request, Row, Table, hookimpl

TIPOFF_API = 1
HILLS = Table(
    "hills", key=("league", "hill_id"), doc="A row a hill.",
    columns=(
        Column("league", "VARCHAR"), Column("hill_id", "VARCHAR", "its id"), Column("height", "DOUBLE", "metres"),
    ),
)


@hookimpl
def collectors():
    hills = Dataset("hills", tables=("hills",), plan=f"{__name__}:plan", parse=f"{__name__}:parse", doc="Hills.")
    return (Collector("hills", conn_id="hills", datasets=(hills,), tables=(HILLS,), doc="A source of hills."),)


def plan(ctx):
    yield Request("https://hills.example/a", fresh_since=ctx.now)
    yield Request("https://hills.example/b", {"page": "2"})


def parse(payload):
    page = payload.json()
    if not isinstance(page, dict) or not isinstance(page.get("hills"), list):
        raise MalformedResponse("no hills")
    for index, hill in enumerate(page["hills"]):
        if not isinstance(hill, dict) or not isinstance(hill.get("id"), str):
            yield Bad(Quarantine("a hill without an id", f"hills[{index}].id"), hill)
            continue
        yield Row("hills", {"hill_id": hill["id"], "height": hill.get("height")})
'''

FEATURES = '''
"""Features."""
from tipoff import Column, FeatureBuilder, Table, hookimpl

TIPOFF_API = 1
TABLE = Table(
    "hill_features", schema="features", key=("league", "season", "game_id"),
    columns=(
        Column("league", "VARCHAR"), Column("season", "INTEGER"), Column("game_id", "VARCHAR"),
        Column("game_date", "DATE"), Column("tip_utc", "TIMESTAMP"), Column("before", "DOUBLE", "points before"),
    ),
)


@hookimpl
def feature_builders():
    return (FeatureBuilder("hill", TABLE, inputs=("raw.games",), compute=f"{__name__}:compute", doc="Points before."),)


def compute(ctx):
    return ctx.sql("""
        SELECT league, season, game_id, game_date, tip_utc, CAST(sum(home_score) OVER (
            PARTITION BY league ORDER BY game_date RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 DAY PRECEDING
        ) AS DOUBLE) AS before
        FROM games WHERE season = $season
    """)
'''

MODEL = '''
"""A model."""
from tipoff import Fitted, Model, hookimpl

TIPOFF_API = 1


@hookimpl
def models():
    return (Model("hilly", features=("hill_features.slope",), fit=f"{__name__}:fit", predict=f"{__name__}:predict",
                  doc="A line."),)


def fit(ctx):
    import numpy as np
    slope = np.nan_to_num(ctx.games["slope"].to_numpy().astype(float))
    margin = ctx.games["margin"].to_numpy().astype(float)
    level = float(margin.mean())
    each = float((slope - slope.mean()) @ margin / max(float(((slope - slope.mean()) ** 2).sum()), 1.0))
    sd = float(np.std(margin - level - each * (slope - slope.mean())))
    return Fitted(state={"level": level, "each": each, "mean": float(slope.mean()), "sd": sd})


def predict(fitted, games):
    import numpy as np
    import pyarrow as pa
    from scipy.special import ndtr
    state = fitted.state
    slope = np.nan_to_num(games["slope"].to_numpy().astype(float), nan=state["mean"])
    margin = state["level"] + state["each"] * (slope - state["mean"])
    sd = np.full(len(margin), state["sd"])
    return pa.table({"home_win_prob": np.clip(ndtr(margin / sd), 1e-6, 1 - 1e-6), "margin": margin, "margin_sd": sd})
'''

CHECK = '''
"""A check."""
from tipoff import Check, hookimpl

TIPOFF_API = 1


@hookimpl
def checks():
    sql = "SELECT * FROM raw.games WHERE home_score < 0"
    return (Check("hill_scores", table="raw.games", sql=sql, doc="Below 0."),)
'''

ANSWERS = {
    "https://hills.example/a": {"hills": [{"id": "1", "height": 8.5}, {"id": "2", "height": 9.0}, {"id": "3"}]},
    "https://hills.example/b?page=2": {"hills": [{"id": "4", "height": 7}]},
}
