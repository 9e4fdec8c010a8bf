"""Single-decree Paxos, the program, as the specification sees it.

A server is an acceptor, and what it remembers is that acceptor's state. A packet that was ordered
is a message sent; one that was lost in a crash is a message that nobody received. Who refused and
which timers run is of no concern to the specification. What was learned is read off the votes
there; so the text is taken with learners, who may learn what is chosen.

A ballot of the program is a round and a leader; the specification counts them through in order.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ....spec.consensus import Value
from ....spec.lang import Map, Model, Set, action, require
from ....spec.paxos import single_decree as text
from ....spec.voting import Acceptor, Ballot, Vote
from ...core import Deliver, NodeId, Receive, Send, TimerExpired
from ...paxos import single_decree as program
from ..specification import Action, Specification
from ..world import CLIENTS, Event, Packet
from .named import Named

__all__ = ["OverheardCluster", "SimulatedDecree", "SingleDecreeCluster", "divided"]


class Learners(text.SingleDecree):
    """The same text, and what was learned."""

    learned: Set[Value]

    def init(self) -> None:
        super().init()
        self.learned = Set()

    @action
    def learn(self, b: Ballot, v: Value) -> None:
        """2.3. A value is learned when a majority of acceptors have accepted it, in one ballot."""
        require(self.chosen_at(b, v))
        self.learned.add(v)


class SingleDecreeCluster:
    """Some servers, of which the first few propose, each a value of its own.

    **Units** ``rounds`` is the highest round that a proposer may start by itself.
    """

    value: Mapping[program.Value, Value]

    def __init__(
        self, servers: int = 3, proposers: int = 2, rounds: int = 1, crashes: int = 0
    ) -> None:
        self.nodes: tuple[NodeId, ...] = tuple(range(servers))
        self.proposers = proposers
        self.rounds = rounds
        self.crashes = crashes
        self.values = tuple(bytes([ord("a") + i]) for i in range(proposers))
        self.ballots = tuple(
            program.Ballot(r + 1, node) for r in range(rounds) for node in range(proposers)
        )
        self.model = Model(
            name=f"{servers} servers, {proposers} proposers, {rounds} rounds each",
            protocol=Learners,
            sizes=self.sizes(),
        )
        spec = Specification(self.model)
        self.acceptor = spec.elements(Acceptor)
        self.ballot = dict(zip(self.ballots, spec.elements(Ballot), strict=True))
        self.value = dict(zip(self.values, spec.elements(Value), strict=False))

    def sizes(self) -> dict[type, int]:
        return {
            Acceptor: len(self.nodes),
            Ballot: len(self.ballots),
            Value: self.proposers,
        }

    # ----------------------------------------------------------------------------- cluster
    def blank(self) -> program.Durable:
        return program.Durable()

    def written(self, disk: program.Durable, record: program.Durable) -> program.Durable:
        return record

    def recovered(self, node: NodeId, disk: program.Durable) -> program.Server:
        return program.recovered(node, self.nodes, disk)

    def step(
        self, core: program.Server, given: program.Input
    ) -> tuple[program.Server, Sequence[program.Effect]]:
        """Clients are told what is learned."""
        after, effects = program.step(core, given)
        return after, [*effects, *self.told(effects)]

    def told(self, effects: Sequence[Any]) -> Sequence[Send[Any]]:
        return [Send(CLIENTS, e.value) for e in effects if isinstance(e, Deliver)]

    def inputs(self, core: program.Server) -> Iterable[program.Input]:
        """A client's wish, once; the timer, while there is a round left above all that was seen."""
        promised = core.durable.promised
        above = max(core.durable.round, core.seen, 0 if promised is None else promised.round)
        if core.me >= self.proposers or above >= self.rounds:
            return
        if core.wanted is None:
            yield program.Propose(self.values[core.me])
        else:
            yield TimerExpired(program.Retry())

    # -------------------------------------------------------------------------- refinement
    def vote(self, vote: program.Vote | None) -> Vote | None:
        return None if vote is None else Vote(self.ballot[vote.ballot], self.value[vote.value])

    def message(self, packet: Packet) -> text.Message | None:
        if packet.to == CLIENTS:
            return None
        acceptor = self.acceptor[packet.sender]
        match packet.message:
            case program.Prepare(ballot):
                return text.Prepare(self.ballot[ballot])
            case program.Promise(ballot, vote):
                return text.Promise(acceptor, self.ballot[ballot], self.vote(vote))
            case program.Accept(ballot, value):
                return text.Accept(self.ballot[ballot], self.value[value])
            case program.Accepted(ballot, value):
                return text.Accepted(acceptor, self.ballot[ballot], self.value[value])
            case _:
                return None

    def signs(self, packet: Packet) -> Iterable[Hashable]:
        if packet.to == CLIENTS:
            yield self.value[packet.message]

    def local(self, core: program.Server) -> tuple[Ballot | None, Vote | None]:
        promised = core.durable.promised
        joined = None if promised is None else self.ballot[promised]
        return joined, self.vote(core.durable.vote)

    def abstract(
        self,
        servers: Sequence[tuple[Ballot | None, Vote | None]],
        messages: Iterable[text.Message | Value],
    ) -> Mapping[str, Any]:
        known = list(messages)
        learned: list[Value] = [m for m in known if isinstance(m, Value)]
        both = dict(zip(self.acceptor, servers, strict=True))
        return {
            "promised": Map({a: promised for a, (promised, _) in both.items()}),
            "vote": Map({a: vote for a, (_, vote) in both.items()}),
            "sent": Set(m for m in known if not isinstance(m, Value)),
            "learned": Set(learned),
        }

    def explanations(
        self,
        event: Event,
        before: Learners,
        after: Learners,
        sent: frozenset[Any],
    ) -> Iterable[Sequence[Action]]:
        """What is new among the messages says it all; they are kept in a set, in no network."""
        found: list[Action] = []
        for m in after.sent:
            if m in before.sent:
                continue
            match m:
                case text.Prepare(ballot):
                    found.append(("prepare", (ballot,)))
                case text.Promise(acceptor, ballot):
                    found.append(("promise", (acceptor, text.Prepare(ballot))))
                case text.Accept(ballot, value):
                    found.append(("propose", (ballot, value)))
                case text.Accepted(acceptor, ballot, value):
                    found.append(("accept", (acceptor, text.Accept(ballot, value))))
        new = [v for v in after.learned if v not in before.learned]
        for b in self.ballot.values():
            yield [*found, *(("learn", (b, v)) for v in new)]


