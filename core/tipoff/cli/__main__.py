"""``python -m tipoff.cli``."""

from __future__ import annotations

from tipoff.cli import main

main()
