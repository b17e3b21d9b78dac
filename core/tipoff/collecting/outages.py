"""What a dataset's answers come to that say that there is nothing; the rule is in `tipoff.collecting.nothing`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from tipoff import clock
from tipoff.collecting.kinds import NOTHING
from tipoff.collecting.nothing import ONCE, REPEATED, Answer, days, questions
from tipoff.collecting.owed import Trouble
from tipoff.collecting.questions import recalled
from tipoff.collecting.requests import kind_of
from tipoff.contracts import Dataset, Table
from tipoff.domain import GAMES
from tipoff.errors import SourceUnavailable
from tipoff.warehouse.sql import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tipoff.warehouse.landing import Landing


@dataclass(frozen=True)
class Verdict:
    """What the answers of a dataset come to.

    Args:
        owed: questions that are to be asked again.
        settled: keys of those that are owed no longer.
        news: how many of them make a run fail.
        failure: what it is to raise.
    """

    owed: tuple[Trouble, ...]
    settled: tuple[str, ...]
    news: int
    failure: SourceUnavailable | None


class Outages:
    """Judges what a dataset of a league was answered.

    Args:
        dataset: which.
        names: ``source``, ``league`` and ``dataset``.
        tables: the tables that it fills, by full name.
        landing: where its batches are.
        settle: how long an outage is news, and so fails runs.
    """

    def __init__(
        self,
        dataset: Dataset,
        names: dict[str, str],
        *,
        tables: Mapping[str, Table],
        landing: Landing,
        settle: timedelta,
    ) -> None:
        self._names = names
        self._landing = landing
        self._settle = settle
        self._lists_games = GAMES.name in dataset.tables
        self._per_game = [tables[f"raw.{name}"] for name in dataset.per_game if f"raw.{name}" in tables]
        self._what = f"dataset `{dataset.name}`, league `{names['league']}`"

    def judge(self, con: DuckDBPyConnection, began: datetime) -> Verdict:
        """The verdict on everything that has landed, that of earlier runs included.

        Args:
            con: the caller's transaction, which has loaded the run's answers.
            began: when the run did, naive UTC.
        """
        doubted: list[tuple[Answer, str]] = []
        if con.execute(_ANY, {**self._names, "repeated": REPEATED, "kind": NOTHING}).fetchall():
            doubted += questions(self._questions(con))
        if self._lists_games:
            doubted += days(self._days(con), began, self._settle)
        asked = recalled(self._landing, (each for answer, _ in doubted for each in answer.keys))
        owed = [
            (Trouble(asked[key], answer.at, NOTHING, reason), answer)
            for answer, reason in doubted
            for key, _ in answer.keys
            if key in asked
        ]
        before = {key for (key,) in con.execute(_OWED, {**self._names, "kind": NOTHING}).fetchall()}
        news = [trouble for trouble, answer in owed if self._is_news(trouble, answer)]
        settled = before - {trouble.request.key for trouble, _ in owed}
        return Verdict(tuple(each for each, _ in owed), tuple(sorted(settled)), len(news), self._failure(news))

    def _is_news(self, trouble: Trouble, answer: Answer) -> bool:
        return trouble.reason != ONCE and answer.at - (answer.owed_since or answer.at) <= self._settle

    def _failure(self, news: Sequence[Trouble]) -> SourceUnavailable | None:
        if not news:
            return None
        return SourceUnavailable(
            f"{self._what}: {len(news)} questions have an answer that is not believed, the first "
            f"`{news[0].request.key}`: {news[0].reason}. They are asked again by the next runs, and the source is "
            "believed when it says the same a day later while it answers others. See `tipoff coverage`"
        )

    def _questions(self, con: DuckDBPyConnection) -> Iterator[Answer]:
        """The questions that are about no day; those about a game once it is over."""
        rows = {"rows": " UNION ALL ".join(_ROWS.format(Identifier.of(table)) for table in self._per_game) or _NO_ROWS}
        found = con.execute(_QUESTIONS.format(**rows), {**self._names, "kind": NOTHING, "present": clock.now()})
        per_game = bool(self._per_game)
        for key, batch, status, at, since, had_rows, over_at, has_rows, owed_since, reason in found.fetchall():
            said = None if since is None else max(since, over_at or since)
            due = per_game and over_at is not None and not has_rows
            plain, lost = status == 404 or had_rows is not None, had_rows or 0
            yield Answer(
                ((key, batch),), kind_of(key), at, since is not None, plain, due, said, owed_since, reason or "", lost
            )

    def _days(self, con: DuckDBPyConnection) -> Iterator[Answer]:
        """The days of which games are known, each with all questions about it."""
        found = con.execute(_DAYS, {**self._names, "kind": NOTHING, "present": clock.now()})
        for day, keys, batches, at, gone, owed_since, reason in found.fetchall():
            questions = tuple(zip(keys, batches, strict=True))
            yield Answer(questions, f"{day}", at, gone, True, True, at if gone else None, owed_since, reason or "")


_OF: Final = "source = $source AND league = $league AND dataset = $dataset"

_ANY: Final = f"""
    SELECT 1 FROM ops.landed_request WHERE {_OF} AND nothing_since > fetched_at - $repeated
    UNION ALL SELECT 1 FROM ops.failed_request WHERE {_OF} AND kind = $kind
    LIMIT 1
