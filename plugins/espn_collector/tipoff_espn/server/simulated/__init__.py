"""A league that never was: seeded, deterministic, and with its true probabilities known."""
