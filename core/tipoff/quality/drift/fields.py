"""Drift of schema: one look at the answers of a dataset, against all looks before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from tipoff.contracts import Severity, Uses
from tipoff.quality.drift.answers import Answers
from tipoff.quality.drift.judging import NEWS, Field, Look, is_new, judge, learn
from tipoff.quality.drift.profile import Profile, Seen, Shape

Key = tuple[str, str, str]
"""Kind of request, state, path."""

_CHUNKS: Final = 4
_CHUNK: Final = 8
_RANK: Final[Mapping[Severity, int]] = {"info": 0, "warn": 1, "block": 2}
_ALIKE: Final = 0.25


def look(known: Mapping[Key, Field], answers: Sequence[Answers], uses: Sequence[Uses], day: date) -> dict[Key, Field]:
    """The dataset's fields after a look, each with its judgement.

    Args:
        known: the dataset's fields so far.
        answers: the sample.
        uses: what the dataset's parser reads.
        day: today.
    """
    found = dict(known)
    for kind in answers:
        if kind.bodies:
            mine = {key: field for key, field in known.items() if key[0] == kind.request}
            found.update(_look_at(kind, mine, [each for each in uses if _is_about(each, kind.request)], day))
    return found


def _look_at(kind: Answers, known: Mapping[Key, Field], uses: Sequence[Uses], day: date) -> dict[Key, Field]:
    severities = _severities(uses)
    shape = next((Shape(each.record, each.state) for each in uses if each.state), Shape())
    if not known:
        return _first_look(kind, shape, severities, day)
    found: dict[Key, Field] = {}
    seen = _profile(kind.bodies, shape)
    for place, now in _with_absent(seen, known):
        key = (kind.request, *place)
        before, severity = known.get(key), severities.get(now.path, "info")
        if before is None:
            holder = known.get((kind.request, now.state, holder_of(now.path)))
            found[key] = learn(_never(now, holder, day), now, day, severity)
        else:
            found[key] = judge(before, now, day, severity)
        fresh, holder = found[key], found.get((kind.request, now.state, holder_of(now.path)))
        stateless = shape.record and not now.state and now.path.startswith(f"{shape.record}.")
        if holder and not stateless and _came_after(fresh, holder, day) and is_new(fresh, holder, now):
            found[key] = replace(fresh, change="new", since=fresh.first_seen, share_before=0.0)
    for key, field in found.items():
        if field.change == "missing":
            found[key] = replace(field, perhaps=_successor(field, found, kind.request) or field.perhaps)
    # What could not be there today stays as it is known.
    return {**known, **found}


def _first_look(kind: Answers, shape: Shape, severities: Mapping[str, Severity], day: date) -> dict[Key, Field]:
    """Nothing to compare with. Many answers count as several looks, so that their variation over time shows."""
    parts = max(1, min(_CHUNKS, len(kind.bodies) // _CHUNK))
    found: dict[Key, Field] = {}
    for part in range(parts):
        bodies = kind.bodies[part * len(kind.bodies) // parts : (part + 1) * len(kind.bodies) // parts]
        seen = _profile(bodies, shape)
        for place, now in _with_absent(seen, found):
            key = (kind.request, *place)
            found[key] = learn(found.get(key), now, day, severities.get(now.path, "info"))
    return found


def _profile(bodies: Iterable[object], shape: Shape) -> dict[tuple[str, str], Seen]:
    profile = Profile(shape)
    for body in bodies:
        profile.add(body)  # type: ignore[arg-type]  # decoded JSON
    return {(seen.state, seen.path): seen for seen in profile.fields()}


def _with_absent(
    seen: Mapping[tuple[str, str], Seen], known: Mapping[Key, Field]
) -> Iterator[tuple[tuple[str, str], Seen]]:
    """What was seen, and known fields that were not although what holds them was; each after what holds it."""
    yield from seen.items()
    for _, state, path in known:
        place = (state, path)
        if place in seen or not path:
            continue
        holder = seen.get((state, holder_of(path)))
        if holder is None:
            continue
        objects = holder.types.get("array" if path.endswith("[]") else "object", 0)
        if objects:
            yield place, Seen(state, path, holder.having, 0, objects, 0)


def holder_of(path: str) -> str:
    """The path of the object or list that holds a field: ``a.b[]`` is held by ``a.b``, and that by ``a``."""
    return path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]


def _never(now: Seen, holder: Field | None, day: date) -> Field | None:
    """A field that was in none of the earlier looks at what holds it: it came, and may go as it came."""
    if holder is None or not now.path:
        return None
    looks = [Look(look.day, look.answers, look.present, 0) for look in holder.looks if look.present]
    return Field(now.state, now.path, day, day, looks=looks)


def _came_after(field: Field, holder: Field, day: date) -> bool:
    """Whether a field was first seen lately, in what had been there before."""
    return not field.change and field.first_seen != holder.first_seen and day - field.first_seen <= NEWS


def _severities(uses: Sequence[Uses]) -> dict[str, Severity]:
    """The severity of the loss of each used path, and of those on the way to it."""
    found: dict[str, Severity] = {}
    for each in uses:
        own = [f"{each.record}.{each.state}".lstrip(".")] if each.state else []
        for path in (*each.fields, *own):
            on_the_way = path
            while on_the_way:
                if _RANK[each.severity] > _RANK[found.get(on_the_way, "info")]:
                    found[on_the_way] = each.severity
                on_the_way = holder_of(on_the_way)
    return found


def _is_about(uses: Uses, request: str) -> bool:
    return request.partition("?")[0].endswith(uses.address)


def _successor(lost: Field, found: Mapping[Key, Field], request: str) -> str:
    """What a lost field may be called now: a new one beside it that is as frequent and of the same type."""
    main = max(lost.types, key=lambda name: lost.types[name], default="")
    nearest: dict[str, float] = {}
    for (_, state, path), field in found.items():
        if state != lost.state or holder_of(path) != holder_of(lost.path) or path.endswith("[]"):
            continue
        fresh = lost.since is not None and field.first_seen >= lost.since and field.change in ("", "new")
        apart = abs((field.share_now or 0) - (lost.share_before or 0))
        if fresh and main in field.now_types and apart <= _ALIKE:
            nearest[path.rpartition(".")[2]] = apart
    return min(nearest, key=lambda name: nearest[name], default="")
