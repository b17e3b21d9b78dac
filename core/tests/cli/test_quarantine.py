"""How a record that was set aside is shown; the commands themselves are in test_steps.py."""

from __future__ import annotations

import json

import pytest
from tipoff.cli.quarantine import _SHOWN, _pretty


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        (None, "nothing"),
        (json.dumps({"name": "Éire"}), '{\n  "name": "Éire"\n}'),
        (json.dumps('<html lang="en">\n'), '<html lang="en">\n'),  # a whole answer, as it came
        (json.dumps("x" * _SHOWN), "x" * _SHOWN),
    ],
)
def test_a_record_is_shown_as_it_was_received(record: str | None, shown: str) -> None:
    assert _pretty(record) == shown


def test_a_long_one_is_cut_and_says_so() -> None:
    shown = _pretty(json.dumps("x" * (_SHOWN + 1)))
    assert shown == "x" * _SHOWN + " … (`--payload` writes the whole answer)"
