"""Imports what the lock names from its sources: a compiled file beside them runs as what it says, and is not held.

Python takes ``__pycache__/x.cpython-311.pyc`` for ``x.py`` where time and size of the source stand in it, which anyone
can write into it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Final


class _Source(SourceFileLoader):
    """Compiles a module each time it is imported."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


class _Finder(MetaPathFinder):
    """Finds modules below `roots` as the other finders do, and loads them from their sources."""

    def __init__(self) -> None:
        self.roots = set[str]()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in self.roots:
            return None
        others = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((found for found in others if found is not None), None)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Source(spec.loader.name, spec.loader.path)
        return spec


_FINDER: Final = _Finder()


def hold(roots: Iterable[str]) -> None:
    """From now on these packages and modules are imported from their sources, in this process."""
    _FINDER.roots |= set(roots)
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)


def held() -> list[str]:
    """Which packages and modules that is, sorted."""
    return sorted(_FINDER.roots)
