"""A behaviour: an initial state and the named actions taken from it; and one that breaks a claim.

States are Python objects by field name, as the specification has them, so that a behaviour can be
printed, drawn, written as ITF and run again without the engine that found it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from .difference import differences, initial_lines
from .explore.claims import Kind
from .explore.search import Path
from .explore.system import System
from .paint import PLAIN, Paint
from .rendering import render_call

__all__ = ["Behaviour", "Claim", "Counterexample", "Step", "behaviour_of"]

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """An action with the arguments chosen, and the state it leads to."""

    action: str
    arguments: Mapping[str, Any]
    state: State

    def call(self) -> str:
        """The step as it is called: ``promise(a1, Prepare(b0))``."""
        return render_call(self.action, self.arguments.values())


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A path of named actions; with ``loop``, one that goes on for ever.

    The last step then leads to the state with this number, the initial one being 0, and from there
    everything comes again. If that is the last state by itself, the behaviour stops there.
    """

    initial: State
    steps: tuple[Step, ...]
    loop: int | None = None

    @property
    def stops(self) -> bool:
        """Whether it does nothing for ever after its last step."""
        return self.loop == len(self.steps)

    def for_ever(self) -> str:
        """How it goes on after its last step; empty if that is not said."""
        if self.loop is None:
            return ""
        if self.stops:
            return "nothing happens any more"
        return f"back to step {self.loop + 1}, and so on for ever"

    def states(self) -> list[State]:
        return [self.initial, *(step.state for step in self.steps)]

    @property
    def last(self) -> State:
        return self.steps[-1].state if self.steps else self.initial

    def text(self, paint: Paint = PLAIN) -> list[str]:
        """Numbered steps, each with only what it changed; the initial state whole."""
        width = len(str(len(self.steps)))
        indent = " " * (width + 4)
        lines = [f"  {0:>{width}}  {paint('action', 'initial state')}"]
        lines += [indent + line for line in initial_lines(self.initial)]
        before = self.initial
        for number, step in enumerate(self.steps, start=1):
            lines.append(f"  {number:>{width}}  {paint('action', step.call())}")
            changed = differences(before, step.state) or ["(nothing changes)"]
            lines += [indent + _painted(line, paint) for line in changed]
            before = step.state
        if self.loop is not None:
            lines.append(indent + paint("action", self.for_ever()))
        return lines


def _painted(line: str, paint: Paint) -> str:
    place, mark, rest = line.partition(": + ")
    if mark:
        return f"{place}: {paint('added', '+ ' + rest)}"
    place, mark, rest = line.partition(": - ")
    return f"{place}: {paint('removed', '- ' + rest)}" if mark else line


@dataclass(frozen=True, slots=True)
class Claim:
    """A property, as its author stated it: where, and in which words.

    ``because`` says which values make it false of the state or step at hand, as far as is known.
    """

    kind: Kind
    name: str
    doc: str = ""
    place: str | None = None
    because: tuple[str, ...] = ()

    def with_reasons(self, *reasons: str) -> Claim:
        """The claim with more of what makes it false."""
        return replace(self, because=(*self.because, *reasons))

    def with_images(self, *images: State) -> Claim:
        """A refinement, with what the mapping makes of the last step, or of the initial state."""
        lines = ["there it would be"]
        first, *rest = images
        if rest:
            lines = ["the mapping makes of it"]
            changed = differences(first, rest[0])
        else:
            changed = initial_lines(first)
        return replace(self, because=(*lines, *(f"  {line}" for line in changed)))


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A behaviour whose last state (or last step) breaks a claim, or which goes on for ever and
    never meets one; None when what must be reachable is not, which no single behaviour shows."""

    claim: Claim
    behaviour: Behaviour | None

    @property
    def steps(self) -> int:
        """How many steps it takes, or takes before it begins to repeat itself."""
        if self.behaviour is None:
            return 0
        loop = self.behaviour.loop
        return len(self.behaviour.steps) if loop is None else loop

    @property
    def cycle(self) -> int | None:
        """How many steps are repeated for ever, if it goes on for ever."""
        if self.behaviour is None or self.behaviour.loop is None:
            return None
        return len(self.behaviour.steps) - self.behaviour.loop

    def text(self, paint: Paint = PLAIN) -> list[str]:
        """The steps, then which claim is broken and why."""
        steps = [] if self.behaviour is None else [*self.behaviour.text(paint), ""]
        return [*steps, *self.verdict_lines(paint)]

    def verdict_lines(self, paint: Paint = PLAIN) -> list[str]:
        """Which claim is broken, where, and with which values."""
        claim = self.claim
        steps = self.steps
        after = f"after {steps} step{'s' * (steps != 1)}" if steps else "in the initial state"
        match claim.kind:
            case Kind.INVARIANT:
                head = f"{claim.name} is false {after}"
            case Kind.STEP_INVARIANT:
                head = f"{claim.name} is false of step {steps}"
            case Kind.REFINEMENT:
                head = (
                    f"step {steps} is neither a step nor a stuttering under {claim.name}"
                    if steps
                    else f"the initial state is mapped to none by {claim.name}"
                )
            case Kind.DEADLOCK:
                head = f"nothing can happen any more {after}"
            case Kind.LIVENESS:
                head = f"{claim.name} is false of this behaviour"
            case Kind.REACHABLE:
                head = f"{claim.name} is never true"
            case _:
                assert_never(claim.kind)
        lines = [paint("bad", head)]
        if claim.doc:
            lines.append(f"  {claim.doc}")
        lines += [f"  {reason}" for reason in claim.because]
        if claim.place is not None:
            lines.append(f"  stated at {claim.place}")
        return lines


def behaviour_of(system: System, path: Path, loop: int | None = None) -> Behaviour:
    """A path of opaque states as one that people can read."""
    return Behaviour(
        system.show(path.initial),
        tuple(
            Step(step.action, system.show_arguments(step), system.show(step.target))
            for step in path.steps
        ),
        loop,
    )
