"""A league that was: real seasons from a folder of Parquet files, served as if they were being played."""
