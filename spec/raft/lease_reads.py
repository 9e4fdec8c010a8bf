"""Raft with reads under a lease: no messages, but clocks that can be relied on within a bound.

**Problem** A round of heartbeats for each read, as in :mod:`.reads`, costs time.

**Idea** A server that hears from a leader does not vote for another within the minimum election
time-out. So a leader that a quorum has answered knows how long nobody else can be elected: from the
moment at which it *sent* that round of heartbeats, for a little less than the time-out. Until then,
its *lease*, it answers reads without asking. "A little less" is what clocks may be wrong by.

**Source** D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014),
section 6.4.1, and 4.2.3 for the promise of a follower.

**The clock bound** Each server has a clock, which counts ticks. At any moment any two clocks differ
by at most ``skew``; so two servers measure the same stretch of time with a difference of at most
twice that. What is safe is a lease shorter than the time-out by as much: ``lease + 2 * skew <=
min_timeout``, the assumption ``clocks_suffice``. With a skew of 1 clocks are as close as they can
be, for they do not tick together.

**Claim** While a leader has a lease nobody leads a later term (RD3), so reads are fresh (RD1).

**Modelled** A promise is durable. In practice a server that restarts has forgotten it, and waits
for as long before it votes. Time ends at ``horizon``, which bounds the search. Leases are given by
heartbeats of their own; any message that a leader's time-out depends on will do.

**Interplay** A leader that hands over its leadership (:mod:`.transfer`) asks for an election at
once, which promises must not prevent; so it gives up its lease first, for good.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Const,
    Durable,
    Holds,
    Map,
    Model,
    Network,
    Volatile,
    action,
    assumption,
    fill,
    invariant,
    reachable,
    record,
    require,
)
from .check_quorum import CheckQuorum
from .election import Quorum, Role, Server, Term
from .reads import EarlyReads, Read, Reads
from .replication import RequestVote, Value

# -------------------------------------------------------------------------------- messages


@record
class LeaseHeartbeat:
    """A leader tells that it is there, and what its clock says as it does so."""

    source: Server
    dest: Server
    term: Term
    sent: int


@record
class LeaseHeartbeatReply:
    """The answer, in the follower's term, with the leader's time of the question."""

    source: Server
    dest: Server
    term: Term
    sent: int


class LeaseReads(Reads):
    """Raft whose leaders answer reads at once, for a while."""

    lease = Const[int]()  # ticks for which a leader that was answered counts on its followers
    min_timeout = Const[int]()  # ticks for which a follower that was asked votes for nobody
    skew = Const[int]()  # by how much two clocks differ at most
    horizon = Const[int]()  # no clock goes further

    clock: Durable[Map[Server, int]]  # ticks
    promised: Durable[Map[Server, int]]  # until then, by its clock, a server votes for nobody
    round_sent: Volatile[Map[Server, int]]  # when a leader began its present round of heartbeats
    round_answers: Volatile[Map[Server, frozenset[Server]]]  # who has answered that round
    leases: Network[LeaseHeartbeat | LeaseHeartbeatReply]

    @assumption
    def clocks_suffice(self) -> bool:
        """Leases end before the promises that they rest on, whatever the clocks."""
        return self.lease + 2 * self.skew <= self.min_timeout

    def init(self) -> None:
        super().init()
        self.clock = fill(Server, 0)
        self.promised = fill(Server, 0)
        self.round_sent = fill(Server, 0)
        self.round_answers = fill(Server, frozenset[Server]())
        self.leases = Network()

    # ------------------------------------------------------------------------------ actions
    @action
    def tick(self, s: Server) -> None:
        """Time passes for one server; the clocks stay together within the bound."""
        require(self.clock[s] < self.horizon)
        require(all(self.clock[s] + 1 - self.clock[r] <= self.skew for r in Server))
        self.clock[s] += 1

    def has_promised(self, s: Server) -> bool:
        """Server s has heard from a leader less than a minimum election time-out ago."""
        return self.clock[s] < self.promised[s]

    def has_lease(self, s: Server) -> bool:
        """Server s leads, was answered by a quorum, and that was not too long ago."""
        return (
            self.role[s] == Role.LEADER
            and self.quorum_among(s, self.round_answers[s])
            and self.clock[s] < self.round_sent[s] + self.lease
        )

    @action
    def timeout(self, s: Server, t: Term) -> None:
        """5.2. Stand for election, when the minimum election time-out is over."""
        require(not self.has_promised(s))
        super().timeout(s, t)

    def bound_by_promise(self, m: RequestVote) -> bool:
        """The request is one that the server has promised to disregard."""
        return m.term > self.term[m.dest] and self.has_promised(m.dest)

    @action
    def refuse_as_promised(self, m: RequestVote) -> None:
        """4.2.3. Within the minimum election time-out, disregard who asks for a vote."""
        self.network.receive(m)
        require(self.bound_by_promise(m))

    @action
    def handle_request_vote(self, m: RequestVote) -> None:
        """RequestVote RPC. Answer, unless that was promised otherwise."""
        require(m in self.network)
        require(not self.bound_by_promise(m))
        super().handle_request_vote(m)

    def grants(self, s: Server, m: RequestVote) -> bool:
        """Nor is a vote of the present term given away."""
        return super().grants(s, m) and not self.keeps_vote(s, m)

    def keeps_vote(self, s: Server, m: RequestVote) -> bool:
        """A promise is one for the present term, too."""
        return self.has_promised(s)

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        """5.2. Those who have voted have promised nothing."""
        super().become_leader(s, q)
        self.round_answers[s] = frozenset()

    @action
    def begin_round(self, s: Server) -> None:
        """6.4.1. Begin a new round of heartbeats; the lease is that of the round before no more."""
        require(self.role[s] == Role.LEADER)
        require(self.may_extend(s))
        self.round_sent[s] = self.clock[s]
        self.round_answers[s] = frozenset({s})

    def may_extend(self, s: Server) -> bool:
        """A leader may ask for a lease at any time."""
        return True

    @action
    def lease_heartbeat(self, s: Server, r: Server) -> None:
        """6.4.1. Ask a server, and say when the round began."""
        require(self.role[s] == Role.LEADER)
        require(s in self.round_answers[s] and r not in self.round_answers[s])
        self.leases.send(
            LeaseHeartbeat(source=s, dest=r, term=self.term[s], sent=self.round_sent[s])
        )

    @action
    def handle_lease_heartbeat(self, m: LeaseHeartbeat) -> None:
        """4.2.3. Promise to vote for nobody for a minimum election time-out from now."""
        self.leases.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        if m.term == self.term[s]:
            self.role[s] = Role.FOLLOWER
            self.promised[s] = max(self.promised[s], self.clock[s] + self.min_timeout)
        self.leases.send(
            LeaseHeartbeatReply(source=s, dest=m.source, term=self.term[s], sent=m.sent)
        )

    @action
    def handle_lease_heartbeat_reply(self, m: LeaseHeartbeatReply) -> None:
        """6.4.1. Count who has answered this round."""
        self.leases.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        if (
            m.term == self.term[s]
            and self.role[s] == Role.LEADER
            and s in self.round_answers[s]
            and m.sent == self.round_sent[s]
        ):
            self.round_answers[s] = self.round_answers[s] | {m.source}

    def is_confirmed(self, x: Read, s: Server) -> bool:
        """6.4.1. Under a lease there is nothing to confirm."""
        return self.has_lease(s) or super().is_confirmed(x, s)

    # --------------------------------------------------------------------------- properties
    @invariant
    def lease_exclusive(self) -> bool:
        """While a leader has a lease nobody leads a later term (RD3)."""
        return all(
            self.term[r] <= self.term[s]
            for s in Server
            for r in Server
            if self.has_lease(s) and self.role[r] == Role.LEADER
        )

    @reachable
    def leased(self) -> bool:
        """A lease can be had."""
        return any(self.has_lease(s) for s in Server)


class SteadyLeaseReads(LeaseReads):
    """The same, with a lease that does not end when the next round begins: an answer binds its
    server from when the question left, whatever was asked since, and whichever round it is of.

    This is how programs do it, which begin a round with every heartbeat.
    """

    # (s, r): when the latest question of leader s left that server r has answered
    bound_since: Volatile[Map[tuple[Server, Server], int | None]]

    def init(self) -> None:
        super().init()
        self.bound_since = fill((Server, Server), None)

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        """5.2. What was answered in an earlier term binds nobody in this one."""
        super().become_leader(s, q)
        for r in Server:
            self.bound_since[s, r] = None

    @action
    def handle_lease_heartbeat_reply(self, m: LeaseHeartbeatReply) -> None:
        """6.4.1. Answers may overtake each other, and only extend what they bind."""
        super().handle_lease_heartbeat_reply(m)
        s = m.dest
        since = self.bound_since[s, m.source]
        if m.term == self.term[s] and self.role[s] == Role.LEADER:
            if since is None or m.sent > since:
                self.bound_since[s, m.source] = m.sent

    def has_lease(self, s: Server) -> bool:
        """Server s leads, and a quorum is bound."""
        return self.role[s] == Role.LEADER and self.quorum_among(
            s, frozenset(r for r in Server if r == s or self.binds(s, r))
        )

    def binds(self, s: Server, r: Server) -> bool:
        """Server r votes for nobody else, by the clock of server s."""
        since = self.bound_since[s, r]
        return since is not None and self.clock[s] < since + self.lease


class EarlyLeaseReads(SteadyLeaseReads, EarlyReads):
    """The same, with leaders that take a read before they have committed an entry of their term,
    and keep it waiting until they have: no lease makes up for that."""


class LoyalLeaseReads(EarlyLeaseReads, CheckQuorum):
    """The same together with CheckQuorum (:mod:`.check_quorum`): a leader that steps down because
    no quorum answers has no lease, although others are still bound; for its own vote is free."""


# Terms are counted without the first, in which nobody leads.
MODELS = [
    Model(
        name="elections, 3 servers, 2 terms, time-out 3, lease 1",
        protocol=LeaseReads,
        sizes={Server: 3, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 0, "lease": 1, "min_timeout": 3, "skew": 1, "horizon": 3},
        network=BagNetwork(capacity=1),
        properties=["one_leader_at_a_time", "lease_exclusive", "leased"],
        symmetry=True,
        slow=True,
        expect=Holds(states=3_528_848, depth=41),
    ),
    Model(
        name="2 servers, 1 term, log 1, 1 read",
        protocol=LeaseReads,
        sizes={Server: 2, Term: 2, Value: 1, Read: 1},
        constants={"max_log": 1, "lease": 1, "min_timeout": 3, "skew": 1, "horizon": 1},
        network=BagNetwork(capacity=1),
        expect=Holds(states=8_180, depth=29),
    ),
    Model(
        name="kept meanwhile, 2 servers, 1 term, log 1, 1 read",
        protocol=SteadyLeaseReads,
        sizes={Server: 2, Term: 2, Value: 1, Read: 1},
        constants={"max_log": 1, "lease": 1, "min_timeout": 3, "skew": 1, "horizon": 1},
        network=BagNetwork(capacity=1),
        expect=Holds(states=10_784, depth=30),
    ),
    Model(
        name="taken early, 2 servers, 1 term, log 1, 1 read",
        protocol=EarlyLeaseReads,
        sizes={Server: 2, Term: 2, Value: 1, Read: 1},
        constants={"max_log": 1, "lease": 1, "min_timeout": 3, "skew": 1, "horizon": 1},
        network=BagNetwork(capacity=1),
        expect=Holds(states=23_780, depth=30),
    ),
    Model(
        name="with CheckQuorum, 2 servers, 1 term, log 1, 1 read",
        protocol=LoyalLeaseReads,
        sizes={Server: 2, Term: 2, Value: 1, Read: 1},
        constants={"max_log": 1, "lease": 1, "min_timeout": 3, "skew": 1, "horizon": 1},
        network=BagNetwork(capacity=1),
        expect=Holds(states=160_040, depth=33),
    ),
    Model(
        name="kept meanwhile, elections, 3 servers, 2 terms, time-out 3, lease 1",
        protocol=SteadyLeaseReads,
        sizes={Server: 3, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 0, "lease": 1, "min_timeout": 3, "skew": 1, "horizon": 3},
        network=BagNetwork(capacity=1),
        properties=["one_leader_at_a_time", "lease_exclusive", "leased"],
        symmetry=True,
        slow=True,
        expect=Holds(states=9_628_266, depth=45),
    ),
]
