"""Every error tipoff raises, as one tree, by what the caller does next.

| base         | the caller …                                        | raise it when …                          |
|--------------|-----------------------------------------------------|------------------------------------------|
| `Retry`      | tries again later, with backoff                     | a network, a server or a lock may recover |
| `Skip`       | marks the step as skipped, with the reason          | there is nothing to do, and that is right |
| `Quarantine` | sets one record aside, with the reason, and goes on | one record is bad, the rest is good       |
| `Abort`      | stops at once and tells a person                    | trying again cannot help                  |

A message says what failed, on which plugin, table or game, with the value in backticks, and ends with
the next thing to do. Airflow's retry policy (`tipoff.airflow.retry`) is written on these four names.
"""

from __future__ import annotations


class TipoffError(Exception):
    """Base of every error that tipoff raises on purpose."""


class Retry(TipoffError):
    """Passing trouble: the same call may succeed later."""


class SourceUnavailable(Retry):
    """A source timed out, reset the connection or answered 429 or 5xx after all attempts."""


class SourceBusy(SourceUnavailable):
    """A source wants a longer pause than a run should wait; nothing else is asked of it until then."""


class StoreBusy(Retry):
    """The warehouse's writer lock was not free within the wait."""


class StoreUnwritable(Retry):
    """The disk does not take what is to be written: it is broken or read-only. What was there is as it was."""


class StoreFull(StoreUnwritable):
    """The disk has no room for what is to be written; what was there is as it was."""


class Skip(TipoffError):
    """Nothing to do, and that is as it should be (off-season, first day, no champion yet)."""


class Quarantine(TipoffError):
    """One record cannot be used; the others can.

    Args:
        reason: what is wrong, in words a person can act on.
        path: where in the payload, e.g. ``events[3].competitions[0].date``.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path


class Abort(TipoffError):
    """Trying again cannot help; a person must look."""


class SettingsError(Abort):
    """A setting, connection or command-line value is not usable."""


class ClockWrong(Abort):
    """The machine's clock and a source's are far apart: whatever were stamped now would be wrong."""


class SourceRefused(Abort):
    """A source refused us (401, 403): going on would make it worse, and it never means «no games»."""

    by_proxy = False
    """Whether it was not the source but the proxy on the way to it (407)."""


class MalformedResponse(Abort):
    """A whole response is not what the endpoint promises; nothing of it was used."""


class SpecError(Abort):
    """A spec (a table, a dataset, a model …) makes no sense; raised by the line that makes it."""


class PluginError(Abort):
    """A plugin broke its contract while its work ran."""


class CheckFailed(Abort):
    """A quality check of severity ``block`` found rows."""


class ArtifactRefused(Abort):
    """A model artifact is unknown, changed since it was registered, or holds a type that is not allowed."""


class LedgerError(Abort):
    """The prediction ledger's chain is broken, or a write would break it."""


class StoreError(Abort):
    """The warehouse cannot be opened, migrated or written for a reason that waiting will not mend."""
