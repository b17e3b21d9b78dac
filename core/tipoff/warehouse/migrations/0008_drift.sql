-- Drift: what sources' answers look like, and how their figures compare with earlier ones.

-- Which landed answers have been looked at; one row for each dataset and league.
CREATE TABLE ops.drift_look (
    source VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    batch VARCHAR NOT NULL,              -- the last one, by name
    looked_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL,
    PRIMARY KEY (source, league, dataset)
);

-- A field of a kind of answer, as far as it is known, and what has become of it.
CREATE TABLE ops.field (
    source VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    request VARCHAR NOT NULL,            -- kind of request: address with ids as *, and names of its parameters
    state VARCHAR NOT NULL,              -- of the record, where the dataset names one; else empty
    path VARCHAR NOT NULL,               -- events[].competitions[].attendance; empty: the answer itself
    first_seen DATE NOT NULL,
    last_seen DATE NOT NULL,
    severity VARCHAR NOT NULL,           -- of its loss: what `Dataset.uses` says; info for a field that is not used
    change VARCHAR NOT NULL,             -- new, missing, rarer, retyped; empty: as ever
    since DATE,                          -- of the change
    share_before DOUBLE,                 -- of the objects that could have it, typically
    share_now DOUBLE,
    now_types VARCHAR NOT NULL,          -- JSON object: type to share, at the last look
    perhaps VARCHAR NOT NULL,            -- what it may be called now; of a dataset whose `uses` fails: why
    types VARCHAR NOT NULL,              -- JSON object: type to count, over the earlier looks
    looks VARCHAR NOT NULL,              -- JSON list of earlier looks: [day, answers, objects, objects that had it]
    looked_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL
);

-- A figure of the last days against the same figure in earlier windows of as many days.
CREATE TABLE ops.shift (
    league VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,             -- table.column:mean, table.column:missing, or a name
    window_start DATE NOT NULL,
    window_end DATE NOT NULL,
    rows BIGINT NOT NULL,                -- of the window that have the figure
    value DOUBLE,
    expected DOUBLE,                     -- median of the earlier windows
    scale DOUBLE,                        -- one standard deviation of what is usual between windows
    z DOUBLE,                            -- (value - expected) / scale
    windows INTEGER NOT NULL,            -- earlier windows that it was held against
    severity VARCHAR NOT NULL,           -- block or warn; empty: nothing unusual
    since DATE,                          -- the last day of the first window that was unusual
    looked_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL,
    PRIMARY KEY (league, metric)
);

-- Shifts that a person has accepted: windows from that day on are what is usual.
CREATE TABLE ops.shift_accepted (
    league VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    day DATE NOT NULL,
    accepted_at TIMESTAMP NOT NULL,
    PRIMARY KEY (league, metric)
);
