"""The channels through which people are told: each URL of ``TIPOFF_ALERT_URLS``, through Apprise."""

from __future__ import annotations

import logging
from collections.abc import Callable

from tipoff import settings


def tell(title: str, body: str, log: Callable[..., None], *, failure: bool = True) -> bool:
    """Sends a message to each URL of ``TIPOFF_ALERT_URLS``; with none, and where one does not take it, it is logged.

    Args:
        title: in a few words.
        body: what happened, and what to do next.
        log: of the task, at the level that the message deserves.
        failure: whether it is bad news.

    Returns:
        Whether at least one channel took it.
    """
    urls = settings.load().alert_urls
    if not urls:
        log("%s: %s (set TIPOFF_ALERT_URLS to be told)", title, body)
        return False
    import apprise

    kind = apprise.NotifyType.FAILURE if failure else apprise.NotifyType.SUCCESS
    took = []
    for url in urls:
        channel = apprise.Apprise()
        # The URL holds a key, so it is not shown; Apprise would log it where it cannot use it, and for debugging.
        apprise.logger.setLevel(logging.CRITICAL)
        known = channel.add(url)
        apprise.logger.setLevel(logging.WARNING)
        if not known:
            log("a URL of TIPOFF_ALERT_URLS is not one that Apprise knows; see its list of services")
        took.append(bool(channel.notify(title=title, body=body, notify_type=kind)))
    if not all(took):
        log("not every alert channel took the message: %s: %s", title, body)
    return any(took)
