"""Whether a proof is about anything: what it assumes can be, and what its actions do happens.

From a contradiction everything follows, so a proof from assumptions that no instance satisfies, or
of actions that can never be taken, proves nothing. Here finite instances are the witnesses: their
quorums and constants satisfy the assumptions, and walks through them take each action in a state
that satisfies all invariants.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from ...spec.lang.model import Model, laws_of
from ..backends.interpret import Interpreter
from ..counterexample import Behaviour, behaviour_of
from ..explore.search import Path
from ..explore.system import System, Transition
from ..frontend.read import read
from .conditions import Conditions

__all__ = ["Broken", "Witnesses", "witnesses"]

STATES = 3_000
"""So many states are looked at breadth first, before walks go deeper."""

LEAST = 300
"""So many are looked at in any case: a claim that is false is often false soon."""

WALKS = 400
STEPS = 60


@dataclass(frozen=True, slots=True)
class Broken:
    """A behaviour of an instance, and the invariants that are false of its last state."""

    claims: tuple[str, ...]
    model: Model
    behaviour: Behaviour


@dataclass(slots=True)
class Witnesses:
    """What the instances of a proof show.

    ``false`` are assumptions that an instance contradicts, by instance; ``fired`` says in which
    instance an action was taken; ``dead`` are the actions never seen. ``broken`` is a reachable
    state in which invariants are false: then these are wrong, not the proof.
    """

    instances: tuple[str, ...] = ()
    false: dict[str, str] = field(default_factory=dict)
    fired: dict[str, str] = field(default_factory=dict)
    dead: tuple[str, ...] = ()
    broken: Broken | None = None

    @property
    def convincing(self) -> bool:
        """Whether the assumptions are satisfied and all actions happen."""
        return bool(self.instances) and not (self.false or self.dead or self.broken)


def witnesses(conditions: Conditions) -> Witnesses:
    """Look for everything in the instances of the proof, smallest first.

    **Errors** SpecError when an instance makes a mistake at run time.
    """
    proof = conditions.proof
    wanted = {a.name for a in conditions.spec.actions}
    found = Witnesses()
    models = [_unbounded(m, restarts=proof.restarts) for m in proof.instances]
    found.instances = tuple(m.name for m in models)
    for model in models:
        for name, holds in laws_of(model.protocol, model.universe()).items():
            if not holds and name not in found.false:
                found.false[name] = model.name
    for model in models:
        if wanted <= found.fired.keys() or found.false or found.broken:
            break
        system = Interpreter(read(model.protocol, model), model)
        _Walker(system, model, wanted, frozenset(conditions.by_name), found).walk()
    found.dead = tuple(sorted(wanted - found.fired.keys()))
    return found


def _unbounded(model: Model, *, restarts: bool) -> Model:
    """The instance without the bounds that engines need to lay out a state: walks go beyond."""
    free = replace(model, lengths=None, integers=None)
    return replace(free, restarts=max(1, model.restarts)) if restarts else free


class _Walker:
    def __init__(
        self,
        system: System,
        model: Model,
        wanted: set[str],
        claims: frozenset[str],
        found: Witnesses,
    ) -> None:
        self.system = system
        self.model = model
        self.wanted = wanted
        self.claims = claims
        self.found = found

    @property
    def done(self) -> bool:
        return self.wanted <= self.found.fired.keys() or bool(self.found.broken)

    def walk(self) -> None:
        self.breadth_first()
        chance = random.Random(0)
        for _ in range(WALKS):
            if self.done:
                return
            self.random_walk(chance)

    def breadth_first(self) -> None:
        paths = {s: Path(s) for s in self.system.initial()}
        states = list(paths)
        for number, state in enumerate(states):  # grows while it is read
            if self.done and number >= LEAST:
                return
            if self.judged(paths[state]):
                return
            for step in self.system.successors(state):
                self.note(step)
                if step.target not in paths and len(states) < STATES:
                    paths[step.target] = paths[state].then(step)
                    states.append(step.target)

    def random_walk(self, chance: random.Random) -> None:
        """A walk that takes what was not taken yet where it can, and else any action alike."""
        path = Path(chance.choice(list(self.system.initial())))
        for _ in range(STEPS):
            if self.done or self.judged(path) or not self.system.within(path.last):
                return
            by_action: dict[str, list[Transition]] = {}
            for step in self.system.successors(path.last):
                if step.target != path.last:
                    by_action.setdefault(step.action, []).append(step)
                self.note(step)
            if not by_action:
                return
            path = path.then(chance.choice(by_action[chance.choice(sorted(by_action))]))

    def note(self, step: Transition) -> None:
        self.found.fired.setdefault(step.action, self.model.name)

    def judged(self, path: Path) -> bool:
        """Whether a state breaks invariants; then it is kept with the way there."""
        false = self.system.broken_invariants(path.last)
        claims = tuple(name for name in false if name in self.claims)  # the others are candidates
        if claims and self.found.broken is None:
            self.found.broken = Broken(claims, self.model, behaviour_of(self.system, path))
        return self.found.broken is not None
