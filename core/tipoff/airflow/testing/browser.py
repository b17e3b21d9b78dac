"""Drives a Chromium over its DevTools protocol, for tests and screenshots of the page; it needs no further package."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS: Final = 300.0
ANSWER_SECONDS: Final = 300.0
"""When to give up: no measure of speed."""


def installed() -> str | None:
    """The installed browser's program, if there is one (Debian: ``apt-get install chromium``)."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class CommandFailed(RuntimeError):
    """The browser could not do as told: a script that fails is a plain RuntimeError, this is about the tab."""


class Page:
    """One tab of a browser.

    Args:
        socket: to the tab.
    """

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last = 0
        self._events: list[dict[str, Any]] = []

    @property
    def complaints(self) -> list[str]:
        """What the browser had to say against the pages so far: refused content, failed requests, errors."""
        logged = [each["params"]["entry"] for each in self._events if each["method"] == "Log.entryAdded"]
        return [f"{each['level']}: {each['text']}" for each in logged if each["level"] in ("error", "warning")]

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """One command of the protocol; its result."""
        self._last += 1
        await self._socket.send_json({"id": self._last, "method": method, "params": params})
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                said = await self._socket.receive_json()
                if said.get("id") == self._last:
                    if "error" in said:
                        raise CommandFailed(f"{method}: {said['error']['message']}")
                    result: dict[str, Any] = said["result"]
                    return result
                self._events.append(said)

    async def look(self, *, width: int, height: int = 900, dark: bool = False) -> None:
        """Sets the size of the window, and what colours the reader prefers."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        wanted = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.call("Emulation.setEmulatedMedia", features=wanted)

    async def open(self, url: str) -> None:
        """Goes to an address and waits until it is loaded."""
        before = len(self._events)
        await self.call("Page.navigate", url=url)
        while not any(each["method"] == "Page.loadEventFired" for each in self._events[before:]):
            self._events.append(await self._socket.receive_json())

    async def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        found = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']['text']}")
        return found["result"].get("value")

    async def until(self, expression: str, seconds: float = ANSWER_SECONDS) -> Any:
        """The value of an expression once it is true; fails after so many seconds."""
        async with asyncio.timeout(seconds):
            while True:
                with suppress(CommandFailed):  # the page made way for the next while it was asked
                    if found := await self.ask(expression):
                        return found
                await asyncio.sleep(0.1)  # another program draws; nothing here can tell when it is ready

    async def click(self, element: str) -> None:
        """Clicks what an expression names, once it is there: in one step, since a page may make way for the next."""
        await self.until(f"(found => found && (found.click(), true))({element})")

    async def picture(self, to: Path, *, whole: bool = True) -> None:
        """Writes what is to be seen as PNG: the `whole` page, or the window."""
        made = await self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(base64.b64decode(made["data"]))


@asynccontextmanager
async def browser(program: str) -> AsyncIterator[Page]:
    """Starts a browser with a new profile and one tab; it ends with the block."""
    import aiohttp

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage")
        process = subprocess.Popen(  # noqa: S603 - a program of this machine, arguments as a list
            [program, *options, "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            port = await _port(Path(profile) / "DevToolsActivePort", process)
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    tabs = await answer.json()
                tab = next(each for each in tabs if each["type"] == "page")
                async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    page = Page(socket)
                    for domain in ("Page", "Log", "Network", "Runtime"):
                        await page.call(f"{domain}.enable")
                    yield page
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


async def log_in(page: Page, address: str, home: Path) -> None:
    """Types name and password into Airflow's form, as a person does.

    Args:
        page: any tab.
        address: of the UI.
        home: the ``AIRFLOW_HOME``, in which Airflow's simple login keeps the password that it made up.
    """
    ((name, password),) = json.loads(next(home.glob("simple_auth_manager_passwords*")).read_text()).items()
    await page.open(f"{address}/auth/login")
    for field, words in (("username", name), ("password", password)):
        await page.until(f"document.querySelector('input[name={field}]') !== null")
        await page.ask(f"document.querySelector('input[name={field}]').focus()")
        await page.call("Input.insertText", text=words)
    await page.ask("document.querySelector('button[type=submit]').click()")
    await page.until("!location.pathname.startsWith('/auth')")


async def _port(file: Path, process: subprocess.Popen[bytes]) -> int:
    async with asyncio.timeout(START_SECONDS):
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"the browser ended with code {process.returncode}")
            with suppress(OSError, ValueError, IndexError):
                return int(file.read_text().splitlines()[0])
            await asyncio.sleep(0.1)
