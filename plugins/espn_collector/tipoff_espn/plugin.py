"""What the plugin `espn` brings to tipoff."""

from __future__ import annotations

from tipoff import Check, Collector, Dataset, hookimpl

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
            datasets=(
                Dataset(
                    name="teams",
                    tables=("teams",),
                    plan="tipoff_espn.plan:teams",
                    parse="tipoff_espn.parse.teams:parse",
                    doc="The list of teams, and single look-ups of teams that only games know.",
                ),
                Dataset(
                    name="games",
                    tables=("games", "team_seasons"),
                    plan="tipoff_espn.plan:games",
                    parse="tipoff_espn.parse.games:parse",
                    after=("teams",),
                    doc="Schedule and results by calendar day (US Eastern), with each team's conference.",
                ),
                Dataset(
                    name="players",
                    tables=("players", "rosters", "rankings", "teams"),
                    plan="tipoff_espn.plan:players",
                    parse="tipoff_espn.parse.players:parse",
                    after=("games",),
                    version="2",
                    doc="Rosters as they are today, dated, and the polls of the week.",
                ),
                Dataset(
                    name="stats",
                    tables=("team_stats", "player_stats", "players", "odds"),
                    plan="tipoff_espn.plan:stats",
                    parse="tipoff_espn.parse.stats:parse",
                    after=("players",),
                    version="2",
                    doc="Box scores of finished games; odds and ESPN's projection of games about to start.",
                ),
            ),
            doc="ESPN's site API: teams, games, players, box scores and odds.",
        ),
    )


@hookimpl
def checks() -> tuple[Check, ...]:
    """What ESPN's data should satisfy, besides what tipoff checks of every source."""
    return (
        Check(
            name="espn_player_points_add_up",
            table="raw.player_stats",
            severity="warn",
            sql="""
                SELECT league, season, game_id, team_id, any_value(t.points) AS points, sum(p.points) AS of_players
                FROM raw.player_stats p JOIN raw.team_stats t USING (league, season, game_id, team_id)
                WHERE starts_with(p.source, 'espn') GROUP BY ALL HAVING sum(p.points) <> any_value(t.points)
            """,
            doc="A team's players did not score what the team did: a line is missing or doubled.",
        ),
        Check(
            name="espn_finals_have_a_box_score",
            table="raw.games",
            severity="warn",
            sql="""
                SELECT league, season, game_id, game_date FROM raw.games g
                WHERE starts_with(source, 'espn') AND status = 'final' AND game_date < CAST($now AS DATE) - 4
                  AND NOT EXISTS (
                      FROM raw.team_stats t
                      WHERE t.league = g.league AND t.season = g.season AND t.game_id = g.game_id)
            """,
            doc="Days after the game there is still no box score. Run `tipoff collect stats` over those days.",
        ),
    )


@hookimpl
def commands() -> tuple[str, ...]:
    """``tipoff espn-server``."""
    return ("tipoff_espn.server.command:espn_server",)
