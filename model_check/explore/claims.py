"""What is claimed of a system, and what has been seen of each claim so far.

All searches judge states and steps here, so that they cannot differ in what they check.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from .system import State, System

__all__ = ["Broken", "Claims", "Kind"]


class Kind(Enum):
    """What sort of claim is broken."""

    INVARIANT = "invariant"
    STEP_INVARIANT = "step invariant"
    REACHABLE = "reachable"
    REFINEMENT = "refinement"
    LIVENESS = "liveness"
    DEADLOCK = "deadlock"


@dataclass(frozen=True, slots=True)
class Broken:
    """A claim that is false of a state or step."""

    kind: Kind
    name: str


class Claims:
    """The selected properties of a system. ``selected`` of None means all of them."""

    def __init__(
        self, system: System, selected: Collection[str] | None = None, *, deadlock: bool = False
    ) -> None:
        def chosen(names: Sequence[str]) -> tuple[str, ...]:
            return tuple(n for n in names if selected is None or n in selected)

        self._system = system
        self.invariants = chosen(system.invariants)
        self.step_invariants = chosen(system.step_invariants)
        self.reachables = chosen(system.reachables)
        self.refinements = chosen(system.refinements)
        self.liveness = chosen(system.liveness)
        self.deadlock = deadlock
        self.of_steps = bool(self.step_invariants or self.refinements)
        self._unreached = list(self.reachables)
        self._unspoken = [n for n in system.premises() if n in self.invariants]

    def anew(self) -> Claims:
        """The same claims, of which nothing has been seen yet."""
        return Claims(
            self._system,
            (*self.invariants, *self.step_invariants, *self.reachables, *self.refinements),
            deadlock=self.deadlock,
        )

    @property
    def unreached(self) -> tuple[str, ...]:
        """The ``@reachable`` properties that no state has satisfied yet."""
        return tuple(self._unreached)

    @property
    def vacuous(self) -> tuple[str, ...]:
        """The invariants whose premise no state has satisfied yet: they have said nothing."""
        return tuple(self._unspoken)

    def initial(self, state: State) -> list[Broken]:
        """What a new initial state breaks."""
        broken = self.state(state)
        if self.refinements:
            found = self._system.broken_initial_refinements(state)
            broken += [Broken(Kind.REFINEMENT, n) for n in found if n in self.refinements]
        return broken

    def state(self, state: State) -> list[Broken]:
        """What a new state breaks; to be asked once for each, those outside the constraint too."""
        system = self._system
        broken: list[Broken] = []
        if self.invariants:
            found = system.broken_invariants(state)
            broken = [Broken(Kind.INVARIANT, n) for n in found if n in self.invariants]
        if self._unreached:
            for name in system.reached(state, tuple(self._unreached)):
                self._unreached.remove(name)
        if self._unspoken:
            for name in system.premise_true(state, tuple(self._unspoken)):
                self._unspoken.remove(name)
        return broken

    def step(self, source: State, target: State) -> list[Broken]:
        """What a step breaks; a step that changes nothing is a step like any other."""
        broken: list[Broken] = []
        if self.step_invariants:
            found = self._system.broken_step_invariants(source, target)
            broken = [Broken(Kind.STEP_INVARIANT, n) for n in found if n in self.step_invariants]
        if self.refinements:
            found = self._system.broken_refinements(source, target)
            broken += [Broken(Kind.REFINEMENT, n) for n in found if n in self.refinements]
        return broken

    def stuck(self, state: State, steps: int) -> list[Broken]:
        """Whether a state with so many steps out of it is a deadlock."""
        if self.deadlock and not steps and not self._system.is_terminal(state):
            return [Broken(Kind.DEADLOCK, "deadlock")]
        return []
