"""New plugins from a template: what ``tipoff plugin new`` writes.

The template is a folder of Jinja files beside this module, for jinja2 renders the report already and needs nothing
else. (copier and cookiecutter would bring questions, updates and twenty packages; a plugin is a dozen short files.)
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tipoff.errors import SettingsError
from tipoff.hookspecs import API_LEVEL

if TYPE_CHECKING:
    from tipoff.plugins import Registry


class Kind(NamedTuple):
    """What the files say of a kind of plugin, ``{name}`` for its name.

    Args:
        what: it is, in a word or two.
        brings: what a person sees of it.
        work: what stands in work.py.
        then: commands that show its work.
        versions: what to raise when the work changes.
        needs: distributions besides tipoff.
    """

    what: str
    brings: str
    work: str
    then: tuple[str, ...]
    versions: str = ""
    needs: tuple[str, ...] = ()

    def of(self, name: str) -> dict[str, object]:
        """The same for a plugin of this name."""
        said = {key: value for key, value in self._asdict().items() if isinstance(value, str)}
        return {
            **{key: value.format(name=name, command=name.replace("_", "-")) for key, value in said.items()},
            "then": self.commands(name),
            "needs": self.needs,
        }

    def commands(self, name: str) -> list[str]:
        """What shows the work of a plugin of this name."""
        return [line.format(name=name, command=name.replace("_", "-")) for line in self.then]


_PARSED = "Raise `Dataset.version` when `parse` gives other rows: stored answers are then parsed again."
_COMPUTED = "Raise `FeatureBuilder.version` when `compute` gives other values: the table is then computed again."

KINDS: Final[Mapping[str, Kind]] = {
    "collector": Kind(
        "A source of data",
        "collects the dataset `{name}` into the table `raw.{name}`",
        "`plan` says what to ask for, `parse` makes rows of an answer",
        ("tipoff collect {name}", "tipoff tables {name}"),
        _PARSED,
    ),
    "collector-with-features": Kind(
        "A source of data with features",
        "collects the dataset `{name}` into the table `raw.{name}`, and computes `features.{name}_features` from it",
        "`plan` says what to ask for, `parse` makes rows of an answer, `compute` makes features of the rows",
        ("tipoff collect {name}", "tipoff features {name}"),
        f"{_PARSED}\n{_COMPUTED}",
    ),
    "features": Kind(
        "Features",
        "computes the table `features.{name}_features`",
        "`compute` makes the table of the declared inputs",
        ("tipoff features {name}", "tipoff features explain --help"),
        _COMPUTED,
    ),
    "model": Kind(
        "A model",
        "brings the model `{name}`",
        "`fit` and `predict`",
        ("tipoff train {name}", "tipoff predict {name}"),
        "Raise `Model.version` when `fit` or `predict` gives other numbers: it is then fitted and judged again.",
        ("tipoff-features", "numpy", "scipy"),
    ),
    "check": Kind(
        "A quality check",
        "brings the check `{name}`",
        "a SELECT whose rows are the offenders",
        ("tipoff checks raw",),
    ),
    "command": Kind(
        "A command",
        "brings the command `tipoff {command}`",
        "the command itself",
        ("tipoff {command} --help",),
        needs=("click",),
    ),
}
"""What a new plugin may bring."""

_TEMPLATE: Final = Path(__file__).parent / "template"
_ALONE: Final = ("check.sh.j2", "dot-gitignore.j2", "dot-github")
"""What a package has by itself, and inside tipoff's repository shares with the others."""

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
    in_repository = _is_in_repository(folder)
    said = {
        "name": name,
        "package": package,
        "project": package.replace("_", "-"),
        "api": API_LEVEL,
        "in_repository": in_repository,
        **KINDS[kind].of(name),
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATE),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python and TOML, no HTML; the one value that is a person's is an identifier
    )
    written = []
    for source in sorted(_sources(kind, in_repository=in_repository)):
        inner = source.relative_to(_TEMPLATE).with_suffix("").parts[1:]
        path = Path(*(package if part == "package" else part.replace("dot-", ".", 1) for part in inner))
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        template = environment.get_template(source.relative_to(_TEMPLATE).as_posix())
        (folder / path).write_text(template.render(said))
        written.append(path)
    return sorted(written)


def _sources(kind: str, *, in_repository: bool) -> Iterator[Path]:
    for part in ("common", kind):
        for file in (_TEMPLATE / part).rglob("*.j2"):
            own = file.relative_to(_TEMPLATE / part).parts[0]
            if own not in (_ALONE if in_repository else ("BUILD.j2",)):
                yield file


def _judge(name: str, registry: Registry) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise SettingsError(
            f"`{name}` cannot be a plugin's name; write lower-case letters, digits and _, a letter first "
            "and no _ last, at most 40, like `arenas`"
        )
    from tipoff.plugins import command_name
    from tipoff.plugins.validation import CORE_COMMANDS

    taken = {
        "a plugin": [plugin.name for plugin in registry.plugins],
        "a collector": [collector.name for collector in registry.collectors],
        "a dataset": [dataset.name for dataset in registry.datasets()],
        "a feature builder": [builder.name for builder in registry.builders],
        "a model": [model.name for model in registry.models],
        "a check": [check.name for check in registry.checks],
        "a command": [command_name(each).replace("-", "_") for each in registry.commands] + list(CORE_COMMANDS),
        "a table": [table.name for table in registry.tables().values()],
    }
    for what, names in taken.items():
        if name in names or (what == "a table" and f"{name}_features" in names):
            raise SettingsError(f"{what} is called `{name}` already; a name has one owner, so choose another")


def _is_in_repository(folder: Path) -> bool:
    return any((parent / "pants.toml").is_file() and (parent / "core/tipoff").is_dir() for parent in folder.parents)
