"""# feature_engineering

Every morning at 6:00 Eastern, after data_collection: computes point-in-time features from the collected tables.

`check_new_data` passes when the collected data reaches today, waits a while when it is late, and skips the run when
nothing has been collected yet. Then one task for each feature builder of each plugin, each after the builders whose
tables it reads. Only what changed games touch is computed again. `feature_quality` runs the builders' checks and
publishes.

A run with `full` computes everything again, and one with `season` only that season.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG
from tipoff import plugins
from tipoff.airflow import forms
from tipoff.airflow.dag import COMMON, asset, document, task_defaults, wire
from tipoff.airflow.operators import FeatureOperator, QualityOperator
from tipoff.airflow.sensors import NewDataSensor
from tipoff.plugins.graph import builder_graph

registry = plugins.load()

with DAG(
    dag_id="feature_engineering",
    schedule="0 6 * * *",
    max_active_tasks=2,
    dagrun_timeout=timedelta(hours=1),
    default_args=task_defaults(retries=2),
    params=forms.building(),
    doc_md=__doc__,
    **COMMON,
) as feature_engineering_dag:
    check_new_data = NewDataSensor(
        task_id="check_new_data",
        doc_md="Waits for late data, but never for data that is not expected; says why it passed or skipped.",
    )
    tasks = {
        builder.name: FeatureOperator(
            task_id=f"{builder.name}_features",
            builder=builder.name,
            full="{{ params['full'] }}",
            season="{{ params['season'] or '' }}",
            inlets=[asset(table) for table in builder.inputs],
            outlets=[asset(builder.table.full_name)],
            doc_md=document(builder.doc, f"reads {', '.join(builder.inputs)}", f"writes {builder.table.full_name}"),
        )
        for builder in registry.builders
    }
    feature_quality = QualityOperator(
        task_id="feature_quality",
        schema="features",
        doc_md="Runs every check on the feature tables, and publishes, also after a failure. A check of severity "
        "`block` fails the task, and so does a failed task before it.",
    )
    wire(tasks, after=builder_graph(registry.builders), first=check_new_data, last=feature_quality)
