"""What loading a plugin costs and does to a process, told by a process of its own.

`tipoff.testing.plugin_laws` runs this file as a script, ``python -P fresh.py MODULE HOOKS ANSWER``, with the modules to
import beforehand as JSON on its standard input: what they change is not the plugin's doing.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
import threading
import time
from pathlib import Path


def tell(module: str, hooks: tuple[str, ...], beforehand: list[str]) -> dict[str, object]:
    """Loads the plugin, and gives CPU seconds, the modules that came with it, and what is otherwise than before."""
    from tipoff.plugins.side_effects import Shared

    for name in ("tipoff.plugins", "tipoff.domain", *beforehand):
        with contextlib.suppress(Exception):  # some modules are not there by themselves; then nobody sees them changed
            importlib.import_module(name)
    printed, modules, threads = io.StringIO(), set(sys.modules), threading.enumerate()
    shared = Shared(every=True)
    with contextlib.redirect_stdout(printed):
        start = time.thread_time()
        plugin = importlib.import_module(module)
        for hook in hooks:
            function = getattr(plugin, hook, None)
            if callable(function) and hasattr(function, "tipoff_impl"):
                function()
        seconds = time.thread_time() - start
    changed = sorted(shared.changes())
    if threading.enumerate() != threads:
        changed.append("the threads that are running")
    if printed.getvalue():
        changed.append("what is printed")
    return {"seconds": seconds, "modules": sorted(set(sys.modules) - modules), "changed": changed}


if __name__ == "__main__":
    _, of, which, answer = sys.argv
    Path(answer).write_text(json.dumps(tell(of, tuple(which.split(",")), json.load(sys.stdin))))
    os._exit(0)  # a thread that was left running would keep the process
