"""One retry policy for every task, written on the four names of `tipoff.errors`.

| error        | what happens to the task                                               |
|--------------|------------------------------------------------------------------------|
| `Retry`      | tried again, with the DAG's number of retries and exponential backoff  |
| `Abort`      | fails at once, with its message as the reason: a person must look      |
| `Skip`       | skipped, with its message as the reason (`tipoff.airflow.operators`)   |
| anything else| tried again: a full disk, a lost connection or a killed process may mend |

A record in `Quarantine` never reaches a task: the collecting engine sets it aside.
"""

from __future__ import annotations

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from tipoff.errors import Abort, Retry

POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=Abort, action=RetryAction.FAIL, reason="trying again cannot help; see the error"),
        RetryRule(exception=Retry, action=RetryAction.RETRY, reason="passing trouble; trying again"),
    ]
)
