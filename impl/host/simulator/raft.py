"""Raft in the simulator, and what must never happen to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core import NodeId, Send
from ...raft.config import Config
from ...raft.configuration import Configuration
from ...raft.log import Entry, Index, Term
from ...raft.messages import AppendEntries, InstallSnapshot, Message
from ...raft.records import Durable, Record, written
from ...raft.requests import (
    Accepted,
    AddLearner,
    AddVoter,
    Applied,
    ChangeMembership,
    Compact,
    ForgetLeader,
    Propose,
    Read,
    ReadReady,
    Rejected,
    Remove,
    Restored,
    Transfer,
    Unreachable,
)
from ...raft.restart import recovered
from ...raft.server import Effects, Input, Role, Server
from ...raft.step import step
from ..storage.kept import Format
from .application import meaning
from .simulator import GIVEN, Host, Violation

__all__ = ["RaftProgram"]

EVERYTHING = Config()

WORDS = ("transfer", "learner", "voter", "remove", "swap", "unreachable", "forget")
"""What operators may ask for."""


class RaftProgram:
    """A cluster, for one run.

    ``compact_every``: a snapshot is taken whenever so many entries were applied; 0: never.
    ``words`` are what operators ask for. ``stored``: hosts keep records in stores.
    """

    def __init__(
        self,
        servers: int = 3,
        config: Config = EVERYTHING,
        spares: int = 0,
        compact_every: int = 0,
        words: tuple[str, ...] = WORDS,
        stored: bool = False,
    ) -> None:
        self.form = Format(Durable(), Record, written) if stored else None
        self.words = words
        self.nodes: tuple[NodeId, ...] = tuple(range(servers + spares))
        self.config = config
        self.initial = Configuration(tuple(range(servers)))
        self.first = servers
        self.compact_every = compact_every
        self.leaders: dict[Term, NodeId] = {}
        self.applied: dict[Index, Entry] = {}
        self.states: dict[Index, bytes] = {}
        self.highest: Index = 0
        self.asked_at: dict[int, Index] = {}

    # ------------------------------------------------------------------------------- program
    def blank(self) -> Durable:
        return Durable()

    def written(self, disk: Durable, record: Record) -> Durable:
        return written(disk, record)

    def recovered(self, node: NodeId, disk: Durable, lost: bool) -> tuple[Server, Effects]:
        initial = self.initial if node < self.first else Configuration(())
        return recovered(node, initial, disk, self.config, lost)

    def step(self, core: Server, given: Input) -> tuple[Server, Effects]:
        after, effects = step(core, given)
        for effect in effects:
            if isinstance(effect, Send):
                self.watch_size(core.me, effect.message)
        return after, effects

    def watch_size(self, node: NodeId, m: Message) -> None:
        """A message keeps to its limits, whatever waits to be sent."""
        config = self.config
        if isinstance(m, AppendEntries):
            if len(m.entries) <= 1:
                return
            sizes = [len(e.payload) for e in m.entries if isinstance(e.payload, bytes)]
            if len(m.entries) > config.most_entries or sum(sizes) > config.most_bytes:
                raise Violation(f"server {node} sends {len(m.entries)} entries in one message")
        elif isinstance(m, InstallSnapshot) and len(m.data) > config.chunk_bytes:
            raise Violation(f"server {node} sends {len(m.data)} bytes of a snapshot at once")

    def propose(self, data: bytes) -> Propose:
        return Propose(data)

    def read(self, name: int, now: int) -> Read | None:
        self.asked_at[name] = self.highest
        return Read(name, now)

    def asked(self, word: str, node: NodeId, core: Server) -> Input | None:
        """Operators talk to the leader, except to make a server forget it."""
        if word == "forget":
            return ForgetLeader() if core.me == node else None
        if core.role is not Role.LEADER:
            return None
        match word:
            case "transfer":
                return Transfer(node)
            case "learner":
                return ChangeMembership((AddLearner(node),))
            case "voter":
                return ChangeMembership((AddVoter(node),))
            case "remove":
                return ChangeMembership((Remove(node),))
            case "swap":
                other = self.nodes[(self.nodes.index(node) + 1) % len(self.nodes)]
                return ChangeMembership((AddVoter(node), Remove(other)))
            case _:
                return Unreachable(node)

    def delivered(self, host: Host, value: Any) -> None:
        app = host.app
        match value:
            case Applied(index, entry):
                self.agree(index, entry)
                if index != app.applied + 1:
                    raise Violation(
                        f"server {host.node} applies entry {index} behind entry {app.applied}"
                    )
                payload = entry.payload
                told = app.apply(index, payload if isinstance(payload, bytes) else None)
                if told is not None:
                    host.answer(*told)
                every = self.compact_every
                if every and index >= host.compacted + every:
                    host.compacted = index
                    data = app.snapshot()
                    self.same_state(host.node, index, data)
                    simulator = host.simulator
                    given = Compact(index, data)
                    simulator.push(simulator.time, GIVEN, host.node, host.life, given)
            case ReadReady(name, index):
                if app.applied < self.asked_at[name]:
                    raise Violation(
                        f"server {host.node} answers a read as of entry {app.applied}, and entry "
                        f"{self.asked_at[name]} was committed before it was asked"
                    )
                if index > app.applied:
                    raise Violation(
                        f"server {host.node} may read entry {index} and has {app.applied}"
                    )
                client, number, key = host.reads.pop(name)
                host.answer(client, number, app.values.get(key))
            case Rejected(Propose(data), _, leader):
                client, number, *_ = meaning(data)
                host.refuse(client, number, leader)
            case Rejected(Read(name), _, leader):
                client, number, _ = host.reads.pop(name)
                host.refuse(client, number, leader)
            case Restored(snapshot):
                app.restore(snapshot.data)
                host.compacted = snapshot.index
                self.same_state(host.node, snapshot.index, snapshot.data)
            case Accepted() | Rejected():
                pass
            case _:
                raise TypeError(f"{value!r} is nothing that Raft tells")

    # ------------------------------------------------------------------------- what must hold
    def watch(self, time: int, node: NodeId, before: Server, after: Server) -> None:
        if after.term < before.term:
            raise Violation(f"server {node} goes back from term {before.term} to {after.term}")
        if after.commit < before.commit:
            raise Violation(
                f"server {node} takes back its commit index: {before.commit} to {after.commit}"
            )
        if after.term == before.term and before.voted_for not in (None, after.voted_for):
            raise Violation(f"server {node} votes twice in term {after.term}")
        if after.role is Role.LEADER and before.role is not Role.LEADER:
            other = self.leaders.setdefault(after.term, node)
            if other != node:
                raise Violation(f"servers {other} and {node} both lead term {after.term}")
        snapshot = after.snapshot
        if snapshot is not None and snapshot is not before.snapshot:
            if after.configurations[0].configuration != snapshot.configuration:
                raise Violation(f"server {node} goes by another configuration than its snapshot's")
        if after.configurations is not before.configurations:
            self.watch_configurations(node, before, after)
        if (
            after.progress is not before.progress
            and before.role is after.role is Role.LEADER
            and after.term == before.term
        ):
            known = dict(before.progress)
            for n, p in after.progress:
                # Of a server that has lost its disk, what was known is not true any more.
                if p.counts and n in known and p.match < known[n].match:
                    raise Violation(f"server {node} forgets how far server {n} matches")
                if p.next <= p.match:
                    raise Violation(f"server {node} would send server {n} what it has")

    def watch_configurations(self, node: NodeId, before: Server, after: Server) -> None:
        """The rules of chapter 4 of the thesis, as they show in one server."""
        latest = after.configurations[-1]
        if latest.index > after.log.last_index:
            raise Violation(f"server {node} goes by a configuration that is not in its log")
        for old, new in zip(after.configurations, after.configurations[1:], strict=False):
            if old.index >= new.index:
                raise Violation(f"server {node} has configurations out of order")
            a, b = old.configuration, new.configuration
            changed = len(set(a.voters) ^ set(b.voters)) if a.voters else 0  # it joins
            if changed > 1 and not (b.joint and b.outgoing == a.voters) and not a.joint:
                raise Violation(f"server {node} has a configuration that needs a joint one before")
        if not before.role is after.role is Role.LEADER or before.term != after.term:
            return
        if latest.index <= before.log.last_index:
            return
        if len(after.configurations) > 1 and after.configurations[-2].index > after.commit:
            raise Violation(f"server {node} changes the membership while a change is pending")
        if after.commit < after.reads.first:
            raise Violation(f"server {node} changes the membership before its term has a commit")

    def agree(self, index: Index, entry: Entry) -> None:
        self.highest = max(self.highest, index)
        other = self.applied.setdefault(index, entry)
        if other != entry:
            raise Violation(f"entry {index} is applied as {other} and as {entry}")

    def same_state(self, node: NodeId, index: Index, data: bytes) -> None:
        if self.states.setdefault(index, data) != data:
            raise Violation(f"server {node} is in another state after entry {index} than others")


def committed(program: RaftProgram) -> Sequence[Entry]:
    """All that was applied anywhere, in order."""
    return [program.applied[n] for n in sorted(program.applied)]
