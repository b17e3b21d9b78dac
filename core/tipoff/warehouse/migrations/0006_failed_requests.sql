-- A request that got no usable answer, since when and how often; gone once it has one.
CREATE TABLE ops.failed_request (
    source VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    key VARCHAR NOT NULL,                -- address with parameters in sorted order
    first_seen TIMESTAMP NOT NULL,
    last_seen TIMESTAMP NOT NULL,
    attempts INTEGER NOT NULL,           -- runs in which it failed
    kind VARCHAR NOT NULL,               -- class of the error: MalformedResponse or SourceUnavailable
    reason VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,             -- of the last of them
    PRIMARY KEY (source, league, dataset, key)
);
