"""Bug: an acceptor votes in a ballot that it had promised to leave.

**Mistake** Phase 2b does not compare the ballot with the promise.

**Tempting** because the promise seems to be about phase 1, where it does guard: no ballot is joined
after a higher one. And the proposal is safe at its own ballot, so why not vote for it?

**Source** The rule that is dropped is P1a of L. Lamport, "Paxos Made Simple" (2001), section 2.2.

**What goes wrong** A leader is told that nothing was voted for below, proposes its own value, and
late votes choose another in the ballot below.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Model, Violated, action, require
from ..paxos.single_decree import Accept, Accepted, SingleDecree
from ..voting import Acceptor, Ballot, Vote


class IgnoredPromise(SingleDecree):
    """Paxos with acceptors that vote whenever they are asked."""

    @action
    def accept(self, a: Acceptor, m: Accept) -> None:
        """Phase 2b, whatever was promised."""
        require(m in self.sent)
        self.promised[a] = m.ballot
        self.vote[a] = Vote(m.ballot, m.value)
        self.sent.add(Accepted(a, m.ballot, m.value))


MODELS = [
    Model(
        name="3 acceptors, 2 ballots",
        protocol=IgnoredPromise,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        properties=["agreement"],
        expect=Violated("agreement", steps=12),
    ),
]
