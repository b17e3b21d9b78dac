"""The plugin against the contract kit that other authors get."""

from __future__ import annotations

from tipoff.testing import model_tests

TestModels = model_tests(
    "tipoff_models.plugin",
    between={
        "game_features.expected_margin_deviation": (9.0, 14.0),
        "game_features.expected_possessions": (60.0, 80.0),
        "game_features.expected_total": (110.0, 170.0),
        "game_features.games_played_least": (0.0, 30.0),
        "game_features.home_court": (0.0, 1.0),
    },
)
