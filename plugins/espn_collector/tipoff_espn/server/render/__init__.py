"""Payloads in ESPN's shape, the same for every league. Each module renders one endpoint.

Only what is known is written: a value that is None has no key.
"""
