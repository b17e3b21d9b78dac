"""Getting files and folders onto the disk for good."""

from __future__ import annotations

import os
from pathlib import Path


def fsync(path: Path) -> None:
    """Makes a file's content, or a folder's list of names, survive a crash of the machine."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
