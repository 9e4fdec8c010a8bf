"""Raft elections in the long run: somebody leads in the end, if one clock runs out first.

**Problem** Two candidates can split the votes of a term, and of the next, and so on. Raft draws
time-outs at random, so that sooner or later one server is so much quicker than the others that it
has their votes before they stand themselves. Does that suffice, and what does the network owe?

**Claim** From some time on there is always a leader, if from some time on only one server times
out, all servers go on, and a message that is sent again and again arrives in the end. With a
network that owes nothing of the kind the claim is false, and so it is if every server goes on
timing out.

**Source** D. Ongaro and J. Ousterhout, "In Search of an Understandable Consensus Algorithm" (USENIX
ATC 2014), section 5.2 on split votes, and section 5.6: broadcast time << election time-out << time
between failures. Networks that lose messages, but not one that is sent for ever: *fair-lossy
links*, as in C. Cachin, R. Guerraoui, L. Rodrigues, "Reliable and Secure Distributed Programming"
(2011), section 2.4.2.

**Modelled** Time as in :mod:`.election`: anybody may time out at any moment, until `settle` says
whose clock is the quick one. Terms are finitely many, so a behaviour could use them up; the last
one is therefore left to the server with the quick clock. That is what an instance shows: from
*whatever* the terms before have left behind, that server becomes the leader. Without a quick clock
the terms run out: all servers stand in the last one that is left to them, and refuse each other for
ever.

**Left out** Crashes, and leaders that are cut off and deposed: who leads here does so for good, as
there is nobody left to time out.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Holds,
    Model,
    Violated,
    action,
    eventually_always,
    require,
    strongly_fair,
    weakly_fair,
)
from .election import Election, Role, Server, Term


class LiveElection(Election):
    """Raft without logs, with a server whose clock comes to be the quickest."""

    quickest: Server | None  # whose election time-out is the shortest; None while nobody's is

    def init(self) -> None:
        super().init()
        self.quickest = None

    @action
    def settle(self, s: Server) -> None:
        """From now on the time-out of s is so much shorter that nobody else times out."""
        require(self.quickest is None)
        self.quickest = s

    @action
    def timeout(self, s: Server, t: Term) -> None:
        """As before; the last term is left to the quickest."""
        require(self.quickest is None or self.quickest == s)
        require(self.quickest == s or any(t < u for u in Term))
        super().timeout(s, t)

    @eventually_always
    def led(self) -> bool:
        """From some time on somebody leads (L3)."""
        return any(self.role[s] == Role.LEADER for s in Server)


SERVERS_GO_ON = [
    weakly_fair(LiveElection.timeout, each="s"),
    weakly_fair(LiveElection.become_leader, each="s"),
]
WHAT_IS_REPEATED_ARRIVES = [
    strongly_fair(LiveElection.request_vote, each=("s", "r")),
    strongly_fair(LiveElection.handle_request_vote, each="m"),
    strongly_fair(LiveElection.handle_vote, each="m"),
]
NETWORK_OWES_NOTHING = [
    weakly_fair(LiveElection.request_vote, each=("s", "r")),
    weakly_fair(LiveElection.handle_request_vote, each="m"),
    weakly_fair(LiveElection.handle_vote, each="m"),
]
ONE_IS_QUICKEST = [weakly_fair(LiveElection.settle)]

MODELS = [
    Model(
        name="one clock runs out first",
        protocol=LiveElection,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=1, loses=True),
        fairness=[*SERVERS_GO_ON, *WHAT_IS_REPEATED_ARRIVES, *ONE_IS_QUICKEST],
        expect=Holds(states=2_855, depth=16),
    ),
    Model(
        name="split votes",
        protocol=LiveElection,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=1, loses=True),
        fairness=[*SERVERS_GO_ON, *WHAT_IS_REPEATED_ARRIVES],
        expect=Violated("led", steps=3, cycle=18),
    ),
    Model(
        name="every message is lost",
        protocol=LiveElection,
        sizes={Server: 3, Term: 3},
        network=BagNetwork(capacity=1, loses=True),
        fairness=[*SERVERS_GO_ON, *NETWORK_OWES_NOTHING, *ONE_IS_QUICKEST],
        expect=Violated("led", steps=2, cycle=2),
    ),
]
