"""A small cluster of real cores, and everything that can happen to it next.

The network is a set: every message that was sent may arrive at any time, any number of times, or
never. That is loss, repetition and reordering at once. A crash may come between any two effects of
a step; what was persisted until then is on the disk, and the server starts again with that.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from ..core import Deliver, NodeId, Persist, Receive, Send, SetTimer

__all__ = [
    "CLIENTS",
    "Cluster",
    "Crash",
    "Event",
    "Move",
    "Packet",
    "Table",
    "Timed",
    "World",
    "Worlds",
    "bits_of",
]

T = TypeVar("T", bound=Hashable)


CLIENTS: NodeId = -1
"""The place of clients. What a program tells them is remembered like all that was sent, and arrives
at no server."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A message on its way."""

    sender: NodeId
    to: NodeId
    message: Any


@dataclass(frozen=True, slots=True)
class Crash:
    """A server stops after so many effects of a step, and starts again."""

    effects: int


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to the world: a server was given an input, and may have crashed over it."""

    node: NodeId
    given: Any
    crash: Crash | None = None

    def __str__(self) -> str:
        crash = "" if self.crash is None else f", and crashes after {self.crash.effects} effects"
        return f"{self.node} <- {self.given}{crash}"


World = tuple[int, ...]
"""A state of the cluster: for each server the number of its core's state, for each the number of
what is on its disk, then the packets sent, those lost in a crash (a bit for each), and how many
crashes there were. Numbers are those of :class:`Table`.

A packet is lost in a crash if it was to be sent after something was persisted, and was not: as far
as anybody can tell, it was sent and lost."""


BITS, CRASHES = 36, 32
PLACES, LOSSES, MOST_CRASHES = (1 << CRASHES) - 1, (1 << BITS) - 1, (1 << BITS - CRASHES) - 1
"""How a world is packed, see :meth:`Worlds.packed`."""


class Cluster(Protocol):
    """What a protocol has to say of itself to be explored.

    ``inputs`` are what may come from outside, other than messages: wishes of clients and timers.
    They also bound the exploration, and must depend on the core's state alone.
    """

    nodes: tuple[NodeId, ...]
    crashes: int

    def blank(self) -> Any:
        """The disk of a server that never ran."""
        ...

    def written(self, disk: Any, record: Any) -> Any:
        """The disk after a record was persisted."""
        ...

    def recovered(self, node: NodeId, disk: Any) -> Any:
        """The core of a server that starts with this disk."""
        ...

    def step(self, core: Any, given: Any) -> tuple[Any, Sequence[Any]]:
        """The core's own step."""
        ...

    def inputs(self, core: Any) -> Iterable[Any]: ...


@runtime_checkable
class Timed(Protocol):
    """A cluster whose servers have clocks, which go on by what comes from outside. At no moment do
    two of them differ by more than ``skew``: a clock that is ahead waits for the others."""

    skew: int

    def clock(self, core: Any) -> int: ...


