"""What JSON answers look like: which fields their objects have, how often, and of which types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tipoff.contracts import Json

_ELEMENTS: Final = 16
"""Elements of a list that are looked at, spread evenly over it."""

_RECORDS: Final = 64
"""The same for the list of records (`Shape.record`)."""

_KEYS: Final = 200
"""Names that an object's keys may have before further ones are taken for ids."""

_STATES: Final = 12
"""States that are told apart; what else there is counts as the last of them."""

_ID: Final = re.compile(r"\d[\d.:_-]*|(?=[0-9a-f-]*\d)[0-9a-f]{8,}(-[0-9a-f]+)*", re.IGNORECASE)
_NAMES: Final = {dict: "object", list: "array", str: "string", int: "number", float: "number", bool: "boolean"}


def canonical(name: str) -> str:
    """A key, or a part of an address, with ``*`` for an id."""
    return "*" if _ID.fullmatch(name) else name


@dataclass(frozen=True)
class Shape:
    """Where an answer's records are, and what tells their state; see `tipoff.contracts.Uses`."""

    record: str = ""
    state: str = ""


@dataclass(frozen=True)
class Seen:
    """How one field was seen.

    Args:
        state: of the records it was in.
        path: e.g. ``events[].competitions[].attendance``; empty: the answer.
        answers: in which it could be, since they had an object that may hold it.
        having: those in which it was.
        objects: that could hold it; for ``x[]`` the lists ``x``.
        present: those that did, with a value other than null; for ``x[]`` those that were not empty.
        types: JSON type to count.
    """

    state: str
    path: str
    answers: int
    having: int
    objects: int
    present: int
    types: dict[str, int] = field(default_factory=dict)


class _Node:
    """A place in the answers."""

    __slots__ = ("answers", "children", "filled", "items", "last", "types")

    def __init__(self) -> None:
        self.types: dict[str, int] = {}
        self.children: dict[str, _Node] = {}
        self.items: dict[str, _Node] = {}  # by state; almost always one, for the state ""
        self.filled = 0  # lists that were not empty
        self.answers = 0
        self.last = -1  # the last answer that was here

    def count(self, kind: str, answer: int) -> None:
        """One more value of a JSON type."""
        self.types[kind] = self.types.get(kind, 0) + 1
        if self.last != answer:
            self.last = answer
            self.answers += 1


class Profile:
    """Counts the fields of the answers that are added.

    Args:
        shape: of the records.
    """

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._roots: dict[str, _Node] = {}
        self._state_path = shape.state.split(".") if shape.state else []
        self._states: set[str] = set()
        self._told = _Node()  # the texts that tell states, as if they stood in the records themselves
        self._records = _Node()
        self.answers = 0

    def add(self, answer: Json) -> None:
        """Takes in an answer."""
        state = self._state_of(answer) if self._state_path and not self._shape.record else ""
        root = self._roots.setdefault(state, _Node())
        self._walk(root, answer, "")
        self.answers += 1

    def fields(self) -> Iterator[Seen]:
        """Every field, each after the one that holds it."""
        for state, root in self._roots.items():
            yield Seen(state, "", root.answers, root.answers, root.answers, root.answers, root.types)
            yield from self._below(root, state, "")
        if self._state_path:
            path = f"{self._shape.record}.{self._shape.state}" if self._shape.record else self._shape.state
            told, records = self._told, self._records
            objects, present = sum(records.types.values()), sum(told.types.values())
            yield Seen("", path, records.answers, told.answers, objects, present, told.types)

    def _walk(self, node: _Node, value: Json, path: str | None) -> None:
        name = _NAMES[type(value)] if value is not None else "null"
        node.count(name, self.answers)
        if isinstance(value, dict):
            children = node.children
            for key, inner in value.items():
                if inner is None:
                    continue
                child = children.get(key)
                if child is None:
                    known = canonical(key) if len(children) < _KEYS else "*"
                    child = children.setdefault(known, _Node())
                below = None if path is None else f"{path}.{key}" if path else key
                # Only on the way to the records does anybody need to know where he is.
                self._walk(child, inner, below if below and self._shape.record.startswith(below) else None)
        elif isinstance(value, list) and value:
            node.filled += 1
            records = path is not None and f"{path}[]" == self._shape.record
            most = _RECORDS if records else _ELEMENTS
            for element in value[:: -(-len(value) // most)]:
                state = self._state_of(element) if records and self._state_path else ""
                self._walk(node.items.setdefault(state, _Node()), element, None if path is None else f"{path}[]")

    def _state_of(self, record: Json) -> str:
        found: Json = record
        for key in self._state_path:
            list_of = key.endswith("[]")
            found = found.get(key.removesuffix("[]")) if isinstance(found, dict) else None
            if list_of:
                found = found[0] if isinstance(found, list) and found else None
        self._records.count("object", self.answers)
        if not isinstance(found, str):
            return ""
        self._told.count("string", self.answers)
        if found not in self._states and len(self._states) >= _STATES:
            return "other"
        self._states.add(found)
        return found

    def _below(self, node: _Node, state: str, path: str) -> Iterator[Seen]:
        objects = node.types.get("object", 0)
        for key, child in node.children.items():
            inner = f"{path}.{key}" if path else key
            # Several keys of an object may be ids: it has the field once.
            present = min(sum(child.types.values()), objects)
            yield Seen(state, inner, node.answers, child.answers, objects, present, child.types)
            yield from self._below(child, state, inner)
        lists = node.types.get("array", 0)
        inner = f"{path}[]"
        if lists:
            types: dict[str, int] = {}
            for each in node.items.values():
                for name, count in each.types.items():
                    types[name] = types.get(name, 0) + count
            having = max((each.answers for each in node.items.values()), default=0)
            yield Seen(state, inner, node.answers, having, lists, node.filled, types)
        for found, each in node.items.items():
            if found:
                records = sum(each.types.values())
                yield Seen(found, inner, each.answers, each.answers, records, records, each.types)
            yield from self._below(each, found or state, inner)
