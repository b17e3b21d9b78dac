"""One generator for each purpose, so that nothing depends on what was asked before."""

from __future__ import annotations

import zlib

import numpy as np


def generator(seed: int, slug: str, purpose: str, *numbers: int) -> np.random.Generator:
    """A generator that depends on its arguments only (`numpy.random.SeedSequence`)."""
    entropy = (seed, zlib.crc32(slug.encode()), zlib.crc32(purpose.encode()), *numbers)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
