"""Datasets, walk-forward evaluation, artifacts, the registry of versions, and the ledger of predictions."""
