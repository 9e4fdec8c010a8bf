"""Raft, leader election: at most one leader in each term.

**Problem** Servers that may stop, restart and be cut off from each other have to agree who leads.
They cannot agree for ever, since the leader may be the next to stop; so time is divided into
*terms*, numbered upwards, and what they agree on is the leader of a term. A term may end up without
a leader, but never with two.

**Idea** A server has one vote in each term, and gives it to whoever asks first. A candidate that
has the votes of a quorum leads the term: any two quorums share a server, and that server voted only
once. Terms also act as a clock. Every message carries the term of its sender; a server that meets a
higher term moves on to it, and what comes from a lower term is refused. So a leader that has been
replaced learns of it from the first server that it talks to.

**Source** D. Ongaro and J. Ousterhout, "In Search of an Understandable Consensus Algorithm" (USENIX
ATC 2014), sections 5.1 and 5.2, and of its Figure 2 the state, the RequestVote RPC and the rules
for servers, as far as they do not speak of logs.

**Modelled** A call and its answer are two messages, which the network of the model may lose,
repeat and reorder. A server may stop at any moment and restart with what it had stored: its term
and its vote. Storing happens before sending, because a step is taken as a whole. Quorums are any
sets that meet pairwise; majorities are the usual ones.
**Left out** Logs, which make some candidates ineligible (:mod:`.replication` adds them), and time:
any server but a leader may time out at any moment.
**Departs from the source** A candidate may move to *any* higher term and not only to the next. This
adds no state that successive time-outs could not reach, because a time-out sends nothing by
itself; but it keeps terms a plain order, as the proofs want them, and counterexamples short.
"""

from __future__ import annotations

from enum import Enum

from ..lang import (
    BagNetwork,
    Durable,
    FifoNetwork,
    Holds,
    Map,
    Model,
    Network,
    Protocol,
    QuorumOf,
    Sort,
    TotalOrder,
    Volatile,
    action,
    fill,
    invariant,
    reachable,
    record,
    require,
    step_invariant,
)

# ------------------------------------------------------------------------------- constants


class Server(Sort):
    """A member of the cluster."""


class Term(TotalOrder):
    """A period with at most one leader. The first term has none: all servers start in it."""


class Quorum(QuorumOf[Server]):
    """Enough servers to elect a leader; any two quorums have a server in common (P17)."""


class Role(Enum):
    """What a server takes itself for (section 5.1)."""

    FOLLOWER = 0
    CANDIDATE = 1
    LEADER = 2


# -------------------------------------------------------------------------------- messages


@record
class RequestVote:
    """A candidate asks for a vote."""

    source: Server
    dest: Server
    term: Term


@record
class Vote:
    """The answer, in the voter's term: the vote is granted, or it is not."""

    source: Server
    dest: Server
    term: Term
    granted: bool


