"""States of small instances that behaviours reach: what a lemma has to be true of."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...spec.lang.execute import Execution, Snapshot
from ...spec.lang.model import Model
from ..backends.interpret import Interpreter
from ..backends.run import execution_of
from ..explore.system import State
from ..induction.conditions import Conditions

__all__ = ["Met", "states_of"]

STEPS = 40
"""The length of a random walk."""


@dataclass(frozen=True, slots=True)
class Met:
    """States of one instance, as plain Python has them; ``complete`` if these are all there are.

    ``broken`` are the invariants that one of them breaks.
    """

    model: Model
    execution: Execution
    states: Sequence[Snapshot]
    complete: bool
    broken: tuple[str, ...]


def states_of(conditions: Conditions, model: Model, most: int, seed: int = 0) -> Met:
    """All states, if there are not more; else half of them breadth first, the others from random
    walks, which go deeper.

    **Errors** SpecError when a step reads something that is not there.
    """
    kept = {p.name for p in conditions.invariants}
    properties = tuple(p for p in conditions.spec.properties if p.name in kept)
    spec = replace(conditions.spec, properties=properties, refinements=())
    system = Interpreter(spec, replace(model, lengths=None, integers=None))
    found, complete = _breadth_first(system, most)
    if not complete:
        found = dict.fromkeys(list(found)[: most // 2])
        for state in _walked(system, seed, 4 * most):
            found.setdefault(state)
            if len(found) >= most:
                break
    broken = dict.fromkeys(x for state in found for x in system.broken_invariants(state))
    execution = execution_of(model.protocol, system.model, system.codec.universe)
    return Met(model, execution, [system.decode(s) for s in found], complete, tuple(broken))


def _breadth_first(system: Interpreter, most: int) -> tuple[dict[State, None], bool]:
    found = dict.fromkeys(system.initial())
    waiting = list(found)
    for state in waiting:  # grows while it is gone through
        if len(found) >= most:
            return found, False
        for step in system.successors(state):
            if step.target not in found:
                found[step.target] = None
                waiting.append(step.target)
    return found, True


def _walked(system: Interpreter, seed: int, steps: int) -> Iterator[State]:
    """So many steps at random, from an initial state now and then."""
    chance = random.Random(seed)
    initial = system.initial()
    state, length = chance.choice(initial), 0
    for _ in range(steps):
        after = system.successors(state)
        if not after or length == STEPS:
            state, length = chance.choice(initial), 0
            continue
        state, length = chance.choice(after).target, length + 1
        yield state
