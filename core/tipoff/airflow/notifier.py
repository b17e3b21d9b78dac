"""Tells people that a run failed or a model has decayed, through any channel that Apprise knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseNotifier

from tipoff import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context


class FailureNotifier(BaseNotifier):
    """Sends one message for a failed run to each URL of ``TIPOFF_ALERT_URLS``; with none, it logs the message.

    It belongs on the DAG, not on its tasks: a killed task and a run past its limit call no task's callback, but
    they do call the DAG's.

    Example::

        with DAG("my_dag", on_failure_callback=FailureNotifier()):
            ...
    """

    def render_template_fields(self, context: Context, jinja_env: object = None) -> None:
        """There are none; and ``DAG.test`` hands in a serialized DAG, with which rendering fails."""

    def notify(self, context: Context) -> None:
        """Sends the message; a channel that does not take it is logged, since an alert never breaks a run."""
        title, body = message(context)
        tell(title, body, self.log.error)


def tell(title: str, body: str, log: Callable[..., None]) -> None:
    """Sends a message to each URL of ``TIPOFF_ALERT_URLS``; with none, and where one does not take it, it is logged.

    Args:
        title: in a few words.
        body: what happened, and what to do next.
        log: of the task, at the level that the message deserves.
    """
    urls = settings.load().alert_urls
    if not urls:
        log("%s: %s (set TIPOFF_ALERT_URLS to be told)", title, body)
        return
    import apprise

    channels = apprise.Apprise()
    for url in urls:
        if not channels.add(url):
            # The URL holds a key, so it is not shown.
            log("an URL of TIPOFF_ALERT_URLS is not one that Apprise knows; see its list of services")
    if not channels.notify(title=title, body=body, notify_type=apprise.NotifyType.FAILURE):
        log("not every alert channel took the message: %s: %s", title, body)


def message(context: Context) -> tuple[str, str]:
    """Title and text of the alert: which run failed, why, at which task, and what to look at next."""
    run = context.get("dag_run")
    dag = run.dag_id if run is not None else "a DAG"
    lines = [f"Run `{run.run_id}` failed." if run is not None else "A run failed."]
    if reason := context.get("reason"):
        lines.append(f"Reason: {reason}.")
    task = context.get("ti") or context.get("task_instance")
    if task is not None:
        lines.append(f"Last task: `{task.task_id}`, try {task.try_number}.")
    lines.append(f"Look at the task's log in Airflow, or run: airflow dags list-runs {dag}")
    return f"tipoff: {dag} failed", " ".join(lines)
