"""Induction decided by exhaustion: plain Python in every state that the types of an instance allow.

The slow half of the comparison with :mod:`ballotproof.model_check.induction.finite`: it knows no
formulas, and asks each method in each state.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from ballotproof.model_check.backends.codec import Codec
from ballotproof.model_check.backends.z3.free import Typable
from ballotproof.model_check.induction.conditions import Conditions
from ballotproof.model_check.induction.finite import instance_of
from ballotproof.spec.lang.errors import SpecError
from ballotproof.spec.lang.execute import Execution, Snapshot
from ballotproof.spec.lang.model import Model

__all__ = ["Exhaustive"]


class Exhaustive:
    """All states of one instance, and which cells of a proof some of them breaks."""

    def __init__(self, conditions: Conditions, model: Model) -> None:
        self.conditions = conditions
        bounded = instance_of(conditions.proof, model)
        self.codec = Codec(conditions.spec, bounded)
        self.typable = Typable(self.codec, bounded)
        unbounded = replace(bounded, lengths=None, integers=None)
        self.execution = Execution(unbounded)
        self.execution.universe = self.codec.universe
        self._truths: dict[Snapshot, dict[str, bool | None]] = {}

    def count(self) -> int:
        total = 1
        for f in self.conditions.spec.fields:
            total *= self.typable.size(f.sort)
        return total

    def states(self) -> Iterator[Snapshot]:
        """Every state that the types allow."""
        fields = self.conditions.spec.fields
        for values in itertools.product(*(self.typable.values(f.sort) for f in fields)):
            yield self.codec.decode_state(values)

    def truths(self, state: Snapshot) -> dict[str, bool | None]:
        """The truth of each invariant; None where evaluating it is a mistake."""
        found = self._truths.get(state)
        if found is None:
            found = self._truths[state] = {
                p.name: _asked(lambda name=p.name: self.execution.holds(name, state))  # type: ignore[misc]  # a default is bound at once
                for p in self.conditions.invariants
            }
        return found

    def broken(self) -> set[str]:
        """The names of the cells that some state, or some step out of one, breaks."""
        made: set[str] = set()
        for start in self.execution.initial():
            made |= {f"init/{x}" for x, true in self.truths(start).items() if true is not True}
        for state in self.states():
            truths = self.truths(state)
            false = [x for x, true in truths.items() if true is not True]
            if len(false) == 1 and truths[false[0]] is None:
                made.add(f"{false[0]}/defined")
            if not false:
                for action in self.conditions.spec.actions:
                    made |= self._step(action.name, state)
        return made

    def _step(self, name: str, state: Snapshot) -> set[str]:
        try:
            targets = [s.state for s in self.execution.steps_of(name, state)]
        except SpecError:
            return {f"{name}/defined"}
        made = set()
        for target in targets:
            truths = self.truths(target)
            made |= {f"{name}/{x}" for x, true in truths.items() if true is not True}
            for p in self.conditions.steps:
                true = _asked(lambda p=p, t=target: self.execution.holds(p.name, state, t))  # type: ignore[misc]  # likewise
                if true is not True:
                    made.add(f"{name}/{p.name}")
        return made


def _asked(ask: Callable[[], bool]) -> bool | None:
    try:
        return ask()
    except SpecError:
        return None
