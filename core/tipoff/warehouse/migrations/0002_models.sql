-- What was fitted, how good it is, and which version serves. Keyed by names and digests, never by a position.
CREATE SCHEMA IF NOT EXISTS models;

-- A fitted model with its artifact. The version is a digest of everything it was made from.
CREATE TABLE models.version (
    model VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    spec_id VARCHAR NOT NULL,            -- digest of spec; walk-forward predictions are filed under it
    spec VARCHAR NOT NULL,               -- JSON: model version, parameters, seed, feature versions, stacked models
    stacks VARCHAR NOT NULL,             -- JSON: the version of each stacked model
    dataset_id VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,            -- JSON: the reference of the dataset
    games INTEGER NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    artifact VARCHAR NOT NULL,           -- folder below the artifacts folder
    artifact_sha256 VARCHAR NOT NULL,    -- of its manifest.json
    created_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL,
    PRIMARY KEY (model, version)
);

-- Walk-forward figures of a version: over all games, for each season, for each fold.
CREATE TABLE models.evaluation (
    model VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    league VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,              -- all, season or fold
    label VARCHAR NOT NULL,              -- all, 2024, 2024-01
    games INTEGER NOT NULL,
    mae DOUBLE,
    rmse DOUBLE,
    accuracy DOUBLE,
    log_loss DOUBLE,
    brier DOUBLE,
    calibration_error DOUBLE,
    calibration_noise DOUBLE,
    coverage_80 DOUBLE,
    coverage_95 DOUBLE,
    evaluated_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL,
    PRIMARY KEY (model, version, scope, label)
);

-- Honest predictions of finished games, each made from earlier days only.
CREATE TABLE models.walk_forward (
    league VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    spec_id VARCHAR NOT NULL,
    refit VARCHAR NOT NULL,              -- month or week: the length of a fold
    fold VARCHAR NOT NULL,
    data_id VARCHAR NOT NULL,            -- digest of the games before the fold and of the fold's own inputs
    season INTEGER NOT NULL,
    game_id VARCHAR NOT NULL,
    game_date DATE NOT NULL,
    home_win_prob DOUBLE NOT NULL,
    margin DOUBLE NOT NULL,
    margin_sd DOUBLE NOT NULL,
    total DOUBLE,
    total_sd DOUBLE,
    PRIMARY KEY (league, spec_id, refit, fold, game_id)
);

-- Every decision about versions, with its reason; what serves now follows from these rows.
CREATE TABLE models.event (
    league VARCHAR NOT NULL,
    seq INTEGER NOT NULL,                -- 1, 2, 3 … in each league
    kind VARCHAR NOT NULL,               -- registered, rejected, first, refreshed, promoted, kept, manual, rollback
    model VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    figures VARCHAR NOT NULL,            -- JSON
    decided_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL,
    PRIMARY KEY (league, seq)
);

CREATE VIEW models.champion AS
SELECT league, model, version, kind, reason, decided_at
FROM models.event
WHERE kind IN ('first', 'refreshed', 'promoted', 'manual', 'rollback')
QUALIFY row_number() OVER (PARTITION BY league ORDER BY seq DESC) = 1;

-- The newest good version of each model.
CREATE VIEW models.current AS
SELECT league, model, version, decided_at
FROM models.event
WHERE kind IN ('registered', 'manual')
QUALIFY row_number() OVER (PARTITION BY league, model ORDER BY seq DESC) = 1;
