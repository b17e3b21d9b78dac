"""The machine and what is installed on it: versions, plugins, disk, memory."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from importlib import metadata
from typing import Final

from tipoff.health.finding import Finding, Needs, State
from tipoff.plugins.finding import unreadable

_GB: Final = 1e9

_SHOWN: Final = {"tipoff": "tipoff", "Airflow": "apache-airflow", "DuckDB": "duckdb"}
"""Packages whose versions are told, by the name that people know."""

_REMOTE: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "fuse.sshfs", "fuse.glusterfs", "lustre"}
)
"""File systems on which neither the store's lock nor its file is safe."""


def versions(needs: Needs) -> Iterator[Finding]:
    """Versions, and whether they are those that tipoff asks for."""
    from packaging.requirements import Requirement

    known = [f"{name} {_version(package)}" for name, package in _SHOWN.items()]
    yield Finding("versions", "ok", ", ".join([f"Python {platform.python_version()}", *known]))
    try:
        asked = [Requirement(line) for line in metadata.requires("tipoff") or ()]
    except metadata.PackageNotFoundError:
        return  # on the path, and not installed
    for each in asked:
        if each.marker and not each.marker.evaluate({"extra": ""}):
            continue
        there = _version(each.name)
        if not there or not each.specifier.contains(there, prereleases=True):
            yield Finding("versions", "failed", f"tipoff needs {each}, and there is `{there or 'none'}`", "make setup")


def plugins(needs: Needs) -> Iterator[Finding]:
    """The plugins that work, and each that does not."""
    found = needs.registry.plugins
    if well := [f"{plugin.name} {plugin.version}" for plugin in found if plugin.state == "ok"]:
        yield Finding("plugins", "ok", ", ".join(well))
    else:
        mend = "pip install tipoff-espn tipoff-features tipoff-models"
        yield Finding("plugins", "failed", "none is usable, so there is nothing to do", mend)
    for plugin in needs.registry.broken():
        yield Finding("plugins", "failed", f"`{plugin.name}` is {plugin.state}: {plugin.reason}", "tipoff plugins")
    for damaged in unreadable():
        mend = "install that package again; Airflow does not start until then"
        yield Finding("plugins", "failed", f"entry points cannot be read: {damaged}", mend)


def disk(needs: Needs) -> Iterator[Finding]:
    """Room for the store and its published copy, on a disk of this machine that we may write to."""
    import psutil

    home = needs.settings.home
    there = next(each for each in (home, *home.parents) if each.exists())
    if not there.is_dir():
        yield Finding("disk", "failed", f"`{there}` is a file", "set TIPOFF_HOME to a folder")
    elif not os.access(there, os.W_OK | os.X_OK):
        yield Finding("disk", "failed", f"`{there}` is not ours to write", f"chown {os.getuid()} {there}")
    mounts = {mount.mountpoint: mount.fstype for mount in psutil.disk_partitions(all=True)}
    mounted = next((mounts[str(each)] for each in (there, *there.parents) if str(each) in mounts), "")
    if mounted in _REMOTE:
        mend = "set TIPOFF_HOME to a folder on a disk of this machine"
        yield Finding("disk", "failed", f"`{there}` is on `{mounted}`, which knows no lock of ours", mend)
    free = shutil.disk_usage(there).free / _GB
    store = needs.settings.store
    size = store.stat().st_size / _GB if store.exists() else 0.0
    wanted = max(needs.disk_gb, 2 * size)  # the copy, and what is written while both are there
    found = f"{free:.1f} GB free at `{there}`, the store has {size:.2f} GB"
    mend = f"free some space: {wanted:.1f} GB are wanted"
    state: State = "ok" if free >= wanted else "failed"
    yield Finding("disk", state, found, "" if state == "ok" else mend)


def memory(needs: Needs) -> Iterator[Finding]:
    """Memory that a task could have."""
    import psutil

    available = psutil.virtual_memory().available / _GB
    found = f"{available:.1f} GB available"
    if available >= needs.memory_gb:
        yield Finding("memory", "ok", found)
    else:
        yield Finding("memory", "failed", found, f"stop something: {needs.memory_gb:.1f} GB are wanted")


def _version(package: str) -> str:
    """The installed version, empty where there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
