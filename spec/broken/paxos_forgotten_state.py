"""Bug: an acceptor forgets everything in a crash.

**Mistake** Nothing is on disk: a restarted acceptor takes part as if it were new.

**Tempting** because Paxos masks the failure of a minority, and a restart of one acceptor looks like
such a failure. But an acceptor that stops is silent, and one that forgets says what is not true.

**Source** The rule that is broken is in L. Lamport, "Paxos Made Simple" (2001), section 2.2:
acceptors keep their state in stable storage; Palantir/atlasdb#1504 (2017) is a report from the
field.

**What goes wrong** As with either part of the state alone: one restart is enough.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Map, Model, Violated, Volatile
from ..paxos.single_decree import SingleDecree
from ..voting import Acceptor, Ballot, Vote


class ForgottenState(SingleDecree):
    """Paxos with acceptors that lose everything when they restart."""

    promised: Volatile[Map[Acceptor, Ballot | None]]
    vote: Volatile[Map[Acceptor, Vote | None]]


MODELS = [
    Model(
        name="3 acceptors, 2 ballots, 1 restart",
        protocol=ForgottenState,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        restarts=1,
        properties=["agreement"],
        expect=Violated("agreement", steps=13),
    ),
]
