"""Raft with changes of membership: which servers count is written in the log itself.

**Problem** Servers are added and removed while the cluster works. They do not learn of it at one
moment, so for a while some of them count the votes of one set of servers and some of another; and
two majorities of different sets need not meet.

**Idea** A *configuration*, the set of servers whose votes count, is an entry of the log. A server
uses the latest one in its log, whether it is committed or not, and goes back to the one before when
the entry is deleted. This module says what that means. What it does not say is which changes are
allowed: that is what :mod:`.membership_single` and :mod:`.membership_joint` are about, and without
either of them it is wrong (:mod:`..broken.raft_direct_config_switch`).

**Source** D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014),
chapter 4: sections 4.1 (the latest configuration, committed or not), 4.2.1 (servers without a vote,
which etcd calls *learners*) and 4.2.2 (removing the leader).

**Modelled** A configuration is a command like others; the constant ``members`` says of each command
which servers it would make the configuration consist of, and a command with none is one for the
state machine. So logs and messages are those of :mod:`.replication`. A server outside the
configuration may be sent entries and may be asked for its vote, and its answers are not counted: it
is a *learner*. It votes if it is asked, for it may have been made a voter and not know it yet.

Which quorums there are depends on the server that counts. So models let ``Quorum`` be any set of
servers, of which a majority of the configuration is asked here; the law that any two quorums meet
is false of them, and their verdicts say so. What takes its place is what is proposed here.

**Left out** How a new server is brought up to date before it gets a vote (4.2.1), which makes a
change quick but is not needed for safety; requests of removed servers (4.2.3: see
:mod:`.check_quorum`).
"""

from __future__ import annotations

from ..lang import Const, action, invariant, require, step_invariant
from .election import Quorum, Role, Server, Term
from .history import RaftWithHistory
from .replication import Log, Raft, Value


class Reconfigurable(Raft):
    """Raft whose configuration stands in the log."""

    founders = Const[frozenset[Server]]()  # the configuration of an empty log
    members = Const[frozenset[tuple[Value, Server]]]()  # (v, r): server r is in configuration v

    # ------------------------------------------------------------------------ configurations
    def is_configuration(self, v: Value) -> bool:
        return any((v, r) in self.members for r in Server)

    def members_of(self, v: Value) -> frozenset[Server]:
        return frozenset(r for r in Server if (v, r) in self.members)

    def latest_change(self, log: Log) -> int:
        """The index of the latest configuration in a log; 0 if it is that of the founders."""
        return max(
            (i + 1 for i in range(len(log)) if self.is_configuration(log[i].value)), default=0
        )

    def configuration(self, log: Log) -> frozenset[Server]:
        """4.1. The latest configuration of a log, committed or not."""
        n = self.latest_change(log)
        return self.members_of(log[n - 1].value) if n > 0 else self.founders

    def voters(self, log: Log) -> frozenset[Server]:
        """Whose votes count."""
        return self.configuration(log)

    def majority_of(self, members: frozenset[Server], servers: frozenset[Server]) -> bool:
        return 2 * len(members & servers) > len(members)

    def decides(self, servers: frozenset[Server], log: Log) -> bool:
        """Whether these servers are a quorum of the configuration of a log."""
        return self.majority_of(self.configuration(log), servers)

    def quorum_among(self, s: Server, servers: frozenset[Server]) -> bool:
        """Whether there is a quorum among these servers, by the configuration of server s."""
        return self.decides(servers, self.log[s])

    def may_change(self, s: Server, v: Value) -> bool:
        """Whether leader s may append configuration v: always, here, and that is wrong."""
        return True

    # ------------------------------------------------------------------------------ actions
    @action
    def timeout(self, s: Server, t: Term) -> None:
        """4.2.2. Stand for election, as a voter, or as one who was removed by an entry that is not
        committed yet: until it is, nobody else may be eligible."""
        require(s in self.voters(self.log[s]) or s in self.voters(self.log[s][: self.commit[s]]))
        super().timeout(s, t)

    @action
    def request_vote(self, s: Server, r: Server) -> None:
        """5.2. A candidate asks those whose votes count."""
        require(r in self.voters(self.log[s]))
        super().request_vote(s, r)

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        """5.2. With the votes of a quorum of its own configuration, lead."""
        require(self.quorum_among(s, frozenset(r for r in q)))
        super().become_leader(s, q)

    @action
    def client_request(self, s: Server, v: Value) -> None:
        """4.1. A leader appends a command; if that is a configuration, it is in force at once."""
        require(not self.is_configuration(v) or self.may_change(s, v))
        super().client_request(s, v)

    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        """5.4.2. Commit what a quorum of the leader's configuration stores. A leader outside of it
        manages a cluster that it is no part of, and does not count itself (4.2.2)."""
        require(self.quorum_among(s, frozenset(r for r in q)))
        super().advance_commit(s, q, n)

    @action
    def retire(self, s: Server) -> None:
        """4.2.2. A leader that is no member steps down when that is committed."""
        require(self.role[s] == Role.LEADER)
        require(self.latest_change(self.log[s]) <= self.commit[s])
        require(s not in self.voters(self.log[s]))
        self.role[s] = Role.FOLLOWER

    # --------------------------------------------------------------------------- properties
    @step_invariant
    def elected_by_voters(self, after: Reconfigurable) -> bool:
        """Who comes to lead has the votes of a majority of its configuration, learners not counted
        (CF4, CF6)."""
        return all(
            self.quorum_among(s, self.votes[s])
            for s in Server
            if self.role[s] != Role.LEADER and after.role[s] == Role.LEADER
        )

    @step_invariant
    def committed_by_voters(self, after: Reconfigurable) -> bool:
        """What a leader commits a majority of its configuration stores, learners not counted (CF4,
        CF6)."""
        return all(
            self.quorum_among(
                s,
                frozenset(r for r in Server if r == s or self.match_index[s, r] >= after.commit[s]),
            )
            for s in Server
            if self.role[s] == Role.LEADER and after.role[s] == Role.LEADER
            if after.commit[s] > self.commit[s]
        )


class ReconfigurableWithHistory(RaftWithHistory, Reconfigurable):
    """The same, with a memory."""

    @invariant
    def committed_at_quorum(self) -> bool:
        """What is committed is not lost on any quorum: wherever a leader of the term of the commit
        or a later one looks for votes, or for copies, somebody stores it (R6)."""
        return all(
            not self.quorum_among(s, frozenset(r for r in Server if not self.has(r, c)))
            for c in self.committed
            for s in Server
            if self.role[s] == Role.LEADER and self.term[s] >= c.term
        )
