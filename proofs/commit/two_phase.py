"""Why two-phase commit is safe: a yes is a promise, and there is one decision.

**Claim** No resource manager commits while another aborts, and who has done either stays so
(:mod:`ballotproof.spec.commit.two_phase`).

**The argument**

1. There is one decision. The transaction manager takes it once and announces nothing else:
   `one_decision`, an invariant of the specification that needs no help.
2. Who commits was told to (`committed_were_told`).
3. Commit is decided only if everybody has said yes. The transaction manager counts those whose yes
   it has received, and a yes that was received was sent (`heard_have_agreed`). So commit_validity.
4. A manager aborts alone only as long as it has not said yes (`aborted_alone_before_yes`). Who is
   still working has not said it (`working_are_silent`), and who has said it works no more.
5. Suppose one manager has committed and another has aborted. The first was told (2), so commit is
   the one decision (1), so the other has said yes (3), so it did not abort alone (4) and was told
   to: there were two decisions, which contradicts (1).
"""

from __future__ import annotations

from ...spec.commit.transaction_commit import ResourceManager, Status
from ...spec.commit.two_phase import Decision, Outcome, Prepared, TwoPhase
from ...spec.lang import Model, Proof, invariant


class TwoPhaseProof(TwoPhase):
    """Two-phase commit, with what has to be known of a state to see that the next is safe."""

    @invariant
    def working_are_silent(self) -> bool:
        """Who is still working has not said yes.

        Holds because saying yes ends the work, in one step, and nobody works again.
        """
        return all(
            Prepared(r) not in self.sent
            for r in ResourceManager
            if self.status[r] == Status.WORKING
        )

    @invariant
    def heard_have_agreed(self) -> bool:
        """From whom the transaction manager has heard a yes, a yes was sent.

        Holds because messages are received only if sent, and none is taken back.
        """
        return all(Prepared(r) in self.sent for r in self.heard)

    @invariant
    def committed_were_told(self) -> bool:
        """Who has committed obeys a decision to commit.

        Holds because no other step commits.
        """
        return all(
            Decision(Outcome.COMMIT) in self.sent
            for r in ResourceManager
            if self.status[r] == Status.COMMITTED
        )

    @invariant
    def aborted_alone_before_yes(self) -> bool:
        """Who has aborted was told to, or never said yes.

        Holds because a manager aborts alone only while it works, when it has not said yes
        (`working_are_silent`); and never says it later, because it works no more.
        """
        return all(
            Decision(Outcome.ABORT) in self.sent or Prepared(r) not in self.sent
            for r in ResourceManager
            if self.status[r] == Status.ABORTED
        )


FOR_ONE_OUTCOME = (
    "one_decision",
    "committed_were_told",
    "commit_validity",
    "aborted_alone_before_yes",
)

PROOFS = [
    Proof(
        name="any size",
        protocol=TwoPhaseProof,
        of=TwoPhase,
        lemmas={
            "commit_validity": ("heard_have_agreed",),
            "agreement": FOR_ONE_OUTCOME,
            "irrevocability": FOR_ONE_OUTCOME,
        },
        instances=[
            Model(
                name="3 resource managers",
                protocol=TwoPhaseProof,
                sizes={ResourceManager: 3},
            ),
        ],
    ),
]
