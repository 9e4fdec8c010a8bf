"""Bug: a ballot proposes twice.

**Mistake** The leader of a ballot does not check whether its ballot has a phase 2a message already.

**Tempting** because a leader that sends a second proposal seems to repair the first. It happens
when two proposers take the same number, or when one restarts and starts again with a number it has
used: numbers must be unique, and the highest one used must be remembered through a crash.

**Source** L. Lamport, "Paxos Made Simple" (2001), section 2.5; asked of an implementation in the
issue Tencent/phxpaxos#145 (2018).

**What goes wrong** Two quorums vote for different values in one ballot, as their common member
votes twice. No other ballot is needed.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Model, Violated, action, require
from ..paxos.single_decree import Accept, SingleDecree
from ..voting import Acceptor, Ballot


class BallotReuse(SingleDecree):
    """Paxos in which a ballot may have any number of proposals."""

    @action
    def propose(self, b: Ballot, v: Value) -> None:
        """Phase 2a, without asking whether b has a proposal."""
        require(self.shown_safe_at(b, v))
        self.sent.add(Accept(b, v))


MODELS = [
    Model(
        name="3 acceptors, 1 ballot",
        protocol=BallotReuse,
        sizes={Acceptor: 3, Ballot: 1, Value: 2},
        properties=["agreement"],
        expect=Violated("agreement", steps=9),
    ),
]
