"""What an engine needs to know, taken from Airflow's task context: instant, window, run, access."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from tipoff import clock
from tipoff.address import Address, without_credentials
from tipoff.airflow.provider import FIELDS
from tipoff.collecting.window import asked_window
from tipoff.contracts import Window
from tipoff.errors import SettingsError
from tipoff.settings import api_key_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from tipoff.contracts import Access
    from tipoff.settings import Settings

OVERRIDABLE = frozenset(
    {
        "source",
        "leagues",
        "history_seasons",
        "settle_days",
        "horizon_days",
        "user_agent",
        "proxy",
        "max_concurrency",
        "requests_per_second",
        "timeout_seconds",
        "attempts",
        "quarantine_limit",
    }
)
"""Settings that the Airflow variable ``tipoff`` may hold."""


def as_of(context: Context) -> datetime:
    """The instant a run speaks for, naive UTC: partition, else logical date, else run-after; never the future.

    Airflow counts on the machine's clock and a league may live in its own time (`tipoff.clock`). So where the
    clock is set, a run that was asked for the present means the league's present; one that was asked for another
    day (``airflow dags test data_collection 2023-01-01``, a backfill) means that day. A backfill's runs pretend that
    they were created then, so they always mean their day.

    An empty context (an operator called by hand) speaks for the present.
    """
    present = clock.now()
    run = context.get("dag_run")
    created = None if run is None else clock.utc(run.run_after)
    named: datetime | None = context.get("partition_date") or context.get("logical_date")
    asked = created if named is None else clock.utc(named)
    if asked is None:
        return present
    of_today = created is not None and abs(asked - created) < timedelta(days=1)
    if clock.is_set() and of_today and not is_backfill(context):
        return present
    return min(asked, present)


def is_backfill(context: Context) -> bool:
    """Whether the run belongs to a backfill: it is about its own day, and no other."""
    run = context.get("dag_run")
    return run is not None and run.run_type == "backfill"


def asked_for(context: Context, start: str, end: str, season: str) -> tuple[Window | None, datetime]:
    """The days that a collect task is to collect, and the instant at which it asks.

    A run for a day that it does not say more about collects from the watermark, and speaks for its own day. One that
    names days collects these, and a backfill's run its own day, so that a backfill of a range collects the range.
    These ask now, of days gone by, so what they find is settled and not asked for again.

    Returns:
        The days, None for the engine's own choice; and the instant, naive UTC.

    Raises:
        SettingsError: as `window` does.
    """
    now = as_of(context)
    days = window(start, end, season, now)
    if days is None and is_backfill(context):
        day = clock.day_of(now)
        days = Window(day, day)
    return days, now if days is None else clock.now()


def listed(names: str | Iterable[str]) -> tuple[str, ...]:
    """Names as an operator's argument has them: a sequence, or, from a template, text separated by commas."""
    return tuple(part.strip() for part in names.split(",") if part.strip()) if isinstance(names, str) else tuple(names)


def flag(value: bool | str, name: str) -> bool:
    """Yes or no, as an operator's argument has it: from a template it is the text of one.

    Raises:
        SettingsError: it is neither.
    """
    found = {"true": True, "false": False, "": False}.get(str(value).lower())
    if found is None:
        raise SettingsError(f"`{name}` is `{value}`; give true or false")
    return found


def run_id(context: Context) -> str:
    """``<dag>/<run>``: the name a run leaves on every row it writes; ``manual`` outside of a run."""
    run = context.get("dag_run")
    return "manual" if run is None else f"{run.dag_id}/{run.run_id}"


def window(start: str, end: str, season: str, now: datetime) -> Window | None:
    """The days a run was asked for; None: the engine's own choice, from its watermark.

    Args:
        start: first day, ISO 8601, or empty.
        end: last day, ISO 8601, or empty: the day of `now`.
        season: a whole season instead, by the year it ends in; up to `now` while it is under way.
        now: the run's instant, naive UTC.

    Raises:
        SettingsError: the three do not go together, or one of them is not a day or a year.
    """
    if season and not season.isdecimal():
        raise SettingsError(f"`season` is `{season}`; give the year in which the season ends, such as 2024")
    return asked_window(_day(start, "from"), _day(end, "to"), int(season) if season else None, now)


