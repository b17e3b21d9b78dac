-- What a request asks for: coverage is counted by days and games.
ALTER TABLE ops.landed_request ADD COLUMN day DATE;
ALTER TABLE ops.landed_request ADD COLUMN game_id VARCHAR;
ALTER TABLE ops.landed_request ADD COLUMN rows INTEGER;              -- that its latest answer gave
ALTER TABLE ops.landed_request ADD COLUMN processing_version VARCHAR; -- of the parsing of its latest answer

ALTER TABLE ops.follow_up ADD COLUMN day DATE;
ALTER TABLE ops.follow_up ADD COLUMN game_id VARCHAR;

-- A request without a whole, usable answer: what to ask again, since when and how often. Gone once it has one.
-- kind is the class of the error, or Quarantine where the answer had records that were set aside.
ALTER TABLE ops.failed_request ADD COLUMN url VARCHAR;
ALTER TABLE ops.failed_request ADD COLUMN params VARCHAR;             -- JSON object
ALTER TABLE ops.failed_request ADD COLUMN context VARCHAR;            -- JSON object
ALTER TABLE ops.failed_request ADD COLUMN fresh_since TIMESTAMP;
ALTER TABLE ops.failed_request ADD COLUMN optional BOOLEAN;
ALTER TABLE ops.failed_request ADD COLUMN day DATE;
ALTER TABLE ops.failed_request ADD COLUMN game_id VARCHAR;

-- fetched_at is when the record was last seen.
ALTER TABLE ops.quarantine ADD COLUMN first_seen TIMESTAMP;
ALTER TABLE ops.quarantine ADD COLUMN processing_version VARCHAR;     -- of the parsing that set it aside
