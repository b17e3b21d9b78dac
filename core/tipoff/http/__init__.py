"""Polite access to sources over HTTP."""
