"""Raft, the program, that answers reads under a lease, held against :mod:`spec.raft.lease_reads`.

A server is here the core and its host, which has a clock and obeys the core's election timer while
the core counts on it: while a leader is recent. Clocks go on one by one, and differ by no more than
the specification allows. A fresh cluster has waited for the first time already.

Messages do not say when their round began; only the leader knows. So whoever sees the network
writes it on them, and on the answers what was written on the question: :class:`Asks` and
:class:`Says` are what the core sends, with a note that no core reads. What is written decides what
such a message is to the specification: a heartbeat that asks for a promise, and one on behalf of a
read.

Rounds that began at the same tick are one round there. A message of a round whose receiver has
answered it already asks for nothing more.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from msgspec import Struct
from msgspec.structs import asdict, replace

from ....spec.lang import Map, Model, Network, action
from ....spec.raft import lease_reads as text
from ....spec.raft import reads
from ....spec.raft.election import Quorum, Server
from ....spec.raft.replication import Raft
from ...core import NodeId, Receive, Send, SetTimer, TimerExpired
from ...raft import messages, records, requests, restart, server
from ...raft import step as program
from ...raft.config import FIGURE_2
from ..specification import Action
from ..world import Event, Packet
from .reads import Copy, Disk, ReadCluster, answering

__all__ = ["Hosted", "LeaseCluster", "LoyalLeaseCluster", "Tick"]


class Tick(Struct, frozen=True):
    """The host's clock goes on by one."""


class Asks(messages.AppendEntries, frozen=True):
    """A message of a round: when that began, if it is to bind its receiver; and whether it is on
    behalf of the read of the term."""

    sent: int | None = None
    reads: bool = False


class Says(messages.AppendReply, frozen=True):
    """The answer, with what was written on the question."""

    sent: int | None = None
    reads: bool = False


class Hosted(Copy, frozen=True):
    """A server and its host. ``clock`` counts ticks; until ``waits`` the election timer does not go
    off. What follows is known to nobody, and remembered for the specification: until when it has
    ``promised`` to wait; when the rounds of its leadership ``began``, the ``latest`` of any, and in
    which of them its read was ``asked``."""

    clock: int = 0
    waits: int = 0
    promised: int = 0
    began: tuple[int, ...] = ()
    latest: int = 0
    asked: int = 0


class Leases(text.EarlyLeaseReads):
    """The same text, without what is remembered for the sake of a claim, and decides nothing."""

    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        super().advance_commit(s, q, n)
        self.acknowledged = 0

    @action
    def read(self, s: Server, x: reads.Read) -> None:
        super().read(s, x)
        self.read_after[x] = 0


class LoyalLeases(Leases, text.LoyalLeaseReads):
    """The same with leaders that look whether a quorum was heard."""


