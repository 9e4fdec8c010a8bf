"""Every interleaving of a small cluster of real cores, held against the specification.

Each world of the cluster is mapped to a state of the specification. Each event must then be a step
of it, several steps in a row, or no step at all: a program may do more in one go than the text
does, and things of which the text knows nothing. Breadth first, so that the first deviation is one
of the shortest.

What is shown is that the program does nothing that the specification forbids. That it does
everything it should (answers, retries, gets anywhere) is not; ``taken`` says how often each action
of the specification was exercised, and an action that never was is a hint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any, Protocol, runtime_checkable

from ...model_check.difference import differences
from ...spec.lang.errors import SpecError
from ...spec.lang.execute import Snapshot
from ...spec.lang.model import Model
from ..core import Receive
from .local import LocalSteps, OutsideError
from .specification import Action, Specification
from .world import (
    BITS,
    PLACES,
    Cluster,
    Event,
    Move,
    Packet,
    Table,
    Timed,
    World,
    Worlds,
    bits_of,
)

__all__ = [
    "Conformance",
    "Deviation",
    "Owned",
    "Refinement",
    "TimedRefinement",
    "conform",
    "seen_from",
]


class Refinement(Cluster, Protocol):
    """A cluster, and what it means in the specification's terms."""

    model: Model

    def local(self, core: Any) -> Hashable:
        """What the specification knows of a server."""
        ...

    def message(self, packet: Packet) -> Hashable:
        """The message of the specification that a packet is; None if it knows none such."""
        ...

    def signs(self, packet: Packet) -> Iterable[Hashable]:
        """What else is seen from a packet: elements of sets that only grow, and other messages."""
        ...

    def abstract(self, servers: Sequence[Any], messages: Iterable[Any]) -> Mapping[str, Any]:
        """The state of the specification, field by field, of what ``local`` and ``message`` gave.
        What belongs to a server must come from its own ``local``. The messages, and signs, are of
        packets that were sent, or are as good as sent. Called within the universe of the model."""
        ...

    def explanations(
        self, event: Event, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterable[Sequence[Action]]:
        """The steps of the specification that this event may be, the likeliest first; an empty
        sequence if it should change nothing there. ``before`` and ``after`` are states of the
        specification, as objects; ``sent`` are the messages and signs that are new. Called within
        the universe of the model. What is read of others than the server makes the search slow."""
        ...


@runtime_checkable
class Owned(Protocol):
    """A refinement to a specification with entries that belong to servers, although these are not
    their keys; and with fields that it keeps at one value."""

    constants: Mapping[str, Any]

    def owner(self, key: Any) -> Any:
        """The server whose entry this is, of any map."""
        ...


@runtime_checkable
class TimedRefinement(Timed, Protocol):
    """A refinement of a cluster with clocks: ``clocks`` is the map in which the specification has
    them."""

    clocks: str


def seen_from(refinement: Refinement, packet: Packet) -> Iterator[Any]:
    """The message that a packet is, if it is one, and the signs in it."""
    message = refinement.message(packet)
    if message is not None:
        yield message
    yield from refinement.signs(packet)


@dataclass(frozen=True, slots=True)
class Deviation:
    """The program did what the specification does not allow: after ``events``, of which the last is
    the wrong one. ``claimed`` are the steps that come nearest to it; ``refused`` says which of them
    cannot be taken, ``differences`` where they lead elsewhere than the program went."""

    events: tuple[Event, ...]
    claimed: tuple[Action, ...]
    refused: Action | None
    differences: tuple[str, ...]

    def distance(self) -> tuple[bool, int]:
        """How far the program is from what is claimed: a wrong place is nearer than a step that
        cannot be taken, and that the nearer, the later it comes."""
        if self.refused is None:
            return False, len(self.differences)
        return True, len(self.claimed) - self.claimed.index(self.refused)

    def __str__(self) -> str:
        lines = [f"{i:>4}  {event}" for i, event in enumerate(self.events, 1)]
        if self.refused is not None:
            name, arguments = self.refused
            shown = ", ".join(map(str, arguments))
            lines.append(f"The specification cannot do {name}({shown}) here.")
        elif self.claimed:
            lines.append("The specification goes elsewhere; there, and here:")
        else:
            lines.append("This is no step of the specification, and yet changes its state:")
        return "\n".join([*lines, *(f"      {x}" for x in self.differences)])


@dataclass(slots=True)
class Conformance:
    """What was explored, and the deviation if there is one.

    ``complete`` says that there was nothing left to explore. ``taken`` counts, for each action of
    the specification, the different steps by which events were explained; ``whole`` how many events
    had to be judged on the whole state.
    """

    worlds: int = 0
    events: int = 0
    abstract_states: int = 0
    depth: int = 0
    whole: int = 0
    complete: bool = False
    taken: Counter[str] = field(default_factory=Counter)
    never: tuple[str, ...] = ()
    deviation: Deviation | None = None


def conform(
    refinement: Refinement,
    most_worlds: int | None = None,
    locally: bool = True,
    begin: Sequence[Event] = (),
) -> Conformance:
    """Explore the cluster, up to so many worlds, and judge every event; with ``locally``, by what
    the server knows if that is enough (:mod:`.local`), which is quicker and comes to the same.
    ``begin`` are the first events: what is explored is what may follow them.

    **Errors** SpecError if the specification makes a mistake on the way; ValueError if one of the
    first events cannot happen; whatever a core raises.
    """
    return _Search(refinement, most_worlds, locally).run(begin)


class _Search:
    def __init__(self, refinement: Refinement, most_worlds: int | None, locally: bool) -> None:
        self.refinement = refinement
        self.most = most_worlds
        self.spec = Specification(refinement.model)
        self.worlds = Worlds(refinement)
        owned = refinement if isinstance(refinement, Owned) else None
        self.local_steps = (
            LocalSteps(self.spec.execution)
            if owned is None
            else LocalSteps(self.spec.execution, owned.owner, owned.constants)
        )
        self.clocks = refinement.clocks if isinstance(refinement, TimedRefinement) else ""
        self.locally = locally and self.local_steps.usable
        self.parents: dict[int, int] = {}  # of each world, where it comes from, see `come_from`
        self.known_states: set[int] = set()
        self.servers: Table[tuple[int, ...]] = Table()
        self.servers_at: dict[int, int] = {}
        self.restarts = refinement.model.restarts
        self.fine: set[int] = set()  # moves that are allowed everywhere
        self.not_local: set[int] = set()
        self.fine_then: dict[tuple[int, tuple[int, ...]], bool] = {}  # with these clocks
        self.states: Table[Snapshot] = Table()
        self.abstracts: dict[tuple[tuple[int, ...], int, int], int] = {}
        self.locals: Table[Any] = Table()
        self.local_of: dict[int, int] = {}
        self.known: Table[Any] = Table()  # messages
        self.message_of: list[int] = []  # the bits of each packet's message and signs
        self.messages_of: dict[int, int] = {}
        self.judged: set[tuple[int, int, int]] = set()
        self.result = Conformance()

    def run(self, begin: Sequence[Event]) -> Conformance:
        result = self.result
        first = self.worlds.initial()
        packed = self.worlds.packed(first)
        self.parents[packed] = -1
        self.known_states.add(self.key(first, packed))
        start = self.abstract(first)
        if self.states[start] not in self.spec.initial():
            result.deviation = Deviation((), (), None, ("the beginning is no initial state",))
        world, position = self.after(first, begin)
        positions = chain([position], count(len(self.parents)))
        level = [self.worlds.packed(world)]
        while level and result.deviation is None:
            result.depth += 1
            level = list(self.found_after(level, positions))
            if self.full():
                break
        else:
            result.complete = result.deviation is None
        result.worlds = len(self.parents)
        result.abstract_states = len(self.known_states)
        result.never = tuple(a for a in self.spec.actions if not result.taken[a])
        return result

    def after(self, world: World, events: Sequence[Event]) -> tuple[World, int]:
        """Where these events lead, each of them judged; short of that at a deviation. And the
        position of that world, in the order in which they were found."""
        position = 0
        for event in events:
            moves = self.worlds.moves
            found = [x for x in self.worlds.successors(world) if moves[x[0]].event == event]
            if not found:
                raise ValueError(f"this cannot happen: {event}")
            move, new = found[0]
            self.result.events += 1
            if not self.judge(world, move, new):
                self.result.deviation = self.deviation(world, position, move, new)
                return world, position
            packed = self.worlds.packed(new)
            self.parents.setdefault(packed, come_from(position, move))
            position = list(self.parents).index(packed)
            self.known_states.add(self.key(new, packed))
            world = new
        return world, position

    def full(self) -> bool:
        return self.most is not None and len(self.parents) >= self.most

    def found_after(self, level: Iterable[int], positions: Iterator[int]) -> Iterator[int]:
        """The worlds that are new, of one level after the other: so a world's position is the next
        one, when it is its turn."""
        fine, parents, known = self.fine, self.parents, self.known_states
        packed, unpacked = self.worlds.packed, self.worlds.unpacked
        for old in level:
            world, position = unpacked(old), next(positions)
            for move, new in self.worlds.successors(world):
                self.result.events += 1
                number = packed(new)
                fresh = number not in parents
                if fresh:
                    parents[number] = come_from(position, move)
                if move not in fine and not self.judge(world, move, new):
                    self.result.deviation = self.deviation(world, position, move, new)
                    return
                if fresh:
                    known.add(self.key(new, number))
                    yield number
            if self.full():
                return

    def judge(self, world: World, move: int, new: World) -> bool:
        """Whether the specification allows this."""
        if self.locally and move not in self.not_local:
            if self.allowed(self.worlds.moves[move]):
                self.fine.add(move)
                return True
            self.not_local.add(move)
        if self.locally and self.clocks and self.allowed_then(world, move):
            return True
        self.result.whole += 1
        before, after = self.abstract(world), self.abstract(new)
        if before == after:
            return True
        key = (before, after, move)
        if key in self.judged:
            return True
        for actions in self.claimed(self.worlds.moves[move].event, before, after):
            if self.spec.follow(self.states[before], actions) == self.states[after]:
                self.judged.add(key)
                self.result.taken.update(name for name, _ in actions)
                return True
        return False

    def allowed_then(self, world: World, move: int) -> bool:
        """Whether the server may do this in every world with these clocks."""
        key = (move, self.worlds.clocks(world))
        found = self.fine_then.get(key)
        if found is None:
            found = self.fine_then[key] = self.allowed(self.worlds.moves[move], world)
        return found

    def allowed(self, move: Move, world: World | None = None) -> bool:
        """Whether the server may do this whatever the others are at; if a world is given, with
        whatever but their clocks. False also if that cannot be told from the server alone."""
        steps, event = self.local_steps, move.event
        given = event.given
        old, new = self.local(move.before), self.local(move.after)
        sent = frozenset(self.known[i] for i in bits_of(self.messages(move.packets)))
        with self.spec.execution.universe:
            heard: tuple[Any, ...] = ()
            if isinstance(given, Receive):
                packet = Packet(given.sender, event.node, given.message)
                heard = tuple(seen_from(self.refinement, packet))
            if old == new and not sent and event.crash is None:
                return True
            server, shown = self.local_steps.servers[move.place], self.clocks if world else ""
            everybody = [self.local(x) for x in world[: self.worlds.size]] if world else [old]
            there = [self.locals[x] for x in everybody * (self.worlds.size // len(everybody))]
            before = self.refinement.abstract(there, ())
            there[move.place] = self.locals[new]
            after = self.refinement.abstract(there, ())
            start = steps.part(server, before, heard, shown)
            end = steps.part(server, after, heard, shown)
            try:
                for actions in self.refinement.explanations(event, start, end, sent):
                    if steps.leads(start, server, actions, end, sent):
                        self.result.taken.update(name for name, _ in actions)
                        return True
                    start = steps.part(server, before, heard, shown)
            except (OutsideError, LookupError, SpecError):
                pass
        return False

    def key(self, world: World, packed: int) -> int:
        """What the specification sees of a world, as one number."""
        places = packed & PLACES
        servers = self.servers_at.get(places)
        if servers is None:
            servers = self.servers_at[places] = self.servers.number(self.seen(world)[0])
        restarts = world[-1] if self.restarts else 0
        return (self.messages(world[-3] | world[-2]) << BITS | restarts) << BITS | servers

    def seen(self, world: World) -> tuple[tuple[int, ...], int, int]:
        """What the specification sees of a world."""
        servers = tuple([self.local(core) for core in world[: self.worlds.size]])
        restarts = world[-1] if self.restarts else 0
        return servers, self.messages(world[-3] | world[-2]), restarts

    def abstract(self, world: World) -> int:
        """The number of the state that the specification sees."""
        key = self.seen(world)
        servers, _, restarts = key
        found = self.abstracts.get(key)
        if found is None:
            with self.spec.execution.universe:
                fields = self.refinement.abstract(
                    [self.locals[x] for x in servers], [self.known[i] for i in bits_of(key[1])]
                )
            snapshot = self.spec.snapshot(fields, restarts)
            found = self.abstracts[key] = self.states.number(snapshot)
        return found

    def local(self, core: int) -> int:
        found = self.local_of.get(core)
        if found is None:
            local = self.refinement.local(self.worlds.cores[core])
            found = self.local_of[core] = self.locals.number(local)
        return found

    def messages(self, packets: int) -> int:
        """The messages that packets are, as bits, too."""
        found = self.messages_of.get(packets)
        if found is None:
            found = 0
            for i in bits_of(packets):
                while len(self.message_of) <= i:
                    packet = self.worlds.packets[len(self.message_of)]
                    bits = 0
                    for m in seen_from(self.refinement, packet):
                        bits |= 1 << self.known.number(m)
                    self.message_of.append(bits)
                found |= self.message_of[i]
            self.messages_of[packets] = found
        return found

    def claimed(self, event: Event, before: int, after: int) -> list[tuple[Action, ...]]:
        old, new = (self.spec.object(self.states[x]) for x in (before, after))
        sent = frozenset(
            m
            for name in (*self.spec.networks, *self.spec.sets)
            for m in getattr(new, name)
            if m not in getattr(old, name)
        )
        with self.spec.execution.universe:
            return [tuple(x) for x in self.refinement.explanations(event, old, new, sent)]

    def deviation(self, world: World, position: int, move: int, new: World) -> Deviation:
        moves = self.worlds.moves
        events = [moves[move].event]
        before, after = self.abstract(world), self.abstract(new)
        claimed = self.claimed(events[0], before, after)
        steps = list(self.parents.values())
        while steps[position] >= 0:
            position, earlier = divmod(steps[position], MOVES)
            events.append(moves[earlier].event)
        events.reverse()
        return min(
            (self.compared(tuple(events), before, after, actions) for actions in claimed or [()]),
            key=Deviation.distance,
        )

    def compared(
        self, events: tuple[Event, ...], before: int, after: int, actions: tuple[Action, ...]
    ) -> Deviation:
        led = self.spec.follow(self.states[before], actions)
        if isinstance(led, int):
            return Deviation(events, actions, actions[led], ())
        shown = differences(self.spec.shown(led), self.spec.shown(self.states[after]))
        return Deviation(events, actions, None, tuple(shown))


MOVES = 1 << 32
"""More than there are moves."""


def come_from(position: int, move: int) -> int:
    """Where a world comes from, as one number: the position of the one before, and the move."""
    return position * MOVES + move
