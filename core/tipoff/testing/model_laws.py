"""What every model must obey, on made-up games, through the engine's own boundary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tipoff.contracts import Column, Fitted, Model
from tipoff.contracts.judging import nearest
from tipoff.errors import ArtifactRefused, TipoffError
from tipoff.testing.subject import Suite, broken

if TYPE_CHECKING:
    import pyarrow as pa

    from tipoff.modelling.identity import Spec

_FEW: Final = 60
"""Games of the smallest table that is fitted: a walk forward begins with fifty."""

_REFITS: Final = 3
"""Features without which a model is fitted anew, each by itself."""

_CUTS: Final = (200, 350)
"""Where the made-up season is cut: fitted to the games before, asked about those after."""

_OFF: Final = 0.1
"""How far the mean probability may lie from the share of games won, on the games it was fitted to."""

_CLOSE: Final = 1e-6
"""How far a prediction may move, relatively, with the games that are asked along: sums in another order."""


class ModelLaws(Suite):
    """Deterministic, storable, honest about time, and in range; for each model."""

    def test_the_same_games_give_the_same_model(self, model: Model) -> None:
        """Two fits to the same games, parameters and seed predict the same, to the last bit."""
        games = self._games(model)
        one, other = (self._predict(model, self._fit(model, games), games) for _ in range(2))
        if not one.equals(other):
            broken(
                f"`{model.name}`, fitted twice to the same games, predicts differently: {_first(one, other, games)}",
                "take every random choice from `ctx.seed` (random_state=ctx.seed), and keep nothing between two fits",
            )

    def test_it_comes_back_from_storage(self, model: Model, tmp_path: Path) -> None:
        """Saved and loaded, it predicts the same to the last bit, whatever was fitted meanwhile."""
        from tipoff.modelling import artifacts

        games = self._games(model)
        fitted = self._fitted(model)
        said = self._predict(model, fitted, games)
        try:
            sha256 = artifacts.save(tmp_path / model.name / "1", fitted, {})
            loaded, _ = artifacts.load(tmp_path / model.name / "1", sha256)
        except TipoffError as error:
            broken(
                f"`{model.name}` cannot be stored: {error}", "return JSON in `state`, and estimators of scikit-learn"
            )
        self._fit(model, self._games(model, seed=12))
        again = self._predict(model, loaded, games)
        if not said.equals(again):
            broken(
                f"`{model.name}` predicts differently once it was stored and loaded: {_first(said, again, games)}",
                "`predict` may use what is in its `Fitted` and nothing else; put all that `fit` learnt into it",
            )

    def test_a_changed_artifact_is_refused(self, model: Model, tmp_path: Path) -> None:
        """Each of its stored files, changed by a byte, keeps it from being loaded."""
        from tipoff.modelling import artifacts

        folder = tmp_path / model.name / "1"
        sha256 = artifacts.save(folder, self._fitted(model), {})
        for file in sorted(folder.iterdir()):
            whole = file.read_bytes()
            file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
            with pytest.raises(ArtifactRefused):
                artifacts.load(folder, sha256)
            file.write_bytes(whole)
        artifacts.load(folder, sha256)

    def test_it_knows_nothing_of_later_games(self, model: Model) -> None:
        """A season walked through again, with its later games otherwise, gets the same predictions for the earlier."""
        import pyarrow as pa
        import pyarrow.compute as pc

        games = self._games(model)
        first, last = _CUTS
        early = games.slice(first, last - first)
        said = self._predict(model, self._fit(model, games.slice(0, first)), early)
        late = games.slice(last)
        turned = {"margin": pc.negate(late["margin"]), "home_win": pc.invert(late["home_win"])}
        for name, column in turned.items():
            late = late.set_column(late.column_names.index(name), name, column)
        otherwise = pa.concat_tables([games.slice(0, last), late])
        self._predict(model, self._fit(model, otherwise), late)
        again = self._predict(model, self._fit(model, otherwise.slice(0, first)), early)
        if not said.equals(again):
            broken(
                f"`{model.name}` predicts a game differently once it has been fitted to later ones: "
                f"{_first(said, again, early)}",
                "keep nothing in the module between two fits: no cache by game, no running totals",
            )

    def test_a_game_is_judged_by_itself(self, model: Model) -> None:
        """What it says of a game does not depend on the games that are asked along with it."""
        games = self._games(model)
        fitted = self._fitted(model)
        along = self._predict(model, fitted, games)
        for place in (0, games.num_rows // 2, games.num_rows - 1):
            one = games.slice(place, 1)
            alone, there = self._predict(model, fitted, one), along.slice(place, 1)
            if not _is_close(alone, there):
                broken(
                    f"`{model.name}` says something else of a game when others are asked along: "
                    f"{_first(alone, there, one)}",
                    "let `fit` compute means and spreads and put them into `Fitted.state`; those of the games that are "
                    "asked about hold games of later days",
                )

    def test_its_output_is_in_range(self, model: Model) -> None:
        """Probabilities lie strictly between 0 and 1, spreads above 0, however few games it was fitted to."""
        games = self._games(model)
        self._predict(model, self._fit(model, games.slice(0, _FEW)), games)
        if self._predict(model, self._fitted(model), games.slice(0, 0)).num_rows:
            broken(f"`{model.name}` predicts games when it is asked about none", "give a row for each game, in order")

    def test_its_output_is_calibrated(self, model: Model) -> None:
        """On the games it was fitted to, it expects about as many home wins as there were, and its spread is theirs."""
        import numpy as np

        games = self._games(model)
        said = self._predict(model, self._fitted(model), games)
        expected = float(said["home_win_prob"].to_numpy().mean())
        won = float(games["home_win"].to_numpy(zero_copy_only=False).astype(float).mean())
        if abs(expected - won) > _OFF:
            broken(
                f"`{model.name}` gives the home team {expected:.0%} on average, and it won {won:.0%} of these games",
                "margin is home minus away; home_win_prob is the home team's, as the normal distribution gives it for "
                "margin / margin_sd",
            )
        missed = games["margin"].to_numpy().astype(float) - said["margin"].to_numpy()
        spread = float(np.sqrt((missed**2).mean()) / said["margin_sd"].to_numpy().mean())
        if not 1 / 3 < spread < 3:  # in-sample, a flexible model comes nearer than it will later
            broken(
                f"`{model.name}` misses the margin by {spread:.1f} times its margin_sd",
                "margin_sd is the standard deviation of what the margin may turn out to be, in points",
            )

    def test_missing_values_do_no_harm(self, model: Model) -> None:
        """Fitted and asked where one feature, or all of them, are not known, it still gives a forecast."""
        from tipoff.testing.made_up import without

        games = self._games(model)
        bare = [name.rpartition(".")[2] for name in model.features]
        if not bare:
            pytest.skip(f"`{model.name}` sees no features, so none can be missing")
        fitted = self._fitted(model)
        unknown = games.slice(0, 5)
        for name in bare:
            unknown = without(unknown, name)
            self._predict(model, fitted, without(games, name).slice(0, 5), f"where `{name}` is not known")
        for name in bare[:: max(1, len(bare) // _REFITS)][:_REFITS]:
            gone = without(games, name)
            self._predict(model, self._fit(model, gone, f"where `{name}` is never known"), gone)
        self._predict(model, fitted, unknown, "where no feature is known")

    # ------------------------------------------------------------------------------------------------ helpers

    def _games(self, model: Model, seed: int = 11) -> pa.Table:
        """Made-up games with the model's columns, of the types that their builders say, where those are here."""
        from tipoff.testing.made_up import games

        every = {name for each in self.subject.brought.models for name in each.features}
        for name in self.subject.between:
            if name not in every:
                broken(
                    f"`between=` names `{name}`, which none of the models sees{nearest(name, every)}",
                    "write each as the model does, table.column",
                )
        columns = self.once("columns", self._columns)
        types = {name: column.type for name, column in columns.items()}
        between = {name: column.between for name, column in columns.items() if column.between}
        return games(model, types, {**between, **self.subject.between}, seed=seed)

    def _columns(self) -> dict[str, Column]:
        """Every column of a feature table that is known here, by ``table.column``."""
        builders = (*self.subject.beside().builders, *self.subject.brought.feature_builders)
        return {f"{each.table.name}.{column.name}": column for each in builders for column in each.table.columns}

    def _fitted(self, model: Model) -> Fitted:
        """The model fitted to all of the made-up games, once."""
        return self.once(f"fitted {model.name}", lambda: self._fit(model, self._games(model)))

    def _spec(self, model: Model) -> Spec:
        from tipoff.modelling.identity import Spec

        return Spec(model, model.params)

    def _fit(self, model: Model, games: pa.Table, where: str = "") -> Fitted:
        from tipoff.modelling import fitting

        try:
            return fitting.fit(self._spec(model), games)
        except TipoffError as error:
            broken(f"{error}{f' ({where})' if where else ''}", _MISSING if where else f"mend `{model.fit}`")

    def _predict(self, model: Model, fitted: Fitted, games: pa.Table, where: str = "") -> pa.Table:
        from tipoff.modelling import fitting
        from tipoff.modelling.frame import TARGETS

        try:
            return fitting.predict(self._spec(model), fitted, games.drop_columns(list(TARGETS)))
        except TipoffError as error:
            broken(f"{error}{f' ({where})' if where else ''}", _MISSING if where else f"mend `{model.predict}`")


_MISSING: Final = (
    "a feature may be NULL, in one game or in all: decide what that means (the mean of the games it was fitted to, or "
    "a model that takes NaN), and never let it through to the output"
)


def _is_close(one: pa.Table, other: pa.Table) -> bool:
    for name in one.column_names:
        for left, right in zip(one[name].to_pylist(), other[name].to_pylist(), strict=True):
            if (left is None) != (right is None) or (
                left is not None and abs(left - right) > _CLOSE * max(1.0, abs(left), abs(right))
            ):
                return False
    return True


def _first(one: pa.Table, other: pa.Table, games: pa.Table) -> str:
    """The first game of which two answers differ, and what each says."""
    for place, (left, right) in enumerate(zip(one.to_pylist(), other.to_pylist(), strict=True)):
        if left != right:
            name = next(name for name in left if left[name] != right[name])
            return f"game `{games['game_id'][place]}`, `{name}` `{left[name]}` and `{right[name]}`"
    return "equal values, other bytes"
