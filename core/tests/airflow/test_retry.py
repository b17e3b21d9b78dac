"""Which errors are worth another try."""

from __future__ import annotations

import inspect

import pytest
from airflow.sdk import RetryAction
from tipoff import errors
from tipoff.airflow.retry import POLICY

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.TipoffError)]


@pytest.mark.parametrize("kind", [kind for kind in ALL if issubclass(kind, errors.Abort)])
def test_abort_fails_at_once(kind: type[errors.Abort]) -> None:
    decision = POLICY.evaluate(kind("broken"), try_number=1, max_tries=3)
    assert decision.action is RetryAction.FAIL
    assert decision.reason


@pytest.mark.parametrize("kind", [kind for kind in ALL if issubclass(kind, errors.Retry)])
def test_retry_is_tried_again_with_the_tasks_own_backoff(kind: type[errors.Retry]) -> None:
    decision = POLICY.evaluate(kind("busy"), try_number=1, max_tries=3)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay is None


@pytest.mark.parametrize("error", [OSError("disk"), MemoryError(), ValueError("a bug")])
def test_anything_else_has_the_tasks_own_retries(error: Exception) -> None:
    assert POLICY.evaluate(error, try_number=1, max_tries=3).action is RetryAction.DEFAULT


def test_no_error_is_left_undecided() -> None:
    bases = (errors.Abort, errors.Retry, errors.Skip, errors.Quarantine)
    assert [kind for kind in ALL if kind is not errors.TipoffError and not issubclass(kind, bases)] == []
