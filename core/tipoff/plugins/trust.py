"""The lock: which distributions may be imported, by version and by the SHA-256 of each of their files.

Without a lock every installed plugin is imported. With one, only what it names and what is, to the byte, as it was when
it was locked; everything else ends in the state ``untrusted`` before any of it has run. What cannot be read or
found is not trusted.

A distribution's files are those that Python would import now: the packages and modules that its RECORD lists and its
entry points name, wherever they are found. So a package that another one shadows is not what was locked, and of an
editable install it is the sources that are held. What is held is imported from its sources, whatever compiled files lie
beside them (`tipoff.plugins.from_source`).
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tipoff import hookspecs
from tipoff.contracts.judging import nearest
from tipoff.errors import PluginError, SettingsError
from tipoff.plugins import from_source
from tipoff.plugins.finding import Found, installed, module_of, normalised

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from tipoff.settings import Settings

LOCK: Final = "tipoff plugins lock"
"""The command that writes the lock."""


class Pin(BaseModel):
    """A distribution as it was locked: its version, and its files' SHA-256 by path."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    files: dict[str, str]


class _Lock(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    distributions: dict[str, Pin]


class Trust:
    """What the lock of these settings allows.

    Args:
        settings: where the lock is.
    """

    def __init__(self, settings: Settings) -> None:
        self._path = settings.plugins_lock_file
        self._judged: dict[str, str] = {}
        self._pins: Mapping[str, Pin] = {}
        self._trouble = ""
        try:
            self._pins = read(self._path)
        except SettingsError as error:
            self._trouble = str(error)

    def objection(self, found: Found) -> str:
        """Why a distribution may not be imported; empty where it may."""
        name = found.distribution
        if name not in self._judged:
            self._judged[name] = self._trouble or self._judge(found)
        return self._judged[name]

    def _judge(self, found: Found) -> str:
        name, pinned = found.distribution, self._pins.get(found.distribution)
        allow = f"look at what is installed, then allow it: {LOCK} {name}"
        if pinned is None:
            return f"`{name}` {found.version} is not in the lock `{self._path}`; {allow}"
        if pinned.version != found.version:
            return f"version `{found.version}` of `{name}` is installed, and `{pinned.version}` is locked; {allow}"
        try:
            files = pin(found).files
        except SettingsError as error:
            return str(error)
        differ = sorted(file for file in pinned.files.keys() | files if pinned.files.get(file) != files.get(file))
        if not differ:
            roots = {file.partition("/")[0].removesuffix(".py") for file in files}
            from_source.hold(root for root in roots if root.isidentifier())
            return ""
        more = f" and {len(differ) - 1} more" if differ[1:] else ""
        return f"`{differ[0]}`{more} of `{name}` {found.version} {_how(differ[0], pinned.files, files)}; {allow}"


def pin(found: Found) -> Pin:
    """A distribution as it is installed now. Nothing of it is imported.

    Raises:
        SettingsError: it cannot be read, or Python would import it from something else than files.
    """
    try:
        files = {file: _sha256(path.read_bytes()) for file, path in sorted(_files(found.metadata))}
        names = _sha256((found.metadata.read_text("entry_points.txt") or "").encode())
    except OSError as error:
        raise SettingsError(f"`{found.distribution}` cannot be read: {error}; install it again") from error
    except PluginError as error:
        raise SettingsError(f"`{found.distribution}` cannot be locked: {error}") from error
    return Pin(version=found.version, files={"entry_points.txt": names, **files})


def content(module: str) -> str:
    """SHA-256 of every file of the package or module that Python would import by a dotted name; empty: none is there.

    Args:
        module: ``tipoff_features.team``: all of ``tipoff_features``.
    """
    try:
        files = {file: _sha256(path.read_bytes()) for file, path in sorted(_imported(module.partition(".")[0]))}
    except (SettingsError, OSError):
        return ""
    return digest("".join(f"{file} {each}\n" for file, each in files.items()))


def digest(text: str) -> str:
    """SHA-256 of text, in hex."""
    return _sha256(text.encode())


def pins(names: Collection[str] = ()) -> dict[str, Pin]:
    """The distributions of these names, however spelt, as they are installed now; or all that have a plugin.

    Raises:
        SettingsError: no distribution of such a name has a plugin, or `pin` raises.
    """
    there = {found.distribution: found for found in installed()}
    names = [normalised(name) for name in names]
    for name in names:
        if name not in there:
            known = ", ".join(sorted(there)) or "none"
            raise SettingsError(
                f"no distribution `{name}` with a plugin is installed{nearest(name, there)}; there are: {known}"
            )
    return {name: pin(there[name]) for name in names or sorted(there)}


def read(path: Path) -> dict[str, Pin]:
    """The pins of a lock by distribution.

    Raises:
        SettingsError: it is not there, or is no lock.
    """
    try:
        return _Lock.model_validate_json(path.read_bytes()).distributions
    except OSError as error:
        raise SettingsError(f"the lock `{path}` cannot be read: {error.strerror}; write it with `{LOCK}`") from error
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(str(part) for part in wrong["loc"])
        raise SettingsError(
            f"the lock `{path}` is damaged: {where or 'it'}: {wrong['msg']}; write it anew with `{LOCK}`"
        ) from error


def write(path: Path, pins: Mapping[str, Pin]) -> None:
    """Writes the lock, whole or not at all.

    Raises:
        SettingsError: it cannot be written there.
    """
    from tipoff.disk import write_whole

    text = _Lock(distributions=dict(sorted(pins.items()))).model_dump_json(indent=1) + "\n"
    try:
        write_whole(path, lambda beside: beside.write_text(text))
    except OSError as error:
        raise SettingsError(f"the lock `{path}` cannot be written: {error.strerror}") from error


def _how(file: str, locked: Mapping[str, str], there: Mapping[str, str]) -> str:
    if file not in locked:
        return "is there and was not when it was locked"
    return "has changed since it was locked" if file in there else "is gone"


def _files(distribution: Distribution) -> Iterator[tuple[str, Path]]:
    """Every file of a distribution that Python would run or import, by its path below a folder of `sys.path`."""
    entries = distribution.entry_points.select(group=hookspecs.PROJECT)
    roots = {module_of(entry).partition(".")[0] for entry in entries}
    for row in csv.reader((distribution.read_text("RECORD") or "").splitlines()):
        path = Path(row[0]) if row else Path()
        if len(path.parts) == 1 and path.suffix == ".pth":  # Python runs it when it starts
            yield path.name, Path(str(distribution.locate_file(path)))
        elif path.parts and (root := path.parts[0].partition(".")[0]).isidentifier() and not _is_metadata(path):
            roots.add(root)
    for root in sorted(roots):
        yield from _imported(root)


def _is_metadata(path: Path) -> bool:
    return path.parts[0].endswith((".dist-info", ".data")) or path.parts[0] == "__pycache__"


def _imported(root: str) -> Iterator[tuple[str, Path]]:
    """The files of a package or module where Python would find it; `find_spec` of a top name imports nothing."""
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise SettingsError(f"`{root}` is not there, though its metadata names it; install it again")
    folders, origin = [Path(each) for each in spec.submodule_search_locations or ()], Path(spec.origin or "")
    if not folders and not origin.is_file():
        raise SettingsError(f"`{root}` would be imported from `{spec.origin}`, which is no file: nothing to hold it by")
    if not folders:
        yield origin.name, origin
    for folder in folders:
        for path in _below(folder):
            yield Path(root, path.relative_to(folder)).as_posix(), path


def _below(folder: Path) -> Iterator[Path]:
    seen = set()
    for place, folders, files in os.walk(folder, followlinks=True):  # Python follows links, too
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        compiled = Path(place).name == "__pycache__"
        yield from (Path(place, file) for file in files if not compiled or _is_taken_unseen(Path(place, file)))


def _is_taken_unseen(path: Path) -> bool:
    """Whether Python would run a compiled file without a look at its source (PEP 552, unchecked)."""
    with path.open("rb") as file:
        return file.read(8)[4:] == b"\x01\x00\x00\x00"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
