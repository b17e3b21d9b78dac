"""What a command prints reaches the terminal as text: control characters in names and messages are written out.

A team may be called anything by its source, and a terminal obeys what it is sent: it changes its title, its
clipboard, and what stands there already.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO, cast

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""All but tabs and new lines; what turns the direction of text; and halves of characters, which have no bytes."""


def plain(text: str) -> str:
    r"""Text with its control characters written out: ``\x1b``."""
    return _CONTROL.sub(_written_out, text)


def speak_plainly() -> None:
    """From now on standard output and error take plain text only; `raw` is the way around, for what we style."""
    sys.stdout, sys.stderr = (cast(TextIO, _Plain(raw(stream))) for stream in (sys.stdout, sys.stderr))


@contextmanager
def plain_streams() -> Iterator[None]:
    """The same, for the time of a block."""
    streams = sys.stdout, sys.stderr
    speak_plainly()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams


def raw(stream: TextIO) -> TextIO:
    """The stream behind one of `plain_streams`, or `stream`."""
    return stream.behind if isinstance(stream, _Plain) else stream


class _Plain:
    """A text stream that writes plain text to another one."""

    def __init__(self, behind: TextIO) -> None:
        self.behind = behind

    def write(self, text: str) -> int:
        self.behind.write(plain(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
