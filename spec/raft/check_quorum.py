"""Raft with CheckQuorum: a leader nobody answers steps down, and one that is heard stays.

**Problem** A leader that is cut off goes on to lead, for all it knows: its clients wait for ever.
And a server that comes back after a while, or was removed and does not know it, stands in a higher
term and deposes a leader who did nothing wrong.

**Idea** Both sides of a heartbeat count. A leader that has not heard from a quorum within an
election time-out steps down by itself. A server that has heard from a leader within the minimum
election time-out disregards who asks for its vote: it neither gives it nor moves on to the term.
The two belong together. With the second rule alone, a leader that still reaches a few servers, but
no quorum, keeps them from electing another.

**Source** D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014),
section 6.2 for stepping down, section 4.2.3 for disregarding requests, section 9.6 for pre-votes.
The names ``CheckQuorum`` and ``RecentActive`` are those of etcd/raft, where the two rules are one
option. H. Howard and I. Abraham, "Raft does not Guarantee Liveness in the face of Network Faults"
(2020), show why one rule needs the other.

**Modelled** Time is what may have passed: ``lose_touch`` says that the minimum election time-out
has run out for a follower, ``check_quorum`` that an election time-out has for a leader. Both may
happen at any moment, as in :mod:`.election` a time-out may.

**Interplay** A request of a term that is over, or of the present one, is answered as before: the
rule is about terms to come. A leader that is told of a higher term in an answer, or in an entry,
moves on to it; without that, a server which has stood in vain, its requests disregarded, could
never come back (:mod:`..broken.raft_stuck_candidate`). Together with :mod:`.pre_vote` a server that
hears from a leader does not assent to polls either.

**Left out** Reads that count on the leader's stay: :mod:`.lease_reads`.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Holds,
    Map,
    Model,
    Volatile,
    action,
    fill,
    invariant,
    reachable,
    require,
    step_invariant,
)
from .election import Quorum, Role, Server, Term
from .history import RaftWithHistory
from .pre_vote import PreVote, RequestPreVote
from .replication import AppendEntries, AppendReply, Raft, RequestVote, Value


class CheckQuorum(Raft):
    """Raft in which a leader is followed as long as it is heard, and leads as long as it hears."""

    hears: Volatile[Map[Server, bool]]  # heard from the term's leader within a minimum time-out
    active: Volatile[Map[Server, frozenset[Server]]]  # who has answered since a leader's last check

    def init(self) -> None:
        super().init()
        self.hears = fill(Server, False)
        self.active = fill(Server, frozenset[Server]())

    def adopt(self, s: Server, t: Term) -> None:
        """Of the leader of a higher term, if there is one, nothing has been heard yet."""
        if t > self.term[s]:
            self.hears[s] = False
            self.active[s] = frozenset()
        super().adopt(s, t)

    def led(self, s: Server) -> bool:
        """Server s believes that its term has a leader: it hears from one, or is one."""
        return self.hears[s] or self.role[s] == Role.LEADER

    # ------------------------------------------------------------------------------ actions
    @action
    def lose_touch(self, s: Server) -> None:
        """4.2.3. For a minimum election time-out nothing has come from the leader."""
        require(self.hears[s])
        self.hears[s] = False

    @action
    def timeout(self, s: Server, t: Term) -> None:
        """5.2. Stand for election. An election time-out is no shorter than the minimum one."""
        require(not self.hears[s])
        super().timeout(s, t)

    @action
    def disregard_request_vote(self, m: RequestVote) -> None:
        """4.2.3. Who asks for a vote in a higher term while there is a leader gets no answer."""
        self.network.receive(m)
        require(self.disregarded(m))

    def disregarded(self, m: RequestVote) -> bool:
        return m.term > self.term[m.dest] and self.led(m.dest)

    @action
    def handle_request_vote(self, m: RequestVote) -> None:
        """RequestVote RPC. Answer, unless the request is to be disregarded."""
        require(m in self.network)
        require(not self.disregarded(m))
        super().handle_request_vote(m)

    def grants(self, s: Server, m: RequestVote) -> bool:
        """Nor is a vote of the present term given away when that term has its leader."""
        return super().grants(s, m) and not self.led(s)

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        """5.2. Whose votes these are is not counted again: the first check asks for answers."""
        super().become_leader(s, q)
        self.active[s] = frozenset()

    @action
    def handle_append_entries(self, m: AppendEntries) -> None:
        """5.3. What comes from the leader of the term says that it is there."""
        super().handle_append_entries(m)
        if m.term == self.term[m.dest]:
            self.hears[m.dest] = True

    @action
    def handle_append_reply(self, m: AppendReply) -> None:
        """5.3. Any answer within the term says that the follower is there, a refusal too."""
        super().handle_append_reply(m)
        s = m.dest
        if m.term == self.term[s] and self.role[s] == Role.LEADER:
            self.active[s] = self.active[s] | {m.source}

    @action
    def check_quorum(self, s: Server) -> None:
        """6.2. An election time-out has passed. Go on if a quorum has answered, and begin to count
        anew; else step down, but keep the term: who has nothing to say raises no terms."""
        require(self.role[s] == Role.LEADER)
        if not self.quorum_among(s, self.active[s] | {s}):
            self.role[s] = Role.FOLLOWER
        self.active[s] = frozenset()

    # --------------------------------------------------------------------------- properties
    @step_invariant
    def loyal(self, after: CheckQuorum) -> bool:
        """Who hears from a leader, or is one, gives its vote to nobody."""
        return all(
            after.voted_for[s] is None or after.voted_for[s] == self.voted_for[s]
            for s in Server
            if self.led(s)
        )

    @step_invariant
    def leaders_go_for_a_reason(self, after: CheckQuorum) -> bool:
        """A leader that stays in its term goes only if no quorum answers, or by a restart, which
        forgets its votes."""
        return all(
            not self.quorum_among(s, self.active[s] | {s})
            for s in Server
            if self.role[s] == Role.LEADER and after.role[s] != Role.LEADER
            if after.term[s] == self.term[s] and after.votes[s] == self.votes[s]
        )

    @invariant
    def followers_hear(self) -> bool:
        """Only a follower hears from a leader: there is but one in a term."""
        return all(self.role[s] == Role.FOLLOWER for s in Server if self.hears[s])

    @reachable
    def heard_by_all(self) -> bool:
        """A leader can be heard by everybody else, and know it."""
        return any(
            len(self.active[s]) + 1 == len(Server) and all(r == s or self.hears[r] for r in Server)
            for s in Server
        )


class CheckQuorumWithHistory(RaftWithHistory, CheckQuorum):
    """The same, with a memory."""


class PoliteRaft(CheckQuorum, PreVote):
    """CheckQuorum together with pre-votes, as etcd recommends: a poll is as unwelcome as a request,
    and a server that comes back has not raised its term in the meantime."""

    @action
    def suspect(self, s: Server) -> None:
        """9.6. Poll the others, if no leader has been heard for long enough."""
        require(not self.hears[s])
        super().suspect(s)

    def would_vote(self, s: Server, m: RequestPreVote) -> bool:
        """9.6. And not as long as there is a leader."""
        return super().would_vote(s, m) and not self.led(s)


class PoliteRaftWithHistory(RaftWithHistory, PoliteRaft):
    """The same, with a memory."""


# Terms are counted without the first, in which nobody leads.
MODELS = [
    Model(
        name="2 servers, 2 terms, log 1",
        protocol=CheckQuorumWithHistory,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=1_997, depth=30),
    ),
    Model(
        name="3 servers, 1 term, log 1",
        protocol=CheckQuorumWithHistory,
        sizes={Server: 3, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        slow=True,
        expect=Holds(states=50_420, depth=26),
    ),
    Model(
        name="with pre-votes, 2 servers, 1 term, log 1, 1 restart",
        protocol=PoliteRaftWithHistory,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        restarts=1,
        expect=Holds(states=11_526, depth=31),
    ),
]
