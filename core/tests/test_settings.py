"""Settings from the environment: parsed, validated, and refused with the variable's name."""

from __future__ import annotations

from pathlib import Path

import pytest
from tipoff.errors import SettingsError
from tipoff.settings import load


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("TIPOFF_")]:
        monkeypatch.delenv(name)


def test_defaults() -> None:
    settings = load()
    assert settings.home == Path("~/.tipoff").expanduser()
    assert settings.source == "embedded"
    assert settings.leagues == ("mens-college-basketball",)
    assert settings.plugins_disabled == ()


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_LEAGUES", "mens-college-basketball, womens-college-basketball,")
    monkeypatch.setenv("TIPOFF_PLUGINS_DISABLED", "espn")
    assert load().leagues == ("mens-college-basketball", "womens-college-basketball")
    assert load().plugins_disabled == ("espn",)


def test_every_path_is_under_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIPOFF_HOME", "somewhere")
    settings = load()
    assert settings.home == tmp_path / "somewhere", "absolute, so that a later chdir changes nothing"
    for path in (settings.store, settings.landing, settings.published, settings.artifacts, settings.report):
        assert path.parent == settings.home


@pytest.mark.parametrize(
    "source", ["embedded", "embedded:seed=7,teams=40", "recorded:/data", "espn", "http://127.0.0.1:8642", "https://x"]
)
def test_sources(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setenv("TIPOFF_SOURCE", source)
    assert load().source == source


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TIPOFF_SOURCE", "nba", "use embedded"),
        ("TIPOFF_ATTEMPTS", "0", "greater than or equal to 1"),
        ("TIPOFF_REQUESTS_PER_SECOND", "fast", "valid number"),
        ("TIPOFF_PLUGINS_STRICT", "maybe", "valid boolean"),
    ],
)
def test_what_is_not_usable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert words in message
    assert f"got `{value}`" in message


@pytest.mark.parametrize(
    "name", ["../../elsewhere", "..", "/tmp/x", "nba/..", "a b", ".nba", "a" * 101, "nb\\a", "n\u00e9"]
)
def test_a_league_is_named_like_a_folder(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("TIPOFF_LEAGUES", f"nba,{name}")
    with pytest.raises(SettingsError, match=r"TIPOFF_LEAGUES: .*a league is named by"):
        load()
    monkeypatch.setenv("TIPOFF_LEAGUES", "nba,Usa.1_a-b")
    assert load().leagues == ("nba", "Usa.1_a-b")


def test_a_source_is_known_without_its_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_SOURCE", "https://me:hunter2@espn.example:81/v1?sig=hunter3")
    settings = load()
    assert settings.source == "https://espn.example:81/v1"
    assert "hunter" not in f"{settings} {settings!r} {settings.model_dump_json()}"
    monkeypatch.setenv("TIPOFF_SOURCE", "https://me:hunter/2@espn.example")
    with pytest.raises(SettingsError, match="write `/` as %2F") as refused:
        load()
    assert "hunter" not in str(refused.value)
    assert "2@" not in str(refused.value)


def test_a_league_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty value in a file of settings must not collect nothing, night after night."""
    monkeypatch.setenv("TIPOFF_LEAGUES", "")
    with pytest.raises(SettingsError, match=r"TIPOFF_LEAGUES: .*at least 1 item"):
        load()


def test_a_login_is_not_shown_where_its_address_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_SOURCE", "htp://me:secret@espn.example")
    with pytest.raises(SettingsError, match=r"TIPOFF_SOURCE: .*got `htp://\*\*\*@espn\.example`"):
        load()


def test_secrets_stay_out_of_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_PROXY", "http://me:hunter2@proxy:3128")
    monkeypatch.setenv("TIPOFF_ALERT_URLS", "mailto://hunter2@example.org")
    settings = load()
    assert settings.proxy == "http://me:hunter2@proxy:3128"
    assert "hunter2" not in repr(settings)
