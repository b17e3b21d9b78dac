-- What befell the ledger's chain besides predictions: a restored store, a clock that was ahead. An incident is a link
-- of the chain like a row, and the row after it carries its hash (tipoff.modelling.incidents).
CREATE TABLE predictions.incident (
    number INTEGER NOT NULL,             -- 1, 2, 3 … without a gap
    after_seq BIGINT NOT NULL,           -- the ledger's row before it, 0 before the first
    kind VARCHAR NOT NULL,               -- restore, clock
    noted_at TIMESTAMP NOT NULL,
    said VARCHAR NOT NULL,               -- in words
    previous_hash VARCHAR NOT NULL,      -- of the link before it
    hash VARCHAR NOT NULL,               -- SHA-256 of the rest as canonical JSON
    PRIMARY KEY (number)
);

ALTER TABLE ops.record_position ADD COLUMN incident BIGINT DEFAULT 0;
