"""Fitted models as folders of plain files: JSON, and scikit-learn estimators through skops. Never pickle.

An artifact is ``<artifacts>/<model>/<version>/``::

    manifest.json       what it is, from what it was made, and the SHA-256 of every other file
    state.json          Fitted.state
    card.json           Fitted.card
    <name>.skops        each of Fitted.estimators

The registry keeps the SHA-256 of manifest.json. `load` compares first and opens afterwards; an estimator is
only built when each of its types is among skops's own trusted ones or in `ALLOWED_TYPES`.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tipoff.contracts import Fitted, Json
from tipoff.disk import write_whole
from tipoff.errors import ArtifactRefused, PluginError

FORMAT = 1

ALLOWED_TYPES = frozenset({"sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"})
"""Types beyond skops's own trusted ones (estimators of scikit-learn, arrays of numpy) that an artifact may hold.

Each is plain data with methods of scikit-learn; adding one is a decision about what code a file may run.
"""

_MANIFEST = "manifest.json"
_SCHEMA = "schema.json"
"""Of a skops file: which part is what."""
_LIBRARIES = ("tipoff", "numpy", "pyarrow", "scikit-learn", "statsmodels", "skops")


def libraries() -> dict[str, str]:
    """Versions of the libraries that take part in a fit."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def save(folder: Path, fitted: Fitted, manifest: Mapping[str, Json]) -> str:
    """Writes an artifact, all of it or nothing; one that is there already stays as it is.

    Args:
        folder: where; its parents are made.
        fitted: what the model returned.
        manifest: what to record beside the files' digests and the libraries' versions.

    Returns:
        SHA-256 of manifest.json, in hex.

    Raises:
        PluginError: `fitted` holds something that cannot be stored or would be refused when loaded.
    """
    if not folder.exists():
        try:
            write_whole(folder, lambda beside: _write(beside, fitted, manifest))
        except OSError:
            if not folder.exists():  # else another task has just written the same version
                raise
    return _sha256(folder / _MANIFEST)


def load(folder: Path, sha256: str) -> tuple[Fitted, dict[str, Any]]:
    """The model and its manifest, after everything about it has been checked.

    Args:
        folder: of the artifact.
        sha256: of manifest.json, as it was registered.

    Raises:
        ArtifactRefused: a file is missing, added or changed, or holds a type that is not allowed.
    """
    manifest = check(folder, sha256)
    names = _estimators(folder, manifest)
    state, card = _read_json(folder / "state.json"), _read_json(folder / "card.json")
    estimators = {name: _load_estimator(folder / f"{name}.skops") for name in names}
    return Fitted(state=state, estimators=estimators, card=card), manifest


def trouble(folder: Path, sha256: str) -> str:
    """Why an artifact would not be loaded, as far as can be told without loading it; empty: it would.

    Args:
        folder: of the artifact.
        sha256: of manifest.json, as it was registered.
    """
    try:
        _estimators(folder, check(folder, sha256))
    except ArtifactRefused as error:
        return str(error)
    return ""


def seal(folder: Path, sha256: str, metrics: Mapping[str, Json]) -> str:
    """Adds the figures of its evaluation to a manifest.

    Args:
        folder: of the artifact.
        sha256: of manifest.json, as it is registered.
        metrics: what to add; the same again changes nothing.

    Returns:
        SHA-256 of the manifest as it is now.

    Raises:
        ArtifactRefused: the manifest is not the registered one.
    """
    path = folder / _MANIFEST
    manifest = _read_json(path)
    before = {name: value for name, value in manifest.items() if name != "metrics"}
    # A task that was killed after this function and before its result was recorded comes back here.
    if sha256 not in (_sha256(path), hashlib.sha256(_text(before).encode()).hexdigest()):
        raise _refused(folder, "manifest.json is not the registered one")
    write_whole(path, lambda beside: _write_json(beside, {**before, "metrics": dict(metrics)}))
    return _sha256(path)


def card(folder: Path, sha256: str) -> Json:
    """The figures of the model card, or why they cannot be trusted: they are shown and never used.

    Args:
        folder: of the artifact.
        sha256: of manifest.json, as it was registered.
    """
    try:
        check(folder, sha256)
        return _read_json(folder / "card.json")
    except ArtifactRefused as error:
        return str(error)


