"""Whether the data is whole and makes sense: checks, coverage against the schedule, drift."""
