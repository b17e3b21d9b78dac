"""What people have been told of: each failing thing once, and once that it is well again.

What is failing is remembered in a file below ``TIPOFF_HOME``, a line of JSON each time something fails or recovers. The
file is locked from the look at it until the message has been taken, so that of two processes one tells, and a message
that nobody took, or whose sender was killed, is told the next time.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tipoff import clock

FILE: Final = "alerts.jsonl"
"""Below ``TIPOFF_HOME``."""


class News(NamedTuple):
    """What is to be told of a DAG.

    Args:
        failing: what has begun to fail, each with the reason.
        recovered: what is well again, each with the run in which it had failed first.
    """

    failing: Mapping[str, str]
    recovered: Mapping[str, str]


Tell = Callable[[News], bool]
"""Tells people; whether somebody took it."""


def settle(
    home: Path, dag: str, run: str, tell: Tell, *, failing: Mapping[str, str], well: Callable[[str], bool]
) -> None:
    """Tells what is new after a run of a DAG, if anything is.

    Args:
        home: where the file is kept.
        dag: the DAG.
        run: id of the run.
        tell: is called at most once, with what is new; not called where nothing is.
        failing: tasks that failed, by name, each with its reason; the empty name stands for the DAG as a whole.
        well: whether something that people know to be failing, and that does not fail now, is well by that.
    """
    with _held(home / FILE) as descriptor:
        known = {name: since for (of, name), since in _failing(descriptor).items() if of == dag}
        news = News(
            {name: why for name, why in failing.items() if name not in known},
            {name: since for name, since in known.items() if name not in failing and well(name)},
        )
        if (news.failing or news.recovered) and tell(news):
            _note(descriptor, dag, run, news)


def failing(home: Path, dag: str) -> dict[str, str]:
    """What of a DAG people know to be failing, each with the run in which it failed first."""
    if not (home / FILE).exists():
        return {}
    with _held(home / FILE) as descriptor:
        return {name: since for (of, name), since in _failing(descriptor).items() if of == dag}


@contextmanager
def _held(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _failing(descriptor: int) -> dict[tuple[str, str], str]:
    """DAG and name of what is failing, with the run in which it failed first."""
    found: dict[tuple[str, str], str] = {}
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    for text in content.splitlines():
        try:
            said = json.loads(text)
            key = said["dag"], said["name"]
        except (ValueError, TypeError, KeyError):
            continue  # cut short by a full disk
        if said.get("state") == "failing":
            found[key] = said.get("run", "")
        else:
            found.pop(key, None)
    return found


def _note(descriptor: int, dag: str, run: str, news: News) -> None:
    at = clock.now().isoformat()
    lines = [
        json.dumps({"dag": dag, "name": name, "state": state, "run": run, "at": at})
        for state, names in (("failing", news.failing), ("well", news.recovered))
        for name in names
    ]
    os.write(descriptor, "".join(f"\n{line}\n" for line in lines).encode())
