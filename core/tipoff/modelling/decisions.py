"""Versions of models and what serves: every decision is an event with its reason, and nothing is overwritten.

For each league there are *current* versions, the newest good one of each model, and one *champion* among
them, the version whose predictions count. Both follow from ``models.event``:

| kind       | means                                                                       | sets              |
|------------|-----------------------------------------------------------------------------|-------------------|
| registered | within bounds                                                               | current           |
| rejected   | out of bounds, or no better with searched parameters; nothing changes       |                   |
| first      | best of a training, where there was nothing to defend                       | champion          |
| refreshed  | the champion's own model, fitted on newer games, rebuilt features or anew   | champion          |
| promoted   | went through the gate (`tipoff.modelling.gate`)                             | champion          |
| kept       | the gate kept the champion, or what was fitted on later games               |                   |
| manual     | a person chose it                                                           | champion, current |
| rollback   | a person went back to the champion before                                   | champion          |

What a person chose is *pinned*: no refit takes its place until a person chooses otherwise or unpins it. Only the gate
opens for a better one, and a version that may no longer be asked gives way to its refit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from typing import TYPE_CHECKING

from tipoff.errors import Abort, SettingsError
from tipoff.modelling.identity import canonical

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.contracts import Json

CROWNS = ("first", "refreshed", "promoted", "manual", "rollback")
"""Kinds of decisions that set the champion, as in the view ``models.champion``."""


@dataclass(frozen=True)
class Version:
    """A row of ``models.version``: a fitted model with its artifact."""

    model: str
    version: str
    league: str
    spec_id: str
    spec: str
    stacks: str
    dataset_id: str
    dataset: str
    games: int
    first_day: date
    last_day: date
    artifact: str
    artifact_sha256: str
    created_at: datetime
    run_id: str

    @property
    def stacked(self) -> dict[str, str]:
        """The version of each stacked model."""
        found: dict[str, str] = json.loads(self.stacks)
        return found

    @property
    def features(self) -> dict[str, str]:
        """The version of each feature table it was fitted on."""
        found: dict[str, str] = json.loads(self.spec).get("features", {})
        return found


@dataclass(frozen=True)
class Event:
    """A row of ``models.event``: one decision."""

    league: str
    seq: int
    kind: str
    model: str
    version: str
    reason: str
    figures: str
    decided_at: datetime
    run_id: str


@dataclass(frozen=True)
class Note:
    """Who decides when, for the rows that a decision leaves."""

    run_id: str
    now: datetime


def add(con: DuckDBPyConnection, version: Version) -> None:
    """Records a version; fitted anew (its artifact was lost or refused), it replaces its row."""
    con.execute(
        "INSERT OR REPLACE INTO models.version VALUES "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        list(astuple(version)),
    ).fetchall()


def find(con: DuckDBPyConnection, model: str, version: str) -> Version | None:
    """One version, if it is registered."""
    rows = con.execute(
        "SELECT * FROM models.version WHERE model = $model AND version = $version",
        {"model": model, "version": version},
    ).fetchall()
    return Version(*rows[0]) if rows else None


def get(con: DuckDBPyConnection, model: str, version: str) -> Version:
    """One version.

    Raises:
        Abort: there is no such version.
    """
    found = find(con, model, version)
    if found is None:
        raise Abort(f"model `{model}` has no version `{version}`; `tipoff models list` shows those there are")
    return found


def versions(con: DuckDBPyConnection, league: str = "", model: str = "") -> list[Version]:
    """Every version, newest first, of one league and one model where they are given."""
    rows = con.execute(
        "SELECT * FROM models.version WHERE ($league = '' OR league = $league) AND ($model = '' OR model = $model) "
        "ORDER BY league, model, created_at DESC, version DESC",
        {"league": league, "model": model},
    ).fetchall()
    return [Version(*row) for row in rows]


def events(con: DuckDBPyConnection, league: str) -> list[Event]:
    """A league's decisions, oldest first."""
    rows = con.execute("SELECT * FROM models.event WHERE league = $league ORDER BY seq", {"league": league}).fetchall()
    return [Event(*row) for row in rows]


def champion(con: DuckDBPyConnection, league: str) -> Event | None:
    """The event that made the league's champion what it is; it names model, version and reason."""
    line = _line(events(con, league))
    return line[-1] if line else None


def pinned(con: DuckDBPyConnection, league: str) -> bool:
    """Whether a person chose the league's champion."""
    return _pin(events(con, league)) is not None


