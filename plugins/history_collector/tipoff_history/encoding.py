"""The bytes of a CSV file as UTF-8, or a word on why they are not."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from typing import Final

from tipoff.errors import MalformedResponse

_GZIP: Final = b"\x1f\x8b"
_WIDE: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Encodings that say at the beginning of a file which they are; UTF-32 first, since UTF-16's mark begins its."""

_SHOWN: Final = 60


def unzipped(body: bytes, most: int) -> bytes:
    """What was compressed by gzip, if it was.

    Args:
        body: compressed or not.
        most: bytes after which no more is unpacked.

    Raises:
        OSError: it is cut off or spoilt.
    """
    if not body.startswith(_GZIP):
        return body
    try:
        with gzip.open(io.BytesIO(body)) as file:
            return file.read(most)
    except (EOFError, zlib.error) as error:
        raise OSError(f"gzip: {error}") from error


def utf8(body: bytes, url: str) -> bytes:
    """A file's text as UTF-8.

    UTF-16 and UTF-32 with their mark are decoded. Any other encoding is refused, since nothing in a file says which
    one it is, and a guess would make other letters of its accents.

    Raises:
        MalformedResponse: it is in another encoding, or no text.
    """
    for mark, name in _WIDE:
        if body.startswith(mark):
            try:
                return body.decode(name).encode()
            except UnicodeError as error:
                raise MalformedResponse(f"`{url}` begins like {name.upper()} and is not: {error}") from error
    if b"\0" in body:
        line = body.count(b"\n", 0, body.index(b"\0")) + 1
        raise MalformedResponse(
            f"`{url}`, line {line}: it has zero bytes, as UTF-16 without a mark or a binary file has; save it as UTF-8"
        )
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise MalformedResponse(_not_utf8(body, url, error.start)) from error
    return body


def _not_utf8(body: bytes, url: str, at: int) -> str:
    begin = body.rfind(b"\n", 0, at) + 1
    end = body.find(b"\n", at)
    text = body[begin : end if end >= 0 else len(body)].decode("latin-1")
    names = next(csv.reader([body.split(b"\n", 1)[0].decode("latin-1")]), [])
    place = len(next(csv.reader([text[: at - begin + 1]]), [])) - 1
    column = names[place] if 0 <= place < len(names) else "?"
    value = next(csv.reader([text]), [])
    shown = value[place] if 0 <= place < len(value) else text
    return (
        f"`{url}`, line {body.count(chr(10).encode(), 0, at) + 1}, column `{column}`: `{shown[:_SHOWN]}` is not UTF-8 "
        f"(byte 0x{body[at]:02x}; read as Latin-1 here); save the file as UTF-8, for example with "
        "`iconv -f WINDOWS-1252 -t UTF-8`"
    )
