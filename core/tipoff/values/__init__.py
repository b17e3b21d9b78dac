"""What a value means, whoever wrote it: the one place where text, numbers, days and ids of a source are read.

A collector's parser calls these for every value that comes from a file, a page or JSON. Each function takes the value
as it came, with the path to it, and returns it as the domain tables hold it. A value that is missing, in whichever
word the source says so, is None. One that cannot be what it should be raises `Quarantine` with the path and the
value: so the record is set aside, and nothing is guessed.

Words that mean missing: nothing or blanks, dashes, and what programs write (``None``, ``nan``, ``NaT``, ``null``,
``<NA>``, ``NA``, ``N/A``, ``#N/A``), in capitals or not. In free text only these exact spellings count, since a person
may be called Null or Nan: ``None``, ``nan``, ``NaN``, ``NaT``, ``null``, ``NULL``, ``<NA>``, ``NA``, ``N/A``, ``n/a``,
``#N/A``. In an abbreviation ``NA`` is two letters like others.
"""

from __future__ import annotations

from tipoff.values.scalars import flag, identifier, number, season, whole
from tipoff.values.times import Tip, day, instant, stamp, tip
from tipoff.values.words import abbreviation, is_missing, text

__all__ = [
    "Tip",
    "abbreviation",
    "day",
    "flag",
    "identifier",
    "instant",
    "is_missing",
    "number",
    "season",
    "stamp",
    "text",
    "tip",
    "whole",
]
