"""A source with sample answers: an HTTP server on this machine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode


def as_bytes(answer: object) -> bytes:
    """An answer as its author wrote it: bytes, text, or what becomes JSON."""
    if isinstance(answer, bytes):
        return answer
    return (answer if isinstance(answer, str) else json.dumps(answer)).encode()


class Source:
    """What the server says, and what it was asked.

    Args:
        answers: bodies by canonical address, whatever its host.
    """

    def __init__(self, answers: Mapping[str, object]) -> None:
        self._answers = {_place(address): as_bytes(body) for address, body in answers.items()}
        self.asked: list[tuple[str, float, int]] = []
        """Place, instant and the status that was answered, of each request."""
        self.refuse = 0
        """How many requests from now on are one too many."""
        self.url = ""
        self._lock = threading.Lock()

    @property
    def unknown(self) -> tuple[str, ...]:
        """Places that were asked for and have no answer."""
        return tuple(dict.fromkeys(place for place, _, status in self.asked if status == 404))

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body for a path with its query."""
        with self._lock:
            body = self._answers.get(_place(path))
            status = 404 if body is None else 200
            if self.refuse:
                self.refuse -= 1
                status = 429
            self.asked.append((_place(path), time.monotonic(), status))
        return status, body if status == 200 and body is not None else b""


def _place(address: str) -> str:
    """Path and query without the host, parameters in sorted order."""
    rest = address.partition("://")[2].partition("/")[2] if "://" in address else address.removeprefix("/")
    path, _, query = rest.partition("?")
    return f"/{path}?{urlencode(sorted(parse_qsl(query, keep_blank_values=True)))}"


@contextmanager
def serving(source: Source) -> Iterator[Source]:
    """Serves a source on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answers."""
            status, body = source.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        source.url = f"http://127.0.0.1:{server.server_port}"
        yield source
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
