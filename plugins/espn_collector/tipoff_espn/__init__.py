"""The ESPN collector and an ESPN-compatible server, a plugin of tipoff."""
