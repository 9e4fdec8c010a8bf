"""Induction on a finite instance: every cell as a question about one free state and one step.

The state before is any that the types allow (:mod:`..backends.z3.free`), reachable or not. Each
action is encoded once, each hypothesis is one literal that is assumed, and so is the negation of
each claim after each action; one incremental solver answers for all cells. What it assumed in
vain, the *core*, names the lemmas that a cell rests on.

The state after may lie beyond the limits of the instance: a sequence may have grown by one. Nothing
is cut off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from enum import Enum

from ...spec.lang.errors import InternalError
from ...spec.lang.model import Model
from ...spec.lang.network import SetNetwork
from ...spec.lang.proof import Proof
from ..backends.codec import Codec, State, Value
from ..backends.z3.circuit import FALSE, TRUE, Circuit, Literal, at_most_one
from ..backends.z3.evaluate import Evaluator
from ..backends.z3.evaluate import State as Guarded
from ..backends.z3.free import FreeStates, Typable
from ..backends.z3.orbits import NOT_ALIKE, alike
from ..backends.z3.solver import Answer, Name, solver_of
from ..ir import nodes as n
from .conditions import Cell, Conditions, Part

__all__ = ["Choice", "Encoded", "Finite", "Found", "Standing", "instance_of"]


class Standing(Enum):
    """How a cell stands on an instance."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of an action's parameters, and the literal that says it is taken."""

    arguments: tuple[Value, ...]
    selector: Literal


@dataclass(frozen=True, slots=True)
class Encoded:
    """One action out of the free state.

    ``taken`` says that one of the choices is; ``mistake`` that evaluating the action reads
    something that is not there.
    """

    action: n.Action
    choices: tuple[Choice, ...]
    taken: Literal
    after: Guarded
    mistake: Literal


@dataclass(frozen=True, slots=True)
class Found:
    """A step, or a state alone, that breaks a claim: a counterexample to induction.

    ``before`` is None for an initial state; ``arguments`` are those of the action, if there is one.
    """

    cell: Cell
    before: State | None
    arguments: tuple[Value, ...]


def instance_of(proof: Proof, model: Model) -> Model:
    """The instance as the proof is about it: of its protocol, with its network."""
    return replace(
        model,
        protocol=proof.protocol,
        network=proof.network or SetNetwork(),
        restarts=1 if proof.restarts else 0,
        properties=None,
        deadlock=False,
        symmetry=False,
        expect=None,
    )


