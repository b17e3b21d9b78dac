"""Why a request is owed, where it is no error's class (``ops.failed_request.kind``)."""

from __future__ import annotations

from typing import Final

DOUBT: Final = "Quarantine"
"""Its answer was usable but for some records."""

NOTHING: Final = "Nothing"
"""The source has nothing, as it says, and is not believed yet (`tipoff.collecting.outages`)."""
