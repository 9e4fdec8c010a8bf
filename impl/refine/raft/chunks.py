"""Raft, the program, that sends its snapshots in chunks, held against
:class:`spec.raft.snapshots.SnapshotsInParts`.

There, a snapshot is one message, and what comes before all of it is there says only that there is a
leader. Here each chunk is both: whoever sees the network writes on it which snapshot it is of
(:class:`Chunk`, with a note that no core reads), so that the first one sent is the message sent,
and the one with which a server has all of them is the message received; the others change nothing.

Each host writes each of its snapshots in a way of its own: every byte bears a mark, of the host and
the index. So bytes of two snapshots together are no snapshot, whichever they are. The first byte
has no entry, so that there are at least two chunks, of a byte each.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from msgspec.structs import asdict, replace

from ....spec.lang import Network
from ....spec.raft import snapshots as text
from ....spec.raft.election import Server
from ....spec.raft.replication import Raft
from ...core import NodeId, Receive, Send
from ...raft import log, messages, server
from ...raft import step as program
from ..specification import Action
from ..world import Event, Packet
from .snapshots import Entries, SnapshotCluster

__all__ = ["ChunkCluster"]

TORN = log.Entry(0, None)
"""Stands for a byte of another snapshot; there is no such entry."""

ENTRIES = 16
"""So many different entries can be written, and so many marks."""


class Chunk(messages.InstallSnapshot, frozen=True):
    """A chunk, and all the bytes of its snapshot."""

    whole: bytes = b""


class ChunkCluster(SnapshotCluster):
    """Figure 2 with snapshots of a few bytes, sent byte by byte. Only ``candidates`` stand for
    election, and only they take snapshots."""

    protocol: ClassVar[type[Raft]] = text.SnapshotsInParts

    def __init__(
        self,
        servers: int = 3,
        terms: int = 1,
        commands: int = 0,
        crashes: int = 0,
        candidates: Iterable[NodeId] = (0, 1, 2),
    ) -> None:
        super().__init__(servers, terms, commands, crashes)
        self.config = replace(self.config, chunk_bytes=1)
        self.candidates = frozenset(candidates)

    # ----------------------------------------------------------------------------- cluster
    def inputs(self, core: server.Server) -> Iterable[server.Input]:
        return super().inputs(core) if core.me in self.candidates else ()

    def stored(self, node: NodeId, entries: Entries) -> bytes:
        mark = 4 * node + len(entries)
        return bytes([mark * ENTRIES, *(mark * ENTRIES + code(e) for e in entries)])

    def entries_in(self, data: bytes) -> Entries:
        mark = data[0] // ENTRIES
        return tuple(entry(x % ENTRIES) if x // ENTRIES == mark else TORN for x in data[1:])

    def step(
        self, core: server.Server, given: server.Input
    ) -> tuple[server.Server, Sequence[server.Effect]]:
        after, effects = program.step(core, given)
        return after, [noted(after, effect) for effect in effects]

    # -------------------------------------------------------------------------- refinement
    def message(self, packet: Packet) -> Any:
        source, dest = self.server[packet.sender], self.server[packet.to]
        match packet.message:
            case Chunk(term, last_index, last_term, whole=whole):
                entries = tuple(map(self.entry, self.entries_in(whole)))
                at, last = self.term[term], self.term[last_term]
                return text.InstallSnapshot(source, dest, at, last_index, last, entries)
            case messages.SnapshotReply(term):
                return text.PartReply(source, dest, self.term[term])
            case _:
                return super().message(packet)

    def signs(self, packet: Packet) -> Iterable[Hashable]:
        match packet.message:
            case Chunk(term):
                source, dest = self.server[packet.sender], self.server[packet.to]
                yield text.Part(source, dest, self.term[term])
            case _:
                pass

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Any]
    ) -> Mapping[str, Any]:
        sent = list(messages)
        parts: Network[Any] = Network()
        for m in sent:
            if isinstance(m, text.Part | text.PartReply):
                parts.send(m)
        rest = [m for m in sent if not isinstance(m, text.Part | text.PartReply)]
        return {**super().abstract(servers, rest), "parts": parts}

    def undisturbed(
        self, event: Event, s: Server, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterator[list[Action]]:
        """A chunk may be the last that was missing, or one of the others."""
        parts: list[Action] = [("send_part", (s, m.dest)) for m in sent if isinstance(m, text.Part)]
        for steps in super().undisturbed(event, s, before, after, sent):
            yield [*steps, *parts]
            match event.given:
                case Receive(sender, Chunk() as m):
                    (part,) = self.signs(Packet(sender, event.node, m))
                    yield [("handle_part", (part,)), *steps[1:], *parts]
                case _:
                    pass

    def first(self, event: Event, s: Server, before: Any) -> list[Action]:
        match event.given:
            case Receive(sender, messages.SnapshotReply() as m):
                return [("handle_part_reply", (self.message(Packet(sender, event.node, m)),))]
            case _:
                return super().first(event, s, before)


def noted(s: server.Server, effect: server.Effect) -> server.Effect:
    """The effect, with a note on it if it is a chunk."""
    match effect:
        case Send(to, messages.InstallSnapshot() as m):
            sending = s.progress_of(to).sending
            assert sending is not None
            return Send(to, Chunk(**asdict(m), whole=sending.snapshot.data))
        case _:
            return effect


def code(e: log.Entry) -> int:
    return 2 * e.term + (e.payload is not None)


def entry(code: int) -> log.Entry:
    return log.Entry(code // 2, b"command" if code % 2 else None)
