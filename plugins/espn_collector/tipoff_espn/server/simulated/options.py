"""What of the simulated league can be chosen."""

from __future__ import annotations

from dataclasses import dataclass, fields

from tipoff.errors import SettingsError

MIN_TEAMS, MAX_TEAMS = 32, 362


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the simulated league, as ``embedded:seed=7,teams=362,first_season=2015``.

    Args:
        seed: of everything random in it.
        teams: Division I teams, 32 to 362.
        first_season: the first season that exists.
    """

    seed: int = 7
    teams: int = 64
    first_season: int = 2015

    def __post_init__(self) -> None:
        if not MIN_TEAMS <= self.teams <= MAX_TEAMS:
            raise SettingsError(
                f"the simulated league has {MIN_TEAMS} to {MAX_TEAMS} teams, got `{self.teams}`; "
                "set TIPOFF_SOURCE=embedded:teams=64"
            )
        if self.seed < 0 or not 1950 <= self.first_season <= 2100:
            raise SettingsError(
                f"the simulated league wants a seed of at least 0 and a first season in 1950 to 2100, got `{self}`; "
                "set TIPOFF_SOURCE=embedded:seed=7,first_season=2015"
            )

    @classmethod
    def parse(cls, text: str) -> Options:
        """Options from ``seed=7,teams=362`` (empty: the defaults).

        Raises:
            SettingsError: an unknown name, or a value that is not a whole number.
        """
        known = {field.name for field in fields(cls)}
        values: dict[str, int] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, value = part.partition("=")
            if name not in known or not value.lstrip("-").isdigit():
                raise SettingsError(
                    f"`{part}` is not an option of the simulated league; "
                    f"write {', '.join(f'{name}=NUMBER' for name in sorted(known))} after `embedded:`"
                )
            values[name] = int(value)
        return cls(**values)
