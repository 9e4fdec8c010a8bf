"""The bounds of a model on the values of a state: how long sequences and how large ints may be.

They are no guards: a step beyond them is a mistake, which plain Python explains. Here is only the
question whether there was one, quick enough to be asked of every step.
"""

from __future__ import annotations

from collections.abc import Callable

from ...spec.lang.model import Model
from ..ir import nodes as n
from ..ir.sorts import (
    BagSort,
    IntSort,
    MapSort,
    OptionSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    TupleSort,
    UnionSort,
)
from .cells import Cells
from .codec import State, Value

__all__ = ["Bounds"]

Test = Callable[[Value], bool]


class Bounds:
    """The bounds that ``model`` sets on the states of ``spec``; without a model, none."""

    def __init__(self, spec: n.Spec, cells: Cells, model: Model | None) -> None:
        self._lengths = None if model is None else model.lengths
        self._integers = None if model is None else model.integers
        self._tags = cells.codec.tags
        self._tests: list[tuple[int, Test]] = []
        if self._lengths is None and self._integers is None:
            return
        for cell in cells.all:
            f = spec.field(cell.field)
            test = self.test(f.sort)
            if test is not None and f.name != "restarts":
                self._tests.append((cell.number, _remembering(test)))

    @property
    def any(self) -> bool:
        """Whether there is anything to ask."""
        return bool(self._tests)

    def hold(self, state: State) -> bool:
        return all(test(state[number]) for number, test in self._tests)

    def test(self, sort: Sort) -> Test | None:
        """Whether a value of this sort lies within the bounds; None if it always does."""
        match sort:
            case IntSort() if self._integers is not None:
                low, high = self._integers
                return lambda v: bool(low <= v <= high)
            case SeqSort():
                return self._sequence(self.test(sort.of))
            case SetSort():
                return _each(self.test(sort.of))
            case BagSort():
                return _copies(self.test(sort.of))
            case MapSort():
                return _each(self.test(sort.value))
            case OptionSort():
                return _option(self.test(sort.of))
            case TupleSort():
                return _parts([self.test(s) for s in sort.items])
            case RecordSort():
                return _parts([None, *(self.test(s) for _, s in sort.fields)])
            case UnionSort():
                return _of_class({self._tags[r]: self.test(r) for r in sort.records})
            case _:
                return None

    def _sequence(self, test: Test | None) -> Test | None:
        longest = self._lengths
        if longest is None:
            return _each(test)
        return lambda v: len(v) <= longest and (test is None or all(map(test, v)))


def _each(test: Test | None) -> Test | None:
    return None if test is None else lambda v: all(map(test, v))


def _copies(test: Test | None) -> Test | None:
    return None if test is None else lambda v: all(test(x) for x, _ in v)


def _option(test: Test | None) -> Test | None:
    return None if test is None else lambda v: v is None or test(v)


def _parts(tests: list[Test | None]) -> Test | None:
    wanted = [(i, test) for i, test in enumerate(tests) if test is not None]
    if not wanted:
        return None
    return lambda v: all(test(v[i]) for i, test in wanted)


def _of_class(tests: dict[int, Test | None]) -> Test | None:
    wanted = {tag: test for tag, test in tests.items() if test is not None}
    if not wanted:
        return None
    return lambda v: v[0] not in wanted or wanted[v[0]](v)


def _remembering(test: Test) -> Test:
    """The same test, asked once for each value: most steps leave most cells alone."""
    good: set[Value] = set()

    def ask(value: Value) -> bool:
        if value in good:
            return True
        if not test(value):
            return False
        if len(good) >= 1 << 16:
            good.clear()
        good.add(value)
        return True

    return ask
