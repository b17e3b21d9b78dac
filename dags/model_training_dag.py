"""# model_training

Every Sunday at 2:00 Eastern: fits every model on all finished games, judges it, and registers it.

`list_models` names the models that there are as the run begins, and it works on these: a plugin that comes later waits
for the next. `check_features` skips the run while there are no features. `prepare_dataset` joins games, targets and
features once for all models. Then train, evaluate and register for each model of each plugin: evaluation walks forward
in time, and a model becomes champion only through the gate. One failing model does not stop the others. A run with
`models` fits only these, and one with `force` fits again what was fitted to the same games.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, task_group
from tipoff import plugins
from tipoff.airflow import forms
from tipoff.airflow.dag import COMMON, asset, task_defaults
from tipoff.airflow.operators import EvaluateModel, ListModels, PrepareDataset, RegisterModel, TrainModel
from tipoff.airflow.sensors import FeaturesSensor

registry = plugins.load()

with DAG(
    dag_id="model_training",
    schedule="0 2 * * 0",
    max_active_tasks=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=task_defaults(retries=1),
    params=forms.training(registry),
    doc_md=__doc__,
    **COMMON,
) as model_training_dag:
    list_models = ListModels(task_id="list_models")
    check_features = FeaturesSensor(
        task_id="check_features",
        patience=timedelta(hours=1),
        doc_md="Passes when features stand for the collected data; skips the run while there are none.",
    )
    prepare_dataset = PrepareDataset(
        task_id="prepare_dataset",
        inlets=[asset("raw.games"), *(asset(builder.table.full_name) for builder in registry.builders)],
        outlets=[asset("models.dataset")],
        doc_md="Joins finished games, their results and all features into one dataset; hands on a reference to it.",
    )

    @task_group(group_id="model", prefix_group_id=False)
    def train_evaluate_register(model: str) -> None:
        """One model's way from the dataset to a registered version."""
        train = TrainModel(
            task_id="train_model",
            model=model,
            dataset=prepare_dataset.output,
            models="{{ (params['models'] or []) | join(',') }}",
            force="{{ params['force'] }}",
            doc_md="Fits one model.",
        )
        evaluate = EvaluateModel(task_id="evaluate_model", trained=train.output, doc_md="Judges it on unseen games.")
        RegisterModel(
            task_id="register_model",
            evaluated=evaluate.output,
            inlets=[asset("models.dataset")],
            outlets=[asset("models.version")],
            doc_md="Makes it the model's current version; champion only through the gate. Publishes.",
        )

    list_models >> check_features >> prepare_dataset
    train_evaluate_register.expand(model=list_models.output)
