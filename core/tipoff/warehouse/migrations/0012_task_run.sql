-- Attempts of tasks in Airflow, from the journal of tipoff.monitoring: what each took, and how it ended.
CREATE TABLE ops.task_run (
    dag_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,             -- <dag>/<run>, as on every row that the run wrote
    task_id VARCHAR NOT NULL,
    label VARCHAR NOT NULL,              -- of a mapped task the name of the instance, such as the model; else empty
    attempt INTEGER NOT NULL,            -- 1, 2, 3 …
    outcome VARCHAR NOT NULL,            -- success, skipped, retried, failed, killed; as yet: running, waiting
    began_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,                  -- NULL where nobody saw it end
    seconds DOUBLE,                      -- waiting in the triggerer included
    cpu_seconds DOUBLE,                  -- of its processes and their children
    peak_mb DOUBLE,                      -- most memory at once, millions of bytes
    rows BIGINT,                         -- that the task reported
    error VARCHAR NOT NULL,              -- empty when it did not fail
    PRIMARY KEY (dag_id, run_id, task_id, label, attempt)
);
