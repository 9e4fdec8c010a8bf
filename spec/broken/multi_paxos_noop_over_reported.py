"""Bug: a new leader fills slots with no-ops in which votes were reported.

**Mistake** Below the highest slot that it hears of, the leader puts a no-op wherever its own log
has no entry, instead of proposing again what was reported.

**Tempting** because a slot that the new leader does not know to be chosen looks like a gap, and
filling gaps fast is what lets the rest of the log be executed.

**Source** The rule that is broken is in L. Lamport, "Paxos Made Simple" (2001), section 3: phase 2
of the slots in which phase 1 has found a value comes first.

**What goes wrong** The entry reported was chosen, and one replica has executed it.
"""

from __future__ import annotations

from ..lang import Model, Violated, action, require
from ..paxos.multi import Accept, Command, Entry, MultiDecree, Replica, Slot
from ..voting import Acceptor, Ballot, Quorum


class NoOpOverReported(MultiDecree):
    """Multi-Paxos with leaders in a hurry."""

    @action
    def fill_gap(self, b: Ballot, s: Slot) -> None:
        """Propose the no-op below a slot with votes, whatever was reported for this one."""
        require(self.is_next(b, s))
        require(
            any(
                self.have_joined(q, b) and any(self.have_reported(q, b, t) for t in Slot if t > s)
                for q in Quorum
            )
        )
        self.sent.add(Accept(b, s, Entry(None)))


MODELS = [
    Model(
        name="3 acceptors, 2 ballots, 2 slots",
        protocol=NoOpOverReported,
        sizes={Acceptor: 3, Ballot: 2, Slot: 2, Command: 1, Replica: 1},
        properties=["agreement"],
        expect=Violated("agreement", steps=14),
    ),
]
