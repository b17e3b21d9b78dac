"""What is known of plugins from earlier processes, in ``plugins.json`` of TIPOFF_HOME.

How the first load of each version ended, and since when each plugin that brings something is there. A file that is
damaged, missing or may not be written is as good as none: then a first load is made in each process.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tipoff.plugins.finding import BUILT_IN, Found

if TYPE_CHECKING:
    from tipoff.settings import Settings

FILE: Final = "plugins.json"

_VERSIONS: Final = 4
"""First loads that are remembered of each plugin: of several environments, and of an upgrade that was taken back."""

_AWAY_SECONDS: Final = 3600.0
"""After so long a plugin that was removed counts as gone. An upgrade removes it for an instant, too."""

_LOCK_SECONDS: Final = 8.0
"""How long to wait for another process that makes first loads: Airflow gives a DAG file 30 s."""


@dataclass(frozen=True)
class Ended:
    """How a first load ended.

    Args:
        distribution: that brings the plugin.
        plugin: its name.
        mark: of the version and its files (`tipoff.plugins.first_load`).
        reason: why it must not be loaded again; empty where it may.
        beside: of what was installed then, where there is a reason: a first load is made again beside something else.
    """

    distribution: str
    plugin: str
    mark: str
    reason: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Established:
    """A plugin that has brought something.

    Args:
        distribution: that brings it.
        plugin: its name.
        gone: when it was found to be removed, in seconds of Unix time; None while it is there.
    """

    distribution: str
    plugin: str
    gone: float | None = None


@dataclass(frozen=True)
class Memory:
    """What the file holds: first loads, the latest last; and established plugins, the first first."""

    ended: tuple[Ended, ...] = ()
    established: tuple[Established, ...] = ()

    def rank(self, found: Found) -> tuple[bool, int, str, str]:
        """Order of precedence: built-in, then who was here first, then by name."""
        there = [(each.distribution, each.plugin) for each in self.established]
        since = there.index(found.identity) if found.identity in there else len(there)
        return found.distribution not in BUILT_IN, since, found.entry.name, found.distribution

    def is_established(self, found: Found) -> bool:
        """Whether it won its names before others that are not built in."""
        return found.identity in {(each.distribution, each.plugin) for each in self.established}

    def with_ended(self, new: Iterable[Ended]) -> Memory:
        """With further first loads, and of each plugin the latest only."""
        new = tuple(new)
        marks = {each.mark for each in new}
        kept = [*(each for each in self.ended if each.mark not in marks), *new]
        count = dict[tuple[str, str], int]()
        latest = []
        for each in reversed(kept):
            of = (each.distribution, each.plugin)
            count[of] = count.get(of, 0) + 1
            if count[of] <= _VERSIONS:
                latest.append(each)
        return replace(self, ended=tuple(reversed(latest)))

    def with_present(self, installed: Collection[tuple[str, str]], well: Iterable[tuple[str, str]] = ()) -> Memory:
        """With the plugins that are there now.

        Args:
            installed: distribution and name of each that is installed.
            well: of each that brings something, in the order in which it was loaded.
        """
        now, kept = time.time(), list[Established]()
        for each in self.established:
            if (each.distribution, each.plugin) not in installed:
                kept.append(each if each.gone is not None else replace(each, gone=now))
            elif each.gone is None or now - each.gone < _AWAY_SECONDS:
                kept.append(replace(each, gone=None))
        known = {(each.distribution, each.plugin) for each in kept}
        return replace(self, established=(*kept, *(Established(*of) for of in well if of not in known)))


@dataclass
class Remembered:
    """The file, as it was read.

    Args:
        path: where it is.
        memory: what it holds.
    """

    path: Path
    memory: Memory = field(default_factory=Memory)

    @classmethod
    def of(cls, settings: Settings) -> Remembered:
        """Of the settings' home."""
        found = cls(settings.home / FILE)
        found.read()
        return found

    def read(self) -> None:
        """Looks what the file holds now."""
        self.memory = Memory()
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            said = json.loads(self.path.read_bytes())
            ended = [Ended(*map(str, (each[name] for name in Ended.__dataclass_fields__))) for each in said["ended"]]
            there = [
                Established(str(each["distribution"]), str(each["plugin"]), each["gone"] and float(each["gone"]))
                for each in said["established"]
            ]
            self.memory = Memory(tuple(ended), tuple(there))

    def write(self, memory: Memory) -> None:
        """Makes the file hold this, whole; where that may not be it is in this process only.

        A home is not made for the sake of what comes with tipoff.
        """
        if memory == self.memory:
            return
        self.memory = memory
        if not self.path.parent.exists() and all(each.distribution in BUILT_IN for each in memory.ended):
            return
        from tipoff.disk import write_whole
        from tipoff.errors import StoreUnwritable

        text = json.dumps(asdict(memory), indent=1) + "\n"
        with suppress(OSError, StoreUnwritable):
            write_whole(self.path, lambda beside: beside.write_text(text))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps other processes from writing, as far as that is possible; reads what they have written."""
        from filelock import FileLock, Timeout

        lock = FileLock(f"{self.path}.lock", timeout=_LOCK_SECONDS)
        with suppress(OSError, Timeout):
            if self.path.parent.exists():
                lock.acquire()
        try:
            self.read()
            yield
        finally:
            lock.release(force=True)
