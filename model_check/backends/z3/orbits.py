"""Choices that look alike: of each orbit of parameters, one is enough.

In a free state nothing distinguishes the elements of a sort. If some choice of parameters leads
from a state with the invariant to one without, then so does each choice that a permutation of the
elements makes of it, from the permuted state. It is enough to ask about the first of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from ...ir import nodes as n
from ...ir.sorts import (
    BagSort,
    BoolSort,
    ElementSort,
    EnumSort,
    IntSort,
    MapSort,
    OptionSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    SubsetSort,
    TupleSort,
    UnionSort,
)
from ..codec import Codec, Value

__all__ = ["NOT_ALIKE", "Alike", "Permutation", "alike", "moved"]

Permutation = Mapping[str, Sequence[int]]
"""For each sort of elements or subsets by name, where each of its elements goes."""


@dataclass(frozen=True)
class Alike:
    """The permutations, the identity left out, under which what has been chosen stays the same."""

    group: tuple[Permutation, ...]
    codec: Codec | None

    def first(self, sort: Sort, values: Iterable[Value]) -> Iterator[tuple[Value, Alike]]:
        """The first of each orbit of values, with the permutations that leave it where it is.

        The values must be closed under the group.
        """
        if not self.group or self.codec is None:
            for v in values:
                yield v, self
            return
        seen: set[Value] = set()
        for v in values:
            if v in seen:
                continue
            still = []
            for p in self.group:
                image = moved(sort, v, p, self.codec)
                if image == v:
                    still.append(p)
                else:
                    seen.add(image)
            yield v, Alike(tuple(still), self.codec)


NOT_ALIKE = Alike((), None)
"""Every choice is one of its own."""

MOST = 1_000
"""Larger groups are cut down to the permutations of one sort at a time."""


def alike(spec: n.Spec, codec: Codec) -> Alike:
    """The symmetry of an instance: permutations of sorts without an order that carry its quorum
    systems to themselves and leave its constants as they are."""
    free = [s for s in spec.sorts if isinstance(s, ElementSort) and not s.ordered]
    subsets = [s for s in spec.sorts if isinstance(s, SubsetSort)]
    choices = [list(itertools.permutations(range(codec.size(s)))) for s in free]
    size = 1
    for c in choices:
        size *= len(c)
    if size > MOST:
        choices = [c if len(c) <= 24 else c[:1] for c in choices]
    found: list[Permutation] = []
    for chosen in itertools.product(*choices):
        to: dict[str, Sequence[int]] = {s.name: p for s, p in zip(free, chosen, strict=True)}
        if all(list(p) == list(range(len(p))) for p in chosen):
            continue
        if all(_carries(s, to, codec) for s in subsets) and all(
            moved(sort, value := codec.constant(name, sort), to, codec) == value
            for name, sort in spec.constants
        ):
            found.append(to)
    return Alike(tuple(found), codec)


def _carries(sort: SubsetSort, to: dict[str, Sequence[int]], codec: Codec) -> bool:
    """Extend a permutation to a sort of subsets; False if one of them goes to none of them."""
    if sort.of.ordered:
        return True
    members = [frozenset(q) for q in codec.members(sort)]
    numbers = {q: i for i, q in enumerate(members)}
    images = [numbers.get(frozenset(to[sort.of.name][i] for i in q)) for q in members]
    if None in images:
        return False
    to[sort.name] = [i for i in images if i is not None]
    return True


def moved(sort: Sort, v: Value, to: Permutation, codec: Codec) -> Value:
    """What a permutation makes of a value."""
    match sort:
        case BoolSort() | IntSort() | EnumSort():
            return v
        case ElementSort() | SubsetSort():
            return to[sort.name][v] if sort.name in to else v
        case RecordSort() | UnionSort():
            parts = codec.records[v[0]].fields
            return (
                v[0],
                *[moved(s, x, to, codec) for (_, s), x in zip(parts, v[1:], strict=True)],
            )
        case OptionSort():
            return None if v is None else moved(sort.of, v, to, codec)
        case TupleSort():
            return tuple(moved(s, x, to, codec) for s, x in zip(sort.items, v, strict=True))
        case SeqSort():
            return tuple(moved(sort.of, x, to, codec) for x in v)
        case SetSort():
            return frozenset(moved(sort.of, x, to, codec) for x in v)
        case BagSort():
            return frozenset((moved(sort.of, x, to, codec), copies) for x, copies in v)
        case MapSort():
            made = list(v)
            for number, key in enumerate(codec.values(sort.key)):
                place = codec.key_number(sort.key, moved(sort.key, key, to, codec))
                made[place] = moved(sort.value, v[number], to, codec)
            return tuple(made)
        case _:
            assert_never(sort)
