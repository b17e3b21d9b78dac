from __future__ import annotations

from datetime import datetime

import pytest
from tipoff import MalformedResponse, Payload, Request
from tipoff_history.parse import records


def test_a_slice_that_is_none_is_refused() -> None:
    payload = Payload(Request("file:///games.parquet"), b"nonsense", datetime(2020, 1, 1), "league")
    with pytest.raises(MalformedResponse, match=r"the slice `file:///games\.parquet` cannot be read"):
        list(records.records(payload, lambda record: ()))
