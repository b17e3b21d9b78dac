-- Searches for hyper-parameters: what was tried on past seasons, and whether the best went through the gate.
CREATE TABLE models.search (
    model VARCHAR NOT NULL,
    model_version VARCHAR NOT NULL,      -- of the plugin's model; with another one the result is void
    run_id VARCHAR NOT NULL,
    seed INTEGER NOT NULL,
    budget INTEGER NOT NULL,             -- trials at most, the parameters in use among them
    seasons VARCHAR NOT NULL,            -- JSON: on whose games the trials were judged
    until DATE NOT NULL,                 -- first day that no trial has seen; the gate judges from there on
    trials VARCHAR NOT NULL,             -- JSON: params, games, log_loss, mae and log_loss by season, best first
    params VARCHAR NOT NULL,             -- JSON: the best trial's
    log_loss DOUBLE NOT NULL,            -- of the best trial
    own_log_loss DOUBLE NOT NULL,        -- of the parameters in use, on the same games
    adopted BOOLEAN NOT NULL,            -- the gate opened: training uses `params`
    reason VARCHAR NOT NULL,
    searched_at TIMESTAMP NOT NULL,
    PRIMARY KEY (model, run_id)
);
