-- Since when a request's answers say that the source has nothing; NULL where its latest one gave something.
ALTER TABLE ops.landed_request ADD COLUMN nothing_since TIMESTAMP;
-- How many rows the last of its answers gave that gave any.
ALTER TABLE ops.landed_request ADD COLUMN had_rows INTEGER;
UPDATE ops.landed_request AS landed SET
    had_rows = nullif(rows, 0),
    nothing_since = CASE
        WHEN status = 404 THEN fetched_at
        WHEN rows = 0
            AND NOT EXISTS (
                FROM ops.follow_up AS follow_up
                WHERE follow_up.source = landed.source AND follow_up.league = landed.league
                    AND follow_up.dataset = landed.dataset AND follow_up.parent = landed.key)
            AND NOT EXISTS (
                FROM ops.quarantine AS bad
                WHERE bad.source = landed.source AND bad.league = landed.league
                    AND bad.dataset = landed.dataset AND bad.key = landed.key)
        THEN fetched_at
    END;
