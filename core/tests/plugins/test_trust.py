"""The lock: what it does not name, or what is not as it was, is not imported, and why is said."""

from __future__ import annotations

import base64
import hashlib
import importlib
import importlib.util
import json
import marshal
import py_compile
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tipoff.errors import PluginError, SettingsError
from tipoff.plugins import Plugin, load, trust
from tipoff.settings import Settings

Lock = Callable[..., None]
PLUGIN = "from tipoff import Model, hookimpl\nTIPOFF_API = 1\n"
MODEL = '@hookimpl\ndef models():\n    return (Model("m", features=(), fit="polls.w:f", predict="polls.w:p"),)\n'
RAISES = "raise RuntimeError('this must not run')\n"


class Site:
    """A folder on the path, with distributions as an installer leaves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def wheel(self, name: str, files: dict[str, str | bytes], *, version: str = "1.0", target: str = "") -> None:
        """Files with their dist-info and RECORD."""
        info = f"{name}-{version}.dist-info"
        files = {
            **files,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/entry_points.txt": f"[tipoff]\n{name} = {target or f'{name}.plugin'}\n",
        }
        record = [f"{path},{_hashed(content)}" for path, content in files.items()]
        files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", "../../../bin/polls,,"])
        for path, content in files.items():
            self.write(path, content)

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file


def _hashed(content: str | bytes) -> str:
    content = content.encode() if isinstance(content, str) else content
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(content)}"


@pytest.fixture
def site(install_plugin: Any, tmp_path: Path) -> Iterator[Site]:
    """A sound plugin ``polls`` of three files beside an installed ``good``."""
    install_plugin("good")
    made = Site(tmp_path / "site")
    made.wheel("polls", {"polls/__init__.py": "", "polls/plugin.py": PLUGIN + MODEL, "polls/w.py": "f = p = None\n"})
    yield made
    for name in [name for name in sys.modules if name.partition(".")[0] in ("polls", "evil")]:
        del sys.modules[name]


def lock(*names: str) -> None:
    path = Settings().plugins_lock_file
    before = trust.read(path) if names else {}
    trust.write(path, {**before, **trust.pins(names)})


def states() -> dict[str, Plugin]:
    return {plugin.name: plugin for plugin in load(Settings()).plugins}


def polls(**settings: Any) -> Plugin:
    return {plugin.name: plugin for plugin in load(Settings(**settings)).plugins}["polls"]


def assert_not_run(plugin: Plugin, *words: str) -> None:
    assert (plugin.state, plugin.tasks, plugin.api) == ("untrusted", (), None), plugin.reason
    for word in words:
        assert word in plugin.reason
    assert not any(name.partition(".")[0] == "polls" for name in sys.modules), "it was imported"


def test_what_is_locked_is_loaded_and_locking_imports_nothing(site: Site) -> None:
    lock()
    assert not any(name.partition(".")[0] in ("polls", "good_for_test") for name in sys.modules)
    assert (polls().state, polls().tasks) == ("ok", ("train_model[m]",))
    pinned = trust.read(Settings().plugins_lock_file)["polls"]
    assert pinned.version == "1.0"
    assert sorted(pinned.files) == ["entry_points.txt", "polls/__init__.py", "polls/plugin.py", "polls/w.py"]
    assert pinned.files["polls/w.py"] == hashlib.sha256(b"f = p = None\n").hexdigest()


def test_without_a_lock_everything_is_loaded(site: Site) -> None:
    assert polls().state == "ok"


def test_another_distribution_is_not_imported(site: Site) -> None:
    lock()
    site.wheel("evil", {"evil/__init__.py": RAISES, "evil/plugin.py": PLUGIN})
    found = states()
    assert found["evil"].state == "untrusted"
    assert "`evil` 1.0 is not in the lock" in found["evil"].reason
    assert found["evil"].reason.endswith("then allow it: tipoff plugins lock evil")
    assert "evil" not in sys.modules
    assert found["polls"].state == found["good"].state == "ok"


def test_it_takes_no_name_from_a_trusted_one(site: Site) -> None:
    """It says that its plugin is called `polls`, and would come first by the name of its distribution."""
    lock()
    site.wheel("evil", {"evil/__init__.py": RAISES, "evil/plugin.py": PLUGIN})
    site.write("evil-1.0.dist-info/entry_points.txt", "[tipoff]\npolls = evil.plugin\n")
    found = states()
    assert (found["polls"].distribution, found["polls"].state) == ("polls", "ok")
    assert found["polls (evil)"].state == "untrusted"


def test_another_version_is_not_imported(site: Site) -> None:
    lock()
    (site.folder / "polls-1.0.dist-info").rename(site.folder / "polls-1.1.dist-info")
    site.write("polls-1.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: polls\nVersion: 1.1\n")
    assert_not_run(polls(), "version `1.1` of `polls` is installed, and `1.0` is locked")


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("polls/plugin.py", RAISES, "`polls/plugin.py` of `polls` 1.0 has changed since it was locked"),
        ("polls/__init__.py", RAISES, "`polls/__init__.py` of `polls` 1.0 has changed"),
        ("polls/w.py", "f = p = 1\n", "`polls/w.py` of `polls` 1.0 has changed"),
        ("polls/deep/more.py", "", "`polls/deep/more.py` of `polls` 1.0 is there and was not when it was locked"),
        ("polls/plugin.abi3.so", b"\x7fELF", "`polls/plugin.abi3.so` of `polls` 1.0 is there and was not"),
        ("polls/data.json", "{}", "`polls/data.json` of `polls` 1.0 is there and was not"),
        ("polls-1.0.dist-info/entry_points.txt", "[tipoff]\npolls = polls.w\n", "`entry_points.txt` of `polls`"),
    ],
)
def test_another_content_is_not_imported(site: Site, path: str, content: str | bytes, words: str) -> None:
    """RECORD is as it was, or goes along with the change: what counts is what lies there."""
    lock()
    site.write(path, content)
    assert_not_run(polls(), words, "tipoff plugins lock polls")


def test_a_file_that_is_gone(site: Site) -> None:
    lock()
    (site.folder / "polls/w.py").unlink()
    (site.folder / "polls/__init__.py").write_text("changed = 1\n")
    assert_not_run(polls(), "`polls/__init__.py` and 1 more of `polls` 1.0 has changed")
    lock("polls")
    assert polls().state == "ok"


def test_a_package_that_shadows_the_locked_one(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The locked files are untouched; Python would import others."""
    lock()
    (tmp_path / "before/polls").mkdir(parents=True)
    (tmp_path / "before/polls/__init__.py").write_text(RAISES)
    monkeypatch.syspath_prepend(str(tmp_path / "before"))
    assert_not_run(polls(), "`polls/__init__.py` and 2 more of `polls` 1.0 has changed")


