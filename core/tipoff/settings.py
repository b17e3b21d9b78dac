"""Every setting of tipoff: a ``TIPOFF_*`` environment variable each, validated once.

Airflow's connections and variables may override those that belong to a source (`tipoff.airflow.context`).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tipoff.address import Address, without_credentials
from tipoff.errors import SettingsError

_LEAGUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""It is a part of addresses, and the name of a folder."""


class Settings(BaseSettings):
    """What can be set, with its default. Each field is ``TIPOFF_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="TIPOFF_", frozen=True, extra="ignore")

    home: Path = Field(
        Path("~/.tipoff"), description="folder that holds the store, landing zone, artifacts and reports"
    )
    duckdb_path: Path | None = Field(None, description="the store's file, if not tipoff.duckdb in that folder")
    source: str = Field(
        "embedded",
        description="of ESPN's collector: embedded, recorded:FOLDER, espn, or an ESPN-compatible server's URL",
    )
    leagues: Annotated[tuple[str, ...], NoDecode] = Field(
        ("mens-college-basketball",), min_length=1, description="leagues to collect, separated by commas"
    )
    history_seasons: int = Field(1, ge=1, description="seasons that a first run collects, the current one included")
    settle_days: int = Field(3, ge=0, description="days after a game during which its data is asked for again")
    horizon_days: int = Field(7, ge=0, description="days ahead for which the schedule is collected")
    user_agent: str = Field("", description="User-Agent sent to the sources; empty: tipoff's own")
    proxy: str = Field("", repr=False, description="HTTP proxy for the sources")
    max_concurrency: int = Field(4, ge=1, description="requests to a host under way at once")
    requests_per_second: float = Field(5.0, gt=0, description="requests to a host in a second")
    timeout_seconds: float = Field(30.0, gt=0, description="limit for one request")
    attempts: int = Field(4, ge=1, description="tries for one request before the task fails")
    quarantine_limit: float = Field(
        0.1, ge=0, le=1, description="share of records, or answers, that may be set aside before a collect task fails"
    )
    plugins_disabled: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="plugins not to load, separated by commas"
    )
    plugins_lock: Path | None = Field(
        None, description="file with the plugins that are allowed, if not plugins.lock in that folder"
    )
    plugins_strict: bool = Field(False, description="make any plugin that is not ok fatal (for CI)")
    lock_wait_seconds: float = Field(60.0, gt=0, description="how long to wait for the store's writer lock")
    airflow_db: str = Field(
        "", repr=False, description="address of Airflow's metadata database, if not a SQLite file in AIRFLOW_HOME"
    )
    alert_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        (), repr=False, description="Apprise URLs that get failures, separated by commas"
    )
    predictions_by: str = Field(
        "09:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="US Eastern time of day by which today's predictions are due",
    )

    @field_validator("leagues", "plugins_disabled", "alert_urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("leagues")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in value if not _LEAGUE.fullmatch(name)]:
            raise ValueError(
                f"a league is named by up to 100 letters, digits, `-`, `_` and `.`, a letter or digit first, such as "
                f"mens-college-basketball, and not `{wrong[0]}`"
            )
        return value

    @field_validator("home", "duckdb_path", "plugins_lock")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()

    @field_validator("source")
    @classmethod
    def _known_source(cls, value: str) -> str:
        if value in ("embedded", "espn") or value.startswith(("embedded:", "recorded:")):
            return value
        if value.startswith(("http://", "https://")):
            try:
                return Address.of(value)
            except SettingsError as error:
                raise ValueError(str(error)) from None
        raise ValueError(
            "use embedded, embedded:seed=7,teams=362, recorded:FOLDER, espn, or a URL such as http://127.0.0.1:8642"
        )

    @property
    def store(self) -> Path:
        """The DuckDB file that only tipoff writes."""
        return self.duckdb_path or self.home / "tipoff.duckdb"

    @property
    def plugins_lock_file(self) -> Path:
        """The file that names the plugins which are allowed; without it all are, unless `plugins_lock` names it."""
        return self.plugins_lock or self.home / "plugins.lock"

    @property
    def landing(self) -> Path:
        """Folder of the immutable Parquet batches."""
        return self.home / "landing"

    @property
    def published(self) -> Path:
        """The read-only copy for people."""
        return self.home / "published.duckdb"

    @property
    def published_before(self) -> Path:
        """The copy before that one."""
        return self.home / "published.previous.duckdb"

    @property
    def record(self) -> Path:
        """Every prediction, grade and decision as it was written, outside the store."""
        return self.home / "record.jsonl"

    @property
    def head(self) -> Path:
        """What remembers where the ledger's chain ended."""
        return self.home / "ledger.json"

    @property
    def heads(self) -> Path:
        """Where the ledger's chain ended at each publication, beside the copy."""
        return self.home / "heads.jsonl"

    @property
    def artifacts(self) -> Path:
        """Folder of the model artifacts."""
        return self.home / "artifacts"

    @property
    def report(self) -> Path:
        """Folder of the written report."""
        return self.home / "report"


def api_key_name(collector: str) -> str:
    """The variable that holds the key for one collector's source, so that no other source is sent it."""
    return f"TIPOFF_{collector.upper()}_API_KEY"


def api_key_of(collector: str) -> str:
    """The key for one collector's source, empty where there is none."""
    return os.environ.get(api_key_name(collector), "")


def load() -> Settings:
    """The settings as the environment gives them now.

    Raises:
        SettingsError: names each variable with its value and what it should be.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"TIPOFF_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}, "
            f"got `{without_credentials(each['input'])}`"
            for each in error.errors()
        ]
        raise SettingsError("; ".join(lines) + "; mend it and run the command again") from None
