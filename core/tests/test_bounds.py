"""How large, how many and how deep an answer may be."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tipoff import bounds
from tipoff.contracts import Payload, Request
from tipoff.errors import MalformedResponse

TREES = some.recursive(
    some.none() | some.integers() | some.text('ab"\\[]{}\n', max_size=6),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text('"\\[{', max_size=3), inner, max_size=3),
)


def answer(body: bytes) -> Payload:
    return Payload(Request("https://x.example/a"), body, datetime(2026, 1, 1), "m")


def levels(tree: Any) -> int:
    if isinstance(tree, dict):
        return 1 + max(map(levels, tree.values()), default=0)
    return 1 + max(map(levels, tree), default=0) if isinstance(tree, list) else 0


@given(TREES, some.booleans())
def test_depth_is_that_of_the_lists_and_objects_whatever_texts_hold(tree: Any, plain: bool) -> None:
    assert bounds.depth(json.dumps(tree, ensure_ascii=plain).encode()) == levels(tree)


def test_depth_goes_on_from_one_piece_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps({"a": [["[[[[", {"b]": ["\\", '"{']}], 1]}).encode()
    for size in range(1, len(text)):
        monkeypatch.setattr(bounds, "_CHUNK", size)
        assert bounds.depth(text) == 5


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b" \r\n\t"])
@pytest.mark.parametrize(
    ("body", "most", "what"),
    [
        (b'{"a": [{}, {}]}', ("PARTS", 4), "objects and lists"),
        (b"[1, 2, 3, 4, 5]", ("VALUES", 4), "values"),
        (b'{"a": [[1], [2]]}', ("DEPTH", 3), "objects and lists within each other"),
    ],
)
def test_json_that_is_too_much_is_refused_and_what_is_just_enough_is_not(
    monkeypatch: pytest.MonkeyPatch, mark: bytes, body: bytes, most: tuple[str, int], what: str
) -> None:
    name, number = most
    monkeypatch.setattr(bounds, name, number)
    bounds.check(answer(mark + body))
    monkeypatch.setattr(bounds, name, number - 1)
    with pytest.raises(MalformedResponse, match=rf"`https://x.example/a` has {number} {what}, and {number - 1} is"):
        bounds.check(answer(mark + body))


def test_text_may_have_fewer_bytes_than_arrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "TEXT_BYTES", 4)
    monkeypatch.setattr(bounds, "SLICE_BYTES", 6)
    bounds.check(answer(b"[10]"))
    bounds.check(answer(b"page"))
    bounds.check(answer(b"\xff\xff\xff\xff10"))
    for body, size, most in ((b"[100]", 5, 4), (b"a page", 6, 4), (b"\xff\xff\xff\xff100", 7, 6)):
        with pytest.raises(MalformedResponse, match=f"has {size} bytes, and {most} is"):
            bounds.check(answer(body))


def test_json_in_sixteen_bits_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps([[["["]]]).encode("utf-16")
    monkeypatch.setattr(bounds, "DEPTH", 3)
    bounds.check(answer(body))
    monkeypatch.setattr(bounds, "DEPTH", 2)
    with pytest.raises(MalformedResponse, match="within each other"):
        bounds.check(answer(body))


def test_of_what_is_no_json_the_lines_and_bytes_count(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"a,b\n" + b"[,{\n" * 5
    monkeypatch.setattr(bounds, "PARTS", 1)
    monkeypatch.setattr(bounds, "LINES", 6)
    bounds.check(answer(body))
    monkeypatch.setattr(bounds, "LINES", 5)
    with pytest.raises(MalformedResponse, match="has 6 lines"):
        bounds.check(answer(body))
    monkeypatch.setattr(bounds, "TEXT_BYTES", 20)
    with pytest.raises(MalformedResponse, match="has 24 bytes"):
        bounds.check(answer(body))
