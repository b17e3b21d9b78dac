"""New plugins from a template: what ``tipoff plugin new`` writes.

The template is a folder of Jinja files beside this module, for jinja2 renders the report already and needs nothing
else. (copier and cookiecutter would bring questions, updates and twenty packages; a plugin is a dozen short files.)
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tipoff.errors import SettingsError
from tipoff.hookspecs import API_LEVEL

if TYPE_CHECKING:
    from tipoff.plugins import Registry

KINDS: Final = ("collector", "features", "model")
"""What a new plugin may bring."""

_TEMPLATE: Final = Path(__file__).parent / "template"
_NAME: Final = re.compile(r"[a-z]([a-z0-9_]{0,38}[a-z0-9])?")


def create(kind: str, name: str, folder: Path, registry: Registry) -> list[Path]:
    """Writes a new plugin.

    Args:
        kind: one of `KINDS`.
        name: of the plugin and of what it brings.
        folder: is made; in a checkout of tipoff's repository it gets a BUILD for Pants.
        registry: of the loaded plugins, whose names are taken.

    Returns:
        The files, relative to the folder, in order.

    Raises:
        SettingsError: the name cannot be used or is taken, or there is something at the folder.
    """
    import jinja2

    _judge(name, registry)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(f"`{folder}` is there already, and not empty; name another folder with --to")
    package = f"tipoff_{name}"
    said = {"name": name, "package": package, "project": package.replace("_", "-"), "api": API_LEVEL, "kind": kind}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATE),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python and TOML, no HTML; the one value that is a person's is an identifier
    )
    written = []
    for source in sorted(_sources(kind, in_repository=_is_in_repository(folder))):
        inner = source.relative_to(_TEMPLATE).parts[1:]
        path = Path(*(package if part == "package" else part for part in inner)).with_suffix("")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        template = environment.get_template(source.relative_to(_TEMPLATE).as_posix())
        (folder / path).write_text(template.render(said))
        written.append(path)
    return sorted(written)


def _sources(kind: str, *, in_repository: bool) -> Iterator[Path]:
    for part in ("common", kind):
        for file in (_TEMPLATE / part).rglob("*.j2"):
            if in_repository or file.name != "BUILD.j2":
                yield file


def _judge(name: str, registry: Registry) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise SettingsError(
            f"`{name}` cannot be a plugin's name; write lower-case letters, digits and _, a letter first "
            "and no _ last, at most 40, like `arenas`"
        )
    taken = {
        "a plugin": [plugin.name for plugin in registry.plugins],
        "a collector": [collector.name for collector in registry.collectors],
        "a dataset": [dataset.name for dataset in registry.datasets()],
        "a feature builder": [builder.name for builder in registry.builders],
        "a model": [model.name for model in registry.models],
        "a table": [table.name for table in registry.tables().values()],
    }
    for what, names in taken.items():
        if name in names or (what == "a table" and f"{name}_features" in names):
            raise SettingsError(f"{what} is called `{name}` already; a name has one owner, so choose another")


def _is_in_repository(folder: Path) -> bool:
    return any((parent / "pants.toml").is_file() and (parent / "core/tipoff").is_dir() for parent in folder.parents)
