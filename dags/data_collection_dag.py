"""# data_collection

Every morning at 4:00 Eastern: collects what every installed collector brings, then judges it.

One task for each dataset of each collector plugin, in the order that the datasets ask for, over all configured
leagues. Each run goes on from the watermark of the last one and looks again at days whose results may still be
corrected; answers that have landed are not asked for twice. `data_quality` runs the checks on the raw tables and
publishes the copy that people read.

A run with `from` and `to`, or with `season`, collects those days instead: a long history is one run. `leagues` leaves
out the others, and `force` asks again for what has landed.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG
from tipoff import plugins, settings
from tipoff.airflow import forms
from tipoff.airflow.dag import COMMON, asset, document, source, task_defaults, wire
from tipoff.airflow.operators import CollectOperator, QualityOperator

registry = plugins.load()

with DAG(
    dag_id="data_collection",
    schedule="0 4 * * *",
    max_active_tasks=4,
    dagrun_timeout=timedelta(hours=2),
    default_args=task_defaults(retries=3),
    params=forms.collecting(settings.load().leagues),
    doc_md=__doc__,
    **COMMON,
) as data_collection_dag:
    tasks = {
        dataset.name: CollectOperator(
            task_id=f"collect_{dataset.name}",
            dataset=dataset.name,
            start="{{ params['from'] or '' }}",
            end="{{ params['to'] or '' }}",
            season="{{ params['season'] or '' }}",
            leagues="{{ (params['leagues'] or []) | join(',') }}",
            force="{{ params['force'] }}",
            inlets=[source(registry.dataset(dataset.name)[0].name)],
            outlets=[asset(f"raw.{table}") for table in dataset.tables],
            trigger_rule="none_failed",  # a dataset with nothing to bring today does not stop those after it
            doc_md=document(dataset.doc, f"fills {', '.join(dataset.tables)}"),
        )
        for dataset in registry.datasets()
    }
    data_quality = QualityOperator(
        task_id="data_quality",
        schema="raw",
        doc_md="Runs every check on the raw tables, and publishes, also after a failure. A check of severity `block` "
        "fails the task, and so does a failed task before it.",
    )
    wire(tasks, after={dataset.name: dataset.after for dataset in registry.datasets()}, last=data_quality)
