"""Team, player and game features, a plugin of tipoff."""
