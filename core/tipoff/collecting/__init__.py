"""Collecting: plan, ask, land, load. A killed run is simply run again."""
