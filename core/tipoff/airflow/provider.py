"""What Airflow is told of tipoff as a provider: the connection type of a source, with its form.

Airflow asks for it in each of its processes, so nothing of Airflow is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tipoff.contracts import Json

CONN_TYPE: Final = "tipoff_source"

FIELDS: Final = {
    "user_agent": "User agent",
    "proxy": "Proxy",
    "max_concurrency": "Requests at once",
    "requests_per_second": "Requests a second",
    "timeout_seconds": "Timeout (seconds)",
    "attempts": "Attempts",
}
"""Settings that the extra of a source's connection may hold, and what the form calls them."""


def get_provider_info() -> dict[str, Json]:
    """The entry point ``apache_airflow_provider``; the form's limits are those of `tipoff.settings.Settings`."""
    import tipoff
    from tipoff.settings import Settings

    known = Settings.model_json_schema()["properties"]
    return {
        "package-name": "tipoff",
        "name": "tipoff",
        "description": tipoff.__doc__ or "",
        "versions": [tipoff.__version__],
        "connection-types": [
            {
                "connection-type": CONN_TYPE,
                "hook-class-name": "tipoff.airflow.source.SourceHook",
                "hook-name": "tipoff source",
                "conn-fields": {name: _field(name, known[name]) for name in FIELDS},
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "port", "login", "extra"],
                    "relabeling": {"host": "Address", "password": "API key"},
                    "placeholders": {
                        "host": "https://… or http://…; empty: what TIPOFF_SOURCE says",
                        "password": "empty: TIPOFF_<COLLECTOR>_API_KEY",
                    },
                },
            }
        ],
    }


def _field(name: str, setting: dict[str, Json]) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": [setting["type"], "null"]}
    if name == "proxy":
        schema["format"] = "password"  # its address may hold a login
    for limit in ("minimum", "exclusiveMinimum"):
        if limit in setting:
            schema |= {limit: setting[limit], "minimum": setting[limit]}
    return {
        "label": FIELDS[name],
        "schema": schema,
        "description": f"{setting['description']}. Leave it empty to have what TIPOFF_{name.upper()} says",
    }
