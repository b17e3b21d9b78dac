"""The tasks of ``model_training``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tipoff.airflow import context as task_context
from tipoff.airflow.operators.base import TipoffOperator, must_be_chosen, must_be_there

if TYPE_CHECKING:
    from airflow.sdk import Context

    from tipoff.run import Run


class PrepareDataset(TipoffOperator):
    """Joins finished games, results and features into the one dataset that all models are fitted on.

    Example::

        prepare_dataset = PrepareDataset(task_id="prepare_dataset")
        train = TrainModel(task_id="train_model", model="elo", dataset=prepare_dataset.output)
    """

    def work(self, run: Run, context: Context) -> object:
        """A reference to the dataset."""
        from tipoff.features import lookahead
        from tipoff.modelling import pipeline

        ref: Mapping[str, Any] = pipeline.prepare(run)
        with run.warehouse().read() as con:
            self.tell_of_builders(run, lookahead.verdicts(con, run.registry).values())
        self.tell_assets(context, rows=ref["games"], version=ref["id"])
        return ref


class TrainModel(TipoffOperator):
    """Fits one model on a prepared dataset.

    Args:
        model: its name. Templated, like the others.
        dataset: the reference that `PrepareDataset` returned.
        models: those that the run is for, separated by commas; another one is skipped. All unless given.
        force: fit again what was fitted to the same games.

    Example::

        train = TrainModel(task_id="train_model", model="elo", dataset=prepare_dataset.output)
    """

    template_fields: Sequence[str] = ("model", "dataset", "models", "force")

    def __init__(
        self, *, model: str, dataset: Any, models: str | Sequence[str] = "", force: bool | str = False, **kwargs: Any
    ) -> None:
        kwargs.setdefault("map_index_template", "{{ task.model }}")
        super().__init__(**kwargs)
        self.model = model
        self.dataset = dataset
        self.models = models
        self.force = force

    def work(self, run: Run, context: Context) -> object:
        """A reference to the fitted model."""
        from tipoff.modelling import pipeline

        must_be_chosen(run, self.model, self.models)
        must_be_there(run, self.model)
        return pipeline.train(run, self.model, self.dataset, again=task_context.flag(self.force, "force"))


class EvaluateModel(TipoffOperator):
    """Judges a fitted model by walking forward in time: each game is predicted from what came before it.

    Args:
        trained: the reference that `TrainModel` returned.

    Example::

        evaluate = EvaluateModel(task_id="evaluate_model", trained=train.output)
    """

    template_fields: Sequence[str] = ("trained",)

    def __init__(self, *, trained: Any, **kwargs: Any) -> None:
        kwargs.setdefault("map_index_template", "{{ task.trained['model'] }}")
        super().__init__(**kwargs)
        self.trained = trained

    def work(self, run: Run, context: Context) -> object:
        """The reference, with its metrics."""
        from tipoff.modelling import pipeline

        must_be_there(run, self.trained["model"])
        return pipeline.evaluate_version(run, self.trained)


class RegisterModel(TipoffOperator):
    """Registers an evaluated model; it becomes champion only through the gate. Publishes.

    Args:
        evaluated: the reference that `EvaluateModel` returned.

    Example::

        register = RegisterModel(task_id="register_model", evaluated=evaluate.output)
    """

    template_fields: Sequence[str] = ("evaluated",)

    def __init__(self, *, evaluated: Any, **kwargs: Any) -> None:
        kwargs.setdefault("map_index_template", "{{ task.evaluated['model'] }}")
        super().__init__(**kwargs)
        self.evaluated = evaluated

    def work(self, run: Run, context: Context) -> object:
        """The decision of the gate."""
        from tipoff.modelling import pipeline

        must_be_there(run, self.evaluated["model"])
        try:
            told: Mapping[str, Any] = pipeline.register(run, self.evaluated)
        finally:
            run.publish()
        decided = {f"{league}, {told['model']}": each for league, each in told["decisions"].items()}
        refused = {name: each["reason"] for name, each in decided.items() if each["kind"] == "rejected"}
        self.tell_of(run, "was refused by the gate", failing=refused, well=decided.__contains__)
        named = (f"{told['model']} {version}" for _, version in sorted(told["versions"].items()))
        self.tell_assets(context, rows=len(told["versions"]), version=", ".join(named))
        return told
