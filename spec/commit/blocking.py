"""Two-phase commit in the long run: it ends if everybody goes on, and blocks if one party stops.

**Problem** A resource manager that has said *yes* may neither commit nor abort by itself. How long
does it hold what others wait for?

**Claim** Every resource manager ends up committed or aborted, *if* all go on: each resource manager
answers and does what was decided, and the transaction manager decides. If the transaction manager
may stop, that is false: all managers prepare, and wait for ever.

**Source** J. Gray, "Notes on Data Base Operating Systems" (1978); D. Skeen, "Nonblocking Commit
Protocols" (SIGMOD 1981), which shows that no commit protocol of two phases can do without.

**Modelled** The protocol is :mod:`.two_phase`, word for word. Who goes on is not its business but
the model's: a party that goes on is assumed to be weakly fair, one that may stop is not.
"""

from __future__ import annotations

from ..lang import Holds, Model, Violated, eventually, leads_to, weakly_fair
from .transaction_commit import ResourceManager, Status
from .two_phase import TwoPhase


class BlockingTwoPhase(TwoPhase):
    """Two-phase commit, and what it owes to those who wait."""

    def is_settled(self, r: ResourceManager) -> bool:
        return self.status[r] == Status.COMMITTED or self.status[r] == Status.ABORTED

    @eventually
    def settled(self, r: ResourceManager) -> bool:
        """Every resource manager commits or aborts in the end."""
        return self.is_settled(r)

    @leads_to
    def released(self, r: ResourceManager) -> tuple[bool, bool]:
        """Who has said yes is told the outcome in the end (L12)."""
        return self.status[r] == Status.PREPARED, self.is_settled(r)


MANAGERS_GO_ON = [
    weakly_fair(TwoPhase.prepare, TwoPhase.refuse, each="r"),
    weakly_fair(TwoPhase.obey, each="r"),
]
COORDINATOR_GOES_ON = [weakly_fair(TwoPhase.decide_commit, TwoPhase.decide_abort)]

MODELS = [
    Model(
        name="everybody goes on",
        protocol=BlockingTwoPhase,
        sizes={ResourceManager: 3},
        fairness=[*MANAGERS_GO_ON, *COORDINATOR_GOES_ON],
        expect=Holds(states=288, depth=11),
    ),
    Model(
        name="the transaction manager may stop",
        protocol=BlockingTwoPhase,
        sizes={ResourceManager: 3},
        fairness=MANAGERS_GO_ON,
        expect=Violated("settled", steps=3, cycle=0),
    ),
    Model(
        name="the resource managers may stop",
        protocol=BlockingTwoPhase,
        sizes={ResourceManager: 3},
        fairness=COORDINATOR_GOES_ON,
        expect=Violated("settled", steps=1, cycle=0),
    ),
]
