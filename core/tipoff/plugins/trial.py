"""Loads plugins for the first time, in a process of its own that may end with any of them.

`tipoff.plugins.trying` runs this file as a script, ``python -P trial.py DESCRIPTOR``, with what to load as JSON on
its standard input. It tells the descriptor, in lines, with which plugin it begins, when its module is imported, and how
that ended. What a plugin prints goes nowhere.
"""

from __future__ import annotations

import faulthandler
import importlib.metadata
import json
import os
import sys
from typing import Final

SPEECHLESS: Final = 97
"""Exit code of a process in which a plugin has closed the descriptor."""


def main(descriptor: int) -> None:
    """Loads one after the other."""
    os.set_inheritable(descriptor, False)
    asked = json.load(sys.stdin)
    sys.path[:] = asked["path"]
    # Writes where it was when a signal ends the process; and ends it, whatever it does, when its time is long over.
    faulthandler.enable(descriptor)

    import pluggy

    from tipoff import hookspecs
    from tipoff.plugins import from_source, loading
    from tipoff.plugins.patience import LATE
    from tipoff.plugins.registry import Plugin

    from_source.hold(asked["from_source"])

    def tell(*words: object) -> None:
        try:
            os.write(descriptor, (" ".join(map(str, words)) + "\n").encode())
        except OSError:
            os._exit(SPEECHLESS)

    for number, (name, value) in asked["plugins"]:
        tell("began", number)
        faulthandler.dump_traceback_later(asked["seconds"] + asked["grace"], exit=True, file=descriptor)
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        entry = importlib.metadata.EntryPoint(name, value, hookspecs.PROJECT)
        late = ""
        try:
            untold = Plugin(name, "", "", "ok", module=value)
            plugin, _ = loading.load_one(
                untold, entry, manager, seconds=asked["seconds"], imported=lambda: tell("imported")
            )
            late = plugin.reason if LATE in plugin.reason else ""
        except BaseException:  # noqa: S110 - what interrupts: it is the process's that loads it in earnest
            pass
        tell("ended", number, json.dumps(late))
    faulthandler.cancel_dump_traceback_later()
    os._exit(0)  # threads that a plugin has started are no reason to wait


if __name__ == "__main__":
    main(int(sys.argv[1]))
