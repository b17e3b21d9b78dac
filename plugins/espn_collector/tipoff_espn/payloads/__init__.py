"""ESPN's answers as types: the fields we use, and no more.

Unknown fields are skipped while decoding, which is what makes a 700 KB summary cheap. A field that ESPN always
sends is required here, and a type is exact, so that a renamed or retyped field is noticed on the day it happens.

Lists whose elements stand for themselves (the events of a day, the athletes of a team) hold `msgspec.Raw`:
`tipoff_espn.parse.records` decodes the elements one by one, so that a malformed one costs only itself.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import msgspec

NULL = msgspec.Raw(b"null")

T = TypeVar("T")
Sparse: TypeAlias = T | msgspec.UnsetType | None
"""A field that some records lack and none has as null: see `tipoff_espn.parse.records.Expected.mostly`."""


def known(value: Sparse[T]) -> T | None:
    """A sparse field's value, or None."""
    return None if isinstance(value, msgspec.UnsetType) else value


class Part(msgspec.Struct, rename="camel", gc=False):
    """A JSON object of ESPN's, in its own spelling."""


class TeamRef(Part):
    """A team by its id."""

    id: str
