"""How a file writes when its games begin, which only many of its values together tell.

| what the values are                                            | what they mean                               |
|----------------------------------------------------------------|----------------------------------------------|
| plain days                                                     | days; the time of day is unknown             |
| all at midnight, without a zone                                | likewise                                     |
| ten or more, all at 00:00 UTC, or all at 04:00 and 05:00 UTC   | likewise: midnight of UTC or of the East     |
| more than one in a hundred at midnight in the East             | at those, the time of day is unknown         |
| without a zone, hardly any after midnight                      | US Eastern: in UTC, half of all games are    |
| without a zone, more from 9:00 to 15:59 than after midnight    | US Eastern: in UTC, nobody plays then        |
| anything else                                                  | instants, UTC where they name no zone        |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Final, NamedTuple

from tipoff import Quarantine, values
from tipoff.clock import LEAGUE_ZONE, day_of, day_start, utc
from tipoff.values import Tip

ENOUGH: Final = 10
"""Stamps from which on their hours tell something."""

FEW_AT_NIGHT: Final = 0.1
"""Share from 0:01 to 5:59 of stamps without a zone; in UTC it is nearly a half, and in the East one in a thousand."""

MANY_MIDNIGHTS: Final = 0.01
"""Share at midnight in the East from which on they are no tips; of Division I since 2015 it is one in ten thousand."""

_MIDNIGHT: Final = time()
_MORNING: Final = range(9, 16)
_NIGHT: Final = range(6)


class Stamps(NamedTuple):
    """How the tips of a slice are to be read."""

    are_days: bool = False
    eastern: bool = False
    midnight_is_unknown: bool = False

    @property
    def note(self) -> str | None:
        """What is read into them, in words; None where they are read as they stand."""
        if self.are_days:
            return "the tips are days: their time of day is unknown"
        said = ["the tips without a zone are read as US Eastern"] if self.eastern else []
        said += ["the tips at midnight in the East are read as days"] if self.midnight_is_unknown else []
        return "; ".join(said) or None

    def tip(self, value: object, path: str, known: bool | None) -> Tip:
        """The tip that a value says, which must be there.

        Args:
            value: as the file has it.
            path: where it stands.
            known: whether the file says that the time of day is known.
        """
        zone = LEAGUE_ZONE if self.eastern else None
        found = values.tip(value, path, False if self.are_days else known, zone)
        if found is None:
            raise Quarantine("it is missing", path)
        if known is None and self.midnight_is_unknown and _is_eastern_midnight(found.tip_utc):
            return found._replace(tip_known=False)
        return found


def stamps_of(column: Iterable[object], *, said: bool = False) -> Stamps:
    """How the values of a column of tips are to be read.

    Args:
        column: its values.
        said: whether the file says of each tip itself whether the time of day is known.
    """
    found = [stamp for value in column if isinstance(stamp := values.stamp(value), datetime)]
    if not found:
        return Stamps()
    naive = [each for each in found if each.tzinfo is None]
    at_midnight = len(naive) == len(found) and all(each.time() == _MIDNIGHT for each in naive)
    if at_midnight and (not said or len(found) >= ENOUGH):
        return Stamps(are_days=True)
    if not said and not naive and len(found) >= ENOUGH and _are_placeholders([utc(each) for each in found]):
        return Stamps(are_days=True)
    eastern = _are_eastern([each for each in naive if each.time() != _MIDNIGHT])
    at = [utc(each.replace(tzinfo=LEAGUE_ZONE) if eastern and each.tzinfo is None else each) for each in found]
    midnights = sum(_is_eastern_midnight(each) for each in at)
    return Stamps(eastern=eastern, midnight_is_unknown=not said and midnights > MANY_MIDNIGHTS * len(at))


def _are_placeholders(at: Sequence[datetime]) -> bool:
    hours = {each.hour for each in at}
    return not any(each.minute or each.second for each in at) and (hours == {0} or hours <= {4, 5})


def _are_eastern(naive: Sequence[datetime]) -> bool:
    night = sum(each.hour in _NIGHT for each in naive)
    morning = sum(each.hour in _MORNING for each in naive)
    return morning > night or (len(naive) >= ENOUGH and night < FEW_AT_NIGHT * len(naive))


def _is_eastern_midnight(at: datetime) -> bool:
    return at.hour in (4, 5) and at == day_start(day_of(at))
