"""Transaction commit: all resource managers commit a transaction, or all abort it.

**Problem** A transaction was carried out at several resource managers. It may take effect at all of
them or at none. Each may refuse, and has to be asked first: one that has said yes (it is
*prepared*) leaves the decision to the others.

**Source** J. Gray, L. Lamport, "Consensus on Transaction Commit" (ACM TODS 31(1), 2006), section 2;
the module TCommit of the TLA+ examples.

**Modelled** What the managers may do, seeing each other's state in one instant. A protocol for it
(:mod:`.two_phase`) refines this.

**Left out** Why a manager aborts. It may do so whenever nobody has committed: because it refuses,
or because it suspects a failure. So the condition that there is a reason to abort (AC3) says
nothing here.
"""

from __future__ import annotations

from enum import Enum

from ..lang import (
    Holds,
    Map,
    Model,
    Protocol,
    Sort,
    action,
    fill,
    invariant,
    reachable,
    require,
    step_invariant,
)


class ResourceManager(Sort, prefix="rm"):
    """Where a part of the transaction was carried out, such as a database."""


class Status(Enum):
    """How far a resource manager has come."""

    WORKING = 1
    PREPARED = 2
    COMMITTED = 3
    ABORTED = 4


class TransactionCommit(Protocol):
    """The specification that commit protocols refine."""

    status: Map[ResourceManager, Status]

    def init(self) -> None:
        self.status = fill(ResourceManager, Status.WORKING)

    # ------------------------------------------------------------------------------ actions
    @action
    def prepare(self, r: ResourceManager) -> None:
        """Say yes. From now on r can do its part, and has left the decision to the others."""
        require(self.status[r] == Status.WORKING)
        self.status[r] = Status.PREPARED

    @action
    def commit(self, r: ResourceManager) -> None:
        """Commit. Allowed when every manager has said yes."""
        require(self.status[r] == Status.PREPARED)
        require(self.all_agreed())
        self.status[r] = Status.COMMITTED

    @action
    def abort(self, r: ResourceManager) -> None:
        """Abort. Allowed, even after saying yes, as long as nobody has committed."""
        require(self.status[r] == Status.WORKING or self.status[r] == Status.PREPARED)
        require(not any(self.status[s] == Status.COMMITTED for s in ResourceManager))
        self.status[r] = Status.ABORTED

    # --------------------------------------------------------------------------- properties
    def all_agreed(self) -> bool:
        """Every manager is prepared, or has committed already."""
        return all(
            self.status[r] == Status.PREPARED or self.status[r] == Status.COMMITTED
            for r in ResourceManager
        )

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
        """If any manager has committed, all have said yes (AC2)."""
        return self.all_agreed() or not any(
            self.status[r] == Status.COMMITTED for r in ResourceManager
        )

    @step_invariant
    def irrevocability(self, after: TransactionCommit) -> bool:
        """Who has committed or aborted stays so (AC4)."""
        return all(
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


# The counts are those of TLC 2 on the TLA+ module, both of distinct states and of depth.
MODELS = [
    Model(
        name="3 resource managers",
        protocol=TransactionCommit,
        sizes={ResourceManager: 3},
        expect=Holds(states=34, depth=7),
    ),
    Model(
        name="9 resource managers",
        protocol=TransactionCommit,
        sizes={ResourceManager: 9},
        expect=Holds(states=20_194, depth=19),
    ),
]
