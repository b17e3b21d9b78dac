"""What every collector must obey, tried on sample answers with the real engine and a real store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tipoff import clock
from tipoff.collecting.parsing import Parsing
from tipoff.collecting.planning import Plan, reading
from tipoff.collecting.validate import Validator
from tipoff.contracts import Bad, Dataset, Request, Row, Window
from tipoff.errors import MalformedResponse, PluginError, Quarantine, TipoffError
from tipoff.plugins import resolve
from tipoff.plugins.endless import all_of, limit
from tipoff.testing import damage
from tipoff.testing.collected import patient
from tipoff.testing.collector_suite import CollectorSuite, difference, text_of
from tipoff.testing.source import Source, serving
from tipoff.testing.subject import broken, not_shown

_MOST = 200
"""Ways to spoil one answer that are tried."""

_EMPTY = "an empty list is an answer: yield nothing"


class CollectorLaws(CollectorSuite):
    """Schema, keys, reruns, kills, bad answers, refusals and the off-season, each for each dataset."""

    def test_every_sample_answer_gives_rows_that_fit(self, dataset: Dataset, tmp_path_factory: Any) -> None:
        """The plan asks for what there is; every row has its table's types and key, and its league."""
        collected, sample = self.run(dataset, tmp_path_factory)
        validators = {table.name: Validator(table) for table in collected.tables(dataset.name).values()}
        rows = set[str]()
        for payload in sample.payloads:
            for item in self.parsed(dataset, payload):
                if not isinstance(item, Row):
                    continue
                rows.add(item.table)
                if item.table not in validators:
                    broken(
                        f"`{dataset.parse}` gave a row for `{item.table}`, which is not among the dataset's tables",
                        f"name it in `Dataset.tables`, which are {', '.join(dataset.tables)}",
                    )
                if (league := item.values.get("league", payload.league)) != payload.league:
                    broken(
                        f"`{dataset.parse}` gave `{item.table}` a row of the league `{league}` out of an answer about "
                        f"`{payload.league}`",
                        "leave the column league out, which tipoff fills in; each league is planned and asked for by "
                        "itself",
                    )
                validator = validators[item.table]
                try:
                    wrong = validator.trouble(validator.complete(item.values, payload.league))
                except PluginError as error:
                    broken(str(error), "give only columns that the table has, or add the column to your own table")
                if wrong:
                    broken(
                        f"`{dataset.parse}` gave a row whose `{item.table}.{wrong[0]}` does not fit: {wrong[1]}",
                        "convert the value to the column's type; where it cannot be converted, yield a Bad with the "
                        "reason; where it is missing, leave the column out",
                    )
        self.needs_rows(dataset, rows)

    def test_a_key_names_one_record(self, dataset: Dataset, tmp_path_factory: Any) -> None:
        """No answer gives two rows of one key that contradict each other."""
        collected, sample = self.sample(dataset, tmp_path_factory)
        tables = {table.name: table for table in collected.tables(dataset.name).values()}
        for payload in sample.payloads:
            seen: dict[tuple[object, ...], dict[str, object]] = {}
            for item in self.parsed(dataset, payload):
                if not isinstance(item, Row) or item.table not in tables:
                    continue
                values = {"league": payload.league, **item.values}
                key = (item.table, *(values.get(name) for name in tables[item.table].key))
                before = seen.setdefault(key, values)
                for name in values.keys() & before.keys():
                    if values[name] != before[name]:
                        broken(
                            f"`{payload.request.key}` gives `{item.table}` two rows of the key `{key[1:]}`, with "
                            f"`{name}` `{before[name]!r}` and `{values[name]!r}`",
                            "add the column that tells them apart to the table's key, or yield one of them only",
                        )
                before.update(values)

    def test_a_second_run_changes_nothing(self, dataset: Dataset, tmp_path_factory: Any, tmp_path: Path) -> None:
        """Run again at the same instant, nothing that was answered is asked again, and the tables stay as they are."""
        collected, sample = self.sample(dataset, tmp_path_factory)
        home = collected.again(dataset.name, tmp_path / "home")
        source = Source(collected.recorded(dataset.name))
        with collected.source(source) as access:
            self.quietly(collected, dataset, home, access)
            source.asked.clear()
            report = self.quietly(collected, dataset, home, access)
        contents = collected.contents(dataset.name, home)
        if contents != sample.contents:
            table, one, other = difference(sample.contents, contents)
            broken(
                f"two runs over the same answers do not leave what one leaves: `{table}` has {other} instead of {one}",
                f"`{dataset.parse}` must give the same rows for the same answer: no clock, no chance, no memory",
            )
        doubtful = {payload.request.key for payload in sample.payloads if self.has_bad(dataset, payload)}
        again = [place for place, _, status in source.asked if status == 200]
        if report is not None and len(again) > len(doubtful):
            broken(
                f"at the same instant {again[0]} was asked again, though it had a good answer",
                "`Request.fresh_since` must not lie after `ctx.now`: an answer that came then would never be fresh",
            )

    def test_it_parses_alike_each_time(self, dataset: Dataset, tmp_path_factory: Any) -> None:
        """The same answer gives the same rows: stored answers are parsed again when `Dataset.version` moves."""
        _, sample = self.sample(dataset, tmp_path_factory)
        for payload in sample.payloads:
            one, other = self.parsed(dataset, payload), self.parsed(dataset, payload)
            if [repr(item) for item in one] != [repr(item) for item in other]:
                broken(
                    f"`{dataset.parse}` gave two different results for the same answer to `{payload.request.key}`",
                    "take time from `payload.fetched_at`, and nothing from chance or from answers before",
                )

    def test_it_goes_on_after_a_kill(self, dataset: Dataset, tmp_path_factory: Any, tmp_path: Path) -> None:
        """Killed half-way and run again, the tables are what an undisturbed run leaves."""
        collected, sample = self.sample(dataset, tmp_path_factory)
        home = collected.again(dataset.name, tmp_path / "home")
        with collected.source() as access:
            said = {
                "module": self.subject.module,
                "dataset": dataset.name,
                "home": str(home),
                "leagues": self.subject.leagues,
                "now": self.subject.now.isoformat(),
                "window": (collected.window.start.isoformat(), collected.window.end.isoformat()),
                "access": asdict(access),
                "answers": max(1, len(sample.payloads) // 2),
            }
            path = os.pathsep.join(str(Path(each).absolute()) for each in sys.path)
            run = subprocess.run(  # noqa: S603 - this interpreter, and the plugin that is being tested
                [sys.executable, "-m", "tipoff.testing.killed", json.dumps(said)],
                env={**os.environ, "PYTHONPATH": path, "TIPOFF_HOME": str(home)},
                capture_output=True,
                text=True,
                check=False,
            )
            if run.returncode != -signal.SIGKILL:
                broken(
                    f"the run that was to be killed half-way asked too little, or failed: {run.stderr[-2000:]}",
                    f"`{dataset.plan}` must ask for all it wants each time, in a fresh process too",
                )
            self.quietly(collected, dataset, home, access)
        contents = collected.contents(dataset.name, home)
        if contents != sample.contents:
            table, one, other = difference(sample.contents, contents)
            broken(
                f"killed and run again, `{table}` has {other} instead of {one}",
                f"`{dataset.plan}` must ask for all it wants each time and remember nothing itself: the engine knows "
                "which answers have landed",
            )

    def test_no_answer_makes_it_fall_over(self, dataset: Dataset, tmp_path_factory: Any) -> None:
        """Whatever comes, `parse` yields or raises `MalformedResponse` or `Quarantine`; other errors fail the run."""
        collected, sample = self.sample(dataset, tmp_path_factory)
        parsing = Parsing(dataset, collected.tables(dataset.name))
        for payload in self.different(dataset, sample.payloads):
            for spoilt in damage.spoilt(payload.body, _MOST):
                try:
                    batch = parsing.batch()
                    parsing.add(batch, replace(payload, body=spoilt.body))
                    batch.content()
                except (PluginError, TypeError, ValueError) as error:  # the latter two from a Request of odd values
                    broken(
                        f"an answer to `{payload.request.key}` in which {spoilt.how}: {error}",
                        f"let `{dataset.parse}` look at the type of what it takes, and yield a Bad for a record it "
                        "cannot use; raise MalformedResponse where the whole answer is of no use",
                    )

    def test_one_bad_record_costs_no_other(self, dataset: Dataset, tmp_path_factory: Any) -> None:
        """Where one record of a list is spoilt, it is set aside with a reason, and the others come."""
        _, sample = self.sample(dataset, tmp_path_factory)
        tried = 0
        for payload in self.different(dataset, sample.payloads):
            whole = self.rows_of(dataset, payload)
            for path, without in self.records(dataset, payload, whole):
                tried += 1
                document = damage.with_value(damage.read(payload.body), path, {})
                where = f"`{damage.written(path)}` of the answer to `{payload.request.key}` is {{}}"
                try:
                    items = self.parsed(dataset, replace(payload, body=damage.write(document)))
                except (MalformedResponse, Quarantine) as error:
                    broken(
                        f"{where}, and `{dataset.parse}` gave up the whole answer: {error}",
                        "yield a Bad for that record, and go on with the next",
                    )
                if not any(isinstance(item, Bad) for item in items):
                    broken(
                        f"{where}, and `{dataset.parse}` passed over it without a word",
                        "yield a Bad with the reason and the path, so that it is set aside and not lost",
                    )
                lost = without - {text_of(item) for item in items if isinstance(item, Row)}
                if lost:
                    broken(
                        f"{where}, and a row of another record is gone: {sorted(lost)[0]}", "go on with the next record"
                    )
        if not tried and self.has_single_record(dataset, sample):
            not_shown(
                f"no list in the sample answers of `{dataset.name}` holds two records, so none could lose the other",
                "give an answer with two records or more",
            )
        if not tried:
            pytest.skip("the sample answers hold no list of records of which one could be spoilt")

    def test_it_bears_a_refusal(self, dataset: Dataset, tmp_path_factory: Any, tmp_path: Path) -> None:
        """Told 429, it waits as long as it is asked to, goes on, and ends where an undisturbed run ends."""
        collected, sample = self.sample(dataset, tmp_path_factory)
        home = collected.again(dataset.name, tmp_path / "home")
        source = Source(collected.recorded(dataset.name))
        source.refuse = 1
        with serving(source):
            self.quietly(collected, dataset, home, patient(collected.served(source)))
        if not source.asked:
            pytest.skip("its client does not ask over HTTP")
        first, *rest = source.asked
        if rest and rest[0][1] - first[1] < 0.99:
            broken(
                f"it was told to wait 1 s, and asked again after {rest[0][1] - first[1]:.2f} s",
                "use core's client (leave `Collector.client` as it is, or wrap tipoff.http.client.HttpClient)",
            )
        contents = collected.contents(dataset.name, home)
        if contents != sample.contents:
            table, one, other = difference(sample.contents, contents)
            broken(
                f"after a refusal `{table}` has {other} instead of {one}",
                "a refused request must be asked again or raise SourceUnavailable; a 429 is no answer",
            )

    def test_the_off_season_is_empty(self, dataset: Dataset, tmp_path_factory: Any, tmp_path: Path) -> None:
        """In July `plan` asks or does not, and an answer without records gives no rows and no complaint."""
        collected, sample = self.sample(dataset, tmp_path_factory)
        july = date(self.subject.now.year - 1, 7, 20)
        settings = collected.settings(tmp_path / "empty")
        store = collected.store(settings.home)
        store.migrate(collected.registry.tables().values())
        settle = clock.day_start(july) - clock.day_start(date(july.year, 7, 17))
        plan: Any = resolve(dataset.plan)
        for league in self.subject.leagues:
            context = Plan(league, Window(july, july), clock.day_start(july), settle, reading(store))
            try:
                with limit("plan", dataset.plan):
                    asked = all_of("plan", dataset.plan, plan(context))
            except TipoffError as error:
                broken(f"in July, with an empty store: {error}", f"mend `{dataset.plan}`")
            except Exception as error:  # the plugin boundary: it may raise anything
                broken(
                    f"`{dataset.plan}` raised {type(error).__name__}: {error} in July, with an empty store",
                    "ask for nothing where there is nothing to ask for",
                )
            if any(not isinstance(request, Request) for request in asked):
                broken(f"`{dataset.plan}` yielded something else than a Request", "yield Requests only")
        for payload in self.different(dataset, sample.payloads):
            document, whole = damage.read(payload.body), self.rows_of(dataset, payload)
            records = {path[:-1] for path, _ in self.records(dataset, payload, whole, least=1)}
            emptied = {path for path in records if len(path) <= 1}  # those further in may be parts of one record
            for path in sorted(emptied, key=len, reverse=True):
                document = damage.with_value(document, path, [])
            if not emptied:
                continue
            where = f"{', '.join(f'`{damage.written(path)}`' for path in emptied)} of `{payload.request.key}` is empty"
            try:
                items = self.parsed(dataset, replace(payload, body=damage.write(document)))
            except (MalformedResponse, Quarantine) as error:
                broken(
                    f"{where}, and `{dataset.parse}` complains: {error}", "an empty list is an answer: yield nothing"
                )
            if bad := [item for item in items if isinstance(item, Bad)]:
                broken(f"{where}, and that is set aside: {bad[0].reason}", _EMPTY)
