#!/usr/bin/env bash
# Runs Pants, installed from the Python index, with the arguments given: build-support/pants.sh test ::
# The first call sets it up (about a minute). Pants itself runs on CPython 3.9; what it tests, on 3.11.
# Exit code 69: no CPython 3.9 was found (the Makefile then falls back to plain pytest).
set -euo pipefail

PANTS_VERSION=2.17.1   # newest on the Python index; keep equal to pants.toml
PEX_VERSION=2.77.0     # newest pex that this Pants can drive
PEX_SHA256=787c5a2250bc7d8c1dc1aad508acce287dd821c4127ad837f5175298c344604f
PEX_SIZE=15888092

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Outside the checkout and always the same: this interpreter's path is part of Pants' cache keys.
home=${PANTS_PYPI_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/tipoff-pants}/$PANTS_VERSION-pex$PEX_VERSION
venv=$home/venv
pex=$home/pex

find_python39() {
  local candidate
  for candidate in "${PANTS_PYTHON:-}" python3.9 "$HOME"/.pyenv/versions/3.9.*/bin/python3.9; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 9))' >/dev/null 2>&1; then
      echo "$candidate"
      return 0
    fi
  done
  echo "pants.sh: Pants $PANTS_VERSION runs on CPython 3.9, and none was found; set PANTS_PYTHON=/path/to/python3.9." >&2
  return 1
}

set_up() {
  local python scratch
  python=$(find_python39) || exit 69
  scratch=$(mktemp -d "$home/tmp.XXXXXX")
  echo "Setting up Pants $PANTS_VERSION (once, about a minute) ..." >&2
  "$python" -m venv --clear "$venv" >&2
  "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$here/pants-pins.txt" >&2
  # Pants drives pex as a zip application, built here from the index's wheel with upstream's own flags. No
  # compression and fixed timestamps make the bytes the same everywhere, so that a checksum can vouch for them;
  # PEX_ROOT and XDG_CACHE_HOME would be recorded in the file.
  "$python" -m venv "$scratch/pexvenv" >&2
  "$scratch/pexvenv/bin/python" -m pip install -q --disable-pip-version-check "pex==$PEX_VERSION" >&2
  env -u PEX_ROOT -u XDG_CACHE_HOME "$scratch/pexvenv/bin/python" -m pex --disable-cache --no-compile \
    --no-use-system-time --no-compress --python-shebang '/usr/bin/env python' --no-strip-pex-env --include-tools \
    -c pex "pex==$PEX_VERSION" -o "$scratch/pex" >&2
  "$python" - "$scratch/pex" "$PEX_SHA256" >&2 <<'PY'
import hashlib, pathlib, sys
found = hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest()
if found != sys.argv[2]:
    sys.exit(f"pants.sh: the pex built here has sha256 {found}, expected {sys.argv[2]}")
PY
  mv "$scratch/pex" "$pex"
  rm -rf "$scratch"
}

if [ "${1:-}" = "--available" ]; then
  [ -x "$pex" ] || find_python39 >/dev/null || exit 69
  exit 0
fi

if [ ! -x "$pex" ] || [ ! -x "$venv/bin/pants" ]; then
  mkdir -p "$home"
  exec 9>"$home/lock"
  if command -v flock >/dev/null; then flock 9; fi
  if [ ! -x "$pex" ] || [ ! -x "$venv/bin/pants" ]; then set_up; fi
  exec 9>&-
fi

known=
for platform in linux_x86_64 linux_arm64 macos_x86_64 macos_arm64; do
  known="$known'v$PEX_VERSION|$platform|$PEX_SHA256|$PEX_SIZE',"
done
export PANTS_PEX_CLI_URL_TEMPLATE="file://$pex"
export PANTS_PEX_CLI_KNOWN_VERSIONS="[$known]"
export NO_SCIE_WARNING=1  # this Pants advises a launcher that is not on the index
exec "$venv/bin/pants" "$@"
