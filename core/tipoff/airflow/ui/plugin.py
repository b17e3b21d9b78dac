"""The Airflow plugin: where the page stands in the UI, and who listens as tasks begin and end.

Every process of Airflow loads it, so it imports nothing heavy; the application is made with the first request, in the
API server alone.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

from tipoff.airflow import listener

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

PREFIX = "/tipoff"
"""Path of the page below the API server's address."""


class Lazy:
    """An ASGI application that `tipoff.airflow.ui.app` makes when it is first asked."""

    def __init__(self) -> None:
        self._made: Any = None
        self._lock = Lock()

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answers a request."""
        with self._lock:
            if self._made is None:
                from tipoff.airflow.ui.app import make

                self._made = make()
        await self._made(scope, receive, send)


def _view(destination: str, route: str, href: str) -> dict[str, str]:
    # Airflow keeps one view of each route, so that each destination has its own. An address without a slash in front is
    # below the one that Airflow itself is served at.
    return {"name": "tipoff", "destination": destination, "url_route": route, "href": f"{PREFIX[1:]}/{href}"}


class TipoffPage(AirflowPlugin):
    """tipoff's page: in the navigation, at each DAG, and at each task instance; and the journal of task attempts."""

    name = "tipoff"
    fastapi_apps = [  # noqa: RUF012 - Airflow's own form
        {"app": Lazy(), "url_prefix": PREFIX, "name": "tipoff"}
    ]
    listeners = [listener]  # noqa: RUF012 - likewise
    external_views = [  # noqa: RUF012 - likewise
        _view("nav", "tipoff", "tonight"),
        _view("dag", "tipoff-dag", "dag/{DAG_ID}"),
        _view("task_instance", "tipoff-run", "run/{DAG_ID}/{RUN_ID}?task={TASK_ID}"),
    ]
