"""Raft, the program, that answers reads without writing, held against :mod:`spec.raft.reads`.

A round of questions whether a server still leads is a number in its messages here, and a message of
its own there; so an AppendEntries of a round is two messages, and so is the answer. A leader is
asked for one read in its term, which makes the round that of the read. What clients were told is
remembered beside the server that told it; it outlasts a crash, as there.

A leader takes a read before it has committed an entry of its term, and keeps it waiting. Left out
are reads that share a round, of which the specification knows nothing. Reads under a lease are in
:mod:`.leases`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from msgspec import Struct
from msgspec.structs import asdict, replace

from ....spec.lang import Map, Model, Network, action
from ....spec.raft import reads as text
from ....spec.raft.election import Quorum, Server, Term
from ....spec.raft.replication import Raft, Value
from ...core import Deliver, NodeId, Persist, Receive
from ...raft import log, messages, records, requests, server
from ...raft import step as program
from ..local import owner_of
from ..specification import Action, Specification
from ..world import Event, Packet
from .replication import ReplicationCluster

__all__ = ["Answer", "Copy", "ReadCluster"]

ROUND = 1
"""The round of the read of a term."""


class Answer(Struct, frozen=True):
    """What a leader told its client: of a read that was to reflect the log up to ``index``, that
    the state machine was read at ``commit``. ``by`` had confirmed that it leads."""

    term: log.Term
    index: log.Index
    commit: log.Index
    by: tuple[NodeId, ...]


class Copy(server.Server, frozen=True):
    """A server, and what it has told clients."""

    told: tuple[Answer, ...] = ()


C = TypeVar("C", bound=Copy)


class Disk(records.Durable, frozen=True):
    """A disk, and what outlasts a crash beside it."""

    beside: tuple[Any, ...] = ()


class Record(records.Record, frozen=True):
    """What a step changes of both."""

    beside: tuple[Any, ...] = ()


class Reads(text.EarlyReads):
    """The same text, without what is remembered for the sake of a claim, and decides nothing."""

    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        super().advance_commit(s, q, n)
        self.acknowledged = 0

    @action
    def read(self, s: Server, x: text.Read) -> None:
        super().read(s, x)
        self.read_after[x] = 0


class ReadCluster(ReplicationCluster):
    """Figure 2 with a read for each leader, at any time."""

    protocol: ClassVar[type[Raft]] = Reads
    constants: ClassVar[Mapping[str, Any]] = {"acknowledged": 0}

    def __init__(
        self, servers: int = 3, terms: int = 1, commands: int = 0, crashes: int = 0
    ) -> None:
        super().__init__(servers, terms, commands, crashes)
        self.reads: tuple[text.Read, ...] = Specification(self.model).elements(text.Read)
        """That of each server and term."""
        self.owners = {x: self.server[i // terms] for i, x in enumerate(self.reads)}

    def instance(self) -> Model:
        servers, terms, commands = len(self.nodes), self.terms, self.commands
        return Model(
            name=f"{servers} servers, {terms} terms, {commands} commands and a read in each",
            protocol=self.protocol,
            sizes=self.sizes(),
            constants={"max_log": terms * (1 + commands)},
            restarts=self.crashes,
        )

    def sizes(self) -> dict[type[Any], int]:
        servers, terms = len(self.nodes), self.terms
        return {Server: servers, Term: terms + 1, Value: 2, text.Read: servers * terms}

    # ----------------------------------------------------------------------------- cluster
    def blank(self) -> records.Durable:
        return Disk()

    def written(self, disk: records.Durable, record: records.Record) -> records.Durable:
        assert isinstance(record, Record)
        return Disk(**asdict(records.written(disk, record)), beside=record.beside)

    def recovered(self, node: NodeId, disk: records.Durable) -> server.Server:
        assert isinstance(disk, Disk)
        return Copy(**asdict(super().recovered(node, disk)), told=disk.beside)

    def inputs(self, core: server.Server) -> Iterable[server.Input]:
        yield from super().inputs(core)
        if core.role is server.Role.LEADER and core.reads.round == 0:
            yield requests.Read(core.term)

    def step(
        self, core: server.Server, given: server.Input
    ) -> tuple[server.Server, Sequence[server.Effect]]:
        """The client is told as of which entry the state machine was read."""
        after, effects = program.step(core, given)
        assert isinstance(after, Copy)
        after = answering(after, effects, ROUND)
        return after, self.recorded(core, after, effects)

    def beside(self, core: server.Server) -> tuple[Any, ...]:
        """What of a server outlasts a crash, and is not on its disk."""
        assert isinstance(core, Copy)
        return core.told

    def recorded(
        self, before: server.Server, after: server.Server, effects: Iterable[server.Effect]
    ) -> list[server.Effect]:
        """The effects, with what is to outlast a crash in the record; or in one of its own."""
        kept = self.beside(after)
        found: list[server.Effect] = []
        for effect in effects:
            match effect:
                case Persist(record):
                    found.append(Persist(Record(**asdict(record), beside=kept)))
                case _:
                    found.append(effect)
        if kept != self.beside(before) and not any(isinstance(x, Persist) for x in found):
            alone = Record(after.term, after.voted_for, counts=after.counts, beside=kept)
            found.insert(0, Persist(alone))
        return found

    # -------------------------------------------------------------------------- refinement
    def owner(self, key: Any) -> Any:
        """Reads belong to servers, too."""
        if isinstance(key, text.Read):
            return self.owners[key]
        return owner_of(key)

    def signs(self, packet: Packet) -> Iterable[Hashable]:
        source, dest = self.server[packet.sender], self.server[packet.to]
        match packet.message:
            case messages.AppendEntries(term=term, round=1):
                x = self.reads_of(packet.sender)[term - 1]
                yield text.Heartbeat(source, dest, self.term[term], x)
            case messages.AppendReply(term=term, round=1):
                x = self.reads_of(packet.to)[term - 1]
                yield text.HeartbeatReply(source, dest, self.term[term], x)
            case _:
                pass

    def reads_of(self, node: NodeId) -> Sequence[text.Read]:
        """The reads of a server, by their terms."""
        i = self.nodes.index(node)
        return self.reads[i * self.terms : (i + 1) * self.terms]

    def local(self, core: server.Server) -> tuple[Any, ...]:
        """Also what is known of its reads: to which index each was to go, who has confirmed, and at
        which index it was answered."""
        return (*super().local(core), self.known(core, ROUND))

    def known(self, core: server.Server, asked: int) -> tuple[Any, ...]:
        assert isinstance(core, Copy)
        found: list[Any] = [None] * self.terms
        for x in core.told:
            found[x.term - 1] = (x.index, self.named(x.by), x.commit)
        for p in core.reads.pending:
            found[core.term - 1] = (p.index, self.named(confirmed(core, asked)), None)
        return tuple(found)

    def named(self, nodes: Iterable[NodeId]) -> frozenset[Server]:
        return frozenset(self.server[n] for n in nodes)

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Any]
    ) -> Mapping[str, Any]:
        sent = list(messages)
        rounds: Network[Any] = Network()
        for m in sent:
            if isinstance(m, text.Heartbeat | text.HeartbeatReply):
                rounds.send(m)
        reads = [x for known in servers for x in known[8]]
        unasked = (None, 0, self.term[0], frozenset[Server](), None)
        fields: list[tuple[Any, ...]] = []
        for i, known in enumerate(reads):
            if known is None:
                fields.append(unasked)
            else:
                index, by, answered = known
                term = self.term[i % self.terms + 1]
                fields.append((self.owners[self.reads[i]], index, term, by, answered))
        names = ("reader", "read_index", "read_term", "confirmed", "answered")
        return {
            **super().abstract(servers, [m for m in sent if m not in rounds]),
            **{
                name: Map({x: f[n] for x, f in zip(self.reads, fields, strict=True)})
                for n, name in enumerate(names)
            },
            **self.constants,
            "read_after": Map(dict.fromkeys(self.reads, 0)),
            "heartbeats": rounds,
        }

    def explanations(
        self, event: Event, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterable[Sequence[Action]]:
        """Who leads no more abandons the read of its term."""
        read = self.read(event.node, before.term[self.server[event.node]])
        for steps in super().explanations(event, before, after, sent):
            yield steps
            if read is not None:
                yield [*steps, ("abandon", (read,))]

    def undisturbed(
        self, event: Event, s: Server, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterator[list[Action]]:
        """A message of a round is two; at the end, the read may be answered."""
        ends: list[list[Action]] = [[]]
        read = self.read(event.node, before.term[s])
        if read is not None:
            asks: list[Action] = [
                ("heartbeat", (s, m.dest, read)) for m in sent if isinstance(m, text.Heartbeat)
            ]
            ends = [asks, [*asks, ("answer", (read,))]]
        heard = self.heard(event)
        for steps in super().undisturbed(event, s, before, after, sent):
            for end in ends:
                yield [*steps[:1], *heard, *steps[1:], *end]
                if heard:
                    yield [*steps, *end]

    def heard(self, event: Event) -> list[Action]:
        """What a message of a round says beyond what it says without."""
        if not isinstance(event.given, Receive):
            return []
        found: list[Action] = []
        for m in self.signs(Packet(event.given.sender, event.node, event.given.message)):
            asked = isinstance(m, text.Heartbeat)
            found.append(("handle_heartbeat" if asked else "handle_heartbeat_reply", (m,)))
        return found

    def read(self, node: NodeId, term: Term) -> text.Read | None:
        """The read of a server in a term; in the first nobody leads."""
        n = self.term.index(term)
        return self.reads_of(node)[n - 1] if n > 0 else None

    def first(self, event: Event, s: Server, before: Any) -> list[Action]:
        match event.given:
            case requests.Read(term):
                return [("read", (s, self.reads_of(event.node)[term - 1]))]
            case _:
                return super().first(event, s, before)


def answering(after: C, effects: Iterable[server.Effect], asked: int) -> C:
    """The server, with what it tells the client of the read for which this round was begun."""
    for effect in effects:
        match effect:
            case Deliver(requests.ReadReady(term, index)):
                answer = Answer(term, index, after.commit, tuple(confirmed(after, asked)))
                after = replace(after, told=(*after.told, answer))
            case _:
                pass
    return after


def confirmed(core: server.Server, asked: int) -> Iterator[NodeId]:
    """Who has answered this round or a later one, a leader itself among them; nobody else if none
    was begun."""
    for node, p in core.progress:
        if node == core.me or 0 < asked <= p.round:
            yield node
