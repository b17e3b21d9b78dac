"""Seasons published as Parquet or CSV files, a plugin of tipoff."""