"""  # noqa: S608 - fixed text only, here and below

_OWED: Final = f"SELECT key FROM ops.failed_request WHERE {_OF} AND kind = $kind"  # noqa: S608

_ROWS: Final = "SELECT game_id FROM {} WHERE league = $league"
_NO_ROWS: Final = "SELECT '' WHERE false"

_QUESTIONS: Final = f"""
    WITH owed AS (SELECT key, first_seen, reason FROM ops.failed_request WHERE {_OF} AND kind = $kind),
    over AS (
        SELECT game_id, max(CASE WHEN tip_known IS DISTINCT FROM false AND tip_utc IS NOT NULL
            THEN tip_utc + INTERVAL 2 HOURS
            ELSE timezone('UTC', timezone('America/New_York', CAST(game_date + 1 AS TIMESTAMP))) END) AS over_at,
            bool_or(status = 'final') AS is_final
        FROM raw.games WHERE league = $league GROUP BY game_id
    ),
    there AS (SELECT DISTINCT game_id, true AS has_rows FROM ({{rows}}) AS told(game_id))
    SELECT landed.key, batch, status, fetched_at, nothing_since, had_rows, over_at, coalesce(has_rows, false),
        owed.first_seen, owed.reason
    FROM ops.landed_request AS landed
    LEFT JOIN owed USING (key)
    LEFT JOIN over ON over.game_id = landed.game_id
    LEFT JOIN there ON there.game_id = landed.game_id
    WHERE {_OF} AND day IS NULL AND fetched_at <= $present
        AND (over.game_id IS NULL OR (is_final AND fetched_at >= over_at))
"""  # noqa: S608

_DAYS: Final = f"""
    WITH owed AS (SELECT key, first_seen, reason FROM ops.failed_request WHERE {_OF} AND kind = $kind),
    looked AS (
        SELECT day, list(key ORDER BY key) AS keys, list(batch ORDER BY key) AS batches, max(fetched_at) AS looked_at,
            min(fetched_at) AS listed_since, min(first_seen) AS owed_since, min(reason) AS reason
        FROM ops.landed_request LEFT JOIN owed USING (key)
        WHERE {_OF} AND day IS NOT NULL AND coalesce(game_id, '') = '' AND fetched_at <= $present GROUP BY day
    )
    SELECT day, keys, batches, looked_at, bool_and(games.fetched_at < listed_since) AS gone, owed_since, reason
    FROM looked JOIN raw.games AS games ON games.game_date = looked.day
    WHERE games.league = $league AND split_part(games.source, '+', 1) = $source
        AND games.status IN ('scheduled', 'in_progress', 'final') AND games.fetched_at <= $present
    GROUP BY ALL
"""  # noqa: S608
