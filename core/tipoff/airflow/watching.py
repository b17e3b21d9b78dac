"""What the sensors of health, quality and data look at. Arguments are in JSON's types, for the triggerer's sake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Final, get_args

from tipoff import plugins, settings
from tipoff.airflow import context
from tipoff.airflow.gates import Look
from tipoff.contracts import Severity
from tipoff.contracts.judging import nearest
from tipoff.errors import SettingsError, StoreBusy

if TYPE_CHECKING:
    from tipoff.contracts import Access, Check, Collector, Table
    from tipoff.health import Part
    from tipoff.plugins import Registry

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From the mildest to the worst."""

_NOTHING_YET: Final = "nothing has been collected yet; run data_collection"


def health(parts: Sequence[Part], disk_gb: float, memory_gb: float) -> Look:
    """Waits while a part of the installation has failed (`tipoff.health`).

    Sources are reached as the collect tasks reach them: by their Airflow connection. The store is opened and not read
    to its end, which would keep it from those who write, again and again.
    """
    from tipoff.health import PARTS, Needs, examine

    if unknown := sorted(set(parts) - set(PARTS)):
        raise SettingsError(f"`{unknown[0]}` is no part{nearest(unknown[0], PARTS)}; there are: {', '.join(PARTS)}")
    chosen = context.overridden(settings.load())

    def reach(collector: Collector) -> Access:
        return context.access(collector.conn_id, chosen, collector.name)

    registry = plugins.load(chosen.model_copy(update={"plugins_strict": False}))
    found = list(examine(Needs(registry, chosen, reach, disk_gb, memory_gb, thorough=False), parts))
    bad = [each for each in found if each.state == "failed"]
    told = "; ".join(f"{each.part}: {each.found}" + (f" ({each.mend})" if each.mend else "") for each in bad or found)
    return Look("wait" if bad else "pass", told)


def quality(checks: Sequence[str], table: str, severity: Severity) -> Look:
    """Waits for checks that have not run yet, or did not pass when they last ran.

    Args:
        checks: their names, of whatever severity; empty: all.
        table: only those of this table; empty: of any.
        severity: where none is named, only those of this severity and of worse ones.

    Raises:
        SettingsError: there is no such check, table or severity, or no check is left.
    """
    from tipoff.quality.checks import last_results
    from tipoff.warehouse.store import Warehouse

    chosen = settings.load()
    registry = plugins.load(chosen)
    wanted = _checks(registry, checks, table, severity)
    store = Warehouse.of(chosen)
    if not store.exists:
        return Look("wait", _NOTHING_YET)
    try:
        store.migrate(registry.tables().values())
        found = last_results(store, wanted)
    except StoreBusy as error:
        return Look("wait", str(error))
    for name in sorted(set(wanted) - {result.name for result in found}):
        return Look("wait", f"check `{name}` has not run yet; run data_collection and feature_engineering")
    if failed := [str(result) for result in found if not result.passed]:
        return Look("wait", "; ".join(failed))
    return Look("pass", f"{len(found)} of {len(found)} checks passed when they last ran")


def data(table: str, league: str, day: str, season: str, min_rows: int) -> Look:
    """Waits until a table holds rows enough.

    Args:
        table: its full name.
        league: whose rows count; empty: each of ``TIPOFF_LEAGUES`` has to have enough.
        day: ISO 8601; only rows of this day and of later ones count. Empty: of any.
        season: by the year in which it ends; only its rows count. Empty: of any.
        min_rows: how many are enough.

    Raises:
        SettingsError: there is no such table, or it has no such column, or the day or the season is none.
    """
    from tipoff.warehouse.sql import Identifier
    from tipoff.warehouse.store import Warehouse

    chosen = settings.load()
    registry = plugins.load(chosen)
    spec = registry.tables().get(table)
    if spec is None:
        raise SettingsError(f"there is no table `{table}`{nearest(table, registry.tables())}; see `tipoff tables`")
    where, values = _where(spec, league, day, season)
    statement = f"SELECT count(*) AS rows FROM {Identifier.of(spec)} WHERE {where}"  # noqa: S608 - quoted names only
    store = Warehouse.of(chosen)
    if not store.exists:
        return Look("wait", _NOTHING_YET)
    each_league = "league" in spec.column_names
    try:
        store.migrate(registry.tables().values())
        for name in [league] if league or not each_league else chosen.leagues:
            asked = {**values, "league": name} if each_league else values
            (row,) = store.query(statement, **asked).to_pylist()
            if row["rows"] < min_rows:
                of = ", ".join(filter(None, (name, season and f"season {season}", day and f"from {day} on")))
                found = f"`{table}` ({of})" if of else f"`{table}`"
                return Look("wait", f"{found} has {row['rows']} rows, and {min_rows} are waited for")
    except StoreBusy as error:
        return Look("wait", str(error))
    return Look("pass", f"`{table}` has the {min_rows} rows that were waited for, or more")


def _checks(registry: Registry, names: Sequence[str], table: str, severity: Severity) -> dict[str, Check]:
    """The checks that are meant, by name."""
    from tipoff.quality.checks import checks_of

    if severity not in SEVERITIES:
        raise SettingsError(f"`{severity}` is no severity; there are: {', '.join(SEVERITIES)}")
    known = {check.name: check for check in (*checks_of("raw", registry), *checks_of("features", registry))}
    if unknown := sorted(set(names) - set(known)):
        raise SettingsError(f"there is no check `{unknown[0]}`{nearest(unknown[0], known)}; see `tipoff checks`")
    if table and table not in registry.tables():
        raise SettingsError(f"there is no table `{table}`{nearest(table, registry.tables())}; see `tipoff tables`")
    bad_enough = SEVERITIES[SEVERITIES.index(severity) :]
    wanted = {
        name: check
        for name, check in known.items()
        if (name in names if names else check.severity in bad_enough) and (not table or check.table == table)
    }
    if not wanted:
        which = ", ".join(f"`{name}`" for name in names) or f"as severe as `{severity}`"
        raise SettingsError(f"no check {which} is of `{table or 'any table'}`; see `tipoff checks` for those that are")
    return wanted


def _where(table: Table, league: str, day: str, season: str) -> tuple[str, dict[str, object]]:
    """The condition for a league's days or season, and the values in it but for the league's."""
    from tipoff.warehouse.sql import Identifier

    conditions, values = ["true"], dict[str, object]()
    days = sorted((c.name for c in table.columns if c.type == "DATE"), key=lambda name: (name != "game_date", name))
    there = {"league": "league" in table.column_names, "day": bool(days), "season": "season" in table.column_names}
    for name, value in (("league", league), ("day", day), ("season", season)):
        if value and not there[name]:
            raise SettingsError(f"table `{table.full_name}` has no column for `{name}`; leave it out")
    if there["league"]:
        conditions.append("league = $league")
    if day:
        conditions.append(f"{Identifier(days[0])} >= $day")
        try:
            values["day"] = date.fromisoformat(day[:10])
        except ValueError:
            raise SettingsError(f"`day` is `{day}`, not a day; write it like 2024-01-15") from None
    if season:
        if not season.isdecimal():
            raise SettingsError(f"`season` is `{season}`; give the year in which the season ends, such as 2024")
        conditions.append("season = $season")
        values["season"] = int(season)
    return " AND ".join(conditions), values