def current(con: DuckDBPyConnection, league: str) -> dict[str, str]:
    """The current version of each model that has one."""
    rows = con.execute(
        "SELECT model, version FROM models.current WHERE league = $league", {"league": league}
    ).fetchall()
    return dict(rows)


def serving(con: DuckDBPyConnection, league: str, model: str) -> Version | None:
    """The version of a model to ask: the champion where it is of this model, else its current one."""
    top = champion(con, league)
    name = top.version if top and top.model == model else current(con, league).get(model)
    return None if name is None else get(con, model, name)


def seal(con: DuckDBPyConnection, version: Version, artifact_sha256: str) -> None:
    """Records that a version's manifest was completed."""
    con.execute(
        "UPDATE models.version SET artifact_sha256 = $sha256 WHERE model = $model AND version = $version",
        {"sha256": artifact_sha256, "model": version.model, "version": version.version},
    ).fetchall()


def record(
    con: DuckDBPyConnection,
    version: Version,
    kind: str,
    reason: str,
    *,
    figures: Mapping[str, Json] | None = None,
    note: Note,
) -> Event:
    """Adds a decision about a version."""
    seq = con.execute(
        "SELECT coalesce(max(seq), 0) + 1 FROM models.event WHERE league = $league", {"league": version.league}
    ).fetchall()[0][0]
    event = Event(
        league=version.league,
        seq=seq,
        kind=kind,
        model=version.model,
        version=version.version,
        reason=reason,
        figures=canonical(figures or {}),
        decided_at=note.now,
        run_id=note.run_id,
    )
    values = [getattr(event, field.name) for field in fields(event)]
    con.execute("INSERT INTO models.event VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", values).fetchall()
    return event


def promote(
    con: DuckDBPyConnection,
    version: Version,
    reason: str,
    note: Note,
    figures: Mapping[str, Json] | None = None,
) -> Event:
    """Makes a version champion and current by a person's will, past the gate.

    Args:
        con: a connection from `Warehouse.write`.
        version: a registered one.
        reason: why, in the person's words.
        note: who decides when.
        figures: what the gate saw (`tipoff.modelling.gate.outlook`), kept with the decision.

    Raises:
        SettingsError: there is no reason.
    """
    if not reason.strip():
        raise SettingsError(f'model `{version.model}` version `{version.version}`: say why, with --reason "…"')
    return record(con, version, "manual", reason.strip(), figures=figures, note=note)


def rollback(con: DuckDBPyConnection, league: str, note: Note) -> Event:
    """Goes back to the champion before the present one; again, to the one before that.

    Raises:
        Abort: there was none before.
    """
    line = _line(events(con, league))
    if len(line) < 2:
        raise Abort(f"league `{league}` has no earlier champion; choose one with `tipoff models promote`")
    left, back = line[-1], line[-2]
    reason = f"back from `{left.model}` version `{left.version}`"
    return record(con, get(con, back.model, back.version), "rollback", reason, note=note)


def unpin(con: DuckDBPyConnection, league: str, note: Note) -> Event:
    """Lets refits of the champion take its place again, beginning with the newest since it was pinned.

    Raises:
        Abort: no person chose the champion.
    """
    decisions = events(con, league)
    pin = _pin(decisions)
    if pin is None:
        raise Abort(f"the champion of league `{league}` is not pinned; its refits take its place already")
    taken = chosen = get(con, pin.model, pin.version)
    for event in decisions[pin.seq :]:
        later = get(con, event.model, event.version)
        if event.kind == "registered" and later.spec_id == chosen.spec_id:
            taken = later
    return record(con, taken, "refreshed", "unpinned by a person", note=note)


def _pin(decisions: Sequence[Event]) -> Event | None:
    """The decision by which a person chose the champion; None where a refit or the gate has replaced it since."""
    decisive = [event for event in decisions if event.kind in CROWNS]
    return decisive[-1] if decisive and decisive[-1].kind in ("manual", "rollback") else None


def _line(decisions: Sequence[Event]) -> list[Event]:
    """The champions one after the other, those that were rolled back left out; the last one reigns."""
    line: list[Event] = []
    for event in decisions:
        if event.kind == "rollback":
            while not _same(line[-1], event):
                line.pop()
        elif event.kind in CROWNS:
            if line and _same(line[-1], event):  # unpinned, or chosen again: there is nothing to go back to in between
                line.pop()
            line.append(event)
    return line


def _same(one: Event, other: Event) -> bool:
    return (one.model, one.version) == (other.model, other.version)
