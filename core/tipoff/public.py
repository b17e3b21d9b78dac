"""The public API: what plugins may import, and its committed record.

``core/api.txt`` holds every public name with its signature, its fields and their defaults, and the domain tables with
their columns, as `record` writes them. A test fails when the two differ; ``make api`` writes the file anew and says
what CHANGELOG.md must tell. It is read from the sources and imports none of them, since some are heavy.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

_ROOT: Final = Path(__file__).parent

MODULES: Final = MappingProxyType(
    {
        "tipoff": "specs, what a plugin's functions receive and return, `hookimpl`, `query`",
        "tipoff.airflow.operators": "operators of the DAGs, for a plugin with operators of its own",
        "tipoff.bounds": "how large, how many and how deep an answer or a file may be",
        "tipoff.clock": "the present instant; days and seasons of instants",
        "tipoff.domain": "the tables that all plugins share",
        "tipoff.errors": "the errors that a plugin raises and meets",
        "tipoff.address": "addresses with a login or a signature, for a collector that is given some",
        "tipoff.http.client": "the polite HTTP client, for a collector that wraps it",
        "tipoff.run": "what an operator's work receives",
        "tipoff.settings": "the settings as they are now",
        "tipoff.testing": "the contract kit, for tests",
        "tipoff.values": "what a value of a source means: text, numbers, days, ids",
    }
)
"""Modules that a plugin may import, and what for. All others of tipoff may change at any time."""


def record() -> str:
    """The record: a paragraph for each public module, and one for each domain table."""
    from tipoff.domain import TABLES
    from tipoff.hookspecs import API_LEVEL

    hooks = [_function(node) for node in _tree("tipoff.hookspecs").body if isinstance(node, ast.FunctionDef)]
    parts = [f"API level {API_LEVEL}", "\n".join(["hooks", *hooks])]
    for module in MODULES:
        lines = [line for name in names(module) for line in _described(module, name)]
        parts.append("\n".join([f"[{module}]", *lines]))
    for table in TABLES.values():
        columns = [f"    {column.name}: {column.type}" for column in table.columns]
        parts.append("\n".join([f"table {table.full_name}, key {', '.join(table.key)}", *columns]))
    return "\n\n".join(parts) + "\n"


def digest(text: str) -> str:
    """What CHANGELOG.md says of a record, so that nobody changes one without the other."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def strangers(file: Path) -> Iterator[tuple[int, str]]:
    """Line and name of everything that a source imports of tipoff and that is not public."""
    for node in ast.walk(ast.parse(file.read_text(), filename=str(file))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_ours(alias.name) and alias.name not in MODULES:
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module and _is_ours(node.module):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole not in MODULES and (
                    node.module not in MODULES or alias.name not in (*names(node.module), "*")
                ):
                    yield node.lineno, whole


@cache
def names(module: str) -> tuple[str, ...]:
    """The public names of a public module, sorted."""
    tree, found = _tree(module), set[str]()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            if "__all__" in _assigned(node) and node.value is not None:
                return tuple(sorted(ast.literal_eval(node.value)))
            found |= _assigned(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
    return tuple(sorted(name for name in found if not name.startswith("_")))


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "tipoff"


@cache
def _tree(module: str) -> ast.Module:
    path = _ROOT.joinpath(*module.split(".")[1:])
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(), filename=str(file))


def _described(module: str, name: str) -> Iterator[str]:
    """A name's lines, wherever it is defined."""
    for node in reversed(_tree(module).body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            yield _function(node)
            return
        if isinstance(node, ast.ClassDef) and node.name == name:
            yield from _class(node)
            return
        if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == name for alias in node.names):
            yield from _described(node.module, name)
            return
        if isinstance(node, ast.Assign | ast.AnnAssign) and name in _assigned(node):
            yield _constant(module, name, node)
            return


def _assigned(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _constant(module: str, name: str, node: ast.Assign | ast.AnnAssign) -> str:
    value = node.value
    # A domain table has a paragraph of its own.
    is_long = module == "tipoff.domain" and not isinstance(value, ast.Constant)
    annotation = f": {ast.unparse(node.annotation)}" if isinstance(node, ast.AnnAssign) else ""
    return f"{name}{annotation}" if is_long or value is None else f"{name}{annotation} = {ast.unparse(value)}"


def _class(node: ast.ClassDef) -> Iterator[str]:
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    yield f"class {node.name}({bases})" if bases else f"class {node.name}"
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and not part.target.id.startswith("_"):
            default = f" = {ast.unparse(part.value)}" if part.value else ""
            yield f"    {part.target.id}: {ast.unparse(part.annotation)}{default}"
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and (
            part.name == "__init__" or not part.name.startswith("_")
        ):
            yield f"    {_function(part)}"


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    is_property = any(isinstance(each, ast.Name) and each.id == "property" for each in node.decorator_list)
    returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    if is_property:
        return f"{node.name}{returned}"
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return f"{word} {node.name}({ast.unparse(node.args)}){returned}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(record())
    print(f"Wrote {sys.argv[1]}. Let CHANGELOG.md say what changed for plugins, and `api {digest(record())}`.")
