"""Guarded values: what a value is in each case, and when that case holds.

A bool is a literal. A set is a literal for each possible element, a bag a guarded count for each, a
map a guarded value for each key. Everything else is a literal for each possible value, of which
exactly one is true. Values are those of the interpreter (:mod:`..codec`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...ir.sorts import INT, BagSort, BoolSort, MapSort, SetSort, Sort
from ..codec import Value
from .circuit import FALSE, TRUE, Circuit, Literal

__all__ = ["Cases", "Guarded", "Values"]

Cases = dict[Value, Literal]
"""Exactly one of the literals is true."""

Guarded = Any
"""By sort: Literal, Cases, dict[Value, Literal] (set), dict[Value, Cases] (bag), tuple (map).

What cannot be has no case at all: an empty dict, or an empty tuple for a map."""


class Values:
    """Operations on guarded values over one circuit."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self._single: dict[Value, Cases] = {}

    def constant(self, sort: Sort, value: Value) -> Guarded:
        """A value that is the same in every case. Simple ones are made once, so that they are
        known by their identity."""
        match sort:
            case BoolSort():
                return TRUE if value else FALSE
            case SetSort():
                return dict.fromkeys(value, TRUE)
            case BagSort():
                return {x: {copies: TRUE} for x, copies in value}
            case MapSort():
                return tuple(self.constant(sort.value, v) for v in value)
            case _:
                found = self._single.get(value)
                if found is None:
                    found = self._single[value] = {value: TRUE}
                return found

    def cases(self, sort: Sort, x: Guarded) -> Cases:
        """A guarded value of any sort as one literal for each value that is possible."""
        both, no = self.circuit.both, self.circuit.no
        match sort:
            case BoolSort():
                return {v: c for v, c in ((False, no(x)), (True, x)) if c != FALSE}
            case SetSort():
                made: Cases = {frozenset(): TRUE}
                for element, c in x.items():
                    grown: Cases = {}
                    for s, d in made.items():
                        _put(grown, s | {element}, both(c, d))
                        _put(grown, s, both(no(c), d))
                    made = grown
                return made
            case BagSort():
                made = {frozenset(): TRUE}
                for element, counts in x.items():
                    made = {
                        (s | {(element, n)} if n else s): lit
                        for s, d in made.items()
                        for n, c in counts.items()
                        if (lit := both(c, d)) != FALSE
                    }
                return made
            case MapSort():
                made = {(): TRUE}
                for entry in x:
                    made = {
                        (*s, v): lit
                        for s, d in made.items()
                        for v, c in self.cases(sort.value, entry).items()
                        if (lit := both(c, d)) != FALSE
                    }
                return made
            case _:
                found: Cases = x
                return found

    def of_cases(self, sort: Sort, cases: Cases) -> Guarded:
        """The inverse of :meth:`cases`."""
        match sort:
            case BoolSort():
                return cases.get(True, FALSE)
            case SetSort():
                members: dict[Value, list[Literal]] = {}
                for s, c in cases.items():
                    for element in s:
                        members.setdefault(element, []).append(c)
                return {e: self.circuit.any(cs) for e, cs in members.items()}
            case BagSort() | MapSort():
                return self.mux([(c, self.constant(sort, v)) for v, c in cases.items()], sort)
            case _:
                return cases

    def mux(self, options: Iterable[tuple[Literal, Guarded]], sort: Sort) -> Guarded:
        """The value of the one option whose condition is true; conditions exclude each other and
        cover every case that matters."""
        chosen = [(c, x) for c, x in options if c != FALSE]
        if len(chosen) == 1:
            return chosen[0][1]
        both, any_ = self.circuit.both, self.circuit.any
        match sort:
            case BoolSort():
                return any_([both(c, x) for c, x in chosen])
            case MapSort():
                chosen = [(c, x) for c, x in chosen if x]
                if not chosen:
                    return ()
                return tuple(
                    self.mux([(c, x[i]) for c, x in chosen], sort.value)
                    for i in range(len(chosen[0][1]))
                )
            case BagSort():
                elements = dict.fromkeys(e for _, x in chosen for e in x)
                zero: Cases = {0: TRUE}
                return {e: self._join([(c, x.get(e, zero)) for c, x in chosen]) for e in elements}
            case _:
                return self._join(chosen)

    def _join(self, chosen: list[tuple[Literal, Cases]]) -> Cases:
        parts: dict[Value, list[Literal]] = {}
        for c, x in chosen:
            for v, d in x.items():
                lit = self.circuit.both(c, d)
                if lit != FALSE:
                    parts.setdefault(v, []).append(lit)
        return {v: self.circuit.any(ls) for v, ls in parts.items()}

    def choose(self, test: Literal, then: Guarded, orelse: Guarded, sort: Sort) -> Guarded:
        if test == TRUE or then is orelse:
            return then
        if test == FALSE:
            return orelse
        if isinstance(sort, MapSort):
            if not then or not orelse:
                return then or orelse
            pairs = zip(then, orelse, strict=True)
            return tuple(self.choose(test, a, b, sort.value) for a, b in pairs)
        return self.mux([(test, then), (self.circuit.no(test), orelse)], sort)

    def updated(self, options: list[tuple[Literal, Guarded]], old: Guarded, sort: Sort) -> Guarded:
        """The value after the step: that of the option selected, of those that change it, else the
        old one."""
        changed = [(s, x) for s, x in options if x is not old and x != old]
        if not changed:
            return old
        both, no = self.circuit.both, self.circuit.no
        match sort:
            case MapSort():
                return tuple(
                    self.updated([(s, x[i]) for s, x in changed], entry, sort.value)
                    for i, entry in enumerate(old)
                )
            case BoolSort():
                return self._bit([(s, x) for s, x in changed], old)
            case SetSort():
                bits = _by_element(changed, old, FALSE)
                return {**old, **{e: self._bit(x, old.get(e, FALSE)) for e, x in bits.items()}}
            case BagSort():
                zero: Cases = {0: TRUE}
                counts = _by_element(changed, old, zero)
                new = {e: self.updated(x, old.get(e, zero), INT) for e, x in counts.items()}
                return {**old, **new}
            case _:
                kept = no(self.circuit.any(s for s, _ in changed))
                parts: dict[Value, list[Literal]] = {v: [both(kept, c)] for v, c in old.items()}
                for s, x in changed:
                    for v, c in x.items():
                        parts.setdefault(v, []).append(both(s, c))
                made = {v: self.circuit.any(cs) for v, cs in parts.items()}
                return {v: c for v, c in made.items() if c != FALSE}

    def _bit(self, options: list[tuple[Literal, Literal]], old: Literal) -> Literal:
        both = self.circuit.both
        changed = [(s, x) for s, x in options if x != old]
        if not changed:
            return old
        kept = self.circuit.no(self.circuit.any(s for s, _ in changed))
        return self.circuit.any([both(kept, old), *(both(s, x) for s, x in changed)])

    def map(self, x: Cases, f: Callable[[Value], Value]) -> Cases:
        """Apply a function in each case."""
        parts: dict[Value, list[Literal]] = {}
        for v, c in x.items():
            parts.setdefault(f(v), []).append(c)
        return {v: self.circuit.any(cs) for v, cs in parts.items()}

    def map2(self, x: Cases, y: Cases, f: Callable[[Value, Value], Value]) -> Cases:
        """Apply a function in each pair of cases."""
        parts: dict[Value, list[Literal]] = {}
        for v, w, lit in self.pairs(x, y):
            parts.setdefault(f(v, w), []).append(lit)
        return {v: self.circuit.any(cs) for v, cs in parts.items()}

    def pairs(self, x: Cases, y: Cases) -> Iterator[tuple[Value, Value, Literal]]:
        for v, c in x.items():
            for w, d in y.items():
                lit = self.circuit.both(c, d)
                if lit != FALSE:
                    yield v, w, lit

    def test(self, x: Cases, y: Cases, holds: Callable[[Value, Value], bool]) -> Literal:
        """Whether a relation holds between two guarded values."""
        return self.circuit.any(lit for v, w, lit in self.pairs(x, y) if holds(v, w))

    def equal(self, x: Guarded, y: Guarded, sort: Sort) -> Literal:
        circuit = self.circuit
        match sort:
            case BoolSort():
                return circuit.same(x, y)
            case SetSort():
                elements = dict.fromkeys([*x, *y])
                return circuit.all(circuit.same(x.get(e, FALSE), y.get(e, FALSE)) for e in elements)
            case MapSort():
                if not x or not y:
                    return FALSE
                pairs = zip(x, y, strict=True)
                return circuit.all(self.equal(a, b, sort.value) for a, b in pairs)
            case BagSort():
                zero: Cases = {0: TRUE}
                elements = dict.fromkeys([*x, *y])
                return circuit.all(self._equal(x.get(e, zero), y.get(e, zero)) for e in elements)
            case _:
                return self._equal(x, y)

    def _equal(self, x: Cases, y: Cases) -> Literal:
        both = self.circuit.both
        return self.circuit.any(both(c, y[v]) for v, c in x.items() if v in y)


def _put(cases: Cases, value: Value, literal: Literal) -> None:
    if literal != FALSE:
        cases[value] = literal


def _by_element(
    options: list[tuple[Literal, Guarded]], old: Guarded, absent: Guarded
) -> dict[Value, list[tuple[Literal, Guarded]]]:
    """The elements whose guarded membership some option changes, with what it makes of each."""
    made: dict[Value, list[tuple[Literal, Guarded]]] = {}
    for s, x in options:
        for e, c in x.items():
            before = old.get(e, absent)
            if c is not before and c != before:
                made.setdefault(e, []).append((s, c))
        if len(x) < len(old) or not old.keys() <= x.keys():
            for e in old.keys() - x.keys():
                if old[e] != absent:
                    made.setdefault(e, []).append((s, absent))
    return made
