-- What the engines remember. Keyed by names, never by a task's position.

-- The last instant given to a write (tipoff.warehouse.merge.written_at); one row.
CREATE TABLE ops.write_clock (last TIMESTAMP NOT NULL);

CREATE TABLE ops.loaded_file (
    source VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    batch VARCHAR NOT NULL,              -- folder name in the landing zone; sorts by time
    processing_version VARCHAR NOT NULL, -- of the parsing that made the rows that were loaded
    payloads INTEGER NOT NULL,
    rows BIGINT NOT NULL,                -- rows inserted or changed
    quarantined INTEGER NOT NULL,
    run_id VARCHAR NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (source, league, dataset, batch)
);

-- A request whose answer has landed, with its latest answer: it is not sent again while that is fresh.
CREATE TABLE ops.landed_request (
    source VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    key VARCHAR NOT NULL,                -- address with parameters in sorted order
    fetched_at TIMESTAMP NOT NULL,
    status INTEGER NOT NULL,
    batch VARCHAR NOT NULL,
    PRIMARY KEY (source, league, dataset, key)
);

-- The questions that an answer led to, so that a run that may skip the answer still asks them.
CREATE TABLE ops.follow_up (
    source VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    parent VARCHAR NOT NULL,             -- key of the request whose answer led here
    position INTEGER NOT NULL,           -- among the parent's follow-ups
    key VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    params VARCHAR NOT NULL,             -- JSON object
    context VARCHAR NOT NULL,            -- JSON object
    fresh_since TIMESTAMP,
    optional BOOLEAN NOT NULL,
    PRIMARY KEY (source, league, dataset, parent, key)
);

-- The last day up to which everything was collected.
CREATE TABLE ops.watermark (
    league VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    day DATE NOT NULL,
    run_id VARCHAR NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (league, dataset)
);

-- Records that could not be used, as of the latest answer to each request.
CREATE TABLE ops.quarantine (
    source VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    key VARCHAR NOT NULL,                -- of the request
    batch VARCHAR NOT NULL,
    path VARCHAR NOT NULL,               -- where in the payload
    reason VARCHAR NOT NULL,
    record VARCHAR,                      -- JSON as received
    run_id VARCHAR NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    quarantined_at TIMESTAMP NOT NULL
);

CREATE TABLE ops.check_result (
    run_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    table_name VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    passed BOOLEAN NOT NULL,
    offenders BIGINT NOT NULL,
    sample VARCHAR NOT NULL,             -- JSON list of the first offenders
    checked_at TIMESTAMP NOT NULL
);

CREATE TABLE ops.collect_run (
    run_id VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    window_start DATE NOT NULL,
    window_end DATE NOT NULL,
    requests INTEGER NOT NULL,           -- sent and answered
    fresh INTEGER NOT NULL,              -- not sent, since a fresh answer had landed
    rows BIGINT NOT NULL,                -- inserted or changed
    quarantined INTEGER NOT NULL,
    seconds DOUBLE NOT NULL,
    error VARCHAR NOT NULL,              -- empty when everything in the window was collected
    ended_at TIMESTAMP NOT NULL
);
