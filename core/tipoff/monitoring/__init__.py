"""What became of each task attempt, kept outside of the store until the next publishing brings it in."""
