"""Free states: every state that the types of a finite instance allow, as one guarded state.

Each value is one literal for each value that its sort has, of which exactly one is true; a set is a
literal for each possible element, all of them open. Sequences are as long as the model's
``lengths`` at most, ints lie within ``integers``, and a bag holds two copies of an element at most.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import assert_never

from ....spec.lang.errors import InternalError, Unsupported
from ....spec.lang.model import Model
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
from ..codec import State as StateValue
from .circuit import FALSE, TRUE, Circuit, Literal, at_most_one
from .evaluate import State
from .values import Cases, Guarded

__all__ = ["COPIES", "FreeStates", "Typable"]

COPIES = 2
"""So many copies of an element a bag of a free state holds at most."""

MOST = 200_000
"""No sort with more values than this is laid out."""


class Typable:
    """The values that a sort has in one instance, within its limits.

    **Errors** Unsupported when a limit is needed that the model does not give, or when there are
    too many values.
    """

    def __init__(self, codec: Codec, model: Model) -> None:
        self._codec = codec
        self._model = model
        self._known: dict[Sort, tuple[Value, ...]] = {}

    def values(self, sort: Sort) -> tuple[Value, ...]:
        """All values of a sort, in order: None and shorter sequences first."""
        found = self._known.get(sort)
        if found is None:
            size = self.size(sort)
            if size > MOST:
                raise Unsupported(
                    f"free states need {size:,} values of the sort {sort}; "
                    f"an instance with at most {MOST:,} can be laid out: give smaller sizes"
                )
            found = self._known[sort] = tuple(self._values(sort))
        return found

    def _values(self, sort: Sort) -> Sequence[Value]:
        match sort:
            case BoolSort() | ElementSort() | SubsetSort() | EnumSort():
                return self._codec.values(sort)
            case IntSort():
                low, high = self.integers()
                return range(low, high + 1)
            case OptionSort():
                return (None, *self.values(sort.of))
            case RecordSort():
                tag = self._codec.tags[sort]
                parts = (self.values(s) for _, s in sort.fields)
                return [(tag, *x) for x in itertools.product(*parts)]
            case UnionSort():
                return [v for r in sort.records for v in self.values(r)]
            case TupleSort():
                return list(itertools.product(*map(self.values, sort.items)))
            case SeqSort():
                of = self.values(sort.of)
                lengths = range(self.length() + 1)
                return [x for k in lengths for x in itertools.product(of, repeat=k)]
            case SetSort():
                of = self.values(sort.of)
                sizes = range(len(of) + 1)
                return [frozenset(x) for k in sizes for x in itertools.combinations(of, k)]
            case BagSort():
                of = self.values(sort.of)
                copies = itertools.product(range(COPIES + 1), repeat=len(of))
                return [
                    frozenset((v, k) for v, k in zip(of, counts, strict=True) if k)
                    for counts in copies
                ]
            case MapSort():
                of = self.values(sort.value)
                return list(itertools.product(of, repeat=self._codec.size(sort.key)))
            case _:
                assert_never(sort)

    def size(self, sort: Sort) -> int:
        """How many values a sort has."""
        match sort:
            case BoolSort() | ElementSort() | SubsetSort() | EnumSort():
                return self._codec.size(sort)
            case IntSort():
                low, high = self.integers()
                return high - low + 1
            case OptionSort():
                return 1 + self.size(sort.of)
            case RecordSort():
                return prod(self.size(s) for _, s in sort.fields)
            case UnionSort():
                return sum(map(self.size, sort.records))
            case TupleSort():
                return prod(map(self.size, sort.items))
            case SeqSort():
                return int(sum(self.size(sort.of) ** k for k in range(self.length() + 1)))
            case SetSort():
                return 1 << self.size(sort.of)
            case BagSort():
                return int((COPIES + 1) ** self.size(sort.of))
            case MapSort():
                return int(self.size(sort.value) ** self._codec.size(sort.key))
            case _:
                assert_never(sort)

    def length(self) -> int:
        """The longest sequence."""
        if self._model.lengths is None:
            raise self._missing("lengths=2", "a sequence")
        return self._model.lengths

    def integers(self) -> tuple[int, int]:
        """The least and the greatest int; indices of sequences, if only their length is given."""
        if self._model.integers is not None:
            return self._model.integers
        if self._model.lengths is None:
            raise self._missing("integers=(0, 3)", "an int")
        return 0, self._model.lengths

    def _missing(self, argument: str, what: str) -> Unsupported:
        return Unsupported(
            f"a state of {self._codec.spec.name} holds {what}, and the model "
            f"`{self._model.name}` does not bound it: free states need, say, Model({argument})"
        )


@dataclass
class FreeStates:
    """Makes free states of one specification. ``clauses`` say which assignments are states, and
    have to be told to the solver."""

    spec: n.Spec
    codec: Codec
    circuit: Circuit
    typable: Typable
    clauses: list[list[Literal]] = field(default_factory=list)

    def state(self) -> State:
        """A new state of which nothing is known but its type."""
        return {f.name: self._free(f.sort) for f in self.spec.fields}

    def count(self) -> int:
        """How many states there are. (Bags: by number of copies.)"""
        return prod(self.typable.size(f.sort) for f in self.spec.fields)

    def _free(self, sort: Sort) -> Guarded:
        match sort:
            case BoolSort():
                return self.circuit.input()
            case SetSort():
                return {v: self.circuit.input() for v in self.typable.values(sort.of)}
            case BagSort():
                copies = range(COPIES + 1)
                return {v: self._one_of(copies) for v in self.typable.values(sort.of)}
            case MapSort():
                return tuple(self._free(sort.value) for _ in self.codec.values(sort.key))
            case _:
                return self._one_of(self.typable.values(sort))

    def _one_of(self, values: Sequence[Value]) -> Cases:
        if len(values) == 1:
            return {values[0]: TRUE}
        if len(values) == 2:
            literal = self.circuit.input()
            return {values[0]: literal, values[1]: self.circuit.no(literal)}
        cases: Cases = {v: self.circuit.input() for v in values}
        literals = list(cases.values())
        self.clauses += [literals, *at_most_one(self.circuit, literals)]
        return cases

    # -------------------------------------------------------------------------- reading back
    def read(self, state: State, true: Callable[[Literal], bool]) -> StateValue:
        """The state that an assignment of literals means, as the interpreter has it."""
        return tuple(self._read(f.sort, state[f.name], true) for f in self.spec.fields)

    def _read(self, sort: Sort, x: Guarded, true: Callable[[Literal], bool]) -> Value:
        def holds(literal: Literal) -> bool:
            return literal == TRUE or (literal != FALSE and true(literal))

        match sort:
            case BoolSort():
                return holds(x)
            case SetSort():
                return frozenset(v for v, c in x.items() if holds(c))
            case BagSort():
                counts = {v: _case(cases, holds) for v, cases in x.items()}
                return frozenset((v, k) for v, k in counts.items() if k)
            case MapSort():
                return tuple(self._read(sort.value, entry, true) for entry in x)
            case _:
                return _case(x, holds)

    def is_state(self, state: State, values: StateValue) -> list[Literal]:
        """Literals that together say that a guarded state is this one.

        **Errors** InternalError if the types of the instance do not allow it.
        """
        made: list[Literal] = []
        for f, v in zip(self.spec.fields, values, strict=True):
            self._is(f.sort, state[f.name], v, made)
        return made

    def _is(self, sort: Sort, x: Guarded, v: Value, made: list[Literal]) -> None:
        no = self.circuit.no
        match sort:
            case BoolSort():
                made.append(x if v else no(x))
            case SetSort():
                if not v <= x.keys():
                    raise InternalError(f"{v} holds what no {sort} of the instance does")
                made += [c if e in v else no(c) for e, c in x.items()]
            case BagSort():
                copies = dict(v)
                if not copies.keys() <= x.keys():
                    raise InternalError(f"{v} holds what no {sort} of the instance does")
                made += [cases[copies.get(e, 0)] for e, cases in x.items()]
            case MapSort():
                for entry, y in zip(x, v, strict=True):
                    self._is(sort.value, entry, y, made)
            case _:
                if v not in x:
                    raise InternalError(f"{v} is no {sort} of the instance")
                made.append(x[v])


def _case(cases: Cases, holds: Callable[[Literal], bool]) -> Value:
    for v, c in cases.items():
        if holds(c):
            return v
    raise InternalError("an assignment gives a place of the free state no value")
