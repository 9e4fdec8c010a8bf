"""Bug: an acceptor forgets its vote in a crash.

**Mistake** The vote is kept in memory, and only the promise on disk.

**Tempting** because the promise is what keeps the acceptor from voting in lower ballots, and the
vote has been sent, so it is not lost. But it is lost for the leaders to come.

**Source** The rule that is broken is in L. Lamport, "Paxos Made Simple" (2001), section 2.2:
acceptors keep their state in stable storage.

**What goes wrong** A value is chosen, one of its voters restarts, and its next promise reports no
vote.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Map, Model, Violated, Volatile
from ..paxos.single_decree import SingleDecree
from ..voting import Acceptor, Ballot, Vote


class ForgottenVote(SingleDecree):
    """Paxos with acceptors that lose its vote when they restart."""

    vote: Volatile[Map[Acceptor, Vote | None]]


MODELS = [
    Model(
        name="3 acceptors, 2 ballots, 1 restart",
        protocol=ForgottenVote,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        restarts=1,
        properties=["agreement"],
        expect=Violated("agreement", steps=13),
    ),
]
