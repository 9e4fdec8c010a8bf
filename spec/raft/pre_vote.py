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

**Modelled** A poll and its answer are one step: an answer that comes late is one that was given
before, and it binds nobody either way. An answer carries the term of who gives it, and who polls
moves on to it if it is higher than its own.

**Left out** Logs, which make some answers a no (section 9.6 asks for an up-to-date log), and leader
stickiness: that a server which hears from a leader says no.
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
    reachable,
    require,
    step_invariant,
    weakly_fair,
)
from .election import Quorum, Role, Server, Term
from .live import ONE_IS_QUICKEST, SERVERS_GO_ON, WHAT_IS_REPEATED_ARRIVES, LiveElection


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
]
