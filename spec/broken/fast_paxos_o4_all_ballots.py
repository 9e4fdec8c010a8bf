"""Bug: the rule O4 of Fast Paxos is applied to the votes of all ballots reported.

**Mistake** The coordinator counts every vote that the promises report, and not only those of the
highest ballot among them.

**Tempting** because O4 speaks of what a quorum has voted for, and each promise reports one vote.
That the votes may stem from different ballots shows only when there are two lower ones.

**Source** A misreading of O4 in L. Lamport, "Fast Paxos" (Distributed Computing 19(2), 2006),
section 3.1.

**What goes wrong** Votes of a ballot that is long over count as much as those of the one that has
chosen. The coordinator finds that they differ and none can win, and believes to be free.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Model, Violated, at_least
from ..paxos.fast import Fast, FastQuorum
from ..paxos.single_decree import Promise
from ..voting import Acceptor, Ballot


class O4AllBallots(Fast):
    """Fast Paxos with coordinators that do not compare ballots."""

    def latest(self, promises: frozenset[Promise]) -> frozenset[Promise]:
        """Those of the promises that report a vote, in whatever ballot."""
        return frozenset(m for m in promises if m.vote is not None)


MODELS = [
    Model(
        name="3 acceptors, a fast ballot and two classic ones",
        protocol=O4AllBallots,
        sizes={Acceptor: 3, Ballot: 3, Value: 2},
        quorums={FastQuorum: at_least(3)},
        constants={"fast": [0]},
        properties=["agreement"],
        expect=Violated("agreement", steps=19),
        slow=True,
    ),
]
