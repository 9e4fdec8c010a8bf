"""Bug: an acceptor forgets its promise in a crash.

**Mistake** The promise is kept in memory, and only the vote on disk.

**Tempting** because the vote is what can choose a value, and a promise may seem to be a passing
agreement with one leader. It also saves the disk write of phase 1.

**Source** The rule that is broken is in L. Lamport, "Paxos Made Simple" (2001), section 2.2:
acceptors keep their state in stable storage.

**What goes wrong** An acceptor promises, restarts, and votes in the ballot below. The leader above
was told that nothing was voted for there, and chooses another value.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Map, Model, Violated, Volatile
from ..paxos.single_decree import SingleDecree
from ..voting import Acceptor, Ballot


class ForgottenPromise(SingleDecree):
    """Paxos with acceptors that lose its promise when they restart."""

    promised: Volatile[Map[Acceptor, Ballot | None]]


MODELS = [
    Model(
        name="3 acceptors, 2 ballots, 1 restart",
        protocol=ForgottenPromise,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        restarts=1,
        properties=["agreement"],
        expect=Violated("agreement", steps=13),
    ),
]
