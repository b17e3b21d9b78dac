"""What the plugin `features` brings to tipoff."""

from __future__ import annotations

TIPOFF_API = 1
