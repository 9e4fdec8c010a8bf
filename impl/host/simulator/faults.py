"""What goes wrong in a run, and what clients and operators do: planned beforehand, item by item.

A plan and the decisions of :mod:`.decisions` determine a run, so that a run that fails can be taken
again with fewer of them.
"""

from __future__ import annotations

from random import Random
from typing import Any

from msgspec import Struct

from ...core import NodeId
from ..storage.modelled import Fault

__all__ = [
    "Ask", "Call", "Crash", "Cut", "DiskFails", "Dose", "Item", "Pause", "Plan", "Skew",
    "SyncFails",
]  # fmt: skip


class Crash(Struct, frozen=True, tag=True):
    """At this time a server stops; ``effects``: not before its next step that persists something,
    and after so many effects of that. It starts again later. Its disk may be ``lost``, if the
    protocol knows what to do then; or ``rot``, one bit of it, which the store will notice: then it
    is lost as well.

    **Units** ``at`` and ``down`` in ticks.
    """

    at: int
    node: NodeId
    down: int
    effects: int | None = None
    lost: bool = False
    rot: bool = False


class Cut(Struct, frozen=True, tag=True):
    """No message of these senders reaches these servers meanwhile: one way. A partition is a pair
    of cuts. **Units** ticks."""

    at: int
    until: int
    senders: tuple[NodeId, ...]
    receivers: tuple[NodeId, ...]


class Pause(Struct, frozen=True, tag=True):
    """The server does nothing meanwhile, and then all that has come. **Units** ticks."""

    at: int
    until: int
    node: NodeId


class Skew(Struct, frozen=True, tag=True):
    """A clock counts ``counts`` ticks while ``out_of`` go by, and begins at ``begin``."""

    node: NodeId
    counts: int
    out_of: int
    begin: int = 0


class SyncFails(Struct, frozen=True, tag=True):
    """The first sync of the server's disk after this time fails: its host stops, and is started
    again by somebody after ``down`` ticks."""

    at: int
    node: NodeId
    down: int


class DiskFails(Struct, frozen=True, tag=True):
    """From this time on, the operation of this number on the server's disk fails: in the middle of
    what the store does, or, with ``reading``, or if nothing is stored until then, when the store is
    opened the next time. The host stops, or does not start; somebody mends the disk, and it is
    started after ``down`` ticks (or so many later). On a disk that is only what records add up to,
    the next sync fails.

    **Units** ``at`` and ``down`` in ticks.
    """

    at: int
    node: NodeId
    down: int
    fault: Fault
    operation: int
    reading: bool = False


class Call(Struct, frozen=True, tag=True):
    """A client wants this: not before ``at``, and not before it is done with what it wanted before.
    **Units** ticks."""

    at: int
    client: int
    name: str
    key: str
    argument: Any = None
    log: bool = True


class Ask(Struct, frozen=True, tag=True):
    """An operator asks something of whoever leads then: ``what`` is a word of the protocol's."""

    at: int
    what: str
    node: NodeId


MOST_OPERATIONS = 8
"""Storing a group takes three operations; with a new segment and a snapshot it is a dozen. Opening
a store reads three files or more."""

Item = Crash | Cut | Pause | Skew | SyncFails | DiskFails | Call | Ask
Plan = tuple[Item, ...]


class Dose(Struct, frozen=True):
    """How much goes wrong. Numbers of things in a run, unless said otherwise.

    ``loss`` and ``copies`` are in thousandths of the messages, ``spread`` in ticks: a message takes
    at least one tick, and at most so many. ``skew`` is in thousandths of the clock's rate. What
    goes wrong for a while does so for ``longest`` ticks at most. ``disks`` are failing syncs, and
    ``errors`` are other operations of disks that fail.
    """

    ticks: int = 3000
    longest: int = 500
    clients: int = 3
    calls: int = 8
    crashes: int = 2
    cuts: int = 3
    pauses: int = 1
    skew: int = 0
    disks: int = 1
    lost_disks: int = 0
    rots: int = 0
    errors: int = 0
    asks: int = 0
    loss: int = 50
    copies: int = 20
    spread: int = 10
    sync: int = 2

    def plan(self, nodes: tuple[NodeId, ...], random: Random, words: tuple[str, ...] = ()) -> Plan:
        """One such run, drawn."""
        items: list[Item] = []
        last = self.ticks * 2 // 3

        def span() -> tuple[int, int]:
            at = random.randrange(last)
            return at, at + random.randint(5, self.longest)

        for _ in range(self.crashes):
            at, until = span()
            effects = random.choice((None, 0, 1, 2, 3))
            items.append(Crash(at, random.choice(nodes), until - at, effects))
        for _ in range(self.lost_disks):
            at, until = span()
            items.append(Crash(at, random.choice(nodes), until - at, None, lost=True))
        for _ in range(self.rots):
            at, until = span()
            items.append(Crash(at, random.choice(nodes), until - at, None, rot=True))
        for _ in range(self.disks):
            at, until = span()
            items.append(SyncFails(at, random.choice(nodes), until - at))
        for _ in range(self.cuts):
            at, until = span()
            some = tuple(n for n in nodes if random.random() < 0.4)
            rest = tuple(n for n in nodes if n not in some)
            items.append(Cut(at, until, some, rest))
            if random.random() < 0.7:
                items.append(Cut(at, until, rest, some))
        for _ in range(self.pauses):
            at, until = span()
            items.append(Pause(at, until, random.choice(nodes)))
        if self.skew:
            items += [
                Skew(n, 1000 + random.randint(-self.skew, self.skew), 1000, random.randrange(1000))
                for n in nodes
            ]
        for client in range(self.clients):
            for n in range(self.calls):
                at = random.randrange(last)
                key = random.choice("xy")
                match random.randrange(4):
                    case 0 | 1:
                        call = Call(at, client, "read", key, log=random.random() < 0.3)
                    case 2:
                        call = Call(at, client, "write", key, client * 1000 + n)
                    case _:
                        old = random.choice((None, random.randrange(self.clients) * 1000 + n))
                        call = Call(at, client, "cas", key, (old, client * 1000 + n))
                items.append(call)
        for _ in range(self.asks if words else 0):
            items.append(Ask(random.randrange(last), random.choice(words), random.choice(nodes)))
        for _ in range(self.errors):
            at, until = span()
            node, operation = random.choice(nodes), random.randint(1, MOST_OPERATIONS)
            reading = random.random() < 0.3
            fault = Fault.IO if reading else random.choice(tuple(Fault))
            items.append(DiskFails(at, node, until - at, fault, operation, reading))
        return tuple(items)
