"""The first load of a version happens in a process of its own: what ends it, or never ends, ends nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tipoff.plugins import first_load, load, loading, trying
from tipoff.plugins.remembered import Remembered
from tipoff.settings import Settings

EXITS = "import os\nos._exit(3)\n"


@pytest.fixture(autouse=True)
def good(install_plugin: Any, source: Any) -> None:
    """A sound plugin on each side of a deadly one."""
    install_plugin("a_good", source.collector("a_good"))
    install_plugin("z_good", source.collector("z_good"))


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the plugins that were tried in processes of their own, in order."""
    names: list[str] = []

    def watched(entries: Any) -> Any:
        names.extend(name for name, _ in entries)
        return trying.tried(entries)

    monkeypatch.setattr(first_load, "tried", watched)
    monkeypatch.setattr(first_load, "_came_through", set())
    yield names


def forget(monkeypatch: pytest.MonkeyPatch, tried: list[str]) -> None:
    """As in another process."""
    monkeypatch.setattr(first_load, "_came_through", set())
    tried.clear()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (EXITS, "its import ended the process with exit code 3"),
        ("import os\nos._exit(0)\n", "its import ended the process with exit code 0"),
        ("import ctypes\nctypes.string_at(0)\n", "its import ended the process with signal SIGSEGV ("),
        ("import os\nos.abort()\n", "its import ended the process with signal SIGABRT ("),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "ended the process with signal SIGKILL"),
        ("import os, signal\nos.killpg(0, signal.SIGTERM)\n", "its import ended the process with signal SIGTERM"),
        ("import os\nos.closerange(3, 64)\n", "its import closed files of the process that are not its own"),
        (
            "@hookimpl\ndef models():\n    import os\n    os._exit(4)\n",
            "one of its hooks ended the process with exit code 4",
        ),
    ],
    ids=["exit", "exit 0", "crash", "abort", "kill", "group", "files", "hook"],
)
def test_what_ends_its_process_is_refused_with_the_cause(
    install_plugin: Any, states: Any, text: str, reason: str
) -> None:
    install_plugin("deadly", text)
    found = states()
    assert {name: plugin.state for name, plugin in found.items()} == {
        "a_good": "ok",
        "deadly": "failed",
        "z_good": "ok",
    }
    assert reason in found["deadly"].reason
    if "SIGTERM" not in reason:  # which a machine that goes down sends, too: that is no word on the plugin
        assert found["deadly"].reason.endswith("; once that is mended: tipoff plugins retry deadly")
    if reason.endswith("("):
        assert f"{reason}{Path('deadly_for_test.py').name}" in found["deadly"].reason.replace(
            str(Path(sys.path[0])) + "/", ""
        )


