"""Values of specifications as they stand in logs, and what a log says of them.

| in the specification | in a log |
|---|---|
| ``bool``, ``int``, ``None`` | ``true``, ``3``, ``null`` |
| element of a sort, member of an enumeration | ``"s1"``, ``"LEADER"`` |
| record | ``{"is": "Vote", "source": "s1", ...}`` |
| ``Map`` | ``{"s1": ..., "s2": ...}``; keys of two parts as ``"s1, s2"`` |
| tuple | ``[...]`` |
| set, bag, network | ``{"has": [...], "lacks": [...]}`` |

A log may say less than there is: an object need not have all keys, ``has`` not all elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from ...spec.lang.network import Network
from ...spec.lang.values import Bag, Map, Set, Sort
from ..rendering import is_record, parts_of, render, render_key

__all__ = ["conflicts", "may_fit", "plain"]


def plain(value: Any) -> Any:
    """The whole value, as a log may say it."""
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return value.name
        case Sort():
            return render(value)
        case Map():
            return {render_key(key): plain(x) for key, x in value.items()}
        case Set() | frozenset() | Bag() | Network():
            return {"has": sorted((plain(x) for x in value), key=repr)}
        case _ if is_record(value):
            parts = {name: plain(x) for name, x in parts_of(value)}
            return {"is": type(value).__name__, **parts}
        case tuple():
            return [plain(x) for x in value]
        case _:
            return render(value)


def conflicts(said: Any, value: Any, place: str) -> Iterator[str]:
    """What of ``said`` is not so; nothing if it fits the value."""
    match value:
        case Map() if isinstance(said, dict):
            entries = {render_key(key): x for key, x in value.items()}
            for key, x in said.items():
                if key in entries:
                    yield from conflicts(x, entries[key], f"{place}[{key}]")
                else:
                    yield f"{place} has no {key}"
        case Set() | frozenset() | Bag() | Network() if isinstance(said, dict):
            for x in said.get("has", ()):
                if not any(fits(x, y) for y in value):
                    yield f"{place} lacks {x}"
            for x in said.get("lacks", ()):
                if any(fits(x, y) for y in value):
                    yield f"{place} has {x}"
        case tuple() if isinstance(said, list) and not is_record(value):
            if len(said) != len(value):
                yield f"{place} has {len(value)} elements, not {len(said)}"
            else:
                for i, (x, y) in enumerate(zip(said, value, strict=True), 1):
                    yield from conflicts(x, y, f"{place}[{i}]")
        case _ if isinstance(said, dict) and is_record(value):
            parts = {"is": type(value).__name__, **dict(parts_of(value))}
            for name, x in said.items():
                if name == "is":
                    if x != parts["is"]:
                        yield f"{place} is a {parts['is']}, not a {x}"
                elif name in parts:
                    yield from conflicts(x, parts[name], f"{place}.{name}")
                else:
                    yield f"{place} has no {name}"
        case _:
            here = plain(value)
            if here != said or isinstance(here, bool) is not isinstance(said, bool):
                yield f"{place} is {render(value)}, not {said}"


def may_fit(said: Any, here: Any) -> bool:
    """Whether ``said`` may fit a value of which ``here`` is the plain form: False only if
    :func:`conflicts` finds something. It tells most of many values apart in a fraction of the time.
    """
    if isinstance(here, dict):
        if not isinstance(said, dict):
            return False
        if "has" in here:  # a set, of which a log may say what it lacks
            return True
        return all(key in here and may_fit(x, here[key]) for key, x in said.items())
    if isinstance(here, list) and isinstance(said, list):
        return len(here) == len(said) and all(map(may_fit, said, here))
    return bool(here == said)


def fits(said: Any, value: Any) -> bool:
    if isinstance(said, dict) and is_record(value):
        if said.get("is", type(value).__name__) != type(value).__name__:
            return False
        if any(type(x) is int and getattr(value, name, x) != x for name, x in said.items()):
            return False  # most of a network is told apart by this, in a fraction of the time
    return next(conflicts(said, value, ""), None) is None