class LeaseCluster(ReadCluster):
    """Servers with clocks, up to some tick, and a read for each leader, at any time. A leader has
    ``rounds`` of heartbeats, and as many more as the read takes."""

    protocol: ClassVar[type[Raft]] = Leases
    clocks = "clock"

    def __init__(
        self,
        servers: int = 2,
        terms: int = 1,
        commands: int = 0,
        crashes: int = 0,
        *,
        lease: int = 1,
        skew: int = 1,
        horizon: int = 3,
        rounds: int = 1,
    ) -> None:
        self.lease, self.skew, self.horizon, self.rounds = lease, skew, horizon, rounds
        self.wait = lease + 2 * skew
        super().__init__(servers, terms, commands, crashes)
        self.config = replace(
            FIGURE_2,
            check_quorum=True,
            heartbeat_ticks=1,
            election_ticks=self.wait,
            lease_ticks=lease,
        )

    def instance(self) -> Model:
        model = super().instance()
        return Model(
            name=f"{model.name}, lease {self.lease}, skew {self.skew}, {self.horizon} ticks",
            protocol=self.protocol,
            sizes=self.sizes(),
            constants={
                **model.constants,
                "lease": self.lease,
                "min_timeout": self.wait,
                "skew": self.skew,
                "horizon": self.horizon,
            },
            restarts=self.crashes,
        )

    # ----------------------------------------------------------------------------- cluster
    def clock(self, core: Hosted) -> int:
        return core.clock

    def beside(self, core: server.Server) -> tuple[Any, ...]:
        assert isinstance(core, Hosted)
        return core.told, core.clock, core.promised

    def recovered(self, node: NodeId, disk: records.Durable) -> server.Server:
        """A host obeys the timer that a server sets as it starts; at the very beginning that has
        run out."""
        assert isinstance(disk, Disk)
        core, effects = restart.recovered(node, self.initial, disk, self.config)
        if disk == self.blank():
            return Hosted(**{**asdict(core), "recent": False})
        told, clock, promised = disk.beside
        s = Hosted(**asdict(core), told=told, clock=clock, promised=promised)
        return waiting(s, effects)

    def inputs(self, core: server.Server) -> Iterable[Any]:
        assert isinstance(core, Hosted)
        if core.clock < self.horizon:
            yield Tick()
        leads = core.role is server.Role.LEADER
        for given in super(ReadCluster, self).inputs(core):
            match given:
                case TimerExpired(server.Timer.HEARTBEAT as timer):
                    if core.reads.round < self.rounds:
                        yield TimerExpired(timer, core.clock)
                case TimerExpired(server.Timer.ELECTION):
                    if not core.recent:
                        yield given
                case _:
                    yield given
        if core.recent and not leads and core.clock >= core.waits:
            yield TimerExpired(server.Timer.ELECTION)
        if leads and not core.reads.pending and all(x.term != core.term for x in core.told):
            yield requests.Read(core.term, core.clock)

    def step(self, core: server.Server, given: Any) -> tuple[server.Server, Sequence[Any]]:
        assert isinstance(core, Hosted)
        if isinstance(given, Tick):
            after = replace(core, clock=core.clock + 1)
            return after, self.recorded(core, after, ())
        if isinstance(given, Receive):
            given = replace(given, now=core.clock)
        s, effects = program.step(core, given)
        assert isinstance(s, Hosted)
        after = self.noted(core, waiting(s, effects), given)
        after = answering(after, effects, after.asked)
        written = [self.written_on(after, given, effect) for effect in effects]
        return after, self.recorded(core, after, written)

    def noted(self, before: Hosted, after: Hosted, given: Any) -> Hosted:
        """What is remembered for the specification."""
        leads = server.Role.LEADER
        if after.role is leads and (before.role is not leads or before.term != after.term):
            after = replace(after, began=(), asked=0)
        new = after.reads.round - len(after.began)
        if after.role is leads and new > 0:
            began = (*after.began, *[after.clock] * new)
            after = replace(after, began=began, latest=after.clock)
        if after.reads.pending:
            after = replace(after, asked=after.reads.pending[0].round)
        match given:
            case Receive(_, Asks(term=term, sent=int())) if term == after.term:
                promised = max(after.promised, after.clock + self.wait)
                after = replace(after, promised=promised)
            case _:
                pass
        return after

    def written_on(self, s: Hosted, given: Any, effect: server.Effect) -> server.Effect:
        """The effect, with a note on it if it is a message of a round."""
        match effect:
            case Send(to, messages.AppendEntries(round=round_) as m) if round_ > 0:
                answered = s.progress_of(to).round
                new = self.bound(s, to) != s.latest
                asks = 0 < s.asked <= round_ and answered < s.asked
                if new or asks:
                    sent = s.began[round_ - 1] if new else None
                    return Send(to, Asks(**asdict(m), sent=sent, reads=asks))
            case Send(to, messages.AppendReply(round=round_) as m) if round_ > 0:
                if isinstance(given, Receive) and isinstance(given.message, Asks):
                    asked = given.message
                    return Send(to, Says(**asdict(m), sent=asked.sent, reads=asked.reads))
            case _:
                pass
        return effect

    # -------------------------------------------------------------------------- refinement
    def signs(self, packet: Packet) -> Iterable[Hashable]:
        source, dest = self.server[packet.sender], self.server[packet.to]
        match packet.message:
            case Asks(term=term, sent=sent, reads=on_behalf):
                if sent is not None:
                    yield text.LeaseHeartbeat(source, dest, self.term[term], sent)
                if on_behalf:
                    x = self.reads_of(packet.sender)[term - 1]
                    yield reads.Heartbeat(source, dest, self.term[term], x)
            case Says(term=term, sent=sent, reads=on_behalf):
                if sent is not None:
                    yield text.LeaseHeartbeatReply(source, dest, self.term[term], sent)
                if on_behalf:
                    x = self.reads_of(packet.to)[term - 1]
                    yield reads.HeartbeatReply(source, dest, self.term[term], x)
            case _:
                pass

    def bound(self, core: Hosted, node: NodeId) -> int | None:
        """When the latest round began that this server has answered."""
        round_ = min(core.progress_of(node).round, len(core.began))
        return core.began[round_ - 1] if round_ else None

    def local(self, core: server.Server) -> tuple[Any, ...]:
        assert isinstance(core, Hosted)
        since = [self.bound(core, n) for n in self.nodes]
        answers = [
            n
            for n, t in zip(self.nodes, since, strict=True)
            if core.began and (n == core.me or t == core.latest)
        ]
        return (
            *super(ReadCluster, self).local(core),
            self.known(core, core.asked),
            core.clock,
            core.promised,
            core.latest,
            self.named(answers),
            tuple(since),
        )

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Any]
    ) -> Mapping[str, Any]:
        sent = list(messages)
        leases: Network[Any] = Network()
        for m in sent:
            if isinstance(m, text.LeaseHeartbeat | text.LeaseHeartbeatReply):
                leases.send(m)
        fields = dict(super().abstract(servers, [m for m in sent if m not in leases]))
        both = list(zip(self.server, servers, strict=True))
        for i, name in ((9, "clock"), (10, "promised"), (11, "round_sent"), (12, "round_answers")):
            fields[name] = Map({s: known[i] for s, known in both})
        since = {
            (s, r): t for s, known in both for r, t in zip(self.server, known[13], strict=True)
        }
        return {**fields, "bound_since": Map(since), "leases": leases}

    def undisturbed(
        self, event: Event, s: Server, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterator[list[Action]]:
        """Questions are those of a new round, or of one under way."""
        asks: list[Action] = [
            ("lease_heartbeat", (s, m.dest)) for m in sent if isinstance(m, text.LeaseHeartbeat)
        ]
        for steps in super().undisturbed(event, s, before, after, sent):
            yield [*steps, *asks]
            if asks:
                yield [*steps, ("begin_round", (s,)), *asks]

    def heard(self, event: Event) -> list[Action]:
        if not isinstance(event.given, Receive):
            return []
        packet = Packet(event.given.sender, event.node, event.given.message)
        return [(HANDLERS[type(m)], (m,)) for m in self.signs(packet)]

    def first(self, event: Event, s: Server, before: Any) -> list[Action]:
        return [("tick", (s,))] if event.given == Tick() else super().first(event, s, before)


class LoyalLeaseCluster(LeaseCluster):
    """The same with leaders that look whether a quorum was heard, at any time."""

    protocol: ClassVar[type[Raft]] = LoyalLeases

    def inputs(self, core: server.Server) -> Iterable[Any]:
        yield from super().inputs(core)
        if core.role is server.Role.LEADER:
            yield TimerExpired(server.Timer.QUORUM)

    def local(self, core: server.Server) -> tuple[Any, ...]:
        leads = core.role is server.Role.LEADER
        active = self.named(n for n, p in core.progress if p.active and leads)
        return (*super().local(core), core.recent and core.leader is not None, active)

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Any]
    ) -> Mapping[str, Any]:
        fields = dict(super().abstract(servers, messages))
        for i, name in ((14, "hears"), (15, "active")):
            both = zip(self.server, servers, strict=True)
            fields[name] = Map({s: known[i] for s, known in both})
        return fields

    def first(self, event: Event, s: Server, before: Any) -> list[Action]:
        match event.given:
            case TimerExpired(server.Timer.ELECTION) if before.hears[s]:
                return [("lose_touch", (s,))]
            case TimerExpired(server.Timer.QUORUM):
                return [("check_quorum", (s,))]
            case _:
                return super().first(event, s, before)


HANDLERS: Mapping[type[Any], str] = {
    text.LeaseHeartbeat: "handle_lease_heartbeat",
    text.LeaseHeartbeatReply: "handle_lease_heartbeat_reply",
    reads.Heartbeat: "handle_heartbeat",
    reads.HeartbeatReply: "handle_heartbeat_reply",
}


def waiting(s: Hosted, effects: Iterable[server.Effect]) -> Hosted:
    """The server with what its host does about the election timer: a core that counts on it will
    not have it early."""
    for effect in effects:
        match effect:
            case SetTimer(server.Timer.ELECTION, least, _):
                s = replace(s, waits=s.clock + least)
            case _:
                pass
    return s if s.recent or not s.waits else replace(s, waits=0)
