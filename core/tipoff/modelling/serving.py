"""Who speaks for a league: its champion, or where that cannot serve the best of those that can.

Nothing is decided here. Whether a version can serve follows from the plugins that are installed and from its artifact,
so a champion whose plugin is back speaks again at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tipoff.modelling import artifacts, decisions
from tipoff.modelling.comparison import best, log_losses
from tipoff.modelling.standing import standing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.modelling.decisions import Version
    from tipoff.plugins import Registry


@dataclass(frozen=True)
class Serving:
    """What serves in a league now.

    Args:
        league: which.
        champion: the version that reigns; None: there is none yet.
        versions: of each model the version that is asked, the champion among them.
        unfit: of these models those that cannot serve, each with the reason.
        stand_in: speaks where the champion cannot; None where it can, or nothing else can either.
        chosen: by which figures.
    """

    league: str
    champion: Version | None = None
    versions: Mapping[str, Version] = field(default_factory=dict)
    unfit: Mapping[str, str] = field(default_factory=dict)
    stand_in: Version | None = None
    chosen: str = ""

    @property
    def absent(self) -> str:
        """Why the champion cannot serve; empty where it can, or there is none."""
        return self.unfit.get(self.champion.model, "") if self.champion else ""

    @property
    def voice(self) -> Version | None:
        """The version whose predictions stand for the league."""
        return self.stand_in if self.absent else self.champion

    def stands_in_for(self, model: str, version: str) -> str | None:
        """The champion's model where this version speaks in its place, else None."""
        if self.stand_in is None or self.champion is None:
            return None
        return self.champion.model if (self.stand_in.model, self.stand_in.version) == (model, version) else None

    def __str__(self) -> str:
        """That the champion cannot serve, why, who stands in, and what to do; empty where it can."""
        if not self.champion or not self.absent:
            return ""
        top, other = self.champion, self.stand_in
        said = f"the champion, `{top.model}` version `{top.version}`, cannot serve: {self.absent}."
        if other is None:
            return f"{said} No other version can: bring its plugin back, or run model_training (or `tipoff train`)"
        return (
            f"{said} `{other.model}` version `{other.version}` stands in for it ({self.chosen}). Bring the champion "
            f"back, or choose another for good: `tipoff models promote {other.model} {other.version} --reason …`"
        )


def look(con: DuckDBPyConnection, plugins: Registry, folder: Path, league: str) -> Serving:
    """Who can serve in a league.

    Args:
        con: any connection to the store, or to its published copy.
        plugins: those that are installed.
        folder: where the artifacts are.
        league: which.
    """
    top = decisions.champion(con, league)
    names = decisions.current(con, league)
    if top:
        names[top.model] = top.version  # the champion may be older than its model's newest version
    versions = {model: decisions.get(con, model, name) for model, name in sorted(names.items())}
    troubles = {model: trouble(con, plugins, folder, version) for model, version in versions.items()}
    unfit = {model: why for model, why in troubles.items() if why}
    champion = versions[top.model] if top else None
    if champion is None or champion.model not in unfit:
        return Serving(league, champion, versions, unfit)
    found = best({model: log_losses(con, each) for model, each in versions.items() if model not in unfit})
    stand_in = versions[found.model] if found else None
    return Serving(league, champion, versions, unfit, stand_in, str(found or ""))


def trouble(con: DuckDBPyConnection, plugins: Registry, folder: Path, version: Version) -> str:
    """Why a version, or one that it stacks, cannot serve; empty: it can.

    Args:
        con: any connection to the store.
        plugins: those that are installed.
        folder: where the artifacts are.
        version: a registered one.
    """
    if refused := standing(con, plugins, version).refused:
        return refused
    if damaged := artifacts.trouble(folder / version.artifact, version.artifact_sha256):
        return damaged
    below = (decisions.get(con, model, name) for model, name in sorted(version.stacked.items()))
    return next((why for each in below if (why := trouble(con, plugins, folder, each))), "")
