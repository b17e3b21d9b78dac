"""What loading a plugin costs and does to a process, told by a process of its own.

`tipoff.testing.plugin_laws` runs this file as a script: ``python -P fresh.py MODULE HOOKS ANSWER``.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FunctionType


def tell(module: str, hooks: tuple[str, ...]) -> dict[str, object]:
    """Loads the plugin, and gives CPU seconds, top names of what came with it, and what is otherwise than before."""
    importlib.import_module("tipoff.plugins")
    importlib.import_module("tipoff.domain")
    printed, modules, before = io.StringIO(), set(sys.modules), _state()
    with contextlib.redirect_stdout(printed):
        start = time.thread_time()
        plugin = importlib.import_module(module)
        for hook in hooks:
            function = getattr(plugin, hook, None)
            if callable(function) and hasattr(function, "tipoff_impl"):
                function()
        seconds = time.thread_time() - start
    after = _state()
    changed = [what for what, value in before.items() if after.get(what) != value]
    if printed.getvalue():
        changed.append("standard output")
    names = sorted({name.partition(".")[0] for name in set(sys.modules) - modules})
    return {"seconds": seconds, "names": names, "changed": changed}


def _state() -> dict[str, object]:
    """What all that runs in a process shares."""
    root = logging.getLogger()
    return {
        "the environment variables": dict(os.environ),
        "the working directory": str(Path.cwd()),
        "sys.path": list(sys.path),
        "the handlers of signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "the threads that are running": threading.enumerate(),
        "logging's root": (root.level, list(root.handlers)),
        **_own(),
    }


def _own() -> dict[str, object]:
    """Tipoff's own functions and classes by their names."""
    return {
        f"{name}.{key}": value
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == "tipoff"
        for key, value in vars(module).items()
        if isinstance(value, type | FunctionType)
    }


if __name__ == "__main__":
    _, of, which, answer = sys.argv
    Path(answer).write_text(json.dumps(tell(of, tuple(which.split(",")))))
    os._exit(0)  # a thread that was left running would keep the process
