"""What changed between two states: structural, down to the entry, element or index that differs.

Every change is one line, ``place: old -> new`` for a value that was replaced and ``place: + x`` or
``place: - x`` for what came into or went out of a collection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..spec.lang.network import Network
from ..spec.lang.values import Bag, Map, Set
from .rendering import in_flight, in_order, is_record, parts_of, render, render_key

__all__ = ["changes", "differences", "initial_lines"]

WHOLE = 32
"""A record that is shown in at most so many characters is shown whole: its parts say less."""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The lines that turn one state into the other, field by field in order of declaration."""
    return [line for name in after for line in changes(name, before.get(name), after[name])]


def changes(place: str, old: Any, new: Any) -> Iterator[str]:
    """The changes at one place; nothing when the values are equal."""
    if type(old) is type(new) and old == new:
        return
    match old, new:
        case Map(), Map():
            entries = dict(old.items())
            for key, value in new.items():
                yield from changes(f"{place}[{render_key(key)}]", entries.get(key), value)
        case ((Set() | frozenset()), (Set() | frozenset())):
            yield from _elements(place, dict.fromkeys(old, 1), dict.fromkeys(new, 1))
        case Bag(), Bag():
            yield from _elements(
                place, {x: old.count(x) for x in old}, {x: new.count(x) for x in new}
            )
        case Network(), Network():
            yield from _elements(place, dict(in_flight(old)), dict(in_flight(new)))
        case tuple(), tuple():
            yield from _sequence(place, old, new)
        case _ if is_record(new) and type(old) is type(new) and not _short(old, new):
            for (name, was), (_, becomes) in zip(parts_of(old), parts_of(new), strict=True):
                yield from changes(f"{place}.{name}", was, becomes)
        case _:
            yield f"{place}: {render(old)} -> {render(new)}"


def _short(old: Any, new: Any) -> bool:
    return max(len(render(old)), len(render(new))) <= WHOLE


def _elements(place: str, old: Mapping[Any, int], new: Mapping[Any, int]) -> Iterator[str]:
    for x in in_order(old):
        if new.get(x, 0) < old[x]:
            yield f"{place}: - {render(x)}{_copies(old[x] - new.get(x, 0), new.get(x, 0))}"
    for x in in_order(new):
        if old.get(x, 0) < new[x]:
            yield f"{place}: + {render(x)}{_copies(new[x] - old.get(x, 0), new[x])}"


def _copies(moved: int, now: int) -> str:
    """How many copies moved and are there now, said only where there is more than one."""
    times = f" x{moved}" if moved > 1 else ""
    return f"{times} (now {now})" if now > 1 else times


def _sequence(place: str, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[str]:
    """Elements replaced in place, then those cut off or appended at the end.

    A queue loses its head: that is one line and not a shift of every element.
    """
    if old and old[1:] == new:
        yield f"{place}: - [0] {render(old[0])}"
        return
    for i, (was, becomes) in enumerate(zip(old, new, strict=False)):
        yield from changes(f"{place}[{i}]", was, becomes)
    for i in range(len(new), len(old)):
        yield f"{place}: - [{i}] {render(old[i])}"
    for i in range(len(old), len(new)):
        yield f"{place}: + [{i}] {render(new[i])}"


def initial_lines(state: Mapping[str, Any]) -> list[str]:
    """A whole state, one line for each field; a map with one value everywhere says so once."""
    return [f"{name} = {_whole(value)}" for name, value in state.items()]


def _whole(value: Any) -> str:
    if isinstance(value, Map):
        values = [v for _, v in value.items()]
        if len(values) > 1 and all(type(v) is type(values[0]) and v == values[0] for v in values):
            return f"{{every key: {render(values[0])}}}"
    return render(value)
