"""Bug: who polls for pre-votes drops the answer of a server whose term is lower.

**Mistake** An answer with a lower term than one's own is dropped, as an old message is.

**Tempting** because that is the rule for every other message of Raft: what comes from a lower term
is refused. But an answer to a poll is about a term to come, and who gives it has not moved on to
it.

**Source** Reported for etcd (issue 8243, 2017) and canonical/raft (issue 279, 2022); the rule that
is broken is in section 9.6 of Ongaro's thesis (2014).

**What goes wrong** Nothing unsafe, and so no invariant can tell. A candidate moves on to a new term
by itself, its requests are lost, and it times out. From now on it is alone in its term: whoever
answers its polls does so in a lower one. If it is the only server that times out, there is never a
leader again.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.live import ONE_IS_QUICKEST, SERVERS_GO_ON, WHAT_IS_REPEATED_ARRIVES
from ..raft.pre_vote import POLLS_GO_ON, PreVoteElection


class LowerTermReplyDropped(PreVoteElection):
    """Pre-votes that count only if they come from the poller's own term or a higher one."""

    def counts(self, s: Server, r: Server) -> bool:
        return self.term[r] >= self.term[s]


MODELS = [
    Model(
        name="2 of 3 servers go on",
        protocol=LowerTermReplyDropped,
        sizes={Server: 2, Term: 3},
        network=BagNetwork(capacity=1, loses=True),
        fairness=[*SERVERS_GO_ON, *POLLS_GO_ON, *WHAT_IS_REPEATED_ARRIVES, *ONE_IS_QUICKEST],
        expect=Violated("led", steps=5, cycle=0),
    ),
]