def _estimators(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """The names of its estimators, unless they are of another scikit-learn, which promises nothing across versions."""
    names = sorted(name.removesuffix(".skops") for name in manifest["files"] if name.endswith(".skops"))
    with _legible(folder / _MANIFEST):
        fitted_with, installed = manifest["libraries"]["scikit-learn"], libraries()["scikit-learn"]
    if names and fitted_with != installed:
        raise _refused(folder, f"it was fitted with scikit-learn `{fitted_with}`, installed is `{installed}`")
    return names


def check(folder: Path, sha256: str) -> dict[str, Any]:
    """The manifest of an artifact whose files are exactly those that were registered.

    Raises:
        ArtifactRefused: they are not.
    """
    path = folder / _MANIFEST
    if not path.is_file():
        raise _refused(folder, "it has no manifest.json")
    if _sha256(path) != sha256:
        raise _refused(folder, f"manifest.json is not the registered one (sha256 `{_sha256(path)}`)")
    manifest = _read_json(path)
    if manifest.get("format") != FORMAT:
        raise _refused(folder, f"its format is `{manifest.get('format')}`, this tipoff reads `{FORMAT}`")
    with _legible(path):
        expected = set(dict(manifest["files"]))
    present = {str(file.relative_to(folder)) for file in folder.rglob("*") if not file.is_dir()} - {_MANIFEST}
    if expected != present:
        raise _refused(folder, f"files are missing or added: `{', '.join(sorted(expected ^ present))}`")
    for name, digest in manifest["files"].items():
        if _sha256(folder / name) != digest:
            raise _refused(folder, f"`{name}` was changed")
    return manifest


def _write(folder: Path, fitted: Fitted, manifest: Mapping[str, Json]) -> None:
    folder.mkdir()
    _write_json(folder / "state.json", fitted.state)
    _write_json(folder / "card.json", fitted.card)
    for name, estimator in sorted(fitted.estimators.items()):
        if not name.isidentifier():
            raise PluginError(f"estimator `{name}` needs a name that is an identifier, such as `margin`")
        _write_estimator(folder / f"{name}.skops", estimator)
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    _write_json(folder / _MANIFEST, {"format": FORMAT, **manifest, "libraries": libraries(), "files": files})


def _write_json(path: Path, value: Mapping[str, Json] | dict[str, Any]) -> None:
    try:
        path.write_text(_text(value))
    except (TypeError, ValueError) as error:
        raise PluginError(
            f"{path.name} of a fitted model does not fit JSON ({error}); return plain numbers, text, lists and dicts"
        ) from error


def _text(value: Mapping[str, Json] | dict[str, Any]) -> str:
    return json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _write_estimator(path: Path, estimator: object) -> None:
    import skops.io

    path.write_bytes(_without_addresses(skops.io.dumps(estimator)))
    if strange := _strange_types(path):
        raise PluginError(
            f"estimator `{path.stem}` holds types that artifacts may not hold: `{', '.join(strange)}`; "
            "use estimators of scikit-learn, or store coefficients in Fitted.state"
        )


def _without_addresses(body: bytes) -> bytes:
    """The same bytes for the same estimator: skops names its parts by where they are in memory, and zip dates them."""
    numbers: dict[str, str] = {}

    def numbered(address: str) -> str:
        return numbers.setdefault(address, str(len(numbers) + 1))

    def renamed(name: str) -> str:
        stem, dot, kind = name.partition(".")
        return f"{numbered(stem)}{dot}{kind}" if stem.isdecimal() else name

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(each) for each in node]
        if not isinstance(node, dict):
            return node
        changed = {key: walk(value) for key, value in node.items()}
        if isinstance(address := changed.get("__id__"), int):
            changed["__id__"] = int(numbered(str(address)))
        if isinstance(file := changed.get("file"), str):
            changed["file"] = renamed(file)
        return changed

    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as found, zipfile.ZipFile(written, "w") as made:
        made.writestr(zipfile.ZipInfo(_SCHEMA), json.dumps(walk(json.loads(found.read(_SCHEMA))), indent=1))
        for name in found.namelist():
            if name != _SCHEMA:
                made.writestr(zipfile.ZipInfo(renamed(name)), found.read(name))
    return written.getvalue()


def _load_estimator(path: Path) -> object:
    import skops.io

    if strange := _strange_types(path):
        raise _refused(path.parent, f"`{path.name}` holds types that are not allowed: `{', '.join(strange)}`")
    with _legible(path):
        estimator: object = skops.io.load(path, trusted=sorted(ALLOWED_TYPES))
    return estimator


def _strange_types(path: Path) -> list[str]:
    import skops.io

    with _legible(path):
        return sorted(set(skops.io.get_untrusted_types(file=path)) - ALLOWED_TYPES)


def _read_json(path: Path) -> dict[str, Any]:
    with _legible(path):
        return dict(json.loads(path.read_text()))


@contextmanager
def _legible(path: Path) -> Iterator[None]:
    """Whatever a reader makes of a file that is not what it should be: the artifact is refused."""
    try:
        yield
    except Exception as error:  # skops and JSON fail on bytes that are none of theirs in more ways than they document
        raise _refused(path.parent, f"`{path.name}` cannot be read: {type(error).__name__}: {error}") from error


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _refused(folder: Path, reason: str) -> ArtifactRefused:
    return ArtifactRefused(
        f"artifact `{folder.parent.name}/{folder.name}` was refused: {reason}; "
        "go back to an earlier version with `tipoff models rollback`, or train anew with `tipoff train`"
    )