def overridden(settings: Settings) -> Settings:
    """The settings with what the Airflow variable ``tipoff`` says: a JSON object of names and values.

    It may hold what belongs to a source (`OVERRIDABLE`). A ``TIPOFF_*`` environment variable wins over it.

    Raises:
        SettingsError: the variable is not such an object, or a value in it is not usable.
    """
    from airflow.sdk import Variable

    mend = "mend it under Admin, Variables"
    try:
        # Decoded here: Airflow takes a variable that is not JSON for one that is not there.
        values = json.loads(Variable.get("tipoff", default=None) or "{}")
    except ValueError as error:
        raise SettingsError(f"the Airflow variable `tipoff` is not JSON ({error}); {mend}") from None
    if not isinstance(values, dict) or (unknown := sorted(set(values) - OVERRIDABLE)):
        found = f"names `{unknown[0]}`" if isinstance(values, dict) else f"is `{values}`"
        known = ", ".join(sorted(OVERRIDABLE))
        raise SettingsError(f"the Airflow variable `tipoff` {found}; it is a JSON object of: {known}; {mend}")
    chosen = {name: value for name, value in values.items() if f"TIPOFF_{name.upper()}" not in os.environ}
    if not chosen:
        return settings
    try:
        return type(settings)(**chosen)
    except ValidationError as error:
        raise SettingsError(f"the Airflow variable `tipoff`: {_wrong(error, chosen)}; {mend}") from None


def access(conn_id: str, settings: Settings, collector: str = "") -> Access:
    """How to reach a source: what the Airflow connection `conn_id` says, and the settings for the rest.

    The connection need not exist. Its host (with schema and port) is the source's address and goes before
    ``TIPOFF_SOURCE``, its password is the key, and its extra may hold the `tipoff.airflow.provider.FIELDS`. What of
    it is secret becomes ``***`` in the task's log.

    Args:
        conn_id: of the connection.
        settings: for what it does not say.
        collector: whose key, ``TIPOFF_<COLLECTOR>_API_KEY``, is sent where the connection has none.

    Raises:
        SettingsError: a field of the connection does not make sense.
    """
    from airflow.sdk.log import mask_secret

    from tipoff.http.secrets import secrets_of

    found = _from_connection(conn_id, settings)
    if collector and not found.api_key:
        found = replace(found, api_key=api_key_of(collector))
    for secret in secrets_of(found):
        mask_secret(secret)
    return found


def _from_connection(conn_id: str, settings: Settings) -> Access:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    from tipoff.collecting.engine import access_of

    usual = access_of(settings)
    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return usual
    extra = connection.extra_dejson
    said = {name: extra[name] for name in FIELDS if extra.get(name) not in (None, "")}
    try:
        checked = type(settings)(**said)
    except ValidationError as error:
        wrong = _wrong(error, said)
        raise SettingsError(f"connection {conn_id}: extra {wrong}; mend it under Admin, Connections") from None
    return replace(
        usual,
        host=_address(connection.schema, connection.host, connection.port),
        api_key=connection.password or "",
        **{name: getattr(checked, name) for name in said},
    )


def _wrong(error: ValidationError, given: Mapping[str, object]) -> str:
    """Which of the settings that were given are not usable, and why; an address may hold a login."""
    found = {str(item["loc"][0]): item["msg"] for item in reversed(error.errors())}
    return "; ".join(f"`{name}` is `{without_credentials(given[name])}`: {why}" for name, why in found.items())


def _address(schema: str | None, host: str | None, port: int | None) -> str:
    if not host:
        return ""
    address = Address.of(host if "://" in host else f"{schema or 'https'}://{host}")
    return Address(f"{address}:{port}", address.login, address.query) if port else address


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise SettingsError(f"`{name}` is `{text}`, not a day; write it like 2024-01-15") from None
