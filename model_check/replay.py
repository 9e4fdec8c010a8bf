"""Taking a behaviour again in plain Python: is each step real, and which claims break where?

Nothing that an engine said is trusted here: each state is compared with what the text of the
specification itself makes of the state before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..spec.lang.execute import Execution, Snapshot
from ..spec.lang.mistakes import innermost_span
from ..spec.lang.model import Model
from ..spec.lang.protocol import Disabled
from .counterexample import Behaviour, State, Step
from .difference import differences
from .engine import Engine, system_of
from .explore.claims import Broken, Claims, Kind
from .explore.fairness import account_of, demands_of
from .explore.liveness import breaks
from .explore.search import Path
from .explore.system import Transition
from .paint import PLAIN, Paint

__all__ = ["Replay", "Replayed", "replay"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One state of a behaviour: how it was reached, whether that is real, and what breaks there.

    ``reasons`` say why a step is none; ``broken`` are the claims that are false of the state, or of
    the step to it.
    """

    call: str
    real: bool
    reasons: tuple[str, ...]
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """A behaviour taken again, state by state, the initial one first.

    Of one that goes on for ever, ``long_run`` says which claims about the long run it breaks, and
    ``unfair`` which assumptions of fairness it does not keep; if there are any, it breaks nothing.
    """

    states: tuple[Replayed, ...]
    long_run: tuple[Broken, ...] = ()
    unfair: tuple[str, ...] = ()

    @property
    def real(self) -> bool:
        return all(s.real for s in self.states)

    @property
    def broken(self) -> list[Broken]:
        """Every claim that breaks somewhere, in order of first occurrence."""
        return list(dict.fromkeys([*(b for s in self.states for b in s.broken), *self.long_run]))

    def text(self, paint: Paint = PLAIN) -> list[str]:
        """One line for each step, and below it why it is none and what it breaks."""
        width = len(str(len(self.states) - 1))
        indent = " " * (width + 4)
        lines = []
        for number, state in enumerate(self.states):
            mark = paint("good", "yes") if state.real else paint("bad", "NO ")
            lines.append(f"  {number:>{width}}  {mark}  {paint('action', state.call)}")
            lines += [f"{indent}     {reason}" for reason in state.reasons]
            for broken in state.broken:
                said = f"{broken.kind.value} {broken.name} is false here"
                lines.append(f"{indent}     {paint('bad', said)}")
        for broken in self.long_run:
            said = f"{broken.kind.value} {broken.name} is false of this behaviour"
            lines.append(f"{indent}     {paint('bad', said)}")
        lines += [f"{indent}     not fair: {text}" for text in self.unfair]
        return lines


def replay(model: Model, behaviour: Behaviour) -> Replay:
    """Take every step of a behaviour again. After a step that is none, the next one starts from the
    state that the behaviour claims.

    **Errors** SpecError when the specification makes a mistake on the way.
    """
    return _Replayer(model).replay(behaviour)


class _Replayer:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.execution = Execution(model)
        self.system = system_of(model, Engine.PYTHON)
        selected = None if model.properties is None else set(model.properties)
        self.claims = Claims(self.system, selected, deadlock=model.deadlock)

    def replay(self, behaviour: Behaviour) -> Replay:
        states = [self.initial(behaviour.initial)]
        before = self.snapshot(behaviour.initial, 0)
        snapshots = [before]
        restarts = 0
        for number, step in enumerate(behaviour.steps, start=1):
            restarts += step.action == "restart"
            after = self.snapshot(step.state, restarts)
            last = number == len(behaviour.steps)
            states.append(self.step(before, step, after, last=last))
            snapshots.append(after)
            before = after
        loop = behaviour.loop
        if loop is None:
            return Replay(tuple(states))
        if snapshots[loop] != snapshots[-1]:
            reason = (
                f"the state with the number {loop} is another one, so nothing goes on from there"
            )
            states[-1] = replace(states[-1], real=False, reasons=(*states[-1].reasons, reason))
        return self.long_run(states, behaviour, snapshots, loop)

    def long_run(
        self, states: list[Replayed], behaviour: Behaviour, snapshots: list[Snapshot], loop: int
    ) -> Replay:
        """What a behaviour that goes on for ever says of claims about the long run."""
        pairs = zip(behaviour.steps, snapshots[1:], strict=True)
        steps = (Transition(s.action, tuple(s.arguments.values()), t) for s, t in pairs)
        path = Path(snapshots[0], tuple(steps))
        accounts = account_of(self.system, demands_of(self.model), path, loop)
        unfair = [a.demand.text for a in accounts if not a.fair]
        broken = [
            Broken(Kind.LIVENESS, name)
            for name in ([] if unfair else self.claims.liveness)
            if any(breaks(self.system, c, path, loop) for c in self.system.long_run(name))
        ]
        return Replay(tuple(states), tuple(broken), tuple(dict.fromkeys(unfair)))

    def snapshot(self, state: State, restarts: int) -> Snapshot:
        execution = self.execution
        with execution.universe:
            values = {name: state[name] for name in execution.fields}
            return execution.freeze(execution.protocol(**values), restarts)

    def initial(self, state: State) -> Replayed:
        snapshot = self.snapshot(state, 0)
        initial = list(self.execution.initial())
        broken = self.claims.initial(snapshot)
        if snapshot in initial:
            return Replayed("initial state", True, (), tuple(broken))
        reasons = ["this is no initial state"]
        if len(initial) == 1:
            there = self.system.show(initial[0])
            reasons += [f"  {line}" for line in differences(there, self.shown(state))]
        return Replayed("initial state", False, tuple(reasons), tuple(broken))

    def step(self, before: Snapshot, step: Step, after: Snapshot, *, last: bool) -> Replayed:
        steps = list(self.execution.successors(before))
        arguments = tuple(step.arguments.values())
        same = [s for s in steps if s.action == step.action and s.arguments == arguments]
        real = any(s.state == after for s in same)
        broken = self.claims.step(before, after) + self.claims.state(after)
        if last and self.claims.deadlock:
            broken += self.claims.stuck(after, len(list(self.execution.successors(after))))
        reasons: list[str] = []
        if same and not real:
            reasons.append("the specification leads to another state; here, other than there:")
            there = self.system.show(same[0].state)
            reasons += [f"  {line}" for line in differences(there, self.shown(step.state))]
        elif not real:
            reasons.append("this is not enabled")
            reasons += self.guard(before, step)
            others = [s.action for s in steps if s.state == after]
            if others:
                reasons.append(f"the state is reached by {others[0]}")
        return Replayed(step.call(), real, tuple(reasons), tuple(broken))

    def shown(self, state: State) -> State:
        return {name: state[name] for name in self.execution.fields}

    def guard(self, before: Snapshot, step: Step) -> list[str]:
        """The require that does not hold, as it stands in the specification."""
        method = self.execution.actions.get(step.action)
        if method is None:
            return []
        try:
            with self.execution.universe:
                method(self.execution.thaw(before), *step.arguments.values())
        except Disabled as disabled:
            span = innermost_span(disabled)
            return [] if span is None else [f"at {span}", *span.excerpt().splitlines()]
        except Exception:  # a mistake before the guard: there is no guard to show
            return []
        return ["its parameters are not among the choices that the specification has"]
