"""Bug: the transaction manager aborts what it has decided to commit.

**Mistake** The decision to abort does not ask whether there is a decision. A transaction manager
that restarts, and did not write its decision to disk before announcing it, does the same.

**Tempting** because to abort a transaction of unknown state is the safe way out for everyone else
in the system; for the one who decides it is not.

**Source** J. Gray, L. Lamport, "Consensus on Transaction Commit" (ACM TODS 31(1), 2006), section 3;
the rule to write first is in J. Gray, "Notes on Data Base Operating Systems" (1978).

**What goes wrong** Both decisions are announced, and each is obeyed by somebody.
"""

from __future__ import annotations

from ..commit.transaction_commit import ResourceManager
from ..commit.two_phase import Decision, Outcome, TwoPhase
from ..lang import Model, Violated, action


class ForgottenDecision(TwoPhase):
    """Two-phase commit with a forgetful transaction manager."""

    @action
    def decide_abort(self) -> None:
        """Abort, whatever was decided."""
        self.decision = Outcome.ABORT
        self.sent.add(Decision(Outcome.ABORT))


MODELS = [
    Model(
        name="3 resource managers",
        protocol=ForgottenDecision,
        sizes={ResourceManager: 3},
        properties=["agreement"],
        expect=Violated("agreement", steps=10),
    ),
]
