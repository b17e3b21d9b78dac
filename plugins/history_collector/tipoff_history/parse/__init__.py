"""From slices of published files to rows of the domain tables."""
