"""Runs of the simulator, held against the specification step by step.

Each step that a server has carried out must be steps of the specification, or no step at all, as in
:mod:`.exhaustive`. What differs is the network. A run sends thousands of messages, and a state that
holds all of them would be costly; but a step needs none of them except the one that was received.
So it is judged in a state whose network holds that message alone, and it is checked that the
message was sent before. That is enough: in a lossy network nothing is ever possible because a
message is *not* there, so what can be done with few messages can be done with all.

Some specifications keep no network, but look at what was ever sent: Paxos does, where a proposer
reads the promises of a quorum. There every step is judged with all messages (``whole``).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

from ...model_check.difference import differences
from ..core import NodeId, Persist, Receive, Send
from ..host.simulator.simulator import Observed
from .exhaustive import Deviation, Refinement, seen_from
from .specification import Action, Specification
from .world import Crash, Event, Packet

__all__ = ["Deviates", "Stepwise"]

REMEMBERED = 30
"""So many events before a deviation are told with it."""


class Deviates(Exception):
    """The program did what the specification does not allow."""

    def __init__(self, deviation: Deviation) -> None:
        super().__init__(str(deviation))
        self.deviation = deviation


@runtime_checkable
class Telling(Protocol):
    """A refinement that looks at what clients are told, too."""

    def told(self, effects: Sequence[Any]) -> Sequence[Send[Any]]:
        """The packets to them that these effects come to."""
        ...


class Stepwise:
    """The judge of one run; give it to the simulator as ``observe``.

    ``whole``: with all messages that were ever sent; a step then takes a time that grows with their
    number. ``taken`` counts the actions of the specification by which steps were explained.

    **Errors** Deviates at the first step that is none.
    """

    def __init__(
        self, refinement: Refinement, spec: Specification | None = None, *, whole: bool = False
    ) -> None:
        self.refinement = refinement
        self.whole = whole
        self.spec = spec or Specification(refinement.model)
        self.sent: set[Any] = set()
        self.restarts = 0
        self.steps = 0
        self.taken: Counter[str] = Counter()
        self.recent: deque[Event] = deque(maxlen=REMEMBERED)
        blank = refinement.blank()
        self.locals: dict[NodeId, Any] = {
            n: refinement.local(refinement.recovered(n, blank)) for n in refinement.nodes
        }

    def __call__(self, x: Observed) -> None:
        crash = None if x.crashed is None else Crash(x.crashed)
        event = Event(x.node, x.given, crash)
        self.recent.append(event)
        self.steps += 1
        received = []
        if isinstance(x.given, Receive):
            packet = Packet(x.given.sender, x.node, x.given.message)
            for message in seen_from(self.refinement, packet):
                received.append(message)
                if message not in self.sent:
                    self.deviates((), None, (f"nobody has sent {message}",))
        effects = x.effects
        if isinstance(self.refinement, Telling):
            effects = (*effects, *self.refinement.told(effects))
        sends = [
            m
            for e in messages_of(effects, x.crashed)
            for m in seen_from(self.refinement, Packet(x.node, e.to, e.message))
        ]
        known = self.sent.copy() if self.whole else received
        self.sent.update(sends)
        old, new = self.locals[x.node], self.refinement.local(x.after)
        if old == new and not sends:
            return
        before = self.state(known, self.restarts)
        self.locals[x.node] = new
        self.restarts += crash is not None and self.refinement.model.restarts > 0
        after = self.state([*known, *sends], self.restarts)
        self.judge(event, before, after, frozenset(sends))

    def state(self, messages: Iterable[Any], restarts: int) -> Any:
        spec = self.spec
        with spec.execution.universe:
            servers = [self.locals[n] for n in self.refinement.nodes]
            fields = self.refinement.abstract(servers, messages)
        return spec.snapshot(fields, restarts)

    def judge(self, event: Event, before: Any, after: Any, sent: frozenset[Any]) -> None:
        if before == after:
            return
        spec = self.spec
        claimed = self.claimed(event, before, after, sent)
        for actions in claimed:
            if spec.follow(before, actions) == after:
                self.taken.update(name for name, _ in actions)
                spec.taken.clear()  # hardly any state comes again in a run
                return
        nearest = min(
            (self.compared(before, after, actions) for actions in claimed or [()]),
            key=Deviation.distance,
        )
        raise Deviates(nearest)

    def claimed(
        self, event: Event, before: Any, after: Any, sent: frozenset[Any]
    ) -> list[tuple[Action, ...]]:
        old, new = self.spec.object(before), self.spec.object(after)
        with self.spec.execution.universe:
            return [tuple(x) for x in self.refinement.explanations(event, old, new, sent)]

    def compared(self, before: Any, after: Any, actions: tuple[Action, ...]) -> Deviation:
        led = self.spec.follow(before, actions)
        events = tuple(self.recent)
        if isinstance(led, int):
            return Deviation(events, actions, actions[led], ())
        shown = differences(self.spec.shown(led), self.spec.shown(after))
        return Deviation(events, actions, None, tuple(shown))

    def deviates(
        self, actions: tuple[Action, ...], refused: Action | None, why: tuple[str, ...]
    ) -> None:
        raise Deviates(Deviation(tuple(self.recent), actions, refused, why))


def messages_of(effects: Sequence[Any], crashed: int | None) -> Iterable[Send[Any]]:
    """What a step has sent, or may have sent as far as others can tell: before a crash, and after
    the last record that is on the disk."""
    if crashed is None:
        return [e for e in effects if isinstance(e, Send)]
    end = crashed
    if any(isinstance(e, Persist) for e in effects[:crashed]):
        while end < len(effects) and not isinstance(effects[end], Persist):
            end += 1
    return [e for e in effects[:end] if isinstance(e, Send)]
