from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.preprocessing import FunctionTransformer
from tipoff.contracts import Fitted
from tipoff.errors import ArtifactRefused, PluginError
from tipoff.modelling import artifacts

X = np.random.default_rng(0).normal(size=(200, 3))


def fitted() -> Fitted:
    trees = HistGradientBoostingRegressor(max_iter=5, random_state=0).fit(X, X[:, 0])
    return Fitted(state={"slope": 0.1 + 0.2, "names": ["a"]}, estimators={"margin": trees}, card={"games": 200})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tree" / "20250218-abc"


@pytest.fixture
def sha256(folder: Path) -> str:
    return artifacts.save(folder, fitted(), {"model": "tree"})


def test_what_is_saved_comes_back(folder: Path, sha256: str) -> None:
    loaded, manifest = artifacts.load(folder, sha256)
    assert loaded.state == fitted().state
    assert loaded.card == {"games": 200}
    trees = loaded.estimators["margin"]
    assert isinstance(trees, HistGradientBoostingRegressor)
    np.testing.assert_array_equal(trees.predict(X), fitted().estimators["margin"].predict(X))  # type: ignore[attr-defined]
    assert manifest["model"] == "tree"
    assert manifest["libraries"]["scikit-learn"]
    assert sorted(manifest["files"]) == ["card.json", "margin.skops", "state.json"]


ESTIMATORS = """
import sys
from pathlib import Path
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tipoff.contracts import Fitted
from tipoff.modelling import artifacts

kept = [object() for _ in range(int(sys.argv[2]))]  # so that other addresses are free
x = np.random.default_rng(0).normal(size=(200, 3))
y = x @ [1.0, 2.0, 0.5] > 0
fitted = {
    "boosting": HistGradientBoostingRegressor(max_iter=5, random_state=0).fit(x, x[:, 0]),
    "wins": HistGradientBoostingClassifier(max_iter=3, random_state=0).fit(x, y),
    "line": make_pipeline(StandardScaler(), RidgeCV()).fit(x, y),
    "words": OneHotEncoder().fit(np.array([["a"], ["b"]], dtype=object)),
}
print(artifacts.save(Path(sys.argv[1]), Fitted(state={}, estimators=fitted), {}))
read, _ = artifacts.load(Path(sys.argv[1]), artifacts._sha256(Path(sys.argv[1]) / "manifest.json"))
assert np.array_equal(read.estimators["boosting"].predict(x), fitted["boosting"].predict(x))
assert np.array_equal(read.estimators["wins"].predict_proba(x), fitted["wins"].predict_proba(x))
assert np.array_equal(read.estimators["line"].predict(x), fitted["line"].predict(x))
assert read.estimators["words"].categories_[0].tolist() == ["a", "b"]
"""


def test_the_same_estimator_has_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    made = [
        subprocess.run(
            [sys.executable, "-c", ESTIMATORS, str(tmp_path / number), number],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONHASHSEED": number},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for number in ("1", "50000")
    ]
    assert made[0] == made[1]
    for kind in ("boosting", "wins", "line", "words"):
        one, other = ((tmp_path / number / f"{kind}.skops").read_bytes() for number in ("1", "50000"))
        assert one == other, kind


def test_an_artifact_that_is_there_is_not_written_again(folder: Path, sha256: str) -> None:
    assert artifacts.save(folder, Fitted(state={"slope": 9.0}), {"model": "tree"}) == sha256
    assert artifacts.load(folder, sha256)[0].state["slope"] == fitted().state["slope"]


def test_a_failed_save_leaves_nothing(folder: Path) -> None:
    with pytest.raises(PluginError, match="does not fit JSON"):
        artifacts.save(folder, Fitted(state={"slope": float("nan")}), {})
    assert list(folder.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["state.json", "card.json", "margin.skops"])
def test_a_changed_file_is_refused(folder: Path, sha256: str, name: str) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ArtifactRefused, match=f"`{name}` was changed"):
        artifacts.load(folder, sha256)


def test_a_changed_manifest_is_refused_even_if_it_fits_the_changed_files(folder: Path, sha256: str) -> None:
    (folder / "state.json").write_text('{"slope": 7}\n')
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["state.json"] = artifacts._sha256(folder / "state.json")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactRefused, match=r"manifest\.json is not the registered one"):
        artifacts.load(folder, sha256)


def test_a_missing_file_is_refused(folder: Path, sha256: str) -> None:
    (folder / "card.json").unlink()
    with pytest.raises(ArtifactRefused, match=r"missing or added: `card\.json`"):
        artifacts.load(folder, sha256)


def test_an_added_file_is_refused(folder: Path, sha256: str) -> None:
    (folder / "extra.skops").write_bytes(b"")
    with pytest.raises(ArtifactRefused, match=r"missing or added: `extra\.skops`"):
        artifacts.load(folder, sha256)


def test_an_artifact_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(ArtifactRefused, match=r"no manifest\.json.*tipoff train"):
        artifacts.load(folder, "0" * 64)