def test_a_copy_with_the_same_name_before_it_on_the_path(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock()
    Site(tmp_path / "before").wheel("polls", {"polls/__init__.py": RAISES, "polls/plugin.py": PLUGIN})
    monkeypatch.syspath_prepend(str(tmp_path / "before"))
    assert_not_run(polls(), "`polls/__init__.py`")


def test_compiled_code_that_python_takes_without_a_look_at_the_source(site: Site, tmp_path: Path) -> None:
    """The source is as it was locked; what would run is something else (PEP 552)."""
    lock()
    evil = tmp_path / "evil.py"
    evil.write_text(RAISES)
    target = importlib.util.cache_from_source(str(site.folder / "polls/plugin.py"))
    unseen = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(evil), cfile=target, invalidation_mode=unseen, doraise=True)
    assert_not_run(polls(), f"`polls/__pycache__/{Path(target).name}` of `polls` 1.0 is there and was not")


@pytest.mark.parametrize(
    "mode", [py_compile.PycInvalidationMode.TIMESTAMP, py_compile.PycInvalidationMode.CHECKED_HASH]
)
def test_compiled_code_that_claims_to_be_of_the_source(site: Site, tmp_path: Path, mode: Any) -> None:
    """It bears time and size, or the hash, of the source that is locked; what runs is the source, from the first."""
    lock()
    for name in ("plugin", "w"):
        source, ran = site.folder / f"polls/{name}.py", tmp_path / f"ran-{name}"
        target = Path(importlib.util.cache_from_source(str(source)))
        target.parent.mkdir(exist_ok=True)
        py_compile.compile(str(source), cfile=str(target), invalidation_mode=mode, doraise=True)
        evil = compile(f"open({str(ran)!r}, 'w')\n{source.read_text()}", str(source), "exec")
        target.write_bytes(target.read_bytes()[:16] + marshal.dumps(evil))
    assert (polls().state, polls().tasks) == ("ok", ("train_model[m]",))
    assert importlib.import_module("polls.w").f is None
    assert list(tmp_path.glob("ran-*")) == []


