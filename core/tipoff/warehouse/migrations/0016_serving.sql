-- What may be learned from, and who spoke in whose place.

-- Whether a builder looks ahead: the last verdict on each (`tipoff.features.lookahead`).
CREATE TABLE ops.lookahead (
    builder VARCHAR NOT NULL,
    table_name VARCHAR NOT NULL,         -- full name of its table
    version VARCHAR NOT NULL,            -- of the builder
    digest VARCHAR NOT NULL,             -- of its spec, its code, and what it is built on
    passed BOOLEAN NOT NULL,
    columns VARCHAR NOT NULL,            -- JSON: those that look ahead
    league VARCHAR,                      -- where that showed; NULL where it passed
    day DATE,
    found VARCHAR NOT NULL,              -- what showed it, in words
    not_shown VARCHAR NOT NULL,          -- what could not be looked at, in words
    days INTEGER NOT NULL,               -- computed as they stood on their morning
    seconds DOUBLE NOT NULL,
    judged_at TIMESTAMP NOT NULL,
    PRIMARY KEY (builder)
);

-- The champion's model, where it could not serve and this version spoke in its place.
ALTER TABLE predictions.ledger ADD COLUMN stands_in_for VARCHAR;
