"""No test touches the home of whoever runs it, or what another run has left there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def home_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty TIPOFF_HOME, for tests that name none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIPOFF_HOME", str(tmp_path_factory.mktemp("nobody")))
        yield
