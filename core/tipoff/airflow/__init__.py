"""tipoff on Airflow: operators, sensors, the hook, the retry policy and the notifier, all thin over the engines.

| module      | what is in it                                                              | heavy |
|-------------|----------------------------------------------------------------------------|-------|
| `dag`       | what the DAG files share: defaults, documentation, wiring                  | no    |
| `forms`     | what a run may be told, and the form for it                                | no    |
| `operators` | one operator for each step; the engine is imported by the task that runs   | no    |
| `versions`  | which data an asset's event tells of                                       | no    |
| `sql`       | SQL on the store as a task                                                 | no    |
| `sensors`   | deferrable gates between the DAGs, and sensors of data, quality and health | no    |
| `triggers`  | what a waiting sensor leaves behind in the triggerer                       | no    |
| `gates`     | what a gate looks at, and what follows from it                             | no    |
| `watching`  | what the other sensors look at                                             | no    |
| `retry`     | which errors are worth another try                                         | no    |
| `notifier`  | tells people about a failed run                                            | no    |
| `context`   | instant, window, run and access of a task, from Airflow's context          | no    |
| `home`      | sets up an ``AIRFLOW_HOME``                                                | no    |
| `provider`  | the connection type of a source, and its form                              | no    |
| `source`    | the hook of such a connection                                              | no    |
| `hook`      | `TipoffDuckDBHook`; its import brings DuckDB, so never from a DAG file     | yes   |
"""
