-- What the feature engine remembers.

-- A season of a builder's table as it stands: what it was computed from, and by what.
CREATE TABLE ops.feature_state (
    builder VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    season INTEGER NOT NULL,
    version VARCHAR NOT NULL,            -- of the builder
    spec VARCHAR NOT NULL,               -- sha256 of the builder's spec: table, inputs, compute, lookback
    inputs VARCHAR NOT NULL,             -- JSON object: full name of each input to a digest of the rows it had
    rows BIGINT NOT NULL,                -- rows of the season in the builder's table
    run_id VARCHAR NOT NULL,             -- that computed it last
    computed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (builder, league, season)
);

-- One build of one builder.
CREATE TABLE ops.feature_run (
    run_id VARCHAR NOT NULL,
    builder VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    partitions INTEGER NOT NULL,         -- seasons that were computed
    rows BIGINT NOT NULL,                -- rows in these seasons
    written BIGINT NOT NULL,             -- rows among them that were new or different
    removed BIGINT NOT NULL,             -- rows that are no more
    seconds DOUBLE NOT NULL,
    full_build BOOLEAN NOT NULL,         -- asked for, whatever had changed
    reason VARCHAR NOT NULL,
    built_at TIMESTAMP NOT NULL
);
