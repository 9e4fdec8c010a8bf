"""A finite instance, unrolled: the states after 0, 1, 2, ... steps as guarded values.

At each step at most one action is taken, with one choice of its parameters; a *selector* says
which. If none is, nothing changes: what can be reached in fewer steps stays in sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...ir import nodes as n
from ...ir.sorts import BagSort, BoolSort, MapSort, SetSort
from ...ir.walk import fields_read
from ..codec import Codec, Value
from .circuit import FALSE, TRUE, Circuit, Literal, at_most_one
from .evaluate import Evaluator, Outcome, State
from .solver import Solver
from .values import Cases, Guarded

__all__ = ["Layer", "Selected", "Unrolling"]


NO_CASES = (BoolSort, SetSort, BagSort, MapSort)
"""Sorts whose guarded values are no list of cases."""


@dataclass(frozen=True, slots=True)
class Selected:
    """One action with one choice of parameters, and the literal that says it is taken."""

    action: str
    arguments: tuple[Value, ...]
    selector: Literal


@dataclass(frozen=True, slots=True)
class Layer:
    """A step: what may be taken, the state after it, and whether it makes a mistake."""

    choices: tuple[Selected, ...]
    state: State
    mistake: Literal


class Unrolling:
    """The layers of one specification (after ``inline``), each built when it is asked for: from
    the initial states, or from the state given as ``start``."""

    def __init__(
        self, spec: n.Spec, codec: Codec, solver: Solver, start: Sequence[Value] | None = None
    ) -> None:
        self.spec = spec
        self.circuit: Circuit = solver.circuit
        self.solver = solver
        self.evaluator = Evaluator(spec, codec, self.circuit)
        self._sorts = {f.name: f.sort for f in spec.fields}
        self.layers: list[Layer] = [self._first() if start is None else self._given(start)]

    @property
    def state(self) -> State:
        """The state after all layers."""
        return self.layers[-1].state

    def _first(self) -> Layer:
        """The initial states: one of them, always, unless what makes them makes a mistake first."""
        outcomes = self.evaluator.initial()
        named = [("init", o) for o in outcomes]
        layer = self._layer(named, None)
        if layer.choices or layer.mistake == FALSE:
            self.solver.require([[c.selector for c in layer.choices]])
        return layer

    def _given(self, values: Sequence[Value]) -> Layer:
        constant = self.evaluator.values.constant
        state = {f.name: constant(f.sort, v) for f, v in zip(self.spec.fields, values, strict=True)}
        return Layer((), state, FALSE)

    def step(self) -> Layer:
        """One more step out of the last state, which must lie within the constraint."""
        before = self.state
        constraints = self.spec.of_kind(n.PropertyKind.CONSTRAINT)
        for p in constraints:
            self.solver.require([[self.evaluator.truth(_returned(p), before)]])
        for p in constraints:
            before = self._within(_returned(p), before)
        outcomes = [(a.name, o) for a in self.spec.actions for o in self._outcomes(a, before)]
        layer = self._layer(outcomes, before)
        self.layers.append(layer)
        return layer

    def _within(self, constraint: n.Expr, state: State) -> State:
        """A state of which the constraint is known to be true, without the values of a field, or of
        an entry of a map, that by themselves make it false."""
        kept = dict(state)
        for name in sorted(fields_read(constraint)):
            sort, old = self._sorts[name], state[name]
            if isinstance(sort, MapSort) and not isinstance(sort.value, NO_CASES):
                entries = list(old)
                for i, entry in enumerate(old):
                    alone = [(v, (*old[:i], {v: TRUE}, *old[i + 1 :])) for v in entry]
                    entries[i] = self._possible(constraint, state, name, entry, alone)
                kept[name] = tuple(entries)
            elif not isinstance(sort, NO_CASES):
                singly: list[tuple[Value, Guarded]] = [(v, {v: TRUE}) for v in old]
                kept[name] = self._possible(constraint, state, name, old, singly)
        return kept

    def _possible(
        self,
        constraint: n.Expr,
        state: State,
        name: str,
        cases: Cases,
        alone: Sequence[tuple[Value, Guarded]],
    ) -> Cases:
        """The cases that the constraint does not rule out, each tried as if it were the only one.
        What evaluating it for that says of mistakes is none of the state."""
        if len(cases) < 2:
            return cases
        before = list(self.evaluator.mistakes)
        left = {
            v: cases[v]
            for v, field in alone
            if self.evaluator.truth(constraint, {**state, name: field}) != FALSE
        }
        self.evaluator.mistakes[:] = before
        return dict.fromkeys(left, TRUE) if len(left) == 1 else left

    def _outcomes(self, action: n.Action, state: State) -> Sequence[Outcome]:
        return list(self.evaluator.outcomes(action, state))

    def _layer(self, outcomes: list[tuple[str, Outcome]], before: State | None) -> Layer:
        mistake = self.circuit.any(self.evaluator.mistakes)
        self.evaluator.mistakes.clear()
        only = before is None and len(outcomes) == 1
        chosen = [(TRUE if only else self.circuit.input(), name, o) for name, o in outcomes]
        clauses = [[self.circuit.no(s), o.enabled] for s, _, o in chosen]
        self.solver.require([*clauses, *at_most_one(self.circuit, [s for s, _, _ in chosen])])
        options = [(s, o.state) for s, _, o in chosen]
        state = {f: self._next(options, before, f) for f in self._sorts}
        choices = tuple(Selected(name, o.arguments, s) for s, name, o in chosen)
        return Layer(choices, state, mistake)

    def _next(
        self, options: list[tuple[Literal, State]], before: State | None, name: str
    ) -> Guarded:
        sort = self._sorts[name]
        if before is None:
            return self.evaluator.values.mux([(s, x[name]) for s, x in options], sort)
        return self.evaluator.values.updated([(s, x[name]) for s, x in options], before[name], sort)

    def taken(self) -> list[Selected]:
        """What the last assignment found does: the initial choice, if there was one, then the steps
        in order."""
        made = []
        for layer in self.layers:
            made += [c for c in layer.choices if self.solver.true(c.selector)]
        return made

    def broken(self, p: n.Property) -> Literal:
        """That an invariant is false in the last state, or a step invariant of the last step."""
        before = self.layers[-2].state if len(self.layers) > 1 else self.state
        if p.kind is n.PropertyKind.STEP_INVARIANT:
            moved = self.circuit.any(c.selector for c in self.layers[-1].choices)
            true = self.evaluator.truth(_returned(p), before, self.state)
            return self.circuit.both(moved, self.circuit.no(true))
        return self.circuit.no(self.evaluator.truth(_returned(p), self.state))

    def mistakes(self) -> Literal:
        """That something evaluated since the last call makes a mistake at run time."""
        made = self.circuit.any(self.evaluator.mistakes)
        self.evaluator.mistakes.clear()
        return made


def _returned(p: n.Property) -> n.Expr:
    """The value of a property, which after ``inline`` is a single Return."""
    (statement,) = p.body
    assert isinstance(statement, n.Return)
    assert statement.value is not None
    return statement.value
