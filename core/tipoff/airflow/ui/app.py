"""The application behind the page: every route is Airflow's to permit, and reads the published copy alone.

Plugins' applications have no login of their own; here each route asks Airflow whether its user may see plugins, so
that nobody else gets more than 401 or 403. Airflow's security modules are heavy: import this one in the API server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tipoff.airflow.ui.reading import Reader, trouble
from tipoff.report.page import render, style
from tipoff.report.read import PARTS

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""Content-Security-Policy of every answer: no script at all, and nothing from elsewhere."""

OF_DAG = {
    "data_collection": "data",
    "feature_engineering": "runs",
    "model_training": "models",
    "prediction": "tonight",
    "predictions_due": "tonight",
}
"""The part that is shown at a DAG; at any other it is `runs`."""


def make() -> FastAPI:
    """The application. It has no documentation routes, which would be open to all."""
    guard = [Depends(requires_access_view(AccessView.PLUGINS))]
    app = FastAPI(dependencies=guard, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    reader = Reader()
    sheet = style()

    @app.middleware("http")
    async def protect(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await call(request)
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    @app.get("/style.css")
    def style_sheet() -> Response:
        return Response(sheet, media_type="text/css", headers={"Cache-Control": "private, max-age=300"})

    @app.get("/")
    def start(request: Request) -> Response:
        return RedirectResponse(f"{_base(request)}/{PARTS[0]}", 307)

    @app.get("/dag/{dag_id}")
    def at_dag(dag_id: str, request: Request) -> Response:
        return RedirectResponse(f"{_base(request)}/{OF_DAG.get(dag_id, 'runs')}", 307)

    @app.get("/run/{dag_id}/{run_id:path}")
    def at_run(dag_id: str, run_id: str, request: Request, task: str = "") -> Response:
        return HTMLResponse(reader.run(f"{dag_id}/{run_id}", task, _base(request)))

    @app.get("/{part:path}")
    def page(part: str, request: Request) -> Response:
        if part not in PARTS:
            return HTMLResponse(render(trouble(), ("nowhere",), base=_base(request)), 404)
        return HTMLResponse(reader.part(part, _base(request)))

    return app


def _base(request: Request) -> str:
    """Path of the page, where Airflow itself may be served below one."""
    return str(request.scope.get("root_path", "")).rstrip("/")
