"""A plugin's entry point, for as long as a test runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def installed(plugin: str, module: str, folder: Path) -> Iterator[None]:
    """Makes a plugin's entry point known, as an installation would.

    A test runner that shows a test only the sources it depends on (Pants) shows it no installed package, and so no
    entry point. With this a plugin's tests need neither an installation nor any other plugin::

        @pytest.fixture(scope="session", autouse=True)
        def arenas(tmp_path_factory):
            with installed("arenas", "tipoff_arenas.plugin", tmp_path_factory.mktemp("site")):
                yield

    Args:
        plugin: name of the entry point.
        module: the module it names.
        folder: an empty folder for the metadata.
    """
    distribution = module.partition(".")[0]
    info = folder / f"{distribution}-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution.replace('_', '-')}\nVersion: 0\n")
    (info / "entry_points.txt").write_text(f"[tipoff]\n{plugin} = {module}\n")
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
