"""What the plugin `espn` brings to tipoff."""

from __future__ import annotations

from tipoff import Collector, Dataset, hookimpl

from tipoff_espn import checks, tables

TIPOFF_API = 1


@hookimpl
def collectors() -> tuple[Collector, ...]:
    """ESPN's site API, or whatever ``TIPOFF_SOURCE`` puts in its place."""
    return (
        Collector(
            name="espn",
            conn_id="espn_api",
            client="tipoff_espn.client:open_client",
            clock="tipoff_espn.client:source_now",
            tables=tables.TABLES,
            datasets=(
                Dataset(
                    name="teams",
                    tables=("teams", "espn_team_names"),
                    plan="tipoff_espn.plan:teams",
                    parse="tipoff_espn.parse.teams:parse",
                    uses="tipoff_espn.uses:teams",
                    version="3",
                    checks=checks.TEAMS,
                    doc="The list of teams, and single look-ups of teams that only games know.",
                ),
                Dataset(
                    name="games",
                    tables=("games", "team_seasons", "espn_days", "espn_listed", "espn_team_names"),
                    plan="tipoff_espn.plan:games",
                    parse="tipoff_espn.parse.games:parse",
                    uses="tipoff_espn.uses:games",
                    after=("teams",),
                    version="3",
                    checks=checks.GAMES,
                    doc="Schedule and results by calendar day (US Eastern), each team's conference, and the core "
                    "API's list of the same day to hold them against.",
                ),
                Dataset(
                    name="players",
                    tables=("players", "rosters", "rankings", "teams", "espn_team_names", "espn_listed"),
                    plan="tipoff_espn.plan:players",
                    parse="tipoff_espn.parse.players:parse",
                    uses="tipoff_espn.uses:players",
                    after=("games",),
                    version="4",
                    checks=checks.PLAYERS,
                    doc="Rosters as they are today, dated, the polls of the week, and the schedules of the teams.",
                ),
                Dataset(
                    name="stats",
                    tables=("team_stats", "player_stats", "players", "odds"),
                    plan="tipoff_espn.plan:stats",
                    parse="tipoff_espn.parse.stats:parse",
                    uses="tipoff_espn.uses:stats",
                    after=("players",),
                    version="4",
                    per_game=("team_stats", "player_stats"),
                    checks=checks.STATS,
                    doc="Box scores of finished games, their odds, and ESPN's projection of games about to start.",
                ),
            ),
            doc="ESPN's site API: teams, games, players, box scores and odds.",
        ),
    )


@hookimpl
def commands() -> tuple[str, ...]:
    """``tipoff espn-server``."""
    return ("tipoff_espn.server.command:espn_server",)
