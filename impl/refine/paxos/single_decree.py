"""Single-decree Paxos, the program, as the specification sees it.

A server is an acceptor, and what it remembers is that acceptor's state. A packet that was ordered
is a message sent; one that was lost in a crash is a message that nobody received. Who refused, what
was learned and which timers run is of no concern to the specification.

A ballot of the program is a round and a leader; the specification counts them through in order.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ....spec.consensus import Value
from ....spec.lang import Map, Model, Set
from ....spec.paxos import single_decree as text
from ....spec.voting import Acceptor, Ballot, Vote
from ...core import NodeId, TimerExpired
from ...paxos import single_decree as program
from ..specification import Action, Specification
from ..world import Event, Packet

__all__ = ["SingleDecreeCluster"]


class SingleDecreeCluster:
    """Some servers, of which the first few propose, each a value of its own.

    **Units** ``rounds`` is the highest round that a proposer may start by itself.
    """

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
            protocol=text.SingleDecree,
            sizes={Acceptor: servers, Ballot: len(self.ballots), Value: proposers},
        )
        spec = Specification(self.model)
        self.acceptor = spec.elements(Acceptor)
        self.ballot = dict(zip(self.ballots, spec.elements(Ballot), strict=True))
        self.value = dict(zip(self.values, spec.elements(Value), strict=True))

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
        return program.step(core, given)

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
        return ()

    def local(self, core: program.Server) -> tuple[Ballot | None, Vote | None]:
        promised = core.durable.promised
        joined = None if promised is None else self.ballot[promised]
        return joined, self.vote(core.durable.vote)

    def abstract(
        self,
        servers: Sequence[tuple[Ballot | None, Vote | None]],
        messages: Iterable[text.Message],
    ) -> Mapping[str, Any]:
        both = dict(zip(self.acceptor, servers, strict=True))
        return {
            "promised": Map({a: promised for a, (promised, _) in both.items()}),
            "vote": Map({a: vote for a, (_, vote) in both.items()}),
            "sent": Set(messages),
        }

    def explanations(
        self,
        event: Event,
        before: text.SingleDecree,
        after: text.SingleDecree,
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
        yield found
