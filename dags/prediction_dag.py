"""# prediction

Every morning at 8:00 Eastern: forecasts the coming games, and grades the forecasts of those that were played.

`list_models` names the models that there are as the run begins, and it works on these. `check_model` skips the run
while there is no champion. `generate_preds` asks each model by itself, and `store_preds` writes what at least one of
them gave into the ledger, before tip-off. `evaluate_preds` grades last night's predictions, also on a day without games
ahead or when predicting failed, and publishes.

A run with `models` asks only these.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG
from tipoff import plugins
from tipoff.airflow import forms
from tipoff.airflow.dag import COMMON, asset, task_defaults
from tipoff.airflow.operators import EvaluatePredictions, GeneratePredictions, GetUpcoming, ListModels, StorePredictions
from tipoff.airflow.sensors import ModelSensor

registry = plugins.load()
features = [asset(builder.table.full_name) for builder in registry.builders]

with DAG(
    dag_id="prediction",
    schedule="0 8 * * *",
    max_active_tasks=1,
    dagrun_timeout=timedelta(minutes=30),
    default_args=task_defaults(retries=3),
    params=forms.predicting(registry),
    doc_md=__doc__,
    **COMMON,
) as prediction_dag:
    list_models = ListModels(task_id="list_models")
    check_model = ModelSensor(
        task_id="check_model",
        patience=timedelta(minutes=10),
        doc_md="Skips without a champion, waits a while for late features, fails on a blocking quality check.",
    )
    get_upcoming = GetUpcoming(
        task_id="get_upcoming",
        inlets=features,
        doc_md="Finds the games ahead and their features; skips when there are none.",
    )
    generate_preds = GeneratePredictions.partial(
        task_id="generate_preds",
        upcoming=get_upcoming.output,
        models="{{ (params['models'] or []) | join(',') }}",
        map_index_template="{{ task.model }}",
        doc_md="Asks one model.",
    ).expand(model=list_models.output)
    store_preds = StorePredictions(
        task_id="store_preds",
        predictions=generate_preds.output,
        trigger_rule="all_done_min_one_success",  # one failing model does not keep the others' predictions back
        inlets=[asset("models.version"), *features],
        outlets=[asset("predictions.ledger")],
        doc_md="Writes the predictions to the ledger; refuses those of games that have begun.",
    )
    evaluate_preds = EvaluatePredictions(
        task_id="evaluate_preds",
        inlets=[asset("predictions.ledger"), asset("raw.games")],
        outlets=[asset("predictions.grade")],
        doc_md="Grades predictions of games that are over, and publishes, also after a failure. Then fails for it.",
    )
    list_models >> check_model >> get_upcoming >> generate_preds >> store_preds >> evaluate_preds
