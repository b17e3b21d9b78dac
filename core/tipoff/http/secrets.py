"""What of an access nobody may see, and how it is kept out of what people read."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tipoff.contracts import Access


def secrets_of(access: Access) -> tuple[str, ...]:
    """The key, and what a proxy's or host's address says before its ``@``, in every form that a message may hold.

    The longest comes first, so that hiding one leaves no part of another.
    """
    found = {access.api_key}
    for address in (access.proxy, access.host):
        login = address.rpartition("://")[2].partition("/")[0].rpartition("@")[0]
        if login:
            plain = unquote(login)
            found |= {login, plain, b64encode(plain.encode()).decode()}
            found |= {login.partition(":")[2], plain.partition(":")[2]}
    return tuple(sorted(found - {""}, key=lambda secret: (-len(secret), secret)))


def without_login(address: object) -> str:
    """An address that may be shown, whatever is wrong with it: ``***`` for what stands before its ``@``."""
    return re.sub(r"^(\w+:/+)?.*@", r"\1***@", str(address), flags=re.DOTALL)


def hide(text: str, secrets: Iterable[str]) -> str:
    """`text` with ``***`` in the place of each of `secrets`."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
