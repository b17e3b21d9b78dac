"""Which mistakes there are to make in the code of an area, and a seeded sample of them; see mutations.py."""

from __future__ import annotations

import ast
import difflib
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parents[1]

AREAS = {
    "features": (
        ("plugins/features/tipoff_features", "core/tipoff/features"),
        ("plugins/features/tests", "core/tests/features"),
    ),
    "http": (("core/tipoff/http",), ("core/tests/http",)),
    "modelling": (
        ("core/tipoff/modelling", "plugins/models/tipoff_models"),
        ("core/tests/modelling", "plugins/models/tests"),
    ),
    "quality": (("core/tipoff/quality",), ("core/tests/quality",)),
    "espn-parsers": (("plugins/espn_collector/tipoff_espn/parse",), ("plugins/espn_collector/tests/parse",)),
}
"""Of each area the folders of its code and of its tests."""

UNNAMED = {"core/VariableReplacer", "core/VariableInserter"}
"""Operators that want to be told which variables, and then draw at random."""


def digest(*parts: str) -> str:
    """One short word for many long ones."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Place:
    """Where code can be mutated, and how.

    Args:
        path: of the module, in the checkout.
        line: counted from 1.
        operator: cosmic-ray's name.
        occurrence: which of the places where it applies, in the order of the module.
        rank: the sample takes the lowest; depends on the line's text and not on what else is in the module.
    """

    path: str
    line: int
    operator: str
    occurrence: int
    rank: str

    @cached_property
    def source(self) -> str:
        """The module as it is."""
        return (ROOT / self.path).read_text()

    @cached_property
    def mutated(self) -> str:
        """The module with the mistake in it."""
        try:
            return mutate_code(self.source, get_operator(self.operator)(), self.occurrence) or self.source
        except AttributeError:  # it knows no `except package.Error`
            return self.source

    @property
    def key(self) -> str:
        """The mutant's name among the results."""
        return digest(self.path, self.source, self.operator, str(self.occurrence))

    def diff(self) -> str:
        """What the mistake is."""
        lines = difflib.unified_diff(
            self.source.splitlines(), self.mutated.splitlines(), self.path, self.operator, lineterm="", n=1
        )
        return "\n".join(lines)

    def changes_something(self) -> bool:
        """Whether it is Python, and another program."""
        try:
            return program(self.mutated) != program(self.source)
        except SyntaxError:
            return False


def program(source: str) -> str:
    """What runs: the syntax tree without annotations, but for those that msgspec reads."""
    tree = ast.parse(source)
    fields = {id(each) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for each in node.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign) and not (id(node) in fields and "msgspec" in source):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)


def places(path: Path, seed: str) -> Iterator[list[Place]]:
    """The mutants of each place in a module, the one to be tried first."""
    source, name = path.read_text(), str(path.relative_to(ROOT))
    lines, nodes = source.splitlines(), list(ast_nodes(get_ast(source)))
    stars = {node.start_pos for node in nodes if node.parent and node.parent.type == "parameters"}  # no multiplication
    found = defaultdict[tuple[object, ...], list[Place]](list)
    for operator in operator_names():
        if operator in UNNAMED:
            continue
        positions = [each for node in nodes for each in get_operator(operator)().mutation_positions(node)]
        for occurrence, ((line, column), end) in enumerate(positions):
            if (line, column) in stars and "BinaryOperator" in operator:
                continue
            where = digest(seed, name, lines[line - 1], str(column))
            which = digest(seed, where, operator, str(occurrence - positions.index(((line, column), end))))
            found[line, column, end].append(Place(name, line, operator, occurrence, where + which))
    for mutants in found.values():
        yield sorted(mutants, key=lambda place: place.rank)


def sample(area: str, each: int, seed: str) -> list[Place]:
    """The mutants of an area to try."""
    modules = sorted(module for folder in AREAS[area][0] for module in (ROOT / folder).rglob("*.py"))
    found = sorted((mutants for module in modules for mutants in places(module, seed)), key=lambda it: it[0].rank)
    real = (next((place for place in mutants if place.changes_something()), None) for mutants in found)
    return list(islice(filter(None, real), each))