class OverheardCluster(SingleDecreeCluster):
    """The same, and one server more that is no member, and answers all the same: what leaders ask
    of the members reaches it too. Its promises and votes are nothing to the specification."""

    def __init__(
        self, servers: int = 2, proposers: int = 1, rounds: int = 1, crashes: int = 0
    ) -> None:
        self.members = tuple(range(servers))
        super().__init__(servers, proposers, rounds, crashes)
        self.nodes = (*self.members, servers)

    def recovered(self, node: NodeId, disk: program.Durable) -> program.Server:
        return program.recovered(node, self.members, disk)

    def step(
        self, core: program.Server, given: program.Input
    ) -> tuple[program.Server, Sequence[program.Effect]]:
        after, effects = super().step(core, given)
        asked = [
            Send(len(self.members), e.message)
            for e in effects
            if isinstance(e, Send)
            and e.to == self.members[0]
            and isinstance(e.message, program.Prepare | program.Accept)
        ]
        return after, [*effects, *asked]

    def message(self, packet: Packet) -> text.Message | None:
        return super().message(packet) if packet.sender in self.members else None

    def signs(self, packet: Packet) -> Iterable[Hashable]:
        return super().signs(packet) if packet.sender in self.members else ()

    def abstract(
        self,
        servers: Sequence[tuple[Ballot | None, Vote | None]],
        messages: Iterable[text.Message | Value],
    ) -> Mapping[str, Any]:
        return super().abstract(servers[: len(self.members)], messages)


class SimulatedDecree(SingleDecreeCluster):
    """Servers of a simulated run, which all propose, whatever their clients want: ``values`` of
    them at most. To be judged with all messages."""

    def __init__(self, servers: int = 3, rounds: int = 40, values: int = 60) -> None:
        self.most = values
        super().__init__(servers, servers, rounds)
        self.value = Named(Specification(self.model).elements(Value))

    def sizes(self) -> dict[type, int]:
        return {**super().sizes(), Value: self.most}


def divided() -> tuple[SingleDecreeCluster, list[Event]]:
    """Three servers of which two have voted for different values, in two ballots; a third ballot
    hears of both. 2.2: its value is that of the higher ballot among the responses (P2c)."""
    cluster = SingleDecreeCluster(3, 2, 2)
    a, b = cluster.values
    first, second, third = (program.Ballot(*x) for x in ((1, 0), (1, 1), (2, 0)))

    def hears(node: NodeId, sender: NodeId, message: program.Message) -> Event:
        return Event(node, Receive(sender, message))

    def leads(node: NodeId, ballot: program.Ballot, value: program.Value) -> list[Event]:
        """It and server 2 promise, and it votes for the value."""
        return [
            Event(node, program.Propose(value)),
            hears(node, node, program.Prepare(ballot)),
            hears(2, node, program.Prepare(ballot)),
            hears(node, node, program.Promise(ballot, None)),
            hears(node, 2, program.Promise(ballot, None)),
            hears(node, node, program.Accept(ballot, value)),
        ]

    return cluster, [
        *leads(0, first, a),
        *leads(1, second, b),
        Event(0, TimerExpired(program.Retry())),
        hears(0, 0, program.Prepare(third)),
        hears(1, 0, program.Prepare(third)),
    ]
