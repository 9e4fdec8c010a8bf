"""Bug: a slot of Multi-Paxos is decided before it is known who decides it.

**Mistake** Slots are decided in any order, each by the group that its leader knows of just then. A
change of the group that was chosen in a lower slot, and is not executed there yet, is overlooked.

**Tempting** because votes for a slot come in before those for the slots below it, and waiting with
what a quorum has voted for looks like a waste of time.

**Source** The rule that is broken is in L. Lamport, "Paxos Made Simple" (2001), section 3: the
servers that decide a slot are those that the state says, *alpha* slots before.

**What goes wrong** The old group decides the slot, and so does the new one, which need not have
anyone in common with it.
"""

from __future__ import annotations

from ..lang import Model, Violated, any_set, explicit
from ..paxos.multi import Command, Slot
from ..paxos.reconfiguration import Founders, Group, Heard, InTurn, Server
from ..voting import Ballot


class GroupNotAwaited(InTurn):
    """Everybody counts by the group known just then."""

    def knows_group(self, n: Server, s: Slot) -> bool:
        return True

    def is_first_open(self, n: Server, s: Slot) -> bool:
        return self.executed[n, s] is None


MODELS = [
    Model(
        name="2 servers, one takes the place of the other",
        protocol=GroupNotAwaited,
        sizes={Server: 2, Ballot: 2, Slot: 2, Command: 1},
        quorums={Founders: explicit({1}), Group: explicit({2}), Heard: any_set},
        constants={"window": 1},
        properties=["replicas_equal"],
        expect=Violated("replicas_equal", steps=13),
    ),
]