class Table(Generic[T]):
    """Numbers for objects, in the order in which they are met."""

    def __init__(self) -> None:
        self.numbers: dict[T, int] = {}
        self.objects: list[T] = []

    def number(self, x: T) -> int:
        found = self.numbers.get(x)
        if found is None:
            found = self.numbers[x] = len(self.objects)
            self.objects.append(x)
        return found

    def __getitem__(self, number: int) -> T:
        return self.objects[number]

    def __len__(self) -> int:
        return len(self.objects)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one input does to one core: the state after, and for each prefix of the effects what is
    on the disk then, which packets have been sent, which would be lost, and the number of the move
    that it is to crash there; for all of them, that of the move without a crash."""

    event: Event
    core: int
    disks: tuple[int, ...]
    sent: tuple[int, ...]
    lost: tuple[int, ...]
    moves: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """What an event does, wherever it happens: the core at this place goes from one state to
    another, and these packets are sent, or as good as sent."""

    event: Event
    place: int
    before: int
    after: int
    packets: int


@dataclass
class Worlds:
    """The transition system of a cluster. Each core's step is run once for each state and input."""

    cluster: Cluster
    cores: Table[Any] = field(default_factory=Table)
    disks: Table[Any] = field(default_factory=Table)
    packets: Table[Packet] = field(default_factory=Table)
    moves: list[Move] = field(default_factory=list)
    _outcomes: dict[tuple[int, int, int, Hashable], Outcome] = field(default_factory=dict)
    _rests: dict[tuple[int, int, int], tuple[int, int]] = field(default_factory=dict)
    _inputs: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    _recovered: dict[tuple[int, int], int] = field(default_factory=dict)
    _arrivals: list[tuple[int, Hashable]] = field(default_factory=list)
    _receipts: dict[tuple[int, int, int, int], Outcome] = field(default_factory=dict)
    _clocks: dict[int, int] = field(default_factory=dict)
    _places: Table[World] = field(default_factory=Table)
    _losses: Table[int] = field(default_factory=Table)

    def __post_init__(self) -> None:
        if self.cluster.crashes > MOST_CRASHES:
            raise ValueError(f"at most {MOST_CRASHES} crashes are explored")
        self.size = len(self.cluster.nodes)
        self.timed = self.cluster if isinstance(self.cluster, Timed) else None

    def initial(self) -> World:
        blank = self.disks.number(self.cluster.blank())
        cores = [self.start(i, blank) for i in range(self.size)]
        return (*cores, *(blank for _ in cores), 0, 0, 0)

    def packed(self, world: World) -> int:
        """The world as one number, which takes half of the memory: from the lowest bits on, that
        of its cores and disks, how many crashes there were, the number of what was lost, and what
        was sent."""
        lost = self._losses.number(world[-2])
        places = self._places.number(world[:-3])
        return (world[-3] << BITS | lost) << BITS | world[-1] << CRASHES | places

    def unpacked(self, packed: int) -> World:
        rest = packed >> BITS
        places, crashes = self._places[packed & PLACES], packed >> CRASHES & MOST_CRASHES
        return (*places, rest >> BITS, self._losses[rest & LOSSES], crashes)

    def start(self, place: int, disk: int) -> int:
        key = (place, disk)
        if key not in self._recovered:
            node = self.cluster.nodes[place]
            core = self.cluster.recovered(node, self.disks[disk])
            self._recovered[key] = self.cores.number(core)
        return self._recovered[key]

    def successors(self, world: World) -> list[tuple[int, World]]:
        """The number of every move, and where it leads; those that change nothing are left out."""
        found: list[tuple[int, World]] = []
        size, after = self.size, self.after
        may_crash = world[-1] < self.cluster.crashes
        for place in range(size):
            core, disk = world[place], world[size + place]
            for given in self.inputs(core):
                out = self.outcome(place, core, disk, given)
                if self.timed is None or self.together(world, place, out.core):
                    after(world, place, out, found)
            if may_crash:
                move, fresh = self.rest(place, core, disk)
                found.append(
                    (move, self.restarted(world, place, fresh, disk, world[-3], world[-2]))
                )
        receipts, receipt = self._receipts, self.receipt
        mask = world[-3]
        while mask:  # as in `bits_of`, for it is done for every world
            low = mask & -mask
            mask ^= low
            i = low.bit_length() - 1
            place, given = receipt(i)
            if place == CLIENTS:
                continue
            core, disk = world[place], world[size + place]
            key = (place, core, disk, i)
            outcome = receipts.get(key)
            if outcome is None:
                outcome = receipts[key] = self.outcome(place, core, disk, given)
            after(world, place, outcome, found)
        return found

    def clocks(self, world: World) -> tuple[int, ...]:
        """What the clocks show; nothing if there are none."""
        if self.timed is None:
            return ()
        found, clock = self._clocks, self.timed.clock
        for core in world[: self.size]:
            if core not in found:
                found[core] = clock(self.cores[core])
        return tuple([found[core] for core in world[: self.size]])

    def together(self, world: World, place: int, core: int) -> bool:
        """Whether the clocks are near each other if this core is at this place."""
        assert self.timed is not None
        shown = self.clocks((*world[:place], core, *world[place + 1 :]))
        return max(shown) - min(shown) <= self.timed.skew

    def receipt(self, packet: int) -> tuple[int, Hashable]:
        """Where a packet goes, and as which input; to clients, the place is ``CLIENTS``."""
        while len(self._arrivals) <= packet:
            p = self.packets[len(self._arrivals)]
            place = CLIENTS if p.to == CLIENTS else self.cluster.nodes.index(p.to)
            self._arrivals.append((place, Receive(p.sender, p.message)))
        return self._arrivals[packet]

    def rest(self, place: int, core: int, disk: int) -> tuple[int, int]:
        """A crash at rest: the number of the move, and the core that starts then."""
        key = (place, core, disk)
        found = self._rests.get(key)
        if found is None:
            event, fresh = Event(self.cluster.nodes[place], None, Crash(0)), self.start(place, disk)
            found = self._rests[key] = (self.move(Move(event, place, core, fresh, 0)), fresh)
        return found

    def move(self, move: Move) -> int:
        self.moves.append(move)
        return len(self.moves) - 1

    def inputs(self, core: int) -> tuple[Any, ...]:
        if core not in self._inputs:
            self._inputs[core] = tuple(self.cluster.inputs(self.cores[core]))
        return self._inputs[core]

    def after(self, world: World, place: int, out: Outcome, found: list[tuple[int, World]]) -> None:
        """Where an input leads: to the end of its effects, or to a crash between two of them."""
        sent = world[-3] | out.sent[-1]
        disk = self.size + place
        if out.core != world[place] or sent != world[-3] or out.disks[-1] != world[disk]:
            new = list(world)
            new[place], new[disk], new[-3] = out.core, out.disks[-1], sent
            found.append((out.moves[-1], tuple(new)))
        if world[-1] < self.cluster.crashes:
            for k in range(1, len(out.sent) - 1):  # at either end it is a crash at rest
                if out.sent[k] == out.sent[k - 1] and out.disks[k] == out.disks[k - 1]:
                    continue  # a timer, or something told: as good as a crash before it
                done, lost = world[-3] | out.sent[k], world[-2] | out.lost[k]
                core = self.moves[out.moves[k]].after
                new_world = self.restarted(world, place, core, out.disks[k], done, lost)
                found.append((out.moves[k], new_world))

    def restarted(
        self, world: World, place: int, core: int, disk: int, sent: int, lost: int
    ) -> World:
        size = self.size
        new = list(world)
        new[place], new[size + place] = core, disk
        new[-3], new[-2], new[-1] = sent, lost & ~sent, world[-1] + 1
        return tuple(new)

    def outcome(self, place: int, core: int, disk: int, given: Hashable) -> Outcome:
        key = (place, core, disk, given)
        if key not in self._outcomes:
            self._outcomes[key] = self._run(place, core, disk, given)
        return self._outcomes[key]

    def _run(self, place: int, core: int, disk: int, given: Any) -> Outcome:
        node = self.cluster.nodes[place]
        after, effects = self.cluster.step(self.cores[core], given)
        on_disk = self.disks[disk]
        disks, sent, ages = [disk], [0], [0]  # ages: how many records are persisted by then
        for effect in effects:
            bits, age = 0, ages[-1]
            match effect:
                case Persist(record):
                    on_disk = self.cluster.written(on_disk, record)
                    age += 1
                case Send(to, message):
                    bits = 1 << self.packets.number(Packet(node, to, message))
                case Deliver() | SetTimer():
                    pass
                case _:
                    raise TypeError(f"{effect!r} is no effect")
            disks.append(self.disks.number(on_disk))
            sent.append(sent[-1] | bits)
            ages.append(age)
        # What follows the last record persisted, up to the next, was ordered and not sent.
        last_of = dict(zip(ages, sent, strict=True))
        lost = tuple(
            last_of[age] & ~bits if age else 0 for age, bits in zip(ages, sent, strict=True)
        )
        done = self.cores.number(after)
        moves = [
            self.move(Move(Event(node, given, Crash(k)), place, core, fresh, sent[k] | lost[k]))
            for k, fresh in enumerate(self.start(place, disk) for disk in disks[:-1])
        ]
        moves.append(self.move(Move(Event(node, given), place, core, done, sent[-1])))
        return Outcome(Event(node, given), done, tuple(disks), tuple(sent), lost, tuple(moves))


def bits_of(mask: int) -> Iterator[int]:
    """The places of the ones, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
