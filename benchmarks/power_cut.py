"""What a disk holds after a power cut: a journal of changes is replayed, and of what was not synced some is dropped.

Modelled on ext4 and XFS: changes of names (new files, renames, removals) reach the disk in their order, up to some
instant that is not before the last sync of a folder; what was written to a file reaches it in any subset until that
file is synced, and a write may reach it by half.
"""

from __future__ import annotations

import random
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_HEAD = struct.Struct("=5q")


class Change(NamedTuple):
    """One change; see faults.c."""

    what: str
    file: int
    offset: int
    path: str
    data: bytes


@dataclass
class Content:
    """Of one file: what is on the disk, and the writes that may not be."""

    there: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)

    def settle(self, chance: random.Random | None = None) -> None:
        """Brings all pending writes to the disk; with `chance`, some of them."""
        for change in self.pending:
            data = change.data
            if chance and chance.random() < 0.5:
                if change.what != "w" or chance.random() < 0.5:
                    continue
                data = data[: len(data) // 2]
            if change.what == "w":
                self.there.extend(bytes(max(0, change.offset - len(self.there))))
                self.there[change.offset : change.offset + len(data)] = data
            else:
                del self.there[change.offset :]
                self.there.extend(bytes(change.offset - len(self.there)))
        self.pending.clear()


Names = dict[str, Content | None]
"""Files and folders by name; None stands for a folder."""


class Disk:
    """Files by name as processes see them, and the names as the disk has them.

    Args:
        home: as it was before.
    """

    def __init__(self, home: Path) -> None:
        self.names: Names = {}
        self._by_number: dict[int, Content] = {}
        for path in [home, *sorted(home.rglob("*"))]:
            self.names[str(path)] = None if path.is_dir() else Content(bytearray(path.read_bytes()))
        self._history = [dict(self.names)]
        self._synced = 0

    def play(self, change: Change) -> None:
        """Does it as a process sees it."""
        if change.what in "wto":
            content = self._content(change)
            content.pending.append(change._replace(what="t" if change.what == "o" else change.what))
        elif change.what == "c":
            self._by_number[change.file] = Content()
            self._name(lambda names: names.__setitem__(change.path, self._by_number[change.file]))
        elif change.what == "s":
            if self.names.get(change.path, ...) is None:
                self._synced = len(self._history) - 1
            else:
                self._content(change).settle()
        else:
            self._change_names(change)

    def after_cut(self, chance: random.Random) -> dict[str, bytes | None]:
        """What is found once the power is back; None stands for a folder."""
        names = self._history[chance.randint(self._synced, len(self._history) - 1)]
        for content in {id(each): each for each in names.values() if each is not None}.values():
            content.settle(chance)
        return {path: None if content is None else bytes(content.there) for path, content in names.items()}

    def _content(self, change: Change) -> Content:
        known = self.names.get(change.path)
        if known is None:
            known = self._by_number.setdefault(change.file, Content())
            self._name(lambda names: names.__setitem__(change.path, known))
        return known

    def _change_names(self, change: Change) -> None:
        def do(names: Names) -> None:
            if change.what == "m":
                names[change.path] = None
            elif change.what in "ud":
                names.pop(change.path, None)
            elif change.what == "l":
                names[change.data.decode()] = names.get(change.path)
            else:
                to = change.data.decode()
                for path in [each for each in names if each == change.path or each.startswith(f"{change.path}/")]:
                    names[to + path[len(change.path) :]] = names.pop(path)

        self._name(do)

    def _name(self, do: Callable[[Names], object]) -> None:
        names = dict(self.names)
        do(names)
        self.names = names
        self._history.append(names)


def changes(journal: Path) -> Iterator[Change]:
    """What the library has noted, in order."""
    with journal.open("rb") as file:
        while head := file.read(_HEAD.size):
            what, number, offset, path, data = _HEAD.unpack(head)
            yield Change(chr(what), number, offset, file.read(path).decode(), file.read(data))


def cut(home: Path, journal: Path, at: int, chance: random.Random) -> None:
    """Makes a home what it is after a power cut.

    Args:
        home: as it was before the command.
        journal: of the command's changes, which it made there.
        at: the cut comes before this one, counted from 1.
        chance: decides what was lost.
    """
    disk = Disk(home)
    for number, change in enumerate(changes(journal), 1):
        if number >= at:
            break
        disk.play(change)
    found = disk.after_cut(chance)
    shutil.rmtree(home)
    for path, content in sorted(found.items()):
        if content is None:
            Path(path).mkdir(parents=True, exist_ok=True)
        elif Path(path).parent.is_dir():
            Path(path).write_bytes(content)
    home.mkdir(exist_ok=True)
