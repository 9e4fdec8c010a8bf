"""Bug: a leader proposes its own value, whatever phase 1 has told it.

**Mistake** Phase 2a ignores the votes that the promises report.

**Tempting** because a proposer starts a ballot in order to get its own value chosen, and phase 1
looks as if it were a lock on the acceptors: whoever holds the promises of a quorum may write.

**Source** The rule that is dropped is P2c of L. Lamport, "Paxos Made Simple" (2001), section 2.2.

**What goes wrong** A value is chosen in one ballot, and the next one chooses another.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Model, Violated
from ..paxos.single_decree import SingleDecree
from ..voting import Acceptor, Ballot, Vote


class OwnValue(SingleDecree):
    """Paxos with leaders that do not listen."""

    def follows(self, v: Value, votes: frozenset[Vote]) -> bool:
        """Any value will do, whatever the votes."""
        return True


MODELS = [
    Model(
        name="3 acceptors, 2 ballots",
        protocol=OwnValue,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        properties=["agreement"],
        expect=Violated("agreement", steps=12),
    ),
]