def test_it_never_runs_in_this_process(install_plugin: Any, states: Any, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    install_plugin("deadly", f"import os\nopen({str(mark)!r}, 'a').write(f'{{os.getpid()}}\\n')\nos._exit(3)\n")
    states()
    states()
    (pid,) = mark.read_text().split()
    assert int(pid) != os.getpid()
    assert "deadly_for_test" not in sys.modules


def test_a_call_in_c_that_does_not_end(install_plugin: Any, states: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds Python's lock, and no signal reaches it."""
    monkeypatch.setattr(trying, "LIMIT_SECONDS", 0.3)
    monkeypatch.setattr(trying, "_GRACE_SECONDS", 0.3)
    waits = "import ctypes, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
    install_plugin("deadly", f"{waits}ctypes.PyDLL(None).pause()\n")
    found = states()
    assert "its import had not ended after 0.3 s and could not be stopped (" in found["deadly"].reason
    assert found["z_good"].state == "ok"


def test_what_it_has_started_ends_with_it(install_plugin: Any, states: Any, tmp_path: Path) -> None:
    """In its session, and in one of its own."""
    note = tmp_path / "pids"
    start = f"""
import os, subprocess, sys
wait = [sys.executable, "-c", "import threading; threading.Event().wait()"]
started = [subprocess.Popen(wait, start_new_session=alone).pid for alone in (False, True)]
open({str(note)!r}, "w").write(" ".join(map(str, started)))
os._exit(3)
"""
    install_plugin("deadly", start)
    assert states()["deadly"].state == "failed"
    left = [psutil.Process(int(pid)) for pid in note.read_text().split() if psutil.pid_exists(int(pid))]
    _, alive = psutil.wait_procs(left, timeout=10)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


def test_each_is_tried_once_in_whatever_process(
    install_plugin: Any, states: Any, tried: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin("deadly", EXITS)
    before = states()
    assert tried == ["a_good", "deadly", "z_good"]
    forget(monkeypatch, tried)
    assert states() == before
    assert tried == []


def test_a_good_one_is_tried_again_when_a_file_of_it_changes(
    install_plugin: Any, states: Any, source: Any, tried: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an editable install, whose version stays."""
    states()
    forget(monkeypatch, tried)
    install_plugin("a_good", EXITS + source.collector("a_good"))
    assert "exit code 3" in states()["a_good"].reason
    assert tried == ["a_good"]
    install_plugin("a_good", source.collector("a_good_and_more"))
    assert states()["a_good"].tasks == ("collect_a_good_and_more",)


def test_a_bad_one_is_tried_again_beside_something_else(
    install_plugin: Any, states: Any, tried: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The library that crashed may have been upgraded."""
    install_plugin("deadly", "import os\nimport library_for_test\n")
    (tmp_path / "site/library_for_test.py").write_text(EXITS)
    assert states()["deadly"].state == "failed"
    forget(monkeypatch, tried)
    (tmp_path / "site/library_for_test.py").unlink()
    (tmp_path / "site/library_for_test.py").write_text("")
    assert states()["deadly"].state == "ok"
    assert tried == ["deadly"]


def test_what_must_not_be_imported_is_not_tried_either(
    install_plugin: Any, states: Any, tried: list[str], home: Path
) -> None:
    from tipoff.plugins import trust

    install_plugin("deadly", EXITS)
    states(plugins_disabled=("deadly",))
    assert "deadly" not in tried
    trust.write(home / "plugins.lock", trust.pins(("a_good", "z_good")))
    assert states()["deadly"].state == "untrusted"
    assert "deadly" not in tried


@pytest.mark.parametrize("damage", ["", "{", '{"ended": [{}]}', '{"ended": 3, "established": null}', "[1]", "\x00\xff"])
def test_a_damaged_file_is_as_good_as_none(
    install_plugin: Any, states: Any, tried: list[str], home: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin("deadly", EXITS)
    before = states()
    (home / "plugins.json").write_text(damage)
    forget(monkeypatch, tried)
    assert states() == before
    assert "deadly" in tried
    assert {each["plugin"] for each in json.loads((home / "plugins.json").read_text())["ended"]} == {
        "a_good",
        "deadly",
        "z_good",
    }


def test_without_a_home_that_can_be_written_it_works(install_plugin: Any, states: Any, home: Path) -> None:
    home.write_text("a file where the folder should be")
    install_plugin("deadly", EXITS)
    found = states()
    assert (found["a_good"].state, found["deadly"].state) == ("ok", "failed")
    assert home.read_text() == "a file where the folder should be"


def test_a_good_one_costs_this_process_no_other_though_nothing_can_be_written(
    states: Any, home: Path, tried: list[str]
) -> None:
    home.write_text("a file where the folder should be")
    states()
    tried.clear()
    states()
    assert tried == []


def test_a_plugin_that_loads_plugins_starts_no_chain_of_processes(install_plugin: Any, states: Any) -> None:
    install_plugin("deadly", "import tipoff.plugins\ntipoff.plugins.load()\n")
    assert states()["z_good"].state == "ok"


def test_they_share_one_process(install_plugin: Any, states: Any, source: Any, tmp_path: Path) -> None:
    note = f"import os\nwith open({str(tmp_path / 'pids')!r}, 'a') as note:\n    note.write(f'{{os.getpid()}} ')\n"
    for name in ("b", "c", "d"):
        install_plugin(name, note)
    states()
    pids = (tmp_path / "pids").read_text().split()
    assert len(pids) == 6
    assert len(set(pids) - {str(os.getpid())}) == 1


def test_the_time_for_all_of_them_is_limited_and_the_next_process_goes_on(
    install_plugin: Any, states: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "_ALL_SECONDS", 0.0)
    found = states()
    assert "not tried yet: those before it took the" in found["z_good"].reason
    monkeypatch.setattr(trying, "_ALL_SECONDS", 60.0)
    assert states()["z_good"].state == "ok"


def test_the_kit_survives_it(install_plugin: Any) -> None:
    install_plugin("deadly", EXITS)
    plugin, brought = loading.load_alone("deadly_for_test")
    assert (plugin.state, plugin.reason) == ("failed", "its import ended the process with exit code 3")
    assert brought.models == ()


def test_several_processes_at_once_try_it_once(install_plugin: Any, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    home = tmp_path / "home"
    home.mkdir()
    install_plugin("deadly", f"import os\nopen({str(note)!r}, 'a').write(f'{{os.getpid()}}\\n')\nos._exit(3)\n")
    code = "from tipoff.plugins import load; print({p.name: p.state for p in load().plugins})"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TIPOFF_HOME": str(home)}
    started = [
        subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for each in started:
        assert "'deadly': 'failed', 'z_good': 'ok'" in each.communicate(timeout=60)[0]
    assert len(note.read_text().split()) == 1


def test_what_is_forgotten_is_tried_again(
    install_plugin: Any, states: Any, tried: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install_plugin("deadly", f"import os\nif os.path.exists({str(tmp_path / 'broken')!r}): os._exit(3)\n")
    (tmp_path / "broken").touch()
    assert states()["deadly"].state == "failed"
    (tmp_path / "broken").unlink()
    forget(monkeypatch, tried)
    assert states()["deadly"].state == "failed"
    assert first_load.forget(["a_good"], Remembered.of(Settings())) == []
    assert first_load.forget(["deadly"], Remembered.of(Settings())) == ["deadly"]
    assert states()["deadly"].state == "ok"


# ------------------------------------------------------------------------------------- who was here first


def test_an_established_plugin_is_not_displaced(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("zebra", source.model("stripes"))
    assert states()["zebra"].state == "ok"
    install_plugin("aardvark", source.model("stripes"))
    found = states()
    assert (found["zebra"].state, found["aardvark"].state) == ("ok", "failed")
    assert found["aardvark"].reason == (
        "model `stripes`: plugin `zebra` brings it already, and was here first; a name has one owner, so "
        "rename this one"
    )


def test_of_strangers_that_come_together_the_alphabet_decides(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("zebra", source.model("stripes"))
    install_plugin("aardvark", source.model("stripes"))
    found = states()
    assert (found["zebra"].state, found["aardvark"].state) == ("failed", "ok")
    assert found["zebra"].reason == (
        "model `stripes`: plugin `aardvark` brings it already; a name has one owner, so rename this one"
    )


def test_the_name_of_an_established_plugin_is_not_taken(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("zebra", source.model("stripes"), plugin="lines")
    assert states()["lines"].distribution == "zebra"
    install_plugin("aardvark", source.model("dots"), plugin="lines")
    found = states()
    assert (found["lines"].distribution, found["lines (aardvark)"].state) == ("zebra", "failed")


def test_a_built_in_one_wins_against_an_established_one(install_plugin: Any, states: Any, source: Any) -> None:
    install_plugin("zebra", source.model("elo"))
    assert states()["zebra"].state == "ok"
    install_plugin("tipoff-models", source.model("elo"), plugin="models")
    found = states()
    assert (found["models"].state, found["zebra"].state) == ("ok", "failed")


def test_an_upgrade_keeps_its_place_and_one_that_was_gone_loses_it(
    install_plugin: Any, states: Any, source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "site/zebra-1.0.dist-info"
    install_plugin("zebra", source.model("stripes"))
    install_plugin("zz_other", source.model("dots"))
    states()
    install_plugin("aardvark", source.model("stripes"))
    info.rename(tmp_path / "away")  # in the middle of an upgrade
    assert states()["aardvark"].state == "ok"
    (tmp_path / "away").rename(info)
    assert (states()["zebra"].state, states()["aardvark"].state) == ("ok", "failed")
    info.rename(tmp_path / "away")
    states()
    later = Remembered.of(Settings())
    monkeypatch.setattr("time.time", lambda: max(each.gone or 0.0 for each in later.memory.established) + 3601)
    (tmp_path / "away").rename(info)
    assert (states()["zebra"].state, states()["aardvark"].state) == ("failed", "ok")


def test_one_that_brings_nothing_is_not_established(install_plugin: Any, states: Any, home: Path) -> None:
    install_plugin("empty")
    states()
    assert [each.plugin for each in Remembered.of(Settings()).memory.established] == ["a_good", "z_good"]
    assert load().plugins
