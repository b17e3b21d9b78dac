"""The store: one DuckDB file that only tipoff writes, and the landing zone beside it."""
