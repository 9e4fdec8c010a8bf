"""Proofs that say nothing: a law that is false, an action that can never be taken.

From what cannot be, anything follows. A dead action or a false axiom makes cells hold for no
reason, so each instance is asked whether the assumptions of the protocol are true of it, whether
some state has the whole invariant, and whether every action can be taken from one.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...spec.lang.model import laws_of
from ..backends.z3.circuit import FALSE
from ..backends.z3.solver import Answer
from .finite import Finite

__all__ = ["Vacuity", "vacuity_of"]


@dataclass(frozen=True, slots=True)
class Vacuity:
    """What an instance shows to be empty.

    ``laws`` are assumptions that are false of it, ``contradiction`` says that no state has the
    invariant, ``dead`` are actions that no state with the invariant enables, ``open`` those about
    which the solver gave up. ``initial`` is False if there is no initial state.
    """

    laws: tuple[str, ...]
    contradiction: bool
    dead: tuple[str, ...]
    open: tuple[str, ...]
    initial: bool

    @property
    def found(self) -> bool:
        """Whether anything is vacuous. What is open counts: nobody has seen it happen."""
        return bool(self.laws or self.contradiction or self.dead or self.open or not self.initial)

    def text(self) -> list[str]:
        lines = [f"the assumption {name} is false of this instance" for name in self.laws]
        if not self.initial:
            lines.append("there is no initial state")
        if self.contradiction:
            lines.append("no state has the invariant: its conjuncts contradict each other")
        elif self.dead:
            lines.append(f"never enabled in a state with the invariant: {', '.join(self.dead)}")
        if self.open:
            lines.append(f"not known whether they can be enabled: {', '.join(self.open)}")
        return lines


def vacuity_of(finite: Finite) -> Vacuity:
    """Look for what makes a proof empty on an instance."""
    laws = laws_of(finite.model.protocol, finite.codec.universe)
    hypotheses = list(finite.hypotheses.values())
    contradiction = finite.solver.ask(*hypotheses) is Answer.UNSATISFIABLE
    dead, unknown = [], []
    for action in finite.spec.actions:
        taken = finite.encoded(action).taken
        answer = Answer.UNSATISFIABLE if taken == FALSE else finite.solver.ask(taken, *hypotheses)
        if answer is Answer.UNSATISFIABLE:
            dead.append(action.name)
        elif answer is Answer.UNKNOWN:
            unknown.append(action.name)
    start = finite.initial().taken
    initial = start != FALSE and finite.solver.ask(start) is Answer.SATISFIABLE
    false = tuple(name for name, true in laws.items() if not true)
    return Vacuity(false, contradiction, tuple(dead), tuple(unknown), initial)
