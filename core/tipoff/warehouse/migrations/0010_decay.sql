-- The latest published predictions of each model against its backtest: a row a model and look.
CREATE TABLE models.decay (
    league VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    games INTEGER NOT NULL,              -- graded ones, the latest
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    log_loss DOUBLE NOT NULL,            -- mean, as published
    expected DOUBLE NOT NULL,            -- mean of the backtest at this time of earlier seasons
    expected_games INTEGER NOT NULL,
    low DOUBLE NOT NULL,                 -- 95 % interval of log_loss - expected
    high DOUBLE NOT NULL,
    same_games INTEGER NOT NULL,         -- those of them that the backtest has predicted, too
    behind DOUBLE,                       -- mean of published minus backtest's log loss on the same games
    behind_low DOUBLE,                   -- 95 % interval of it
    behind_high DOUBLE,
    decayed BOOLEAN NOT NULL,
    checked_at TIMESTAMP NOT NULL,
    PRIMARY KEY (league, model, run_id)
);
