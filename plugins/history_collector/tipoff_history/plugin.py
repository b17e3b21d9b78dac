"""What the plugin `history` brings to tipoff: nothing, until ``TIPOFF_HISTORY_SOURCE`` says where history is."""

from __future__ import annotations

from tipoff import Check, Collector, Column, Dataset, Table, hookimpl

from tipoff_history import source

TIPOFF_API = 1

FILES = Table(
    "history_files",
    key=("league", "slice"),
    columns=(
        Column("league", "VARCHAR"),
        Column("slice", "VARCHAR", "address of the file, with the season where a slice is one season of it"),
        Column("kind", "VARCHAR", "what the file holds, by its name"),
        Column("version", "VARCHAR", "of the file when it was read: time and size; NULL for a URL"),
        Column("records", "INTEGER", "records in the slice"),
        Column("bad", "INTEGER", "those of them that were set aside by the parser"),
        Column("unlinked", "INTEGER", "those that are left out, since they are of no known game or team"),
        Column("note", "VARCHAR", "what was read into the slice that it does not say itself; NULL: nothing"),
    ),
    doc="A row a slice of a published file: what of it is in the store.",
)

CHECKS = (
    Check(
        name="history_files_unlinked",
        table="raw.history_files",
        severity="info",
        sql="""
            SELECT league, slice, records, unlinked FROM raw.history_files WHERE unlinked > 0.15 * records ORDER BY ALL
        """,
        doc="More than 15 in 100 records of a slice are of no game or team that the files know, and are left out; a "
        "tenth are games against other divisions. Look at the ids of the two files.",
    ),
    Check(
        name="history_files_notes",
        table="raw.history_files",
        severity="info",
        sql="SELECT league, slice, note FROM raw.history_files WHERE note IS NOT NULL ORDER BY ALL",
        doc="What was read into a slice that it does not say itself. If it is wrong, write the file with tips in UTC "
        "and their zone, like 2024-01-15T00:30Z.",
    ),
    Check(
        name="history_files_unread",
        table="raw.history_files",
        severity="warn",
        sql="""
            SELECT league, dataset, key, reason FROM ops.failed_request
            WHERE source = 'history' AND kind IS DISTINCT FROM 'Quarantine' ORDER BY ALL
        """,
        doc="A slice could not be read, so its season is not in the store, or not as it is in the file now. The reason "
        "says what to mend.",
    ),
)

_PARSE = "tipoff_history.parse"


@hookimpl
def collectors() -> tuple[Collector, ...]:
    """Published seasons. Without a source there are no tasks either, so that nobody waits for them."""
    if not source.setting():
        return ()
    return (
        Collector(
            name="history",
            conn_id="history",
            client="tipoff_history.client:open_client",
            tables=(FILES,),
            precedence=-10,  # what ESPN itself says of a game goes before what was published of it
            datasets=(
                Dataset(
                    name="history_games",
                    tables=("games", "teams", "team_seasons", "history_files"),
                    plan="tipoff_history.plan:games",
                    parse=f"{_PARSE}.games:parse",
                    version="2",
                    checks=CHECKS,
                    doc="Games of published seasons, with their teams and conferences.",
                ),
                Dataset(
                    name="history_teams",
                    tables=("teams", "team_seasons", "history_files"),
                    plan="tipoff_history.plan:teams",
                    parse=f"{_PARSE}.teams:parse",
                    version="2",
                    after=("history_games",),
                    doc="Names of teams, and the conference that each played in.",
                ),
                Dataset(
                    name="history_stats",
                    tables=("team_stats", "player_stats", "players", "history_files"),
                    plan="tipoff_history.plan:stats",
                    parse=f"{_PARSE}.stats:parse",
                    version="2",
                    after=("history_games",),
                    per_game=("team_stats",),
                    doc="Box scores of teams and players.",
                ),
                Dataset(
                    name="history_rosters",
                    tables=("players", "rosters", "history_files"),
                    plan="tipoff_history.plan:rosters",
                    parse=f"{_PARSE}.rosters:parse",
                    version="2",
                    after=("history_teams",),
                    doc="Rosters as of the first and the last day of a season, with one id an athlete over seasons.",
                ),
                Dataset(
                    name="history_odds",
                    tables=("odds", "history_files"),
                    plan="tipoff_history.plan:odds",
                    parse=f"{_PARSE}.odds:parse",
                    version="2",
                    after=("history_games",),
                    doc="Closing lines: a benchmark, and never an input.",
                ),
            ),
            doc="Seasons published as Parquet or CSV files, in a folder or at URLs.",
        ),
    )
