"""What the plugin `models` brings to tipoff."""

from __future__ import annotations

from tipoff import Model, hookimpl

from tipoff_models.columns import BOOSTING, ELO, LINEAR, SPREAD, TOTAL

TIPOFF_API = 1


@hookimpl
def models() -> tuple[Model, ...]:
    """A baseline, a rating model, a linear model, gradient boosting, and what they say together."""
    return (
        Model(
            name="home",
            features=(),
            fit="tipoff_models.home:fit",
            predict="tipoff_models.home:predict",
            version="2",
            doc="Baseline: how often and by how much the listed home team wins, at home and at neutral sites.",
        ),
        Model(
            name="elo",
            features=ELO,
            fit="tipoff_models.elo:fit",
            predict="tipoff_models.elo:predict",
            version="2",
            doc="Margin proportional to the difference of Elo ratings, plus the home court.",
        ),
        Model(
            name="linear",
            features=_union(LINEAR, TOTAL),
            fit="tipoff_models.linear:fit",
            predict="tipoff_models.linear:predict",
            version="4",
            doc="Least squares (statsmodels) on ratings of points and of what goes with them, with standard errors.",
        ),
        Model(
            name="boosting",
            features=_union(LINEAR, BOOSTING),
            fit="tipoff_models.boosting:fit",
            predict="tipoff_models.boosting:predict",
            version="4",
            params={
                "learning_rate": 0.03,
                "max_iter": 100,
                "max_leaf_nodes": 6,
                "min_samples_leaf": 100,
                "max_features": 0.3,
            },
            search_space={
                "learning_rate": {"low": 0.01, "high": 0.1, "log": True},
                "max_iter": {"low": 50, "high": 300},
                "max_leaf_nodes": {"low": 4, "high": 16},
                "min_samples_leaf": {"low": 50, "high": 400, "log": True},
                "max_features": [0.2, 0.3, 0.5, 1.0],
            },
            doc="Gradient boosted trees (scikit-learn) on what least squares leave of the margin.",
        ),
        Model(
            name="ensemble",
            features=_union(TOTAL, SPREAD),
            fit="tipoff_models.ensemble:fit",
            predict="tipoff_models.ensemble:predict",
            version="2",
            stacks=("boosting", "linear"),
            doc="Weighs the others' margins by how well they did on games they had not seen, and learns from their "
            "errors how far each game may stray.",
        ),
    )


def _union(*columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in columns for name in each))
