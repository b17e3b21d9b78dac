"""A plugin that changes what all share is refused with the reason, and what it changed is as it was."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tipoff import clock
from tipoff.contracts import Access
from tipoff.plugins import Plugin
from tipoff.plugins.side_effects import Shared

States = Callable[..., dict[str, Plugin]]

CHANGES = {
    "sets a variable": ("import os\nos.environ['HILLS_FOR_TEST'] = '1'", "the environment variable HILLS_FOR_TEST"),
    "changes a variable": ("import os\nos.environ['TIPOFF_HOME'] = '/tmp'", "the environment variable TIPOFF_HOME"),
    "removes a variable": ("import os\ndel os.environ['TIPOFF_HOME']", "the environment variable TIPOFF_HOME"),
    "goes elsewhere": ("import os\nos.chdir('/')", "the working directory"),
    "lets others write": ("import os\nos.umask(0o000)", "the umask"),
    "adds a path": ("import sys\nsys.path.insert(0, '/elsewhere')", "sys.path"),
    "finds modules": ("import sys\nsys.meta_path.append(type('F', (), {'find_spec': print}))",
                      "sys.meta_path"),
    "hides warnings": ("import warnings\nwarnings.simplefilter('ignore')", "the filters of warnings"),
    "logs more": ("import logging\nlogging.getLogger().setLevel(5)", "logging's root"),
    "logs elsewhere": ("import logging\nlogging.getLogger().addHandler(logging.NullHandler())", "logging's root"),
    "turns logging off": ("import logging\nlogging.disable(50)", "logging's root"),
    "takes a signal": ("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)", "the handlers of signals"),
    "seeds": ("import random\nrandom.seed(1)", "the seed of random"),
    "speaks otherwise": ("import locale\nlocale.setlocale(locale.LC_ALL, 'C.UTF-8')", "the locale"),
    "goes deeper": ("import sys\nsys.setrecursionlimit(77_777)", "the limit of recursion"),
    "hurries": ("import socket\nsocket.setdefaulttimeout(0.1)", "the default timeout of sockets"),
    "keeps garbage": ("import gc\ngc.set_threshold(0)", "the thresholds of gc"),
    "is silent": ("import sys, io\nsys.stderr = io.StringIO()", "standard input or output"),
    "stops the clock": ("import tipoff.clock\ntipoff.clock.now = lambda: None", "tipoff.clock.now"),
    "takes another's function": ("import json, pickle\njson.loads = pickle.loads", "json.loads"),
    "takes a function away": ("import json\ndel json.loads", "json.loads"),
    "changes a class": ("from tipoff import Access\nAccess.__repr__ = lambda self: self.api_key",
                        "tipoff.contracts.collecting.Access.__repr__"),
    "changes a setting of tipoff's": ("import tipoff.http.limiter as l\nl.LONGEST_WAIT = 0",
                                      "tipoff.http.limiter.LONGEST_WAIT"),
    "opens everything": ("import builtins\nbuiltins.open = print", "builtins.open"),
    "in a hook": ("@hookimpl\ndef checks():\n    import os\n    os.environ['HILLS_FOR_TEST'] = '1'\n    return ()",
                  "the environment variable HILLS_FOR_TEST"),
}  # fmt: skip


def everything() -> list[object]:
    """What the plugins above change."""
    logger = logging.getLogger()
    return [
        dict(os.environ), Path.cwd(), list(sys.path), list(sys.meta_path), list(warnings.filters), logger.level,
        list(logger.handlers), logger.manager.disable, signal.getsignal(signal.SIGTERM), random.getstate(),
        sys.getrecursionlimit(), socket.getdefaulttimeout(), sys.stderr, clock.now, json.loads, Access.__repr__, open,
    ]  # fmt: skip


@pytest.mark.parametrize(("does", "changed"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_refused_and_undone_each_time(
    does: str, changed: str, install_plugin: Any, states: States, source: Any
) -> None:
    import tipoff.http.limiter

    wait = tipoff.http.limiter.LONGEST_WAIT
    install_plugin("good", source.builder("pace"))
    install_plugin("hills", does)
    before = everything()
    for _ in range(2):  # its module is in memory by the second time
        plugins = states()
        assert plugins["hills"].state == "failed"
        assert plugins["hills"].reason == (
            f"its import or its hooks change {changed}, which all in the process share; do that in the functions that "
            "the specs name, or not at all"
        )
        assert plugins["good"].state == "ok"
        assert everything() == before
        assert wait == tipoff.http.limiter.LONGEST_WAIT


def test_many_changes_are_told_shortly(install_plugin: Any, states: States) -> None:
    sets = "".join(f"os.environ['HILLS_{number}'] = '1'\n" for number in range(9))
    install_plugin("hills", f"import os\n{sets}")
    assert "the environment variable HILLS_3 and 5 more, which all in" in states()["hills"].reason


def test_what_raises_after_a_change_is_undone_too(install_plugin: Any, states: States) -> None:
    install_plugin("hills", "import os\nos.environ['HILLS_FOR_TEST'] = '1'\n1 / 0")
    assert "ZeroDivisionError" in states()["hills"].reason
    assert "HILLS_FOR_TEST" not in os.environ


LIBRARY = """
import os, warnings
warnings.filterwarnings("ignore", message="of the library")
os.environ.setdefault("LIBRARY_FOR_TEST", "1")
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A library that sets things up on its first import, as some do."""
    (tmp_path / "site" / "library_for_hills.py").write_text(LIBRARY)
    with warnings.catch_warnings():
        yield
    sys.modules.pop("library_for_hills", None)
    os.environ.pop("LIBRARY_FOR_TEST", None)


def test_what_a_library_changes_is_not_held_against_the_plugin(
    install_plugin: Any, library: None, states: States
) -> None:
    install_plugin("hills", "import library_for_hills")
    assert states()["hills"].state == "ok"
    assert os.environ["LIBRARY_FOR_TEST"] == "1", "what it set up stands"
    assert any(each[1] is not None and each[1].pattern == "of the library" for each in warnings.filters)


def test_nor_against_the_plugins_that_are_loaded_after_it(install_plugin: Any, library: None, states: States) -> None:
    for name in ("hills", "ranges", "valleys"):
        install_plugin(name, "import library_for_hills")
    found = states()
    assert {name: found[name].state for name in ("hills", "ranges", "valleys")} == dict.fromkeys(
        ("hills", "ranges", "valleys"), "ok"
    )


def test_what_a_plugin_changes_beside_a_library_is_its_own(install_plugin: Any, library: None, states: States) -> None:
    install_plugin("hills", "import library_for_hills, os\nos.environ['HILLS_FOR_TEST'] = '1'")
    reason = states()["hills"].reason
    assert "change the environment variable HILLS_FOR_TEST, which all" in reason
    assert (os.environ.get("HILLS_FOR_TEST"), os.environ["LIBRARY_FOR_TEST"]) == (None, "1")


def test_a_plugin_that_imports_others_is_left_alone(install_plugin: Any, states: States) -> None:
    install_plugin("hills", "import asyncio, csv, decimal, email, http.client, logging, sqlite3, tempfile, uuid")
    assert states()["hills"].state == "ok"


def test_in_a_servers_thread_what_a_thread_can_tell_is_told(install_plugin: Any, states: States) -> None:
    install_plugin("hills", "import os\nos.environ['HILLS_FOR_TEST'] = '1'")
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(states()["hills"].reason))
    thread.start()
    thread.join()
    assert "HILLS_FOR_TEST" in found[0]
    assert "HILLS_FOR_TEST" not in os.environ


def test_nothing_changed_is_nothing() -> None:
    for every in (False, True):
        assert Shared(every=every).changes() == {}
