-- What was found of writers other than tipoff: see tipoff.warehouse.last_writer.
CREATE TABLE ops.foreign_write (
    seen_at TIMESTAMP, -- when it was found
    during VARCHAR -- the function of a plugin that ran meanwhile; empty where it is not known
);
