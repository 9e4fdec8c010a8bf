"""Whether the first state of a counterexample to induction can be reached, in its instance.

Each state is a claim of its own, that no state is this one, so that every engine can be asked. In
turn, until one of them can tell:

1. **The instance explored**, breadth first, so many states. It also shows whether one of the claims
   that fail is false of a state that is reached, and whether the candidates for a lemma are.
2. **Only what leads there.** Where a set only grows, as the messages of most protocols do, no state
   on the way to another has an element that the other lacks. A counterexample made small has few
   messages, so few states are left, and often all of them are soon seen. The interpreter begins;
   the native engine goes on.
3. **Formulas**: all behaviours of at most so many steps, with the state at their end.

What they find is taken again in plain Python before it is believed. Nodes restart as often as they
like here, as in the proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ...spec.lang.errors import InternalError, Unsupported
from ...spec.lang.model import Model
from ..backends.codec import State
from ..backends.interpret import Interpreter
from ..backends.native.search import native
from ..backends.z3.solver import Name
from ..check import Mistake
from ..counterexample import Behaviour, Counterexample, behaviour_of
from ..explanation import claim_of
from ..explore.bounded import bounded
from ..explore.breadth_first import breadth_first
from ..explore.claims import Claims
from ..explore.search import Exploration, Finding, Limits, MistakeFound, Path
from ..ir import nodes as n
from ..ir.sorts import SetSort
from ..replay import replay
from .conditions import Conditions
from .finite import instance_of
from .growth import growing
from .one_state import is_state, named, value_of, with_names

__all__ = ["Effort", "Explored", "Reach", "Reaching", "Seen"]


@dataclass(frozen=True, slots=True)
class Effort:
    """How far to look: ``states`` of the whole instance; ``more`` of those that can lead to one
    state, by the native engine if the interpreter has not seen all after ``states``; ``steps`` of a
    behaviour by formulas, where that goes further. ``resources`` is Z3's work for one question, in
    its own measure."""

    states: int = 20_000
    more: int = 1_000_000
    steps: int = 10
    resources: int = 20_000_000
    solver: Name = Name.Z3


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of one state.

    ``way`` leads there, and no other in fewer steps; else no behaviour of at most ``steps`` steps
    does, and none at all if ``never``. ``states`` were looked at; ``apart``, only such as can lead
    there were. ``formulas`` says that formulas went further than they.
    """

    way: Behaviour | None
    steps: int
    never: bool = False
    states: int = 0
    apart: bool = False
    formulas: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What exploring an instance shows.

    ``complete``: all states were seen; otherwise all within ``steps`` steps. ``broken`` is a claim
    of the proof that is false there, with the way. ``candidates`` says of each candidate after how
    many steps it is false first, or None if it was not. ``mistake`` has ended the exploration: a
    step of the protocol, or a claim, reads what is not there.
    """

    states: int
    steps: int
    complete: bool
    broken: Counterexample | None
    candidates: Mapping[str, int | None]
    mistake: Mistake | None = None


@dataclass(frozen=True, slots=True)
class Explored:
    """What was seen in general, and of each state asked about, in their order."""

    seen: Seen
    reach: tuple[Reach, ...]


class Reaching:
    """Looks for states in one instance of a proof."""

    def __init__(self, conditions: Conditions, model: Model, effort: Effort) -> None:
        self.conditions = conditions
        self.effort = effort
        instance = instance_of(conditions.proof, model)
        # Restarts are an action of the specification by now, and not a matter of the model.
        self.model = named(replace(instance, lengths=None, integers=None, restarts=0))
        self.spec = replace(conditions.spec, refinements=())
        self.codec = Interpreter(replace(self.spec, properties=()), self.model).codec
        self.named = with_names(self.spec, self.codec)
        self.kept = tuple(p for p in self.spec.properties if p.kind is n.PropertyKind.CONSTRAINT)

    # -------------------------------------------------------------------------- the instance
    def explored(self, claims: Sequence[str], states: Sequence[State]) -> Explored:
        """What can be told of these claims and states.

        **Errors** Mistake when a step far away makes a mistake at run time.
        """
        wanted = {*claims, *(p.name for p in self.conditions.candidates)}
        mine = tuple(p for p in self.spec.properties if p.name in wanted)
        mine += self.conditions.candidates
        asked = tuple(self._elsewhere(f"the_state_{i}", s) for i, s in enumerate(states))
        system = self._system((*self.kept, *mine, *asked))
        try:
            found = self._breadth_first(system, min(self.effort.states, self.effort.more))
        except MistakeFound as mistake:
            return self._mistaken(system, mistake, len(states))
        seen = self._seen(system, found)
        by_name = {f.name: f for f in found.findings}
        made = []
        for p, state in zip(asked, states, strict=True):
            here = by_name.get(p.name)
            if here is not None:
                made.append(self._reached(system, here.path, state, seen.states))
            elif seen.complete:
                made.append(Reach(None, seen.steps, never=True, states=seen.states))
            else:
                try:
                    made.append(self._apart(state, seen))
                except MistakeFound as mistake:
                    way = None if mistake.path is None else behaviour_of(system, mistake.path)
                    raise Mistake(mistake.error, way) from mistake
        return Explored(seen, tuple(made))

    def _mistaken(self, system: Interpreter, mistake: MistakeFound, states: int) -> Explored:
        """Nothing can be told but that."""
        way = None if mistake.path is None else behaviour_of(system, mistake.path)
        seen = Seen(0, 0, False, None, {}, Mistake(mistake.error, way))
        return Explored(seen, (Reach(None, 0),) * states)

    def excluded_by(self, state: State) -> tuple[str, ...]:
        """The candidates that are false of a state."""
        candidates = self.conditions.candidates
        if not candidates:
            return ()
        system = self._system(candidates)
        snapshot = self.codec.decode_state(state)
        return tuple(system.broken_invariants(system.encode(snapshot)))

    def _system(self, properties: tuple[n.Property, ...]) -> Interpreter:
        return Interpreter(replace(self.named, properties=properties), self.model)

    def _elsewhere(self, name: str, state: State) -> n.Property:
        """That no state is this one."""
        body = n.Return(n.Not(is_state(self.codec, state)))
        return n.Property(name, n.PropertyKind.INVARIANT, (body,))

    def _breadth_first(self, system: Interpreter, states: int) -> Exploration:
        return breadth_first(system, Claims(system), Limits(states=states), keep_going=True)

    def _seen(self, system: Interpreter, found: Exploration) -> Seen:
        candidates = {p.name: None for p in self.conditions.candidates}
        lengths = {f.name: len(f.path.steps) for f in found.findings if f.path is not None}
        names = {*self.conditions.by_name, *(p.name for p in self.conditions.steps)}
        false = [f for f in found.findings if f.name in names]
        broken = None
        if false:
            broken = self._counterexample(system, min(false, key=lambda f: lengths[f.name]))
        return Seen(
            found.states,
            _steps(found),
            found.complete,
            broken,
            {name: lengths.get(name) for name in candidates},
        )

    def _counterexample(self, system: Interpreter, finding: Finding) -> Counterexample:
        assert finding.path is not None
        behaviour = behaviour_of(system, finding.path)
        universe = self.codec.universe
        claim = claim_of(self.model, universe, finding.kind, finding.name, behaviour)
        return Counterexample(claim, behaviour)

    # ---------------------------------------------------------------------- what leads there
    def _apart(self, state: State, seen: Seen) -> Reach:
        """Look where nothing has been added that the state lacks, and then by formulas."""
        fewer = tuple(self._fewer(state))
        there = self._elsewhere("the_state", state)
        system = self._system((*self.kept, *fewer, there))
        limits = Limits(states=self.effort.more)
        found = self._breadth_first(system, min(self.effort.states, self.effort.more))
        if not (found.findings or found.complete) and self.effort.more > self.effort.states:
            with suppress(Unsupported):  # then the interpreter has seen what it has
                found = native(system, Claims(system), limits)
        if found.findings:
            return self._reached(system, found.findings[0].path, state, found.states, apart=True)
        if found.complete:
            return Reach(None, _steps(found), never=True, states=found.states, apart=bool(fewer))
        steps = max(_steps(found), seen.steps)
        open_ = Reach(None, steps, states=found.states, apart=bool(fewer))
        return self._by_formulas(system, state, open_)

    def _fewer(self, state: State) -> Iterator[n.Property]:
        """Of each set that only grows: that it has no more than in this state."""
        grow = growing(self.spec)
        for f, v in zip(self.spec.fields, state, strict=True):
            if f.name in grow and isinstance(f.sort, SetSort):
                within = n.Within(n.Field(f.name, f.sort), value_of(self.codec, f.sort, v))
                yield n.Property(
                    f"no_more_{f.name}", n.PropertyKind.CONSTRAINT, (n.Return(within),)
                )

    def _by_formulas(self, system: Interpreter, state: State, so_far: Reach) -> Reach:
        """Behaviours longer than those that have been seen, as one question for each length."""
        if self.effort.steps <= so_far.steps:
            return so_far
        z3 = self.effort.solver is Name.Z3
        try:
            made = bounded(
                system.spec, self.model, system, self.effort.steps,
                using=self.effort.solver,
                resources=self.effort.resources if z3 else None,
            )  # fmt: skip
        except Unsupported:
            return so_far
        if made.finding is not None:
            return self._reached(
                system, made.finding.path, state, so_far.states, apart=so_far.apart
            )
        if made.steps <= so_far.steps:
            return so_far
        return replace(so_far, steps=made.steps, formulas=True)

    # ------------------------------------------------------------------------------ the way
    def _reached(
        self,
        system: Interpreter,
        path: Path | None,
        state: State,
        states: int,
        *,
        apart: bool = False,
    ) -> Reach:
        """A way that leads to a state. **Errors** InternalError if Python does not go there."""
        assert path is not None
        behaviour = behaviour_of(system, path)
        restarts = sum(step.action == "restart" for step in behaviour.steps)
        model = replace(self.model, restarts=max(self.model.restarts, restarts), properties=())
        there = self.codec.encode_state(system.decode(path.last)) == state
        if not (there and replay(model, behaviour).real):
            raise InternalError(
                "engines disagree: in plain Python the way to the state of a counterexample to "
                "induction is none"
            )
        return Reach(behaviour, len(behaviour.steps), states=states, apart=apart)


def _steps(found: Exploration) -> int:
    """All behaviours of so many steps have been looked at."""
    if found.complete:
        return max(found.depth - 1, 0)
    return max(found.depth - 2, 0)
