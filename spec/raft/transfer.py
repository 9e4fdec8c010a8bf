"""Raft with leadership transfer: a leader hands over to a server of its choice.

**Problem** A leader is to be stopped for maintenance, or sits in the wrong place. To wait until it
is missed costs an election time-out, and whoever is quickest leads next.

**Idea** The leader accepts no more commands, brings the chosen server up to date, and tells it to
stand for election at once. That is an ordinary election in a higher term; it only begins earlier
than it would have, so nothing about safety changes. If nothing comes of it in an election time-out,
the leader accepts commands again.

**Source** D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014),
section 3.10; sections 4.2.3 and 6.4.1 for the interplay.

**Interplay** A server that hears from a leader disregards requests for its vote
(:mod:`.check_quorum`). It must not disregard these, so they carry a flag: their candidate stands by
order of the leader. And a leader that counts on such promises (:mod:`.lease_reads`) must give its
lease up before it gives the order, and take none again in that term, even if nothing seems to come
of it: the order may be carried out at any time (:mod:`..broken.raft_transfer_keeps_lease`).

**Modelled** A candidate asks everybody within one candidacy with the same flag, so the flag is kept
beside the messages: ``ordered`` holds which candidacies are by order.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Holds,
    Map,
    Model,
    Network,
    Set,
    Volatile,
    action,
    fill,
    invariant,
    reachable,
    record,
    require,
    step_invariant,
)
from .check_quorum import CheckQuorum, PoliteRaft
from .election import Quorum, Role, Server, Term
from .history import RaftWithHistory
from .lease_reads import LeaseReads
from .pre_vote import PreVote
from .replication import Raft, RequestVote, Value

# -------------------------------------------------------------------------------- messages


@record
class TimeoutNow:
    """The leader tells a server to stand for election."""

    source: Server
    dest: Server
    term: Term


@record
class Ordered:
    """What the flag in a request says: this server stands in this term by order of a leader."""

    server: Server
    term: Term


class Transfer(Raft):
    """Raft whose leaders can hand over."""

    transferee: Volatile[Map[Server, Server | None]]  # to whom a leader is handing over, if it is
    ordered: Set[Ordered]  # which candidacies are by order; it only grows
    transfers: Network[TimeoutNow]

    def init(self) -> None:
        super().init()
        self.transferee = fill(Server, None)
        self.ordered = Set()
        self.transfers = Network()

    def adopt(self, s: Server, t: Term) -> None:
        """Who moves on to a higher term leads no more, and has nothing to hand over."""
        if t > self.term[s]:
            self.transferee[s] = None
        super().adopt(s, t)

    # ------------------------------------------------------------------------------ actions
    @action
    def transfer_leadership(self, s: Server, r: Server) -> None:
        """3.10, step 1. Hand over to server r: from now on, accept no commands."""
        require(self.role[s] == Role.LEADER)
        require(r != s)
        require(self.transferee[s] is None)
        self.transferee[s] = r

    @action
    def client_request(self, s: Server, v: Value) -> None:
        """5.3. A leader appends a command, unless it is handing over."""
        require(self.transferee[s] is None)
        super().client_request(s, v)

    @action
    def timeout_now(self, s: Server, r: Server) -> None:
        """3.10, steps 2 and 3. When the logs match to the end, give the order."""
        require(self.role[s] == Role.LEADER)
        require(self.transferee[s] == r)
        require(self.match_index[s, r] == len(self.log[s]))
        self.transfers.send(TimeoutNow(source=s, dest=r, term=self.term[s]))

    @action
    def handle_timeout_now(self, m: TimeoutNow, t: Term) -> None:
        """3.10, step 3. Stand for election without waiting, and without asking first. An order of a
        leader that has been replaced is none."""
        self.transfers.receive(m)
        s = m.dest
        require(m.term == self.term[s])
        require(self.role[s] == Role.FOLLOWER)
        require(t > self.term[s])
        self.adopt(s, t)
        self.voted_for[s] = s
        self.role[s] = Role.CANDIDATE
        self.votes[s] = frozenset({s})
        self.ordered.add(Ordered(s, t))

    @action
    def abandon_transfer(self, s: Server) -> None:
        """3.10. After an election time-out, accept commands again."""
        require(self.transferee[s] is not None)
        self.transferee[s] = None

    # --------------------------------------------------------------------------- properties
    @step_invariant
    def no_commands_meanwhile(self, after: Transfer) -> bool:
        """Who is handing over appends nothing to its log as a leader."""
        return all(
            after.log[s] == self.log[s]
            for s in Server
            if self.transferee[s] is not None and self.role[s] == Role.LEADER
            if after.role[s] == Role.LEADER and after.term[s] == self.term[s]
        )

    @invariant
    def ordered_in_own_term(self) -> bool:
        """An order is carried out in a term that the server has come to."""
        return all(o.term <= self.term[o.server] for o in self.ordered)

    @invariant
    def only_leaders_hand_over(self) -> bool:
        """Who leads no more has nothing to hand over."""
        return all(self.role[s] == Role.LEADER for s in Server if self.transferee[s] is not None)

    @reachable
    def handed_over(self) -> bool:
        """A server can be elected by order."""
        return any(
            self.role[s] == Role.LEADER and Ordered(s, self.term[s]) in self.ordered for s in Server
        )


class TransferWithHistory(RaftWithHistory, Transfer):
    """The same, with a memory."""


class TransferWithCheckQuorum(Transfer, CheckQuorum):
    """Leadership transfer among servers that are loyal to their leader, and follow its order."""

    def disregarded(self, m: RequestVote) -> bool:
        return super().disregarded(m) and Ordered(m.source, m.term) not in self.ordered

    @action
    def check_quorum(self, s: Server) -> None:
        """6.2. Who steps down has nothing to hand over; if it leads again, it takes commands."""
        super().check_quorum(s)
        if self.role[s] != Role.LEADER:
            self.transferee[s] = None

    @step_invariant
    def loyal(self, after: CheckQuorum) -> bool:
        """Who hears from a leader, or is one, votes for nobody but who stands by order."""
        return all(
            after.voted_for[s] is None
            or after.voted_for[s] == self.voted_for[s]
            or after.voted_for[s] == s
            or any(o.server == after.voted_for[s] and o.term == after.term[s] for o in self.ordered)
            for s in Server
            if self.led(s)
        )


class PoliteTransfer(TransferWithCheckQuorum, PoliteRaft):
    """The same with pre-votes: who stands by order asks nobody first."""

    @action
    def handle_timeout_now(self, m: TimeoutNow, t: Term) -> None:
        """3.10. Stand by order, without a poll, and with none under way."""
        super().handle_timeout_now(m, t)
        self.assent[m.dest] = frozenset()

    @step_invariant
    def asked_first(self, after: PreVote) -> bool:
        """A server raises its term by itself only with a quorum's assent, or by order."""
        return all(
            self.quorum_among(s, self.assent[s])
            or any(m.dest == s and m.term == self.term[s] for m in self.transfers.of(TimeoutNow))
            for s in Server
            if after.term[s] > self.term[s] and after.role[s] == Role.CANDIDATE
        )


