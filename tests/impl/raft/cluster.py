"""A cluster in the hands of a test: nothing happens unless the test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ballotproof.impl.core import Deliver, Persist, Receive, Send, SetTimer, TimerExpired
from ballotproof.impl.raft.config import Config
from ballotproof.impl.raft.configuration import Configuration
from ballotproof.impl.raft.log import Index
from ballotproof.impl.raft.messages import Message
from ballotproof.impl.raft.records import Durable, written
from ballotproof.impl.raft.requests import (
    Applied,
    ChangeMembership,
    Compact,
    Output,
    Propose,
    Restored,
)
from ballotproof.impl.raft.restart import recovered
from ballotproof.impl.raft.server import Effects, Input, Role, Server, Timer
from ballotproof.impl.raft.step import step

Packet = tuple[int, int, Message]
"""Sender, receiver, message."""


EVERYTHING = Config()


class Cluster:
    """Servers 0, 1, ...; the first ``voters`` are the members at the beginning. Nothing reaches
    or leaves those that are ``down`` or ``cut`` off; the difference is the reader's."""

    def __init__(self, voters: int = 3, config: Config = EVERYTHING, spares: int = 0) -> None:
        self.config = config
        self.initial = Configuration(tuple(range(voters)))
        self.servers: dict[int, Server] = {}
        self.disks: dict[int, Durable] = {}
        self.told: dict[int, list[Output]] = {}
        self.timers: dict[int, dict[Timer, SetTimer[Timer]]] = {}
        self.packets: list[Packet] = []
        self.down: set[int] = set()
        self.cut: set[int] = set()
        self.now = 0
        for n in range(voters + spares):
            self.start(n, Configuration(()) if n >= voters else self.initial)

    def start(self, n: int, initial: Configuration | None = None, lost: bool = False) -> None:
        """Start a server with what is on its disk."""
        self.disks.setdefault(n, Durable())
        self.told[n] = []
        self.timers[n] = {}
        disk = Durable() if lost else self.disks[n]
        self.disks[n] = disk
        s, effects = recovered(n, initial or self.initial, disk, self.config, lost)
        self.servers[n] = s
        self.carry_out(n, effects)

    def carry_out(self, n: int, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case Persist(record):
                    self.disks[n] = written(self.disks[n], record)
                case Send(to, message):
                    self.packets.append((n, to, message))
                case SetTimer(timer):
                    self.timers[n][timer] = effect
                case Deliver(value):
                    self.told[n].append(value)
        s = self.servers[n]
        there = self.disks[n]
        assert there == Durable(s.term, s.voted_for, s.log, s.snapshot, s.counts)

    def give(self, n: int, given: Input) -> Effects:
        self.servers[n], effects = step(self.servers[n], given)
        self.carry_out(n, effects)
        return effects

    # ------------------------------------------------------------------------------ messages
    def deliver(self, wanted: Callable[[Packet], bool] = lambda _: True) -> int:
        """Deliver what is on its way and wanted, in order; what is not wanted stays."""
        packets, self.packets = self.packets, []
        for packet in packets:
            sender, to, message = packet
            if {sender, to} & (self.down | self.cut) or to not in self.servers:
                continue
            if wanted(packet):
                self.give(to, Receive(sender, message, self.now))
            else:
                self.packets.append(packet)
        return len(packets)

    def settle(self) -> None:
        """Deliver until nothing is on its way."""
        for _ in range(1000):
            if not self.deliver():
                return
        raise AssertionError("messages never end")

    def drop(self) -> list[Packet]:
        """What is on its way is lost."""
        packets, self.packets = self.packets, []
        return packets

    # ---------------------------------------------------------------------------------- time
    def expire(self, n: int, timer: Timer) -> Effects:
        return self.give(n, TimerExpired(timer, self.now))

    def time_out(self, n: int) -> None:
        """The whole election time passes for a server."""
        s = self.servers[n]
        self.expire(n, Timer.ELECTION)
        if s.recent:
            self.expire(n, Timer.ELECTION)

    def lose_touch(self, nodes: Iterable[int]) -> None:
        """The least election time passes for servers."""
        for n in nodes:
            if self.servers[n].recent:
                self.expire(n, Timer.ELECTION)

    def elect(self, n: int) -> Server:
        """Server n is elected, by all who are up."""
        self.lose_touch([x for x in self.servers if x not in self.down])
        self.time_out(n)
        self.settle()
        assert self.servers[n].role is Role.LEADER
        return self.servers[n]

    def beat(self, n: int) -> None:
        """A heartbeat, and the answers."""
        self.expire(n, Timer.HEARTBEAT)
        self.settle()

    # ------------------------------------------------------------------------------- wishes
    def propose(self, n: int, *commands: bytes) -> None:
        for command in commands:
            self.give(n, Propose(command))

    def change(self, n: int, asked: ChangeMembership) -> Output:
        self.give(n, asked)
        return self.told[n][-1]

    def compact(self, n: int) -> None:
        """The host takes a snapshot of all that is applied: the commands, one to a line."""
        data = b"\n".join(self.machine(n))
        self.give(n, Compact(self.servers[n].commit, data))

    # -------------------------------------------------------------------------------- facts
    def leader(self) -> int | None:
        """Who leads in the latest term that has a leader."""
        leaders = [s for s in self.servers.values() if s.role is Role.LEADER]
        return max(leaders, key=lambda s: s.term).me if leaders else None

    def role(self, n: int) -> Role:
        return self.servers[n].role

    def members(self, n: int) -> Configuration:
        return self.servers[n].configuration

    def applied(self, n: int) -> list[Index]:
        return [x.index for x in self.told[n] if isinstance(x, Applied)]

    def machine(self, n: int) -> list[bytes]:
        """The commands that the state machine has seen."""
        seen: list[bytes] = []
        for x in self.told[n]:
            match x:
                case Restored(snapshot):
                    seen = snapshot.data.split(b"\n") if snapshot.data else []
                case Applied(_, entry) if isinstance(entry.payload, bytes):
                    seen.append(entry.payload)
                case _:
                    pass
        return seen
