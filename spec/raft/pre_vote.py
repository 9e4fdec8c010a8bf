"""Raft elections with pre-votes: a server asks whether it would be elected before it stands.

**Problem** A server that is cut off times out again and again, and its term grows. When it comes
back, its high term deposes a leader who did nothing wrong.

**Idea** Before it raises its term, a server polls the others: would you vote for me in a higher
term than mine? A poll binds nobody and changes no term. Only with a quorum's assent does the server
stand; so one that reaches no quorum keeps the term that it has.

**Claim** From some time on there is always a leader, under the assumptions of :mod:`.live`: to ask
first keeps nobody from being elected.

**Source** D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014),
section 9.6.

**Modelled** twice. :class:`PreVoteElection` has elections only, and the claim is about it. A poll
and its answer are one step there: an answer that comes late is one that was given before, and it
binds nobody either way. An answer carries the term of who gives it, and who polls moves on to it if
it is higher than its own. :class:`PreVote` is all of Raft, to be combined with its other features.
A poll and its answer are two messages there, and a server whose log is the better one says no.

**Left out** That a server which hears from a leader says no: :mod:`.check_quorum` adds it.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Holds,
    Map,
    Model,
    Network,
    Volatile,
    action,
    fill,
    invariant,
    reachable,
    record,
    require,
    step_invariant,
    weakly_fair,
)
from .election import Quorum, Role, Server, Term
from .history import RaftWithHistory
from .live import ONE_IS_QUICKEST, SERVERS_GO_ON, WHAT_IS_REPEATED_ARRIVES, LiveElection
from .replication import AppendEntries, Raft, RequestVote, Value


class PreVoteElection(LiveElection):
    """Raft without logs, in which nobody stands unasked."""

    polling: Volatile[Map[Server, bool]]  # asks who would vote for it
    assent: Volatile[Map[Server, frozenset[Server]]]  # who would, as far as it has heard

    def init(self) -> None:
        super().init()
        self.polling = fill(Server, False)
        self.assent = fill(Server, frozenset[Server]())

    def adopt(self, s: Server, t: Term) -> None:
        """Moving on to a higher term ends a poll, which was about another one."""
        if t > self.term[s]:
            self.polling[s] = False
            self.assent[s] = frozenset()
        super().adopt(s, t)

    # ------------------------------------------------------------------------------ actions
    @action
    def suspect(self, s: Server) -> None:
        """9.6. Having heard of no leader for too long, ask the others first."""
        require(self.role[s] != Role.LEADER)
        require(not self.polling[s])
        require(any(self.may_stand(s, t) for t in Term))
        self.polling[s] = True
        self.assent[s] = frozenset({s})
        self.role[s] = Role.FOLLOWER
        self.votes[s] = frozenset()

    def may_stand(self, s: Server, t: Term) -> bool:
        """There is a term to stand in: the last one is for the quickest."""
        return (
            t > self.term[s]
            and (self.quickest is None or self.quickest == s)
            and (self.quickest == s or any(t < u for u in Term))
        )

    @action
    def poll(self, s: Server, r: Server) -> None:
        """9.6. Would you vote for me? Yes, in a term that is higher than the voter's own."""
        require(self.polling[s])
        require(r not in self.assent[s])
        if self.term[s] >= self.term[r]:
            if self.counts(s, r):
                self.assent[s] = self.assent[s] | {r}
        else:
            self.adopt(s, self.term[r])

    def counts(self, s: Server, r: Server) -> bool:
        """A yes counts, whatever the term of who says it: it is about a term to come."""
        return True

    @action
    def timeout(self, s: Server, t: Term) -> None:
        """5.2. Stand for election; now only with the assent of a quorum."""
        require(self.polling[s])
        require(any(all(r in self.assent[s] for r in q) for q in Quorum))
        super().timeout(s, t)
        self.polling[s] = False
        self.assent[s] = frozenset()

    # --------------------------------------------------------------------------- properties
    @step_invariant
    def no_term_inflation(self, after: PreVoteElection) -> bool:
        """A server raises its term by itself only with a quorum's assent."""
        return all(
            any(all(r in self.assent[s] for r in q) for q in Quorum)
            for s in Server
            if after.term[s] > self.term[s] and after.role[s] == Role.CANDIDATE
        )

    @reachable
    def outdated_poll(self) -> bool:
        """A poll can be about a term that others have passed already."""
        return any(self.polling[s] and self.term[r] > self.term[s] for s in Server for r in Server)


# ------------------------------------------------------------------------------- with logs


@record
class RequestPreVote:
    """Would you vote for me in a term above this one, which is mine? My log ends here."""

    source: Server
    dest: Server
    term: Term
    last_index: int
    last_term: Term


@record
class PreVoteReply:
    """A yes is about the term that was asked about; a no comes with the term of who says it.

    If a yes came with the voter's own term it would be taken for an old one where that term is
    lower than the poller's, and be dropped (:mod:`..broken.raft_prevote_lower_term_reply_dropped`).
    """

    source: Server
    dest: Server
    term: Term
    granted: bool


