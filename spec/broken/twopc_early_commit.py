"""Bug: the transaction manager commits when it has heard of one prepared resource manager.

**Mistake** The decision asks for some instead of all.

**Tempting** after Paxos, where a quorum is enough. A commit is not a vote: one resource manager
that refuses must prevent it.

**Source** The rule that is broken is in J. Gray, L. Lamport, "Consensus on Transaction Commit" (ACM
TODS 31(1), 2006), section 3.

**What goes wrong** One manager refuses and aborts by itself, while another is told to commit.
"""

from __future__ import annotations

from ..commit.transaction_commit import ResourceManager
from ..commit.two_phase import Decision, Outcome, TwoPhase
from ..lang import Model, Violated, action, require


class EarlyCommit(TwoPhase):
    """Two-phase commit with an impatient transaction manager."""

    @action
    def decide_commit(self) -> None:
        """Commit when anyone has said yes."""
        require(self.decision is None)
        require(any(r in self.heard for r in ResourceManager))
        self.decision = Outcome.COMMIT
        self.sent.add(Decision(Outcome.COMMIT))


MODELS = [
    Model(
        name="3 resource managers",
        protocol=EarlyCommit,
        sizes={ResourceManager: 3},
        properties=["agreement"],
        expect=Violated("agreement", steps=5),
    ),
]
