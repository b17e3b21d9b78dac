"""Addresses without what nobody may see: login and signature are parted from them where they are read."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Final
from urllib.parse import unquote

from tipoff.errors import SettingsError

_PARTS: Final = re.compile(r"([^/?#\\]*)(.*)", re.DOTALL)
_SCHEME: Final = re.compile(r"[A-Za-z][\w+.-]*://")
_PLACE: Final = re.compile(r"(\[[^\s@\[\]]+\]|[^\s:@\[\]]*)(:\d*)?")
_MACHINE: Final = re.compile(r"(localhost|\d+\.\d+\.\d+\.\d+|\[[^\s@\[\]]+\])(:\d*)?")


class Address(str):
    """An address as anybody may see it; what nobody may see stands beside it, and in no text made of it.

    Attributes:
        login: what stood before the ``@``, as it was written: ``NAME:PASSWORD`` or a token; else empty.
        query: what stood after the ``?``, such as a signature; else empty.
    """

    login: str
    query: str

    def __new__(cls, shown: str, login: str = "", query: str = "") -> Address:
        """An address from its parts."""
        made = super().__new__(cls, shown)
        made.login, made.query = login, query
        return made

    @classmethod
    def of(cls, text: str, *, signed: bool = True) -> Address:
        """Parts an address, with or without a scheme; one that is parted already stays.

        Args:
            text: as a setting or a connection has it.
            signed: whether its query is nobody's business, and no part of it. That of a request says what is asked.

        Raises:
            SettingsError: it cannot be told where its login ends. The message does not show it.
        """
        if isinstance(text, Address):
            return text
        found = _SCHEME.match(text)
        scheme = found.group() if found else ""
        place, after = _PARTS.findall(text, len(scheme))[0]
        login, _, host = place.rpartition("@")
        # `user:pa/ss@host` reads like the path `/ss@host` of a machine `user`; `127.0.0.1:80/a@b` can only be one.
        doubtful = "@" in place or (":" in place and not _MACHINE.fullmatch(place))
        if (signed and doubtful and "@" in after) or not _PLACE.fullmatch(host):
            raise SettingsError(
                f"`{scheme}***` cannot be read as an address; check the connection's host and proxy, or the setting: "
                "in a login write `/` as %2F, `@` as %40, `:` as %3A, `?` as %3F, `#` as %23 and `,` as %2C"
            )
        path, query = after, ""
        if signed:
            path, _, query = after.partition("#")[0].partition("?")
        return cls(f"{scheme}{host}{path}", login, query)

    @property
    def authorization(self) -> str:
        """The header that says who asks, empty without a login."""
        return f"Basic {b64encode(unquote(self.login).encode()).decode()}" if self.login else ""


def without_credentials(address: object) -> str:
    """An address that may be shown, whatever is wrong with it: ``***`` for what stands before its ``@`` or after its
    ``?``.
    """
    shown = re.sub(r"^(\w+:/+)?.*@", r"\1***@", str(address), flags=re.DOTALL)
    return re.sub(r"^(.*:/.*?)[?#].*$", r"\1?***", shown, flags=re.DOTALL)
