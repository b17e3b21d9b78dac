"""Folders that hold passwords and data are their owner's, and so is what is written into them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tipoff.disk import keep_private
from tipoff.errors import SettingsError


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_is_made_private_and_what_is_written_later_too(tmp_path: Path) -> None:
    home = tmp_path / "a/home"
    assert keep_private(home) == f"Created the folder {home}"
    (home / "file").touch()
    (home / "folder").mkdir()
    assert [mode(each) for each in (home, home / "file", home / "folder")] == [0o700, 0o600, 0o700]
    assert keep_private(home) == ""


@pytest.mark.parametrize("before", [0o755, 0o777, 0o750, 0o701, 0o2770])
def test_a_folder_that_is_there_is_closed(tmp_path: Path, before: int) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(before)
    assert "to other users" in keep_private(home)
    assert mode(home) == 0o700


def test_everybodys_folder_is_refused_and_left(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(SettingsError, match=r"other users may enter `.*shared` \(its mode is 1777\)"):
        keep_private(shared)
    assert mode(shared) == 0o1777


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom tipoff.disk import keep_private\n"
        "from tipoff.errors import SettingsError\nos.chdir(sys.argv[1])\nos.setuid(65534)\n"
        "try: keep_private(Path('.'))\nexcept SettingsError as error: print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(home)], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert "is not ours to close" in said.stdout, said.stderr
    assert mode(home) == 0o755
