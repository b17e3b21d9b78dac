"""Whether a row fits its table. Called for every row, so it is quick."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import cast

from tipoff.contracts import ColumnType, Contradiction, Table
from tipoff.errors import PluginError
from tipoff.plugins import resolve


def _is_text(value: object) -> bool:
    return isinstance(value, str) and (value.isascii() or _is_unicode(value))


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON may carry
        return False
    return True


def _is_integer(value: object) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


def _is_number(value: object) -> bool:
    return (type(value) is float and math.isfinite(value)) or (type(value) is int and abs(value) < 2**53)


def _is_boolean(value: object) -> bool:
    return type(value) is bool


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_instant(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is None


_FITS: Mapping[ColumnType, Callable[[object], bool]] = {
    "VARCHAR": _is_text,
    "INTEGER": _is_integer,
    "DOUBLE": _is_number,
    "BOOLEAN": _is_boolean,
    "DATE": _is_day,
    "TIMESTAMP": _is_instant,
}


class Validator:
    """Judges rows of one table.

    Args:
        table: its spec.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._fits = {column.name: _FITS[column.type] for column in table.columns}
        self._names = self._fits.keys()
        self._has_league = "league" in self._names
        self._contradiction: Callable[[Mapping[str, object]], Contradiction | None] | None = None
        if table.contradiction:
            self._contradiction = cast(
                "Callable[[Mapping[str, object]], Contradiction | None]", resolve(table.contradiction)
            )

    def complete(self, values: Mapping[str, object], league: str) -> dict[str, object]:
        """A copy of `values` with the league, where the table has one and the row leaves it out."""
        return {"league": league, **values} if self._has_league else dict(values)

    def key(self, values: Mapping[str, object]) -> tuple[object, ...]:
        """The values of the key columns."""
        return tuple([values[name] for name in self.table.key])

    def trouble(self, values: Mapping[str, object]) -> tuple[str, str] | None:
        """The offending column with the reason, or None for a row that fits.

        Raises:
            PluginError: the table has no such column.
        """
        if not values.keys() <= self._names:
            unknown = sorted(set(values) - set(self._names))[0]
            raise PluginError(
                f"table `{self.table.full_name}` has no column `{unknown}`; mend the parser or the table's spec"
            )
        fits = self._fits
        for name, value in values.items():
            if value is not None and not fits[name](value):
                return name, self._misfit(name, value)
        for name in self.table.key:
            if values.get(name) is None:
                return name, "a key column has no value"
        return None

    def contradictions(self, values: dict[str, object]) -> tuple[list[Contradiction], bool]:
        """What a row that fits cannot say at once, and whether it stands without: columns in doubt are made missing.

        Raises:
            PluginError: the table's function failed.
        """
        found: list[Contradiction] = []
        if self._contradiction is None:
            return found, True
        try:
            while (each := self._contradiction(values)) and each not in found:
                found.append(each)
                if not each.missing:
                    return found, False
                values.update(dict.fromkeys(each.missing))
        except Exception as error:  # the plugin boundary: a table's function may raise anything
            raise PluginError(
                f"table `{self.table.full_name}`: `{self.table.contradiction}` failed on `{values!r:.200}`: "
                f"{type(error).__name__}: {error}"
            ) from error
        return found, True

    def _misfit(self, name: str, value: object) -> str:
        wanted = next(column.type for column in self.table.columns if column.name == name)
        return f"`{value!r:.100}` ({type(value).__name__}) is not {wanted}"
