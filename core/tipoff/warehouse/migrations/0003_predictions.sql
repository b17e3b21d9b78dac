-- Predictions as they were published. Rows are only ever added; each carries the hash of the one before it.
CREATE SCHEMA IF NOT EXISTS predictions;

CREATE TABLE predictions.ledger (
    seq BIGINT NOT NULL,                 -- 1, 2, 3 … without a gap
    league VARCHAR NOT NULL,
    season INTEGER NOT NULL,
    game_id VARCHAR NOT NULL,
    home_id VARCHAR NOT NULL,
    away_id VARCHAR NOT NULL,
    game_date DATE NOT NULL,
    tip_utc TIMESTAMP NOT NULL,          -- as scheduled when it was predicted
    model VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    champion BOOLEAN NOT NULL,           -- whether this version was the league's champion then
    home_win_prob DOUBLE NOT NULL,
    margin DOUBLE NOT NULL,              -- points, home minus away
    margin_sd DOUBLE NOT NULL,
    margin_low_80 DOUBLE NOT NULL,
    margin_high_80 DOUBLE NOT NULL,
    margin_low_95 DOUBLE NOT NULL,
    margin_high_95 DOUBLE NOT NULL,
    total DOUBLE,
    total_sd DOUBLE,
    data_id VARCHAR NOT NULL,            -- of the table of upcoming games it was asked about
    features VARCHAR NOT NULL,           -- JSON: version of each feature table then
    degraded VARCHAR,                    -- why it is less than it could be, else NULL
    predicted_at TIMESTAMP NOT NULL,     -- when it was written here, before the tip
    run_id VARCHAR NOT NULL,
    previous_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,               -- SHA-256 of the row as canonical JSON, previous_hash included
    PRIMARY KEY (seq)
);

-- What became of the prediction that counted. A corrected score adds a further grade; the last one counts.
CREATE TABLE predictions.grade (
    ledger_seq BIGINT NOT NULL,
    attempt INTEGER NOT NULL,            -- 1, 2, 3 … for each ledger row
    ledger_hash VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    season INTEGER NOT NULL,
    game_id VARCHAR NOT NULL,
    game_date DATE NOT NULL,
    model VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    champion BOOLEAN NOT NULL,
    home_score INTEGER NOT NULL,
    away_score INTEGER NOT NULL,
    home_win_prob DOUBLE NOT NULL,
    home_win BOOLEAN NOT NULL,
    margin_error DOUBLE NOT NULL,        -- forecast minus actual, points
    log_loss DOUBLE NOT NULL,
    brier DOUBLE NOT NULL,
    inside_80 BOOLEAN NOT NULL,
    inside_95 BOOLEAN NOT NULL,
    graded_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL,
    PRIMARY KEY (ledger_seq, attempt)
);

-- Of each game and model the grade that counts: the last one.
CREATE VIEW predictions.graded AS
SELECT *
FROM predictions.grade
QUALIFY row_number() OVER (
    PARTITION BY league, game_id, model ORDER BY graded_at DESC, attempt DESC, ledger_seq DESC
) = 1;
