"""Two-phase commit: one transaction manager asks all resource managers, and decides.

**Problem** The resource managers of :mod:`.transaction_commit` see each other's state. In a network
they send messages, and none of them can know when all others are prepared.

**Idea** They tell a transaction manager. When it has heard *prepared* from every one, it decides to
commit and says so; until then it may decide to abort. Who is prepared waits for the decision, and
has to: if the transaction manager stops, prepared managers wait for ever (L12). Paxos Commit cures
that.

**Source** J. Gray, "Notes on Data Base Operating Systems" (1978); J. Gray, L. Lamport, "Consensus
on Transaction Commit" (ACM TODS 31(1), 2006), section 3; the module TwoPhase of the TLA+ examples,
whose transition system this is.

**Modelled** Messages as a set that only grows: they are lost, repeated and reordered. The managers
prepare of their own accord, so there is no message that asks them to.

**Left out** Crashes that lose state, and the reason for which the transaction manager aborts: it
may always have run out of patience, so the condition that there is a reason (AC3) says nothing.
"""

from __future__ import annotations

from enum import Enum

from ..lang import (
    Holds,
    Map,
    Model,
    Protocol,
    Set,
    action,
    fill,
    invariant,
    reachable,
    record,
    refines,
    require,
    step_invariant,
)
from .transaction_commit import ResourceManager, Status, TransactionCommit

# -------------------------------------------------------------------------------- messages


class Outcome(Enum):
    """What the transaction manager may decide."""

    COMMIT = 1
    ABORT = 2


@record
class Prepared:
    """Phase 1: a resource manager says yes."""

    manager: ResourceManager


@record
class Decision:
    """Phase 2: the transaction manager tells everybody what it has decided."""

    outcome: Outcome


class TwoPhase(Protocol):
    """Two-phase commit with one transaction manager."""

    status: Map[ResourceManager, Status]
    decision: Outcome | None  # of the transaction manager; None while undecided
    heard: Set[ResourceManager]  # from whom it has received that they are prepared
    sent: Set[Prepared | Decision]  # every message ever sent

    def init(self) -> None:
        self.status = fill(ResourceManager, Status.WORKING)
        self.decision = None
        self.heard = Set()
        self.sent = Set()

    # ------------------------------------------------------------ of the resource managers
    @action
    def prepare(self, r: ResourceManager) -> None:
        """Say yes, and leave the decision to the transaction manager."""
        require(self.status[r] == Status.WORKING)
        self.status[r] = Status.PREPARED
        self.sent.add(Prepared(r))

    @action
    def refuse(self, r: ResourceManager) -> None:
        """Abort without being told. Allowed before saying yes: nobody can commit without r."""
        require(self.status[r] == Status.WORKING)
        self.status[r] = Status.ABORTED

    # ---------------------------------------------------------- of the transaction manager
    @action
    def hear(self, m: Prepared) -> None:
        """Take note of a yes, while there is something to decide."""
        require(m in self.sent)
        require(self.decision is None)
        self.heard.add(m.manager)

    @action
    def decide_commit(self) -> None:
        """Commit. Allowed when everyone has said yes, for then nobody aborts alone any more."""
        require(self.decision is None)
        require(all(r in self.heard for r in ResourceManager))
        self.decision = Outcome.COMMIT
        self.sent.add(Decision(Outcome.COMMIT))

    @action
    def decide_abort(self) -> None:
        """Abort. Allowed at any time before the decision: nobody commits without being told."""
        require(self.decision is None)
        self.decision = Outcome.ABORT
        self.sent.add(Decision(Outcome.ABORT))

    # ------------------------------------------------------------ of the resource managers
    @action
    def obey(self, r: ResourceManager, m: Decision) -> None:
        """Do what was decided, whatever the state: there is one decision only."""
        require(m in self.sent)
        if m.outcome == Outcome.COMMIT:
            self.status[r] = Status.COMMITTED
        else:
            self.status[r] = Status.ABORTED

    # --------------------------------------------------------------------------- properties
    @invariant
    def agreement(self) -> bool:
        """No manager has committed while another has aborted (AC1)."""
        return not any(
            self.status[r] == Status.COMMITTED and self.status[s] == Status.ABORTED
            for r in ResourceManager
            for s in ResourceManager
        )

    @invariant
    def commit_validity(self) -> bool:
        """If commit was decided, every manager has said yes (AC2)."""
        return Decision(Outcome.COMMIT) not in self.sent or all(
            Prepared(r) in self.sent for r in ResourceManager
        )

    @invariant
    def one_decision(self) -> bool:
        """What was announced is what the transaction manager decided."""
        return all(m.outcome == self.decision for m in self.sent.of(Decision))

    @step_invariant
    def irrevocability(self, after: TwoPhase) -> bool:
        """Who has committed or aborted stays so, and a decision is final (AC4)."""
        return (self.decision is None or after.decision == self.decision) and all(
            after.status[r] == self.status[r]
            for r in ResourceManager
            if self.status[r] == Status.COMMITTED or self.status[r] == Status.ABORTED
        )

    @reachable
    def all_committed(self) -> bool:
        """The transaction can take effect everywhere."""
        return all(self.status[r] == Status.COMMITTED for r in ResourceManager)

    @reachable
    def all_aborted(self) -> bool:
        """It can be given up everywhere."""
        return all(self.status[r] == Status.ABORTED for r in ResourceManager)

    # --------------------------------------------------------------------------- refinement
    @refines(TransactionCommit)
    def transaction_commit(self) -> TransactionCommit:
        """The resource managers are the same; what the transaction manager does is not seen."""
        return TransactionCommit(status=self.status)


# The counts are those of TLC 2 on the TLA+ module, both of distinct states and of depth.
MODELS = [
    Model(
        name="3 resource managers",
        protocol=TwoPhase,
        sizes={ResourceManager: 3},
        expect=Holds(states=288, depth=11),
    ),
    Model(
        name="5 resource managers",
        protocol=TwoPhase,
        sizes={ResourceManager: 5},
        expect=Holds(states=8_832, depth=17),
    ),
    Model(
        name="7 resource managers",
        protocol=TwoPhase,
        sizes={ResourceManager: 7},
        expect=Holds(states=296_448, depth=23),
    ),
    Model(
        name="8 resource managers",
        protocol=TwoPhase,
        sizes={ResourceManager: 8},
        expect=Holds(states=1_745_408, depth=26),
    ),
]
