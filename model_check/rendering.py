"""Values of a specification as text, the same on every run.

Python shows the elements of a frozenset in an order of its own; here they stand in the order of
:func:`sort_key`, so that two runs print the same counterexample, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from ..spec.lang.network import Network
from ..spec.lang.values import Bag, Map, Set, Sort, SubsetOf

__all__ = ["in_order", "in_flight", "is_record", "render", "render_call", "render_key", "sort_key"]


def is_record(value: object) -> bool:
    """Whether the value is a message, a vote, a log entry: an instance of a ``@record`` class."""
    return is_dataclass(value) and not isinstance(value, type)


def parts_of(record: Any) -> list[tuple[str, Any]]:
    """The fields of a record with their values, in the order of their declaration."""
    return [(f.name, getattr(record, f.name)) for f in fields(record)]


def sort_key(value: Any) -> tuple[Any, ...]:
    """A total order on all values: by kind, then by what is inside.

    None comes first, then bools, ints, members of enumerations, elements of sorts (by number),
    subsets, records (by class name, then field by field), tuples and sets (by length first).
    """
    match value:
        case None:
            return (0,)
        case bool():
            return (1, value)
        case int():
            return (2, value)
        case Enum():
            return (3, type(value).__name__, list(type(value)).index(value))
        case SubsetOf():
            return (5, type(value).__name__, tuple(map(sort_key, value)))
        case Sort():
            return (4, type(value).__name__, value.index)
        case tuple():
            return (7, len(value), tuple(map(sort_key, value)))
        case frozenset():
            return (8, len(value), tuple(sorted(map(sort_key, value))))
        case _ if is_record(value):
            return (6, type(value).__name__, tuple(sort_key(v) for _, v in parts_of(value)))
        case _:
            return (9, type(value).__name__, repr(value))


def in_order(values: Iterable[Any]) -> list[Any]:
    """The values, sorted by :func:`sort_key`."""
    return sorted(values, key=sort_key)


def in_flight(network: Network[Any]) -> Iterator[tuple[Any, int]]:
    """Every message in a network with the number of its copies, those behind others included."""
    counts: dict[Any, int] = dict(network._bag)
    for queue in network._queues.values():
        for message in queue:
            counts[message] = counts.get(message, 0) + 1
    for message in in_order(counts):
        yield message, counts[message]


def render(value: Any) -> str:
    """The value as a reader of the specification would write it: ``Promise(a1, b0, None)``."""
    match value:
        case None | bool() | int():
            return str(value)
        case Enum():
            return value.name
        case SubsetOf():
            return "{" + ", ".join(map(render, value)) + "}"
        case tuple():
            return "(" + ", ".join(map(render, value)) + (",)" if len(value) == 1 else ")")
        case frozenset() | Set():
            return "{" + ", ".join(map(render, in_order(value))) + "}"
        case Bag():
            copies = ((x, value.count(x)) for x in in_order(value))
            return "{" + ", ".join(_copies(x, n) for x, n in copies) + "}"
        case Network() if value._queues:
            queues = sorted(value._queues.items(), key=lambda item: sort_key(item[0]))
            shown = (f"{render(s)}->{render(d)}: {render(queue)}" for (s, d), queue in queues)
            return "{" + ", ".join(shown) + "}"
        case Network():
            return "{" + ", ".join(_copies(x, n) for x, n in in_flight(value)) + "}"
        case Map():
            return "{" + ", ".join(f"{render_key(k)}: {render(v)}" for k, v in value.items()) + "}"
        case _ if is_record(value):
            return render_call(type(value).__name__, (v for _, v in parts_of(value)))
        case _:
            return repr(value)


def render_key(key: Any) -> str:
    """A key as it stands between the brackets of ``log[s1, 2]``."""
    return ", ".join(map(render, key)) if isinstance(key, tuple) else render(key)


def render_call(name: str, arguments: Iterable[Any]) -> str:
    """An action with its arguments, or a record with its fields."""
    return f"{name}({', '.join(map(render, arguments))})"


def _copies(value: Any, count: int) -> str:
    return render(value) if count == 1 else f"{render(value)} x{count}"