class TransferWithLease(Transfer, LeaseReads):
    """Leadership transfer from a leader that answers reads under a lease."""

    gave_up: Volatile[Map[Server, bool]]  # a leader has given an order, and takes no lease any more

    def init(self) -> None:
        super().init()
        self.gave_up = fill(Server, False)

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        """5.2. In a new term no order has been given."""
        super().become_leader(s, q)
        self.gave_up[s] = False

    @action
    def timeout_now(self, s: Server, r: Server) -> None:
        """3.10, 6.4.1. Give the lease up, and then the order."""
        super().timeout_now(s, r)
        self.gave_up[s] = True

    def has_lease(self, s: Server) -> bool:
        """A lease that was given up is none."""
        return super().has_lease(s) and not self.gave_up[s]

    def bound_by_promise(self, m: RequestVote) -> bool:
        """An order sets a promise aside."""
        return super().bound_by_promise(m) and Ordered(m.source, m.term) not in self.ordered

    def keeps_vote(self, s: Server, m: RequestVote) -> bool:
        return super().keeps_vote(s, m) and Ordered(m.source, m.term) not in self.ordered


# Terms are counted without the first, in which nobody leads.
MODELS = [
    Model(
        name="2 servers, 2 terms, log 1",
        protocol=TransferWithHistory,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=2_075, depth=29),
    ),
    Model(
        name="CheckQuorum, 2 servers, 2 terms, log 1",
        protocol=TransferWithCheckQuorum,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        expect=Holds(states=7_504, depth=32),
    ),
    Model(
        name="pre-votes and CheckQuorum, 2 servers, 2 terms, log 1",
        protocol=PoliteTransfer,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1),
        slow=True,
        expect=Holds(states=152_932, depth=49),
    ),
]
