"""What a log says that can be so in no state, and of no step, of the specification: elements that a
sort does not have, parts that a record does not have, a number where a term stands.

A log that says such a thing is no log of this specification, whatever its servers did.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from ...spec.lang.network import Network
from ...spec.lang.source import hints_of
from ...spec.lang.values import Bag, Map, Set, Sort, elements
from ..nearest import instead
from ..rendering import render, render_key

__all__ = ["nonsense", "of_action"]

MANY = 12
"""So many elements of a sort are listed; of more, the first and the last."""


def of_action(
    method: Callable[..., Any], said: dict[str, Any], names: Sequence[str]
) -> Iterator[str]:
    """What no step of this action can have as its arguments. Call inside the universe."""
    hints = hints_of(method)
    for key, x in said.items():
        if key in names:
            yield from nonsense(x, hints[key], key)
        else:
            yield f"{method.__name__} has no argument {key}; {instead(key, names)}"


def nonsense(said: Any, annotation: Any, place: str) -> Iterator[str]:
    """What of ``said`` no value of this type can be; nothing if some value can be so. Call inside
    the universe."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        yield from _of_none(said, parts, place)
    elif origin is Map:
        yield from _of_map(said, parts, place)
    elif origin in (Set, Bag, Network, frozenset):
        yield from _of_set(said, parts[0], place)
    elif origin is tuple:
        yield from _of_sequence(said, parts, place)
    elif _is_record(annotation):
        yield from _of_record(said, [annotation], place)
    elif annotation is bool:
        if not isinstance(said, bool):
            yield f"{place} is true or false, not {_shown(said)}"
    elif annotation is int:
        if not isinstance(said, int) or isinstance(said, bool):
            yield f"{place} is a whole number, not {_shown(said)}"
    elif isinstance(annotation, type) and issubclass(annotation, Sort | Enum):
        known = _rendered(elements(annotation))
        if said not in known:
            yield f"{place} is a {annotation.__name__}, not {_shown(said)}; there are {_few(known)}"


def _of_none(said: Any, kinds: Sequence[Any], place: str) -> Iterator[str]:
    """Of a value that may be of several kinds, None among them."""
    some = [kind for kind in kinds if kind is not NoneType]
    if said is None and len(some) < len(kinds):
        return
    records = [kind for kind in some if _is_record(kind)]
    if isinstance(said, dict) and records:
        yield from _of_record(said, records, place)
        return
    found = [list(nonsense(said, kind, place)) for kind in some]
    yield from min(found, key=len)


def _of_map(said: Any, parts: Sequence[Any], place: str) -> Iterator[str]:
    key, value = parts
    keys = get_args(key) if get_origin(key) is tuple else (key,)
    known = _keys(tuple(map(elements, keys)))
    if not isinstance(said, dict):
        yield f'{place} is a map, {{"{known[0]}": ...}}, not {_shown(said)}'
        return
    for k, x in said.items():
        if k in known:
            yield from nonsense(x, value, f"{place}[{k}]")
        else:
            yield f"{place} has no key {k}; there are {_few(known)}"


def _of_set(said: Any, kind: Any, place: str) -> Iterator[str]:
    if not isinstance(said, dict):
        yield f'{place} is a set, {{"has": [...], "lacks": [...]}}, not {_shown(said)}'
        return
    for key, values in said.items():
        if key not in ("has", "lacks"):
            yield f"{place} is a set, and {key} says nothing of it; {instead(key, _OF_SETS)}"
        elif not isinstance(values, list):
            yield f"{place}: {key} is a list, not {_shown(values)}"
        else:
            for x in values:
                yield from nonsense(x, kind, f"an element of {place}")


_OF_SETS = ("has", "lacks")


def _of_sequence(said: Any, parts: Sequence[Any], place: str) -> Iterator[str]:
    if not isinstance(said, list):
        yield f"{place} is a list, not {_shown(said)}"
        return
    kinds = [parts[0]] * len(said) if parts[-1] is Ellipsis else parts
    if len(kinds) != len(said):
        yield f"{place} has {len(kinds)} elements, not {len(said)}"
        return
    for i, (x, kind) in enumerate(zip(said, kinds, strict=True), 1):
        yield from nonsense(x, kind, f"{place}[{i}]")


def _of_record(said: Any, kinds: Sequence[Any], place: str) -> Iterator[str]:
    """Of a value that is one of these records; ``is`` says which."""
    names = [kind.__name__ for kind in kinds]
    if not isinstance(said, dict):
        yield f'{place} is a record, {{"is": "{names[0]}", ...}}, not {_shown(said)}'
        return
    if "is" in said:
        kinds = [kind for kind in kinds if kind.__name__ == said["is"]]
        if not kinds:
            yield f"{place} is no {said['is']}; {instead(str(said['is']), names)}"
            return
    found = [list(_of_parts(said, kind, place)) for kind in kinds]
    yield from min(found, key=len)


def _of_parts(said: dict[str, Any], kind: Any, place: str) -> Iterator[str]:
    hints = hints_of(kind)
    for name, x in said.items():
        if name in hints:
            yield from nonsense(x, hints[name], f"{place}.{name}")
        elif name != "is":
            yield f"{place}: a {kind.__name__} has no {name}; {instead(name, hints)}"


@lru_cache(64)
def _rendered(members: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(map(render, members))


@lru_cache(64)
def _keys(sorts: tuple[tuple[Any, ...], ...]) -> tuple[str, ...]:
    """Of a map from these sorts, as they stand in a log."""
    return tuple(render_key(key) for key in itertools.product(*sorts))


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and bool(getattr(annotation, "__record__", False))


def _few(known: Sequence[str]) -> str:
    return ", ".join(known) if len(known) <= MANY else f"{known[0]} to {known[-1]}"


def _shown(said: Any) -> str:
    """As it stands in the log, or nearly."""
    match said:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[said]
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return str(said)
