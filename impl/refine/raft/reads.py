"""Raft, the program, that answers reads without writing, held against :mod:`spec.raft.reads`.

A round of questions whether a server still leads is a number in its messages here, and a message of
its own there; so an AppendEntries of a round is two messages, and so is the answer. A leader is
asked for one read in its term, which makes the round that of the read.

A leader takes a read before it has committed an entry of its term, and keeps it waiting. Left out
are reads that share a round, of which the specification knows nothing; and reads under a lease
(:class:`spec.raft.lease_reads.SteadyLeaseReads`), for which messages would have to say when their
round began, and clocks that differ without bound to be explored.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ....spec.lang import Map, Model, Network, action
from ....spec.raft import reads as text
from ....spec.raft.election import Quorum, Server, Term
from ....spec.raft.replication import Raft, Value
from ...core import Deliver, Receive, Send
from ...raft import messages, requests, server
from ...raft import step as program
from ..specification import Action, Specification
from ..world import CLIENTS, Event, Packet
from .replication import ReplicationCluster

__all__ = ["ReadCluster"]

ROUND = 1
"""The round of the read of a term."""


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

    def __init__(
        self, servers: int = 3, terms: int = 1, commands: int = 0, crashes: int = 0
    ) -> None:
        super().__init__(servers, terms, commands, crashes)
        self.reads: tuple[text.Read, ...] = Specification(self.model).elements(text.Read)
        """That of each term."""

    def instance(self) -> Model:
        servers, terms, commands = len(self.nodes), self.terms, self.commands
        return Model(
            name=f"{servers} servers, {terms} terms, {commands} commands and a read in each",
            protocol=self.protocol,
            sizes={Server: servers, Term: terms + 1, Value: 2, text.Read: terms},
            constants={"max_log": terms * (1 + commands)},
            restarts=self.crashes,
        )

    # ----------------------------------------------------------------------------- cluster
    def inputs(self, core: server.Server) -> Iterable[server.Input]:
        yield from super().inputs(core)
        if core.role is server.Role.LEADER and core.reads.round == 0:
            yield requests.Read(core.term)

    def step(
        self, core: server.Server, given: server.Input
    ) -> tuple[server.Server, Sequence[server.Effect]]:
        """The client is told as of which entry the state machine was read."""
        after, effects = program.step(core, given)
        found: list[Any] = []
        for effect in effects:
            found.append(effect)
            match effect:
                case Deliver(requests.ReadReady(term, index)):
                    answer = (term, index, after.commit, tuple(confirmed(after)))
                    found.append(Send(CLIENTS, answer))
                case _:
                    pass
        return after, found

    # -------------------------------------------------------------------------- refinement
    def message(self, packet: Packet) -> Any:
        return None if packet.to == CLIENTS else super().message(packet)

    def signs(self, packet: Packet) -> Iterable[Hashable]:
        if packet.to == CLIENTS:
            yield packet
            return
        source, dest = self.server[packet.sender], self.server[packet.to]
        match packet.message:
            case messages.AppendEntries(term=term, round=1):
                yield text.Heartbeat(source, dest, self.term[term], self.reads[term - 1])
            case messages.AppendReply(term=term, round=1):
                yield text.HeartbeatReply(source, dest, self.term[term], self.reads[term - 1])
            case _:
                pass

    def local(self, core: server.Server) -> tuple[Any, ...]:
        waiting = [(core.term, p.index, tuple(confirmed(core))) for p in core.reads.pending]
        return (*super().local(core), *waiting)

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Any]
    ) -> Mapping[str, Any]:
        sent = list(messages)
        rounds: Network[Any] = Network()
        known: dict[text.Read, tuple[Any, ...]] = {
            x: (None, 0, self.term[0], frozenset[Server](), None) for x in self.reads
        }
        for m in sent:
            if isinstance(m, text.Heartbeat | text.HeartbeatReply):
                rounds.send(m)
            elif isinstance(m, Packet):
                term, index, commit, by = m.message
                known[self.reads[term - 1]] = self.asked(m.sender, term, index, by, commit)
        for node, server_known in enumerate(servers):
            for term, index, by in server_known[8:]:
                known[self.reads[term - 1]] = self.asked(node, term, index, by, None)
        rest = [m for m in sent if m not in rounds and not isinstance(m, Packet)]
        names = ("reader", "read_index", "read_term", "confirmed", "answered")
        return {
            **super().abstract([x[:8] for x in servers], rest),
            **{name: Map({x: known[x][i] for x in self.reads}) for i, name in enumerate(names)},
            "acknowledged": 0,
            "read_after": Map(dict.fromkeys(self.reads, 0)),
            "heartbeats": rounds,
        }

    def asked(
        self, node: int, term: int, index: int, by: Iterable[int], answered: int | None
    ) -> tuple[Any, ...]:
        servers = frozenset(self.server[n] for n in by)
        return self.server[node], index, self.term[term], servers, answered

    def explanations(
        self, event: Event, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterable[Sequence[Action]]:
        """Who leads no more abandons the read of its term."""
        s = self.server[event.node]
        read = self.read(before.term[s])
        for steps in super().explanations(event, before, after, sent):
            yield steps
            if read is not None:
                yield [*steps, ("abandon", (read,))]

    def undisturbed(
        self, event: Event, s: Server, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterator[list[Action]]:
        """A message of a round is two; at the end, the read may be answered."""
        ends: list[list[Action]] = [[]]
        read = self.read(before.term[s])
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

    def read(self, term: Term) -> text.Read | None:
        """The read of a term; in the first nobody leads."""
        n = self.term.index(term)
        return self.reads[n - 1] if n > 0 else None

    def first(self, event: Event, s: Server, before: Any) -> list[Action]:
        match event.given:
            case requests.Read(term):
                return [("read", (s, self.reads[term - 1]))]
            case _:
                return super().first(event, s, before)


def confirmed(core: server.Server) -> Iterator[int]:
    """Who has answered the round, a leader itself among them."""
    for node, p in core.progress:
        if node == core.me or p.round >= ROUND:
            yield node