class Election(Protocol):
    """Raft without logs."""

    term: Durable[Map[Server, Term]]  # the latest term the server has seen
    voted_for: Durable[Map[Server, Server | None]]  # whom it voted for in that term, if anyone
    role: Volatile[Map[Server, Role]]
    votes: Volatile[Map[Server, frozenset[Server]]]  # who voted for it, in this term
    network: Network[RequestVote | Vote]

    def init(self) -> None:
        self.term = fill(Server, Term.first())
        self.voted_for = fill(Server, None)
        self.role = fill(Server, Role.FOLLOWER)
        self.votes = fill(Server, frozenset[Server]())
        self.network = Network()

    def adopt(self, s: Server, t: Term) -> None:
        """Rules for all servers (5.1): meeting a higher term, move to it and become a follower.

        The vote of the new term is still to be given.
        """
        if t > self.term[s]:
            self.term[s] = t
            self.voted_for[s] = None
            self.role[s] = Role.FOLLOWER
            self.votes[s] = frozenset()

    # ------------------------------------------------------------------------------ actions
    @action
    def timeout(self, s: Server, t: Term) -> None:
        """5.2. Having heard of no leader for too long, stand for election in a higher term.

        A server always has a reason to believe that the leader is gone: it cannot tell a leader
        that stopped from one that is slow. Its first vote is its own.
        """
        require(t > self.term[s])
        require(self.role[s] != Role.LEADER)
        self.term[s] = t
        self.voted_for[s] = s
        self.role[s] = Role.CANDIDATE
        self.votes[s] = frozenset({s})

    @action
    def request_vote(self, s: Server, r: Server) -> None:
        """5.2. A candidate asks a server for its vote, again and again until it has it."""
        require(self.role[s] == Role.CANDIDATE)
        require(r not in self.votes[s])
        self.network.send(RequestVote(source=s, dest=r, term=self.term[s]))

    @action
    def handle_request_vote(self, m: RequestVote) -> None:
        """RequestVote RPC. Answer a candidate, with the vote or with a newer term than its own.

        To grant the same candidate its vote twice does no harm: the first answer may be lost.
        """
        self.network.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        granted = self.grants(s, m)
        if granted:
            self.voted_for[s] = m.source
        self.network.send(Vote(source=s, dest=m.source, term=self.term[s], granted=granted))

    def grants(self, s: Server, m: RequestVote) -> bool:
        """Receiver's rules 1 and 2: not for a term that is over, and one candidate in a term."""
        voted_for = self.voted_for[s]
        return m.term == self.term[s] and (voted_for is None or voted_for == m.source)

    @action
    def handle_vote(self, m: Vote) -> None:
        """5.2. Count a vote of the candidate's own term, each voter once.

        An answer of an earlier term is dropped; one of a later term ends the candidacy.
        """
        self.network.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        if m.granted and m.term == self.term[s] and self.role[s] == Role.CANDIDATE:
            self.votes[s] = self.votes[s] | {m.source}

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        """5.2. A candidate with the votes of a quorum leads: nobody else can have them as well."""
        require(self.role[s] == Role.CANDIDATE)
        require(all(r in self.votes[s] for r in q))
        self.role[s] = Role.LEADER

    # --------------------------------------------------------------------------- properties
    @invariant
    def one_leader_at_a_time(self) -> bool:
        """No two servers lead one term (R1, its weaker form).

        This speaks of present leaders only: a leader that has stepped down is out of sight. The
        claim itself, "ever", needs a memory, and is made by :mod:`.history`.
        """
        return all(
            s == r
            for s in Server
            for r in Server
            if self.role[s] == Role.LEADER and self.role[r] == Role.LEADER
            if self.term[s] == self.term[r]
        )

    @step_invariant
    def term_monotone(self, after: Election) -> bool:
        """A server never goes back to an earlier term, not even by restarting (R8)."""
        return all(after.term[s] >= self.term[s] for s in Server)

    @step_invariant
    def vote_once(self, after: Election) -> bool:
        """Within a term a vote once given stays, across restarts too (R9, R10)."""
        return all(
            after.voted_for[s] == self.voted_for[s]
            for s in Server
            if after.term[s] == self.term[s] and self.voted_for[s] is not None
        )

    @invariant
    def votes_given(self) -> bool:
        """Who is counted as a voter has voted so, or has moved on to a later term (R17)."""
        return all(
            self.term[r] > self.term[s] or (self.term[r] == self.term[s] and self.voted_for[r] == s)
            for s in Server
            for r in self.votes[s]
        )

    @reachable
    def leader_elected(self) -> bool:
        return any(self.role[s] == Role.LEADER for s in Server)


# Terms are counted without the first, in which nobody leads.
MODELS = [
    Model(
        name="3 servers, 1 term",
        protocol=Election,
        sizes={Server: 3, Term: 2},
        expect=Holds(states=1_393, depth=16),
    ),
    Model(
        name="2 servers, 2 terms, 1 restart",
        protocol=Election,
        sizes={Server: 2, Term: 3},
        restarts=1,
        expect=Holds(states=1_538, depth=15),
    ),
    Model(
        name="3 servers, 1 term, 1 restart",
        protocol=Election,
        sizes={Server: 3, Term: 2},
        restarts=1,
        expect=Holds(states=5_864, depth=17),
    ),
    Model(
        name="3 servers, 2 terms, 1 message in flight",
        protocol=Election,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=2_676, depth=15),
    ),
    Model(
        name="3 servers, 2 terms, 2 messages in flight",
        protocol=Election,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=2, loses=True),
        expect=Holds(states=31_554, depth=17),
    ),
    Model(
        name="3 servers, 1 term, queues",
        protocol=Election,
        sizes={Server: 3, Term: 2},
        network=FifoNetwork(capacity=1),
        expect=Holds(states=2_427, depth=15),
    ),
    Model(
        name="2 servers, 2 terms, lossy queues",
        protocol=Election,
        sizes={Server: 2, Term: 3},
        network=FifoNetwork(capacity=2, loses=True),
        expect=Holds(states=997, depth=13),
    ),
]
