"""Multi-Paxos, the program, as the specification with changing groups sees it.

What a server has executed and its open votes are that server's state; entries that were compacted
into a snapshot are not told apart any more, so this view is for clusters that compact nothing.

An answer to a leader is one packet, and to the specification a message for each slot. What was
chosen is told in packets of which the specification knows nothing: there, whoever wants to execute
what is chosen looks at the votes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import Any

from ....spec import voting
from ....spec.lang import Map, Model, Set, any_set, explicit
from ....spec.paxos import multi, single_decree
from ....spec.paxos import reconfiguration as text
from ...core import NodeId, Receive, TimerExpired
from ...paxos.ballot import Ballot
from ...paxos.multi import messages, server
from ...paxos.multi import step as program
from ..specification import Action, Specification
from ..world import Event, Packet
from .named import Named

__all__ = ["MultiCluster", "SimulatedMulti"]


class MultiCluster:
    """Servers 0, 1, ... of which the ``founders`` decide at first, and any of ``groups`` after a
    change.

    **Bounds** ``leaders`` may start ballots, each up to ``rounds``; the log ends at ``slots``;
    ``commands`` is how many a leader is asked for at a time, each leader for one of its own.
    """

    def __init__(
        self,
        servers: int = 2,
        *,
        founders: Sequence[NodeId] | None = None,
        groups: Sequence[Sequence[NodeId]] = (),
        leaders: Sequence[NodeId] = (0, 1),
        rounds: int = 1,
        slots: int = 2,
        window: int = 1,
        commands: int = 1,
        crashes: int = 0,
    ) -> None:
        self.nodes: tuple[NodeId, ...] = tuple(range(servers))
        self.founders = tuple(self.nodes if founders is None else founders)
        self.groups = tuple(tuple(g) for g in groups)
        self.leaders = tuple(leaders)
        self.rounds, self.slots, self.commands, self.crashes = rounds, slots, commands, crashes
        self.options = server.Options(window=window)
        self.command: Mapping[bytes, multi.Command]
        self.ballots = tuple(Ballot(r + 1, n) for r in range(rounds) for n in sorted(leaders))
        self.model = Model(
            name=f"{servers} servers, {len(self.ballots)} ballots, {slots} slots",
            protocol=text.Reconfigurable,
            sizes=self.sizes(),
            quorums={
                text.Founders: explicit({n + 1 for n in self.founders}),
                text.Heard: any_set,
                text.Group: explicit(
                    *({n + 1 for n in g} for g in self.groups or (self.founders,))
                ),
            },
            constants={"window": window},
        )
        spec = Specification(self.model)
        self.server = spec.elements(text.Server)
        self.ballot = dict(zip(self.ballots, spec.elements(voting.Ballot), strict=True))
        self.slot = dict(enumerate(spec.elements(multi.Slot), 1))
        self.commands_of = {n: bytes([ord("a") + i]) for i, n in enumerate(self.leaders)}
        self.command = dict(
            zip(self.commands_of.values(), spec.elements(multi.Command), strict=False)
        )
        self.group = dict(
            zip(
                (tuple(sorted(g)) for g in self.groups or (self.founders,)),
                spec.elements(text.Group),
                strict=True,
            )
        )

    def sizes(self) -> dict[type, int]:
        return {
            text.Server: len(self.nodes),
            voting.Ballot: len(self.ballots),
            multi.Slot: self.slots,
            multi.Command: len(self.leaders),
        }

    # ----------------------------------------------------------------------------- cluster
    def blank(self) -> server.Durable:
        return server.blank(self.founders)

    def written(self, disk: server.Durable, record: server.Record) -> server.Durable:
        return server.written(disk, record)

    def recovered(self, node: NodeId, disk: server.Durable) -> server.Server:
        s, _ = server.recovered(node, disk, self.options)
        return s

    def step(
        self, core: server.Server, given: server.Input
    ) -> tuple[server.Server, Sequence[server.Effect]]:
        return program.step(core, given)

    def inputs(self, core: server.Server) -> Iterable[server.Input]:
        """Timers, while there are a slot to decide and a round above all that was seen. Wishes,
        while a slot is left and the leader has not had its share."""
        if core.executed >= self.slots or core.me not in self.leaders:
            return
        leading = core.leading
        if leading is not None:
            yield TimerExpired(server.Timer.HEARTBEAT)
        promised = core.durable.promised
        above = max(core.durable.round, core.seen, 0 if promised is None else promised.round)
        if above < self.rounds:
            yield TimerExpired(server.Timer.ELECTION)
        if leading is None or not core.is_leader:
            return
        mine = [p.entry for p in leading.proposals] + list(leading.waiting)
        if core.executed + len(mine) >= self.slots:
            return
        command = self.commands_of[core.me]
        if mine.count(messages.Execute(command)) < self.commands:
            yield server.Propose(command)
        for group in self.groups:
            if messages.Reconfigure(group) not in mine:
                yield server.Change(group)

    # -------------------------------------------------------------------------- refinement
    def entry(self, entry: messages.Entry) -> text.Entry:
        match entry:
            case messages.Execute(command):
                return text.Execute(self.command[command])
            case messages.Noop():
                return text.Noop()
            case messages.Reconfigure(members):
                return text.Reconfigure(self.group[tuple(sorted(members))])

    def vote(self, vote: messages.Vote | None) -> text.Vote | None:
        return None if vote is None else text.Vote(self.ballot[vote.ballot], self.entry(vote.entry))

    def message(self, packet: Packet) -> tuple[Any, ...] | None:
        """The messages that a packet is. What was voted for is left open: it is what the leader
        has proposed."""
        sender = self.server[packet.sender]
        match packet.message:
            case messages.Prepare(ballot):
                return (single_decree.Prepare(self.ballot[ballot]),)
            case messages.Promise(ballot, through, _, votes):
                known = dict(votes)
                return tuple(
                    text.Promise(sender, self.ballot[ballot], slot, self.vote(known.get(n)))
                    for n, slot in self.slot.items()
                    if n > through and (n not in known or known[n].ballot < ballot)
                )
            case messages.Accept(ballot, slot, entry):
                return (text.Accept(self.ballot[ballot], self.slot[slot], self.entry(entry)),)
            case messages.Accepted(ballot, slot):
                return ((sender, self.ballot[ballot], self.slot[slot]),)
            case _:
                return None

    def signs(self, packet: Packet) -> Iterable[Hashable]:
        return ()

    def local(self, core: server.Server) -> tuple[Any, ...]:
        durable = core.durable
        promised = None if durable.promised is None else self.ballot[durable.promised]
        votes = tuple((self.slot[n], self.vote(vote)) for n, vote in durable.votes)
        return promised, votes, tuple(self.entry(e) for e in durable.chosen)

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Any]
    ) -> Mapping[str, Any]:
        sent = [m for packet in messages if packet is not None for m in packet]
        proposed = {(m.ballot, m.slot): m.entry for m in sent if isinstance(m, text.Accept)}
        started = {m.ballot for m in sent if isinstance(m, single_decree.Prepare)}
        slots = tuple(self.slot.values())
        votes, executed = {}, {}
        for n, (_, open_votes, entries) in zip(self.server, servers, strict=True):
            known = dict(open_votes)
            for place, slot in enumerate(slots):
                votes[n, slot] = known.get(slot)
                executed[n, slot] = entries[place] if place < len(entries) else None
        return {
            "promised": Map({n: x[0] for n, x in zip(self.server, servers, strict=True)}),
            "vote": Map(votes),
            "executed": Map(executed),
            "leader": Map(
                {
                    b: self.server[ballot.leader] if b in started else None
                    for ballot, b in self.ballot.items()
                }
            ),
            "sent": Set(
                text.Accepted(m[0], m[1], m[2], proposed[m[1:]]) if isinstance(m, tuple) else m
                for m in sent
            ),
        }

    def explanations(
        self,
        event: Event,
        before: text.Reconfigurable,
        after: text.Reconfigurable,
        sent: frozenset[Any],
    ) -> Iterable[Sequence[Action]]:
        """In the order in which a server does things: it votes, executes, starts a ballot, joins
        one, proposes."""
        new = [m for m in after.sent if m not in before.sent]
        n = self.server[event.node]
        votes: list[Action] = []
        proposals: list[text.Accept] = []
        starts: list[Action] = []
        for m in new:
            match m:
                case text.Accepted(who, ballot, slot, entry):
                    votes.append(("accept", (who, text.Accept(ballot, slot, entry))))
                case single_decree.Prepare(ballot):
                    starts.append(("prepare", (n, ballot)))
                case text.Accept():
                    proposals.append(m)
                case text.Promise():
                    pass
        joins: list[Action] = []
        match event.given:
            case Receive(message=messages.Prepare(asked)):
                joins.append(("promise", (n, single_decree.Prepare(self.ballot[asked]))))
            case _:
                pass
        executions: list[Action] = []
        for slot in self.slot.values():
            executed = after.executed[n, slot]
            if executed is not None and before.executed[n, slot] is None:
                executions.append(("execute", (n, self.chosen(after, slot, executed))))
        proposals.sort(key=lambda m: [*self.slot.values()].index(m.slot))
        for claimed in product(*(self.proposal(m, after) for m in proposals)):
            yield [*votes, *executions, *starts, *joins, *claimed]

    def proposal(self, m: text.Accept, after: text.Reconfigurable) -> Iterable[Action]:
        """Which action it may be depends on what was reported."""
        if any(m.entry == w.entry for h in text.Heard for w in after.reported(h, m.ballot, m.slot)):
            yield "repropose", (m.ballot, m.slot, m.entry)
        match m.entry:
            case text.Noop():
                yield "fill_gap", (m.ballot, m.slot)
            case text.Execute(command):
                yield "propose", (m.ballot, m.slot, command)
            case text.Reconfigure(group):
                yield "reconfigure", (m.ballot, m.slot, group)

    def chosen(
        self, after: text.Reconfigurable, slot: multi.Slot, entry: text.Entry
    ) -> text.Accept:
        """The proposal by which an entry was chosen; one of those for it, if by none."""
        proposals = [m for m in after.sent.of(text.Accept) if m.slot == slot and m.entry == entry]
        found = [m for m in proposals if after.is_chosen(m)]
        return (found or proposals)[0]


class SimulatedMulti(MultiCluster):
    """Servers of a simulated run in which nothing is compacted: all of them lead, whatever their
    clients want, ``commands`` at most, and any of them are a group. To be judged with all
    messages."""

    def __init__(
        self,
        servers: int = 3,
        *,
        founders: Sequence[NodeId] | None = None,
        rounds: int = 40,
        slots: int = 100,
        window: int = 16,
        commands: int = 100,
    ) -> None:
        self.most = commands
        nodes = range(servers)
        groups = [g for n in nodes for g in combinations(nodes, n + 1)]
        super().__init__(
            servers,
            founders=founders,
            groups=groups,
            leaders=nodes,
            rounds=rounds,
            slots=slots,
            window=window,
        )
        self.command = Named(Specification(self.model).elements(multi.Command))

    def sizes(self) -> dict[type, int]:
        return {**super().sizes(), multi.Command: self.most}
