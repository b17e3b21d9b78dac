"""One run of a dataset that kills its process on the way: ``python -m tipoff.testing.killed JSON``."""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tipoff.collecting import engine, intake
from tipoff.contracts import Access, Window
from tipoff.plugins import Registry
from tipoff.plugins.loading import load_alone
from tipoff.settings import Settings


def main(said: dict[str, Any]) -> None:
    """Collects, one answer a batch, until so many answers have been taken in; then there is no more of this process."""

    def kill(done: int, _total: int, _key: str) -> None:
        if done >= said["answers"]:
            os.kill(os.getpid(), signal.SIGKILL)

    intake.BATCH_PAYLOADS = 1  # type: ignore[misc]  # so that some of it has landed
    _, brought = load_alone(said["module"])
    engine.collect(
        said["dataset"],
        registry=Registry(collectors=brought.collectors),
        settings=Settings(home=Path(said["home"]), leagues=tuple(said["leagues"])),
        run_id="killed",
        now=datetime.fromisoformat(said["now"]),
        window=Window(*(date.fromisoformat(day) for day in said["window"])),
        access=Access(**said["access"]),
        progress=kill,
    )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
