"""The SQL of this plugin, a file each under ``sql/``."""

from __future__ import annotations

from importlib.resources import files


def statement(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return files("tipoff_features").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