def test_what_python_compiles_by_itself_changes_nothing(site: Site) -> None:
    lock()
    py_compile.compile(str(site.folder / "polls/plugin.py"), doraise=True)
    assert polls().state == "ok"


def test_an_editable_install_is_held_by_its_sources(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Site(tmp_path / "project")
    source.write("evil/__init__.py", "")
    source.write("evil/plugin.py", PLUGIN)
    site.wheel("evil", {"__editable__.evil.pth": str(source.folder)})
    monkeypatch.syspath_prepend(str(source.folder))  # what Python makes of the .pth file when it starts
    lock()
    assert states()["evil"].state == "ok"
    source.write("evil/plugin.py", PLUGIN + "# edited\n")
    assert "`evil/plugin.py` of `evil` 1.0 has changed" in states()["evil"].reason
    source.write("evil/plugin.py", PLUGIN)
    assert states()["evil"].state == "ok"
    site.write("__editable__.evil.pth", "import os; os.abort()")
    assert "`__editable__.evil.pth` of `evil` 1.0 has changed" in states()["evil"].reason


def test_one_that_is_allowed_anew_leaves_the_rest_of_the_lock(site: Site) -> None:
    lock()
    site.write("polls/w.py", "f = p = 2\n")
    site.write("good_for_test.py", RAISES)
    lock("polls")
    assert polls().state == "ok"
    assert states()["good"].state == "untrusted"


def test_strict_makes_it_fatal(site: Site) -> None:
    lock()
    site.write("polls/w.py", "f = p = 2\n")
    with pytest.raises(PluginError, match=r"plugin `polls` is untrusted: `polls/w.py`"):
        load(Settings(plugins_strict=True))


def test_a_disabled_plugin_stays_disabled(site: Site) -> None:
    lock()
    site.write("polls/w.py", "f = p = 2\n")
    assert polls(plugins_disabled=("polls",)).state == "disabled"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is damaged"),
        ("[]", "is damaged"),
        ('{"format": 2, "distributions": {}}', "is damaged: format"),
        ('{"format": 1, "distributions": {"polls": {"version": 1, "files": {}}}}', "distributions.polls.version"),
        ('{"format": 1, "distributions": {}, "any": true}', "is damaged: any"),
    ],
)
def test_with_a_lock_that_cannot_be_read_nothing_is_trusted(site: Site, text: str, words: str) -> None:
    path = Settings().plugins_lock_file
    path.parent.mkdir()
    path.write_text(text)
    assert_not_run(polls(), words, str(path), "tipoff plugins lock")
    with pytest.raises(SettingsError):
        trust.read(path)


def test_a_lock_that_the_settings_name_must_be_there(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_PLUGINS_LOCK", str(tmp_path / "allowed.json"))
    assert_not_run(
        polls(), "allowed.json` cannot be read: No such file or directory; write it with `tipoff plugins lock`"
    )
    lock()
    assert polls().state == "ok"
    assert sorted(json.loads((tmp_path / "allowed.json").read_text())["distributions"]) == ["good", "polls"]


def test_a_package_that_is_not_there(site: Site) -> None:
    lock()
    for file in (site.folder / "polls").rglob("*.py"):
        file.unlink()
    (site.folder / "polls").rename(site.folder / "elsewhere")
    assert_not_run(polls(), "`polls` is not there, though its metadata names it; install it again")


def test_one_that_names_no_module_is_told_by_its_name(site: Site) -> None:
    site.wheel("polls", {"polls/__init__.py": ""}, target="not-a-module")
    with pytest.raises(SettingsError, match="`polls` cannot be locked: its entry point `polls = not-a-module`"):
        trust.pins()


def test_a_name_counts_however_it_is_spelt(site: Site) -> None:
    site.wheel("poll_tables", {"poll_tables/__init__.py": "", "poll_tables/plugin.py": PLUGIN + MODEL})
    assert list(trust.pins(["Poll.Tables"])) == ["poll-tables"]
