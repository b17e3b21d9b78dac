"""The models: figures of the serving versions, their cards, the decisions about them, and the published record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tipoff.modelling import decisions
from tipoff.modelling.comparison import Verdict
from tipoff.modelling.serving import look
from tipoff.report.bundle import Point, Scored, Series
from tipoff.report.cards import Card, Decision, Season, Served, Ungraded, Watched

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.plugins import Registry

DECISIONS = 40

# For each model as a whole (without a month), and for each of its months.
_PUBLISHED = """
    SELECT model, start, season, count(*), avg(log_loss), avg(brier), avg(correct),
           avg(abs(margin_error)), sqrt(avg(margin_error * margin_error)),
           avg(CASE WHEN inside_80 THEN 1.0 ELSE 0.0 END)
    FROM (SELECT *, CAST(date_trunc('month', game_date) AS DATE) AS start
          FROM predictions.graded WHERE league = $league)
    GROUP BY GROUPING SETS ((model), (model, start, season))
    ORDER BY model, start, season
"""

_WATCHED = """
    SELECT model, games, last_day, log_loss, expected, low, high, behind, decayed FROM models.decay
    WHERE league = $league
    QUALIFY row_number() OVER (PARTITION BY model ORDER BY checked_at DESC, rowid DESC) = 1
    ORDER BY decayed DESC, model
"""

_MODELS = """
    SELECT v.model, v.version, v.last_day, e.games, e.log_loss, e.brier, e.accuracy, e.mae, e.rmse,
           e.calibration_error, e.coverage_80
    FROM models.version v
    JOIN models.evaluation e ON e.model = v.model AND e.version = v.version AND e.scope = 'all'
    WHERE v.league = $league ORDER BY v.model
"""

_SEASONS = """
    SELECT model, version, label, games, log_loss, brier, accuracy, mae FROM models.evaluation
    WHERE league = $league AND scope = 'season' ORDER BY label DESC
"""


_UNGRADED = """
    SELECT game_id, game_date, any_value(reason), count(*) FROM predictions.ungraded WHERE league = $league
    GROUP BY game_id, game_date ORDER BY game_date DESC, game_id
"""


class Serving(NamedTuple):
    """What serves in a league.

    Args:
        champion: name of the champion's model, or empty.
        versions: the version of each model to show.
        pinned: a person chose the champion.
        served: whether the champion does, and who does where it cannot.
    """

    champion: str
    versions: Mapping[str, str]
    pinned: bool
    served: Served


def serving(con: DuckDBPyConnection, league: str, registry: Registry | None, artifacts: Path) -> Serving:
    """What serves in a league now.

    Args:
        con: to the published copy.
        league: which.
        registry: of the loaded plugins; None where it is not asked whether the versions can still serve.
        artifacts: the folder with the artifacts.
    """
    top = decisions.champion(con, league)
    pinned, name = top is not None and decisions.pinned(con, league), top.model if top else ""
    if registry is None:
        current = decisions.current(con, league)
        if top:
            current[top.model] = top.version  # the champion may be older than its model's newest version
        return Serving(name, current, pinned, Served(name, name))
    now = look(con, registry, artifacts, league)
    served = Served(name, now.voice.model if now.voice else "", str(now), now.unfit)
    return Serving(name, {model: each.version for model, each in now.versions.items()}, pinned, served)


def scored(con: DuckDBPyConnection, league: str, now: Serving) -> tuple[Scored, ...]:
    """Walk-forward figures of what serves, the champion first, then the best."""
    found = [
        Scored(
            name=model,
            games=games,
            log_loss=log_loss,
            brier=brier,
            accuracy=accuracy,
            mae=mae,
            rmse=rmse,
            calibration_error=calibration,
            coverage_80=coverage,
            champion=model == now.champion,
            version=version,
            fitted_to=last_day,
            unfit=now.served.unfit.get(model, ""),
            stands_in=bool(now.served.said) and model == now.served.voice,
        )
        for model, version, last_day, games, log_loss, brier, accuracy, mae, rmse, calibration, coverage in con.execute(
            _MODELS, {"league": league}
        ).fetchall()
        if now.versions.get(model) == version
    ]
    return tuple(sorted(found, key=lambda each: (not each.champion, each.log_loss)))


def published(con: DuckDBPyConnection, league: str, champion: str) -> tuple[tuple[Scored, ...], tuple[Series, ...]]:
    """Figures of the ledger's graded predictions by model, the best first, and by month."""
    whole: list[Scored] = []
    months: dict[str, list[Point]] = {}
    for model, start, season, games, log_loss, brier, accuracy, mae, rmse, inside in con.execute(
        _PUBLISHED, {"league": league}
    ).fetchall():
        if start is None:
            top = model == champion
            whole.append(Scored(model, games, log_loss, brier, accuracy, mae, rmse, coverage_80=inside, champion=top))
        else:
            months.setdefault(model, []).append(Point(start, season, games, log_loss, brier, accuracy))
    whole.sort(key=lambda each: (not each.champion, each.log_loss))
    return tuple(whole), tuple(Series(each.name, each.champion, False, tuple(months[each.name])) for each in whole)


