"""Bug: a new leader changes the membership before it has committed anything.

**Mistake** One server at a time, and one change at a time, as the thesis had it; but a leader need
not have committed an entry of its own term.

**Tempting** because majorities of sets that differ by one server always meet, which is the whole
idea. It took the author and his readers a year to see what is missing.

**Source** D. Ongaro, "bug in single-server membership changes" (raft-dev mailing list, 10 July
2015), after a report by H. Amos and H. Zhang; section 4.1 of his thesis (2014).

**What goes wrong** A leader removes a server, and its entry reaches nobody. The next leader does
not know of it, removes another, and commits that. Now the first leader comes back. By its own log
two servers elect it, of which one has not heard of the second change and the other is the leader
itself; what was committed is gone.
"""

from __future__ import annotations

from ..lang import BagNetwork, Const, Model, Violated, action, any_set, explicit, require
from ..raft.election import Quorum, Server, Term
from ..raft.membership_single import SingleServerChangeWithHistory
from ..raft.replication import Value


class WithoutCommit(SingleServerChangeWithHistory):
    """The condition of 2015 left out."""

    def own_entry_committed(self, s: Server) -> bool:
        return True


class WithoutCommitScheduled(WithoutCommit):
    """The same in a hurry: who may stand in which term, who may talk to whom, and what may be asked
    of whom is given. That leaves behaviours out, so the search is short; those that remain are
    behaviours of the class above."""

    stands = Const[frozenset[tuple[Term, Server]]]()
    talks = Const[frozenset[tuple[Server, Server]]]()
    asked = Const[frozenset[tuple[Server, Value]]]()

    @action
    def timeout(self, s: Server, t: Term) -> None:
        require((t, s) in self.stands)
        super().timeout(s, t)

    @action
    def request_vote(self, s: Server, r: Server) -> None:
        require((s, r) in self.talks)
        super().request_vote(s, r)

    @action
    def append_entries(self, s: Server, r: Server) -> None:
        require((s, r) in self.talks)
        super().append_entries(s, r)

    @action
    def client_request(self, s: Server, v: Value) -> None:
        require((s, v) in self.asked)
        super().client_request(s, v)


MODELS = [
    Model(
        name="4 servers, 3 terms, log 1, two changes, in a hurry",
        protocol=WithoutCommitScheduled,
        sizes={Server: 4, Term: 4, Value: 2},
        constants={
            "max_log": 1,
            "founders": {1, 2, 3, 4},
            "members": {(1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (2, 4)},
            "stands": {(1, 1), (2, 4), (3, 1)},
            "talks": {(1, 2), (1, 3), (4, 1), (4, 2), (4, 3)},
            "asked": {(1, 1), (4, 2)},
        },
        quorums={Quorum: explicit({1, 2, 3}, {2, 3, 4}, {1, 2}, {3, 4})},
        network=BagNetwork(capacity=1),
        assume=False,
        properties=["leader_completeness"],
        expect=Violated("leader_completeness", steps=30),
    ),
    Model(
        name="4 servers, 3 terms, log 1, two changes",
        protocol=WithoutCommit,
        sizes={Server: 4, Term: 4, Value: 2},
        constants={
            "max_log": 1,
            "founders": {1, 2, 3, 4},
            "members": {(1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (2, 4)},
        },
        quorums={Quorum: any_set},
        network=BagNetwork(capacity=1, loses=True),
        assume=False,
        properties=["leader_completeness"],
        slow=True,
        expect=Violated("leader_completeness", steps=30),
    ),
]
