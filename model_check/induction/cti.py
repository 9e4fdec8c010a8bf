"""Counterexamples to induction: a state with the invariant, one step, and what it breaks.

The state need not be reachable. It is made small before it is shown: whatever can be taken out of
a set is taken out, whatever can be as it is initially is left so, and the solver says each time
whether a counterexample is left. The state after is not the solver's: the Python method is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...spec.lang.errors import InternalError, SpecError
from ...spec.lang.execute import Snapshot
from ..backends.codec import State, Value
from ..backends.run import PlainPython
from ..backends.z3.circuit import FALSE, TRUE, Literal
from ..backends.z3.values import Guarded
from ..counterexample import Behaviour, Claim, Step
from ..difference import differences, initial_lines
from ..explanation import claim_of
from ..explore.claims import Kind
from ..explore.system import Transition
from ..ir.sorts import BagSort, BoolSort, MapSort, SetSort, Sort
from ..paint import PLAIN, Paint
from .conditions import Cell, Part
from .finite import Finite, Found, Standing

__all__ = ["Cti", "cti_of", "shrunk"]


@dataclass(frozen=True, slots=True)
class Cti:
    """A counterexample to induction, as people see it.

    ``behaviour`` has no step if the claim is about a state, and begins in an initial state if the
    cell is an initiation. ``mistake`` is what Python raises when something is read that is not
    there.
    """

    cell: Cell
    state: State | None
    behaviour: Behaviour
    claim: Claim | None
    mistake: SpecError | None = None

    def text(self, paint: Paint = PLAIN) -> list[str]:
        """State, action, what changes, what is broken."""
        steps = self.behaviour.steps
        start = "an initial state" if self.state is None else "a state with the invariant"
        lines = [f"  {paint('action', start)}"]
        lines += [f"    {line}" for line in initial_lines(self.behaviour.initial)]
        if steps:
            lines.append(f"  {paint('action', steps[0].call())}")
            changed = differences(self.behaviour.initial, steps[0].state)
            lines += [f"    {line}" for line in changed or ["(nothing changes)"]]
        if self.mistake is not None:
            where = f"evaluating {self.cell.claim or self.cell.row} there is a mistake"
            return [*lines, paint("bad", where), *(f"  {x}" for x in str(self.mistake).split("\n"))]
        assert self.claim is not None
        kind = "of this step" if self.cell.part is Part.STEP else "afterwards" if steps else "there"
        lines.append(paint("bad", f"{self.claim.name} is false {kind}"))
        if self.claim.doc:
            lines.append(f"  {self.claim.doc}")
        lines += [f"  {reason}" for reason in self.claim.because]
        return lines


# ------------------------------------------------------------------------------------ shrinking
def shrunk(finite: Finite, cell: Cell) -> Found:
    """The counterexample to a cell, made small. To be called right after it was found to fail.

    **Cost** some dozens of questions to the solver, each easier than the first.
    """
    first = finite.found(cell)
    if first.before is None:
        return first
    return _Shrinking(finite, cell, first).run()


class _Shrinking:
    """Takes away as long as a counterexample is left.

    What is settled is said by clauses that hold while ``here`` is assumed, so that each question
    has few assumptions.
    """

    def __init__(self, finite: Finite, cell: Cell, found: Found) -> None:
        self.finite = finite
        self.cell = cell
        self.found = found
        self.here = finite.circuit.input()
        self.simplest = _initial_values(finite)

    def run(self) -> Found:
        for f in self.finite.spec.fields:
            self._out(list(self._absent(self.finite.before[f.name], f.sort)))
        for f in self.finite.spec.fields:
            self._values(self.finite.before[f.name], f.sort, self.simplest.get(f.name))
        if self._left():
            self.found = self.finite.found(self.cell)
        return self.found

    def _left(self, *literals: Literal) -> bool:
        """Whether a counterexample is left in which these literals are true."""
        if FALSE in literals:
            return False
        asked = self.finite.stands(self.cell, extra=[self.here, *literals])
        return asked is Standing.FAILS

    def _settle(self, literals: Sequence[Literal]) -> None:
        no = self.finite.circuit.no
        self.finite.solver.require([[no(self.here), x] for x in literals])

    def _true(self, x: Literal) -> bool:
        return x == TRUE or (x != FALSE and self.finite.solver.true(x))

    # -- sets: out with what is not needed
    def _absent(self, x: Guarded, sort: Sort) -> Iterator[Literal]:
        """The literals that say of each possible element that it is not there."""
        match sort:
            case SetSort():
                yield from (self.finite.circuit.no(c) for c in x.values())
            case BagSort():
                yield from (cases[0] for cases in x.values())
            case MapSort():
                for entry in x:
                    yield from self._absent(entry, sort.value)
            case _:
                pass

    def _out(self, absent: list[Literal]) -> None:
        """Settle as many of the literals as can be, in halves: most of them go at once."""
        if not absent:
            return
        self._left()
        there = [x for x in absent if not self._true(x)]
        some = set(there)
        self._settle([x for x in absent if x not in some])
        work = [there] if there else []
        while work:
            part = work.pop()
            if self._all_out(part):
                self._settle(part)
            elif len(part) > 1:
                middle = len(part) // 2
                work += [part[middle:], part[:middle]]
            else:
                self._settle([self.finite.circuit.no(part[0])])

    def _all_out(self, part: Sequence[Literal]) -> bool:
        """Whether all of them may be true together; by one new literal that implies them."""
        if len(part) == 1:
            return self._left(part[0])
        together = self.finite.circuit.input()
        self.finite.solver.require([[self.finite.circuit.no(together), x] for x in part])
        return self._left(together)

    # -- single values: as at the beginning, or else the simplest there are
    def _values(self, x: Guarded, sort: Sort, simple: Value) -> None:
        match sort:
            case SetSort() | BagSort():
                pass
            case MapSort():
                entries = [None] * len(x) if simple is None else simple
                for entry, value in zip(x, entries, strict=True):
                    self._values(entry, sort.value, value)
            case BoolSort():
                want = x if simple else self.finite.circuit.no(x)
                self._settle([want if self._left(want) else self.finite.circuit.no(want)])
            case _:
                self._simplest(x, simple)

    def _simplest(self, cases: dict[Value, Literal], simple: Value) -> None:
        wanted = [v for v in (simple, next(iter(cases))) if v in cases]
        for v in dict.fromkeys(wanted):
            if self._left(cases[v]):
                self._settle([cases[v]])
                return
        self._left()
        self._settle([c for c in cases.values() if self._true(c)][:1])


def _initial_values(finite: Finite) -> dict[str, Value]:
    """The values of the fields in the first initial state, where they are the same for sure."""
    outcomes = finite.evaluator.initial()
    finite.evaluator.mistakes.clear()
    if not outcomes:
        return {}
    state = outcomes[0].state
    made: dict[str, Value] = {}
    for f in finite.spec.fields:
        cases = _certain(state[f.name], f.sort)
        if cases is not None:
            made[f.name] = cases
    return made


def _certain(x: Guarded, sort: Sort) -> Value | None:
    """The value of a guarded value that is the same in every case; None if there is none."""
    match sort:
        case BoolSort():
            return {TRUE: True, FALSE: False}.get(x)
        case SetSort() | BagSort():
            return None
        case MapSort():
            return tuple(_certain(entry, sort.value) for entry in x)
        case _:
            return next((v for v, c in x.items() if c == TRUE), None)


# -------------------------------------------------------------------------------------- showing
def cti_of(finite: Finite, found: Found) -> Cti:
    """The counterexample as the Python text has it: the method run, the claim evaluated.

    **Errors** InternalError when Python does not do what the formula said.
    """
    return _Replay(finite).cti(found)


class _Replay:
    def __init__(self, finite: Finite) -> None:
        self.finite = finite
        self.model = replace(finite.model, lengths=None, integers=None)
        self.system = PlainPython(self.model)
        self.system.universe = self.system.execution.universe = finite.codec.universe

    def cti(self, found: Found) -> Cti:
        cell = found.cell
        if found.before is None:
            return self._initial(found)
        state = self.finite.codec.decode_state(found.before)
        if self.system.execution.counts_restarts:
            state = (*state, 0)
        if cell.action is None or cell.part is Part.DEFINED:
            return self._mistake(found, state)
        arguments = self._arguments(found)
        for step in self.system.execution.steps_of(cell.row, state):
            if step.arguments == arguments:
                taken = Transition(step.action, step.arguments, step.state)
                called = self.system.show_arguments(taken)
                shown = Step(step.action, called, self._show(step.state))
                behaviour = Behaviour(self._show(state), (shown,))
                return self._broken(found, behaviour, state, step.state)
        raise self._disagree(found)

    def _show(self, state: Snapshot) -> dict[str, object]:
        shown = dict(self.system.show(state))
        shown.pop("restarts", None)
        return shown

    def _initial(self, found: Found) -> Cti:
        assert found.cell.goal is not None
        for state in self.system.execution.initial():
            behaviour = Behaviour(self._show(state), ())
            try:
                if not self.system.execution.holds(found.cell.claim, state):
                    return self._broken(found, behaviour, state, state)
            except SpecError:
                return self._broken(found, behaviour, state, state)
        raise self._disagree(found)

    def _broken(self, found: Found, behaviour: Behaviour, before: Snapshot, after: Snapshot) -> Cti:
        """The claim is false there, and Python says so too."""
        cell = found.cell
        execution = self.system.execution
        try:
            if cell.part is Part.STEP:
                true = execution.holds(cell.claim, before, after)
            else:
                true = execution.holds(cell.claim, after)
        except SpecError as error:
            return Cti(cell, found.before, behaviour, None, error)
        if true:
            raise self._disagree(found)
        kind = Kind.STEP_INVARIANT if cell.part is Part.STEP else Kind.INVARIANT
        claim = claim_of(self.model, self.finite.codec.universe, kind, cell.claim, behaviour)
        return Cti(cell, found.before, behaviour, claim)

    def _mistake(self, found: Found, state: Snapshot) -> Cti:
        behaviour = Behaviour(self._show(state), ())
        try:
            if found.cell.goal is not None:
                self.system.execution.holds(found.cell.claim, state)
            else:
                list(self.system.execution.steps_of(found.cell.row, state))
        except SpecError as error:
            return Cti(found.cell, found.before, behaviour, None, error)
        raise self._disagree(found)

    def _arguments(self, found: Found) -> tuple[object, ...]:
        assert found.cell.action is not None
        with self.finite.codec.universe:
            return tuple(self._decoded(found))

    def _decoded(self, found: Found) -> Iterator[object]:
        assert found.cell.action is not None
        for p, v in zip(found.cell.action.parameters, found.arguments, strict=True):
            yield self.finite.codec.decode(p.sort, v)

    def _disagree(self, found: Found) -> InternalError:
        return InternalError(
            f"engines disagree: the formula breaks {found.cell.name}, and running it does not"
        )
