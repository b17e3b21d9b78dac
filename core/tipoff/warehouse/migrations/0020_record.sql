-- Up to where the store holds what the record beside it holds (tipoff.warehouse.record): one row, or none before the
-- first. Rows are only ever added to the tables that are counted.
CREATE TABLE ops.record_position (
    bytes BIGINT NOT NULL,               -- of the record's file
    ledger BIGINT NOT NULL,              -- rows of predictions.ledger
    grade BIGINT NOT NULL,
    event BIGINT NOT NULL
);
