-- Whether everything that was planned was asked for, if not answered; NULL for runs from before this was noted.
ALTER TABLE ops.collect_run ADD COLUMN reached_end BOOLEAN;
