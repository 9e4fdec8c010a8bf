"""Bug: a resource manager aborts by itself after saying yes.

**Mistake** Refusing is possible in the state *prepared* too.

**Tempting** because a prepared manager holds locks, and waits for ever if the transaction manager
has stopped. A time-out that gives up is the first thing that comes to mind; it is the one thing
that *prepared* forbids.

**Source** J. Gray, L. Lamport, "Consensus on Transaction Commit" (ACM TODS 31(1), 2006), sections 2
and 3.

**What goes wrong** Commit was decided on the strength of the yes, and another manager has obeyed.
"""

from __future__ import annotations

from ..commit.transaction_commit import ResourceManager, Status
from ..commit.two_phase import TwoPhase
from ..lang import Model, Violated, action, require


class UnilateralAbort(TwoPhase):
    """Two-phase commit with resource managers that lose patience."""

    @action
    def refuse(self, r: ResourceManager) -> None:
        """Abort without being told, even after saying yes."""
        require(self.status[r] == Status.WORKING or self.status[r] == Status.PREPARED)
        self.status[r] = Status.ABORTED


MODELS = [
    Model(
        name="3 resource managers",
        protocol=UnilateralAbort,
        sizes={ResourceManager: 3},
        properties=["agreement"],
        expect=Violated("agreement", steps=9),
    ),
]
