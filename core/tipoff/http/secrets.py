"""What of an access nobody may see, and how it is kept out of what people read and of what is stored."""

from __future__ import annotations

import html
import json
import logging
import traceback
from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from tipoff.address import Address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tipoff.contracts import Access

_log = logging.getLogger(__name__)

_TELLING: Final = 6
"""Characters from which on a secret can be told from data: a password `2026` is in every answer."""


def secrets_of(access: Access) -> tuple[str, ...]:
    """The key, and what the addresses of proxy, host and source hold of logins and signatures, in every form that a
    message may hold.

    The longest comes first, so that hiding one leaves no part of another.

    Raises:
        SettingsError: of an address it cannot be told where its login ends.
    """
    addresses = [access.proxy, access.host, *([access.source] if "://" in access.source else [])]
    return _longest_first(_forms(access.api_key).union(*(_of(Address.of(each)) for each in addresses)))


def secrets_in(address: Address) -> tuple[str, ...]:
    """What one address holds; see `secrets_of`."""
    return _longest_first(_of(address))


def hide(text: str, secrets: Iterable[str]) -> str:
    """`text` with ``***`` in the place of each of `secrets`."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def hide_in_body(body: bytes, secrets: Iterable[str], key: str) -> bytes:
    """An answer with a ``*`` for each byte of `secrets`: it stays as long as it was, so that a binary file stays one.

    Secrets of fewer than six characters stay, unless after ``Bearer``: they would be found in data.

    Args:
        body: of the answer.
        secrets: the longest first.
        key: of the request, for the log, which says that something was hidden.
    """
    hidden = body
    for secret in secrets:
        sought = (secret if len(secret) >= _TELLING else f"Bearer {secret}").encode()
        if sought in hidden:
            hidden = hidden.replace(sought, b"*" * len(sought))
    if hidden is not body:
        _log.warning("the answer to `%s` repeats a key or a login that was sent; it is hidden in what is kept", key)
    return hidden


def hide_in_error(error: BaseException, secrets: Iterable[str]) -> None:
    """Takes `secrets` out of what an error says, and its causes away where they would say them."""
    secrets = tuple(secrets)
    if not secrets or not _says_any(error, secrets):
        return
    error.args = tuple(hide(each, secrets) if isinstance(each, str) else each for each in error.args)
    for name, value in vars(error).items():
        if isinstance(value, str):
            setattr(error, name, hide(value, secrets))
    if notes := getattr(error, "__notes__", None):
        notes[:] = [hide(str(each), secrets) for each in notes]
    if _says_any(error, secrets):
        error.__cause__ = error.__context__ = None


def _says_any(error: BaseException, secrets: tuple[str, ...]) -> bool:
    said = "".join(traceback.format_exception(error))
    return any(secret in said for secret in secrets)


def _of(address: Address) -> set[str]:
    found = set[str]()
    if address.login:
        plain = unquote(address.login)
        found |= {b64encode(plain.encode()).decode()}
        for each in (address.login, plain, address.login.partition(":")[2], plain.partition(":")[2]):
            found |= _forms(each)
    found |= {address.query} - {""}
    for _, value in parse_qsl(address.query):
        if len(value) >= _TELLING:  # `raw=true` is no secret
            found |= _forms(value)
    return found


def _forms(secret: str) -> set[str]:
    """As it is, and as URLs, JSON and HTML write it."""
    quoted = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    lower = {each.replace("%2F", "%2f").replace("%3D", "%3d").replace("%2B", "%2b") for each in quoted}
    as_json = {json.dumps(secret, ensure_ascii=ascii_)[1:-1] for ascii_ in (True, False)}
    slashed = {each.replace("/", "\\/") for each in as_json}
    return ({secret, html.escape(secret)} | quoted | lower | as_json | slashed) - {""}


def _longest_first(found: set[str]) -> tuple[str, ...]:
    return tuple(sorted(found, key=lambda secret: (-len(secret), secret)))