class Finite:
    """The cells of a proof on one instance.

    ``orbits`` asks about one of those choices of parameters only that a permutation of elements
    makes of each other.

    **Errors** Unsupported when the instance does not bound what its states hold, or is too large.
    """

    def __init__(
        self,
        conditions: Conditions,
        model: Model,
        *,
        solver: Name = Name.Z3,
        resources: int | None = None,
        orbits: bool = True,
    ) -> None:
        self.conditions = conditions
        self.spec = conditions.spec
        self.model = instance_of(conditions.proof, model)
        self.codec = Codec(self.spec, self.model)
        self.circuit = Circuit()
        self.evaluator = Evaluator(self.spec, self.codec, self.circuit)
        self.free = FreeStates(self.spec, self.codec, self.circuit, Typable(self.codec, self.model))
        self.solver = solver_of(self.circuit, solver, resources)
        self._alike = alike(self.spec, self.codec) if orbits else NOT_ALIKE
        self.before = self.free.state()
        self.solver.require(self.free.clauses)
        self.hypotheses: dict[str, Literal] = {
            p.name: self.claim(p, self.before) for p in conditions.invariants
        }
        # By identity, which the values keep alive: a proof and its variations share them.
        self._encoded: dict[int, Encoded] = {}
        self._bad: dict[tuple[int, int], tuple[Cell, Literal]] = {}

    def varied(self, conditions: Conditions) -> Finite:
        """The same free state, asked about a variation of the proof: with another action, initial
        state or invariant, of the same fields and sorts. What both have in common is encoded
        once."""
        made = copy(self)
        made.conditions, made.spec = conditions, conditions.spec
        made.evaluator = copy(self.evaluator)
        made.evaluator.spec = conditions.spec
        before = self.conditions.by_name
        made.hypotheses = {
            p.name: self.hypotheses[p.name]
            if before.get(p.name) is p
            else made.claim(p, self.before)
            for p in conditions.invariants
        }
        return made

    @property
    def encodings(self) -> int:
        """How many actions and initial states were encoded, those of variations included."""
        return len(self._encoded)

    # ----------------------------------------------------------------------------- encoding
    def claim(self, p: n.Property, state: Guarded, after: Guarded | None = None) -> Literal:
        """That a claim is true of a state (or step), and reads nothing that is not there."""
        value = self.evaluator.truth(returned(p), state, after)
        return self.circuit.both(value, self.circuit.no(self._mistakes()))

    def _mistakes(self) -> Literal:
        made = self.circuit.any(self.evaluator.mistakes)
        self.evaluator.mistakes.clear()
        return made

    def encoded(self, action: n.Action) -> Encoded:
        """The action out of the free state, encoded when it is first asked for."""
        found = self._encoded.get(id(action))
        if found is None:
            found = self._encoded[id(action)] = self._encode(action)
        return found

    def _encode(self, action: n.Action) -> Encoded:
        outcomes = list(self.evaluator.outcomes(action, self.before, self._alike))
        mistake = self._mistakes()
        only = len(outcomes) == 1
        selectors = [o.enabled if only else self.circuit.input() for o in outcomes]
        clauses = [
            [self.circuit.no(s), o.enabled]
            for s, o in zip(selectors, outcomes, strict=True)
            if not only
        ]
        self.solver.require([*clauses, *at_most_one(self.circuit, selectors)])
        after = {
            f.name: self.evaluator.values.updated(
                [(s, o.state[f.name]) for s, o in zip(selectors, outcomes, strict=True)],
                self.before[f.name],
                f.sort,
            )
            for f in self.spec.fields
        }
        return Encoded(
            action,
            tuple(Choice(o.arguments, s) for s, o in zip(selectors, outcomes, strict=True)),
            self.circuit.any(selectors),
            after,
            mistake,
        )

    def initial(self) -> Encoded:
        """The initial states."""
        init = self.spec.init
        found = self._encoded.get(id(init))
        if found is None:
            found = self._encoded[id(init)] = self._encode_initial(init)
        return found

    def _encode_initial(self, init: n.Action) -> Encoded:
        outcomes = self.evaluator.initial()
        mistake = self._mistakes()
        only = len(outcomes) == 1
        selectors = [o.enabled if only else self.circuit.input() for o in outcomes]
        clauses = [
            [self.circuit.no(s), o.enabled] for s, o in zip(selectors, outcomes, strict=True)
        ]
        self.solver.require(at_most_one(self.circuit, selectors))
        if not only:
            self.solver.require(clauses)
        after = {
            f.name: self.evaluator.values.mux(
                [(s, o.state[f.name]) for s, o in zip(selectors, outcomes, strict=True)],
                f.sort,
            )
            for f in self.spec.fields
        }
        choices = tuple(Choice(o.arguments, s) for s, o in zip(selectors, outcomes, strict=True))
        taken = self.circuit.any(selectors)
        return Encoded(init, choices, taken, after, mistake)

    def broken(self, cell: Cell) -> tuple[Literal, ...]:
        """The literals that together say: the cell's step is taken, and its claim is false."""
        no = self.circuit.no
        match cell.part:
            case Part.INITIATION:
                start = self.initial()
                if start.taken == FALSE:
                    return (FALSE,)
                return start.taken, no(self._after(cell, start))
            case Part.CONSECUTION | Part.STEP:
                assert cell.action is not None
                made = self.encoded(cell.action)
                if made.taken == FALSE:
                    return (FALSE,)
                return made.taken, no(made.mistake), no(self._after(cell, made))
            case Part.DEFINED if cell.goal is not None:
                self.evaluator.truth(returned(cell.goal), self.before)
                return (self._mistakes(),)
            case Part.DEFINED:
                assert cell.action is not None
                initial = cell.action.name == self.spec.init.name
                return ((self.initial() if initial else self.encoded(cell.action)).mistake,)
            case Part.IMPLIED:
                return (no(self.hypotheses[cell.claim]),)

    def _after(self, cell: Cell, step: Encoded) -> Literal:
        """The truth of the cell's claim after the step, or of the step."""
        assert cell.goal is not None
        key = (id(step.action), id(cell.goal))
        found = self._bad.get(key)
        if found is None:
            if cell.part is Part.STEP:
                made = self.claim(cell.goal, self.before, step.after)
            else:
                made = self.claim(cell.goal, step.after)
            found = self._bad[key] = (cell, made)
        return found[1]

    # ---------------------------------------------------------------------------- questions
    def untouched(self, cell: Cell) -> bool:
        """Whether the action changes nothing that the claim reads."""
        return (
            cell.part is Part.CONSECUTION
            and cell.action is not None
            and self.encoded(cell.action).taken != FALSE
            and self._after(cell, self.encoded(cell.action)) == self.hypotheses[cell.claim]
        )

    def assumed(self, cell: Cell, names: Iterable[str] | None = None) -> dict[str, Literal]:
        """The hypotheses of a cell by name: all of them, or some."""
        if cell.part is Part.INITIATION or cell.row == self.spec.init.name:
            return {}
        chosen = self.hypotheses if names is None else names
        return {x: self.hypotheses[x] for x in chosen}

    def stands(
        self, cell: Cell, names: Iterable[str] | None = None, extra: Sequence[Literal] = ()
    ) -> Standing:
        """Whether a cell follows from the hypotheses (all of them, or those named).

        Of a claim being defined, the claim itself is no hypothesis: that it is true says that it
        is.
        """
        literals = self.broken(cell)
        hypotheses = self.assumed(cell, names)
        if cell.part in (Part.DEFINED, Part.IMPLIED):
            hypotheses.pop(cell.claim, None)
        if FALSE in literals:
            return Standing.HOLDS
        match self.solver.ask(*literals, *hypotheses.values(), *extra):
            case Answer.SATISFIABLE:
                return Standing.FAILS
            case Answer.UNSATISFIABLE:
                return Standing.HOLDS
            case Answer.UNKNOWN:
                return Standing.UNKNOWN

    def core(self, cell: Cell, names: Iterable[str] | None = None) -> frozenset[str]:
        """The hypotheses that the solver needed for a cell, right after it was found to hold."""
        if FALSE in self.broken(cell):
            return frozenset()
        used = self.solver.core()
        made: dict[Literal, str] = {}
        for name, literal in self.assumed(cell, names).items():
            made.setdefault(literal, name)
        return frozenset(name for literal, name in made.items() if literal in used)

    def found(self, cell: Cell) -> Found:
        """What breaks a cell, right after it was found to fail."""
        true = self.solver.true
        if cell.part is Part.INITIATION or cell.row == self.spec.init.name:
            return Found(cell, None, self._taken(self.initial()))
        before = self.free.read(self.before, true)
        if cell.action is None:
            return Found(cell, before, ())
        if cell.part is Part.DEFINED:
            return Found(cell, before, ())
        return Found(cell, before, self._taken(self.encoded(cell.action)))

    def _taken(self, step: Encoded) -> tuple[Value, ...]:
        for choice in step.choices:
            if choice.selector == TRUE or self.solver.true(choice.selector):
                return choice.arguments
        raise InternalError("engines disagree: a step is taken, and no choice of it is")


def returned(p: n.Property) -> n.Expr:
    """The value of a property, which after ``inline`` is a single Return."""
    (statement,) = p.body
    assert isinstance(statement, n.Return)
    assert statement.value is not None
    return statement.value