def test_an_unknown_type_is_not_stored(folder: Path) -> None:
    strange = Fitted(estimators={"margin": FunctionTransformer(artifacts.load)})
    with pytest.raises(PluginError, match=r"may not hold: `.*tipoff\.modelling\.artifacts\.load"):
        artifacts.save(folder, strange, {})


def test_an_unknown_type_is_not_built_although_all_digests_match(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strange = Fitted(estimators={"margin": FunctionTransformer(artifacts.load)})
    with monkeypatch.context() as careless:
        careless.setattr(artifacts, "ALLOWED_TYPES", frozenset({"tipoff.modelling.artifacts.load"}))
        sha256 = artifacts.save(folder, strange, {})
    with pytest.raises(ArtifactRefused, match=r"not allowed: `.*tipoff\.modelling\.artifacts\.load"):
        artifacts.load(folder, sha256)


def test_a_pickle_under_another_name_is_refused(folder: Path) -> None:
    sha256 = artifacts.save(folder, Fitted(state={"a": 1}), {})
    (folder / "margin.skops").write_bytes(pickle.dumps({"a": 1}))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["margin.skops"] = artifacts._sha256(folder / "margin.skops")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactRefused, match=r"`margin\.skops` cannot be read: BadZipFile"):
        artifacts.load(folder, artifacts._sha256(folder / "manifest.json"))
    assert sha256 != artifacts._sha256(folder / "manifest.json")


@pytest.mark.parametrize("name", ["state.json", "card.json", "margin.skops"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"null", b"[1]", b"{", b"PK\x03\x04"])
def test_a_file_that_is_something_else_is_refused_although_all_digests_match(
    content: bytes, name: str, folder: Path, sha256: str
) -> None:
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = artifacts._sha256(folder / name)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactRefused, match=f"`{name}` cannot be read"):
        artifacts.load(folder, artifacts._sha256(folder / "manifest.json"))


@pytest.mark.parametrize("manifest", ["null", "[]", "{", '{"format": 1}', '{"format": 1, "files": null}', "\x00"])
def test_a_manifest_that_is_something_else_is_refused(manifest: str, folder: Path, sha256: str) -> None:
    (folder / "manifest.json").write_text(manifest.replace("1", str(artifacts.FORMAT)))
    registered = artifacts._sha256(folder / "manifest.json")
    with pytest.raises(ArtifactRefused):
        artifacts.load(folder, registered)
    assert "cannot be read" in str(artifacts.card(folder, registered)) or artifacts.trouble(folder, registered)


def test_an_estimator_of_another_scikit_learn_is_refused(
    folder: Path, sha256: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "libraries", lambda: {"scikit-learn": "99.0"})
    with pytest.raises(ArtifactRefused, match=r"installed is `99\.0`.*tipoff train"):
        artifacts.load(folder, sha256)


def test_coefficients_do_not_care_about_scikit_learn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = artifacts.save(folder, Fitted(state={"a": 1}), {})
    monkeypatch.setattr(artifacts, "libraries", lambda: {"scikit-learn": "99.0"})
    assert artifacts.load(folder, sha256)[0].state == {"a": 1}


def test_sealing_adds_figures_once(folder: Path, sha256: str) -> None:
    sealed = artifacts.seal(folder, sha256, {"log_loss": 0.5})
    assert sealed != sha256
    assert artifacts.load(folder, sealed)[1]["metrics"] == {"log_loss": 0.5}
    assert artifacts.seal(folder, sealed, {"log_loss": 0.5}) == sealed
    # A task killed before it could record `sealed` comes back with the old digest.
    assert artifacts.seal(folder, sha256, {"log_loss": 0.5}) == sealed


def test_a_changed_manifest_is_not_sealed(folder: Path, sha256: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "model": "other"}))
    with pytest.raises(ArtifactRefused, match="not the registered one"):
        artifacts.seal(folder, sha256, {"log_loss": 0.5})


def test_a_manifest_that_cannot_be_read_is_not_sealed(folder: Path, sha256: str) -> None:
    (folder / "manifest.json").write_bytes(b"{")
    with pytest.raises(ArtifactRefused, match="cannot be read"):
        artifacts.seal(folder, sha256, {"log_loss": 0.5})
    (folder / "manifest.json").unlink()
    with pytest.raises(ArtifactRefused, match="cannot be read"):
        artifacts.seal(folder, sha256, {"log_loss": 0.5})


def test_a_name_cannot_leave_the_folder(folder: Path) -> None:
    with pytest.raises(PluginError, match="identifier"):
        artifacts.save(folder, Fitted(estimators={"../margin": fitted().estimators["margin"]}), {})


def test_skops_files_hold_no_pickle(folder: Path, sha256: str) -> None:
    with zipfile.ZipFile(folder / "margin.skops") as archive:
        assert {Path(name).suffix for name in archive.namelist()} == {".json", ".npy"}
    assert sha256