class PreVote(Raft):
    """Raft in which nobody stands unasked."""

    assent: Volatile[
        Map[Server, frozenset[Server]]
    ]  # who would vote for it; empty: it does not ask
    polls: Network[RequestPreVote | PreVoteReply]

    def init(self) -> None:
        super().init()
        self.assent = fill(Server, frozenset[Server]())
        self.polls = Network()

    def adopt(self, s: Server, t: Term) -> None:
        """Moving on to a higher term ends a poll, which was about another one."""
        if t > self.term[s]:
            self.assent[s] = frozenset()
        super().adopt(s, t)

    # ------------------------------------------------------------------------------ actions
    @action
    def suspect(self, s: Server) -> None:
        """9.6. Having heard of no leader for too long, ask the others first. The own yes is sure.

        Whoever was a candidate has not been elected, and is a candidate no longer.
        """
        require(self.role[s] != Role.LEADER)
        self.assent[s] = frozenset({s})
        self.role[s] = Role.FOLLOWER
        self.votes[s] = frozenset()

    @action
    def request_pre_vote(self, s: Server, r: Server) -> None:
        """9.6. Ask a server, again and again until it says yes."""
        require(s in self.assent[s])
        require(r not in self.assent[s])
        log = self.log[s]
        self.polls.send(
            RequestPreVote(
                source=s,
                dest=r,
                term=self.term[s],
                last_index=len(log),
                last_term=self.term_at(log, len(log)),
            )
        )

    @action
    def handle_request_pre_vote(self, m: RequestPreVote) -> None:
        """9.6. Answer a poll. Nothing changes here: neither the term, nor whom the vote is for."""
        self.polls.receive(m)
        s = m.dest
        yes = self.would_vote(s, m)
        term = m.term if yes else self.term[s]
        self.polls.send(PreVoteReply(source=s, dest=m.source, term=term, granted=yes))

    def would_vote(self, s: Server, m: RequestPreVote) -> bool:
        """9.6. In a term above the poller's this server would vote for it: its own term is not
        above that one already, and its log is not the better one."""
        ask = RequestVote(
            source=m.source,
            dest=m.dest,
            term=m.term,
            last_index=m.last_index,
            last_term=m.last_term,
        )
        return m.term >= self.term[s] and self.up_to_date(ask, self.log[s])

    @action
    def handle_pre_vote_reply(self, m: PreVoteReply) -> None:
        """9.6. Count a yes that is about the present term; a no may come from a later one."""
        self.polls.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        if m.granted and m.term == self.term[s] and s in self.assent[s]:
            self.assent[s] = self.assent[s] | {m.source}

    @action
    def timeout(self, s: Server, t: Term) -> None:
        """5.2. Stand for election; now only with the assent of a quorum, which is used up by it."""
        require(self.quorum_among(s, self.assent[s]))
        super().timeout(s, t)
        self.assent[s] = frozenset()

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        """5.2. Who leads has nothing to ask for."""
        super().become_leader(s, q)
        self.assent[s] = frozenset()

    @action
    def handle_append_entries(self, m: AppendEntries) -> None:
        """There is a leader: nobody need ask any more."""
        super().handle_append_entries(m)
        if m.term == self.term[m.dest]:
            self.assent[m.dest] = frozenset()

    # --------------------------------------------------------------------------- properties
    @step_invariant
    def asked_first(self, after: PreVote) -> bool:
        """A server raises its term by itself only with a quorum's assent."""
        return all(
            self.quorum_among(s, self.assent[s])
            for s in Server
            if after.term[s] > self.term[s] and after.role[s] == Role.CANDIDATE
        )

    @invariant
    def leaders_ask_nobody(self) -> bool:
        """A leader does not poll."""
        return all(s not in self.assent[s] for s in Server if self.role[s] == Role.LEADER)


class PreVoteWithHistory(RaftWithHistory, PreVote):
    """The same, with a memory."""


POLLS_GO_ON = [
    weakly_fair(PreVoteElection.suspect, each="s"),
    weakly_fair(PreVoteElection.poll, each=("s", "r")),
]

MODELS = [
    Model(
        name="2 of 3 servers go on",
        protocol=PreVoteElection,
        sizes={Server: 2, Term: 3},
        network=BagNetwork(capacity=1, loses=True),
        fairness=[*SERVERS_GO_ON, *POLLS_GO_ON, *WHAT_IS_REPEATED_ARRIVES, *ONE_IS_QUICKEST],
        expect=Holds(states=286, depth=13),
    ),
    Model(
        name="3 servers",
        protocol=PreVoteElection,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=1, loses=True),
        fairness=[*SERVERS_GO_ON, *POLLS_GO_ON, *WHAT_IS_REPEATED_ARRIVES, *ONE_IS_QUICKEST],
        expect=Holds(states=14_508, depth=20),
    ),
    Model(
        name="with logs, 2 servers, 1 term, log 1",
        protocol=PreVoteWithHistory,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=1_110, depth=23),
    ),
    Model(
        name="with logs, 3 servers, 1 term, log 1",
        protocol=PreVoteWithHistory,
        sizes={Server: 3, Term: 2, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        slow=True,
        expect=Holds(states=1_105_456, depth=41),
    ),
]