def watched(con: DuckDBPyConnection, league: str) -> tuple[Watched, ...]:
    """Whether latest predictions are as good as promised."""
    return tuple(Watched(*row) for row in con.execute(_WATCHED, {"league": league}).fetchall())


def ungraded(con: DuckDBPyConnection, league: str) -> tuple[Ungraded, ...]:
    """Games that are over whose published predictions get no grade, the latest first."""
    return tuple(Ungraded(*row) for row in con.execute(_UNGRADED, {"league": league}).fetchall())


def decided(con: DuckDBPyConnection, league: str) -> tuple[tuple[Decision, ...], tuple[Decision, ...]]:
    """Decisions, newest first, without those that leave everything as it was; and the gate's latest on each model."""
    told = [
        Decision(
            each.decided_at, each.kind, each.model, each.version, each.reason, Verdict.of(json.loads(each.figures))
        )
        for each in reversed(decisions.events(con, league))
        if each.kind != "registered"
    ]
    latest: dict[str, Decision] = {}
    for each in told:
        if each.verdict and each.kind in ("promoted", "kept"):
            latest.setdefault(each.model, each)
    # Those that crown have their own number, since a backfill leaves a decision a day and model that changes nothing.
    crowning = [each for each in told if each.kind in decisions.CROWNS][:DECISIONS]
    others = [each for each in told if each.kind not in decisions.CROWNS][:DECISIONS]
    return tuple(sorted((*crowning, *others), key=told.index)), tuple(latest.values())


def cards(con: DuckDBPyConnection, league: str, now: Serving, registry: Registry) -> tuple[Card, ...]:
    """A card for each version that serves, the champion's first."""
    seasons: dict[tuple[str, str], list[Season]] = {}
    for model, version, *rest in con.execute(_SEASONS, {"league": league}).fetchall():
        seasons.setdefault((model, version), []).append(Season(*rest))
    docs = {model.name: model.doc for model in registry.models}
    found = []
    for each in decisions.versions(con, league):
        if now.versions.get(each.model) != each.version:
            continue
        spec = json.loads(each.spec)
        card = Card(
            model=each.model,
            version=each.version,
            champion=each.model == now.champion,
            pinned=each.model == now.champion and now.pinned,
            unfit=now.served.unfit.get(each.model, ""),
            doc=" ".join(docs.get(each.model, "").split()),
            first_day=each.first_day,
            last_day=each.last_day,
            games=each.games,
            fitted_at=each.created_at,
            features=spec.get("features", {}),
            params=_texts(spec.get("params", {})),
            stacks=each.stacked,
            seasons=tuple(seasons.get((each.model, each.version), ())),
        )
        found.append(card)
    return tuple(sorted(found, key=lambda card: (not card.champion, card.model)))


def _texts(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in sorted(params.items())}
