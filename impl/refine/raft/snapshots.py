"""Raft, the program, that compacts its log, held against :mod:`spec.raft.snapshots`.

There, a snapshot *is* the entries that it stands for. So the state machine here is one that keeps
them all, and its snapshots are lists of entries. Left out are entries that stay in the log behind a
snapshot, which there are gone. Snapshots in several pieces are in :mod:`.chunks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from ....spec.lang import Map, Network
from ....spec.raft import snapshots as text
from ....spec.raft.election import Server
from ....spec.raft.replication import AppendReply, Raft
from ...core import NodeId, Receive
from ...raft import log, messages, requests, server
from ..specification import Action
from ..world import Event, Packet
from .replication import ReplicationCluster

__all__ = ["SnapshotCluster"]

Entries = tuple[log.Entry, ...]
DECODER = msgspec.msgpack.Decoder(Entries)


class SnapshotCluster(ReplicationCluster):
    """Figure 2 with hosts that take snapshots whenever they like, and would take them of what is
    not committed, or was before."""

    protocol: ClassVar[type[Raft]] = text.Snapshots

    def inputs(self, core: server.Server) -> Iterable[server.Input]:
        yield from super().inputs(core)
        for n in range(1, core.log.last_index + 1):
            yield requests.Compact(n, self.stored(core.me, self.entries(core)[:n]))

    def stored(self, node: NodeId, entries: Entries) -> bytes:
        """A snapshot of these entries, as this server writes it."""
        return msgspec.msgpack.encode(entries)

    def entries_in(self, data: bytes) -> Entries:
        """The entries in a snapshot."""
        return DECODER.decode(data)

    # -------------------------------------------------------------------------- refinement
    def entries(self, core: server.Server) -> Entries:
        before = () if core.snapshot is None else self.entries_in(core.snapshot.data)
        return (*before, *core.log.entries)

    def message(self, packet: Packet) -> Any:
        source, dest = self.server[packet.sender], self.server[packet.to]
        match packet.message:
            case messages.InstallSnapshot(term, last_index, last_term, data=data):
                entries = tuple(map(self.entry, self.entries_in(data)))
                at, last = self.term[term], self.term[last_term]
                return text.InstallSnapshot(source, dest, at, last_index, last, entries)
            case messages.SnapshotReply(term, received=0):
                return AppendReply(source, dest, self.term[term], success=False, match=0)
            case _:
                return super().message(packet)

    def local(self, core: server.Server) -> tuple[Any, ...]:
        return (*super().local(core), 0 if core.snapshot is None else core.snapshot.index)

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Any]
    ) -> Mapping[str, Any]:
        sent = list(messages)
        states: Network[text.InstallSnapshot] = Network()
        for m in sent:
            if isinstance(m, text.InstallSnapshot):
                states.send(m)
        both = zip(self.server, servers, strict=True)
        return {
            **super().abstract(servers, [m for m in sent if m not in states]),
            "snapshot": Map({s: known[-1] for s, known in both}),
            "snapshots": states,
        }

    def explanations(
        self, event: Event, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterable[Sequence[Action]]:
        """After a crash the state machine begins with the snapshot, if there is one."""
        s = self.server[event.node]
        for steps in super().explanations(event, before, after, sent):
            if event.crash is not None and after.snapshot[s] > 0:
                yield [*steps, ("load_snapshot", (s,))]
            else:
                yield steps

    def undisturbed(
        self, event: Event, s: Server, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterator[list[Action]]:
        states: list[Action] = [
            ("install_snapshot", (s, m.dest)) for m in sent if isinstance(m, text.InstallSnapshot)
        ]
        for steps in super().undisturbed(event, s, before, after, sent):
            yield [*steps, *states]

    def first(self, event: Event, s: Server, before: Any) -> list[Action]:
        match event.given:
            case requests.Compact(n):
                return [("take_snapshot", (s, n))]
            case Receive(sender, messages.InstallSnapshot() as m):
                return [("handle_install_snapshot", (self.message(Packet(sender, event.node, m)),))]
            case _:
                return super().first(event, s, before)
