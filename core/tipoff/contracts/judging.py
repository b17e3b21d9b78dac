"""What makes a spec nonsense: judged where it is made, so that the line that makes it is the one that fails.

Each spec says its own laws, as sentences with the value in backticks; here stand the types of fields, for all of them,
and the laws that several share. What depends on tipoff's own tables and commands is judged when the plugin is loaded
(`tipoff.plugins.validation`), and what depends on other plugins after that (`tipoff.plugins.graph`).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from tipoff.errors import SpecError

GAME_KEY: Final = ("league", "season", "game_id")
"""The columns that name a game, in every table about games."""

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_DEEPEST: Final = 20
"""Levels of lists and objects in a JSON value, above which it is taken for one that holds itself."""


def judge(spec: object, laws: Callable[[], Iterator[str]]) -> None:
    """Refuses a spec with the first thing that is wrong with it.

    Args:
        spec: a dataclass that has just been made.
        laws: yields what is wrong with it as sentences; asked only where its fields hold what they should.

    Raises:
        SpecError: something is.
    """
    for breach in _wrong_types(spec):
        raise SpecError(f"{label(spec)}: {breach}")
    for breach in laws():
        raise SpecError(f"{label(spec)}: {breach}")


def label(spec: object) -> str:
    """How a message calls a spec: ``dataset `games` ``."""
    kind = {"FeatureBuilder": "feature builder", "str": "command"}.get(type(spec).__name__, type(spec).__name__.lower())
    name = getattr(spec, "name", spec)
    return f"{kind} `{name if isinstance(name, str) else shown(name)}`"


def shown(value: object) -> str:
    """A value as a message shows it: short, and whatever it is."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # it may be anything at all, and its repr is its own
        text = f"a {type(value).__name__}"
    return text if len(text) <= 100 else f"{text[:99]}…"


# ---------------------------------------------------------------------------------------------- types


def _is(kind: str) -> Callable[[object], bool]:
    """By name, so that a spec's module need not import those of its parts."""
    return lambda value: any(each.__name__ == kind for each in type(value).__mro__)


def _tuple_of(is_one: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, tuple) and all(is_one(each) for each in value)


def _is_str(value: object) -> bool:
    return isinstance(value, str)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_range(value: object) -> bool:
    ends = value if isinstance(value, tuple) else ()
    numbers = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    return len(ends) == len(numbers) == 2 and numbers[0] <= numbers[1]


def _is_json(value: object, depth: int = 0) -> bool:
    if value is None or isinstance(value, bool | int | float | str):
        return True
    if depth == _DEEPEST:
        return False
    if isinstance(value, list):
        return all(_is_json(each, depth + 1) for each in value)
    return isinstance(value, dict) and _is_object(value, depth)


def _is_object(value: object, depth: int = 0) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and _is_json(each, depth + 1) for name, each in value.items()
    )


CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "ColumnType": ("VARCHAR", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"),
    "Severity": ("info", "warn", "block"),
    "Literal['raw', 'features']": ("raw", "features"),
}


def _one_of(choices: tuple[str, ...]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in choices


FIELD_TYPES: Final[Mapping[str, Callable[[object], bool]]] = {
    "str": _is_str,
    "bool": lambda value: isinstance(value, bool),
    "int": _is_int,
    "int | None": lambda value: value is None or _is_int(value),
    "float | None": lambda value: value is None or _is_int(value) or isinstance(value, float),
    "Table": _is("Table"),
    **{annotation: _one_of(choices) for annotation, choices in CHOICES.items()},
    "tuple[str, ...]": _tuple_of(_is_str),
    "tuple[Column, ...]": _tuple_of(_is("Column")),
    "tuple[Table, ...]": _tuple_of(_is("Table")),
    "tuple[Dataset, ...]": _tuple_of(_is("Dataset")),
    "tuple[Check, ...]": _tuple_of(_is("Check")),
    "tuple[float, float] | None": lambda value: value is None or _is_range(value),
    "Mapping[str, Json]": _is_object,
}
"""Whether a value is what a spec's field is annotated with; to evaluate the annotations would cost more."""

_IN_WORDS: Final[Mapping[str, str]] = {
    **{annotation: f"one of {', '.join(choices)}" for annotation, choices in CHOICES.items()},
    "tuple[float, float] | None": "two numbers, the lesser one first, like (0, 100), or None",
    "Mapping[str, Json]": "names with JSON values (numbers, text, true, false, null, lists, objects)",
    "int | None": "a whole number or None",
    "float | None": "a number or None",
    "int": "a whole number",
    "str": "text",
    "bool": "True or False",
    "Table": "a Table",
}


def _wrong_types(spec: object) -> Iterator[str]:
    for field in dataclasses.fields(spec):  # type: ignore[arg-type]  # a spec is always a dataclass
        annotation, value = str(field.type).replace('"', "'"), getattr(spec, field.name)
        if (fits := FIELD_TYPES.get(annotation)) and not fits(value):  # a subclass may have fields of its own
            wanted = _IN_WORDS.get(annotation)
            if wanted is None:
                kind = annotation.removeprefix("tuple[").partition(",")[0].replace("str", "texts")
                wanted = f"a tuple of {kind}"
                wanted += "; a tuple of one needs a comma: (x,)" if not isinstance(value, tuple) else ""
            wanted, _, hint = wanted.partition("; ")
            yield f"`{field.name}` must be {wanted}, got `{shown(value)}`{f'; {hint}' if hint else ''}"


# ---------------------------------------------------------------------------------------- shared laws


def name(value: str, what: str = "") -> Iterator[str]:
    """A name that can be a table's, a task's and a folder's."""
    if not NAME.fullmatch(value):
        of = f"{what}: " if what else ""
        yield f"{of}a name is lower-case letters, digits and _, and begins with a letter, got `{value}`"


def version(value: str) -> Iterator[str]:
    """A version that can be part of a file's name."""
    if not _VERSION.fullmatch(value):
        yield f"a version is letters, digits, `.`, `_` and `-`, a letter or digit first, got `{value}`"


def dotted(field: str, path: str) -> Iterator[str]:
    """A path to a function."""
    if not _DOTTED.fullmatch(path):
        yield f"{f'`{field}` ' if field else ''}must be a dotted path like package.module:function, got `{path}`"


def table_name(field: str, value: str, schemas: tuple[str, ...] = ()) -> Iterator[str]:
    """The full name of a table, in one of `schemas` where these are given."""
    schema, _, bare = value.partition(".")
    if not NAME.fullmatch(schema) or not NAME.fullmatch(bare) or (schemas and schema not in schemas):
        yield f"`{field}` names a table in full, like raw.games or features.team_features, got `{value}`"


def unique(kind: str, names: Iterable[str]) -> Iterator[str]:
    """No name twice."""
    seen: set[str] = set()
    for each in names:
        if each in seen:
            yield f"two of its {kind}s are called `{each}`"
        seen.add(each)


def nearest(value: str, known: Iterable[str]) -> str:
    """`` (did you mean `games`?)`` where a known name is close to `value`, else nothing."""
    import difflib  # only where something is wrong, and every process of Airflow loads this module

    close = difflib.get_close_matches(value, list(known), n=1)
    return f" (did you mean `{close[0]}`?)" if close else ""
