"""The hook of a source's connection: the way to it that the collect tasks take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from airflow.sdk import BaseHook

from tipoff import settings
from tipoff.airflow.context import access
from tipoff.airflow.provider import CONN_TYPE
from tipoff.contracts import Request
from tipoff.errors import MalformedResponse, TipoffError
from tipoff.http.client import HttpClient, open_client

if TYPE_CHECKING:
    from tipoff.contracts import Access


class SourceHook(BaseHook):
    """A source over HTTP, at the pace and with the key, the proxy and the attempts that its connection names.

    Args:
        conn_id: an Airflow connection of the type ``tipoff_source``.

    Example::

        async with SourceHook("polls_api").get_conn() as source:
            payload = await source.fetch(Request("https://polls.example/week/1"), "mens-college-basketball")
    """

    conn_name_attr = "conn_id"
    default_conn_name = "espn_api"
    conn_type = CONN_TYPE
    hook_name = "tipoff source"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id

    def access(self) -> Access:
        """What the connection says, and the settings for the rest.

        Raises:
            SettingsError: a field does not make sense.
        """
        return access(self.conn_id, settings.load())

    def get_conn(self) -> HttpClient:
        """The client, still to be opened with ``async with``."""
        return open_client(self.access())

    def test_connection(self) -> tuple[bool, str]:
        """Whether the fields make sense and the address answers us; without an address nobody can be asked."""
        found = self.access()
        if not found.host:
            return False, "The fields make sense, but there is no address to ask; a collect task asks TIPOFF_SOURCE"
        try:
            status = asyncio.run(self._ask(found.host))
        except MalformedResponse:  # an answer, if not one that a collector could use
            status = "an answer"
        except TipoffError as error:
            return False, str(error)
        return True, f"{found.host} gave {status}"

    async def _ask(self, address: str) -> str:
        async with self.get_conn() as source:
            payload = await source.fetch(Request(address, optional=True), "")
        return f"status {payload.status}"
