"""Paxos with a decision: the classic half of the public SimplifiedFastPaxos models.

**Purpose** A transcription, so that our counts can be compared with those of TLC. It adds to
:mod:`.single_decree` what that leaves out: somebody who notices that a value was chosen.

**Source** Lim Ngian Xin Terry, Gaurav Gandhi, the module Paxos of SimplifiedFastPaxos in the TLA+
examples.

**Departure** There ballot 0 stands for "nothing yet", and nobody can use it as a ballot. Here that
is None, and all ballots are usable: three ballots there are two here, b0 being their ballot 1. The
states correspond one to one.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Holds, Model, action, invariant, reachable, require, step_invariant
from ..voting import Acceptor, Ballot, Quorum
from .single_decree import Accepted, SingleDecree


class Simplified(SingleDecree):
    """Single-decree Paxos with one learner, whose decision is part of the state."""

    decision: Value | None  # what was learned last

    def init(self) -> None:
        super().init()
        self.decision = None

    @action
    def decide(self, b: Ballot, v: Value) -> None:
        """Learn a value that a member of a quorum voted for in b, when all its members have.

        All of them voted for the same one, so it does not matter which vote is looked at.
        """
        require(
            any(
                all(self.has_voted(a, b) for a in q)
                and any(Accepted(a, b, v) in self.sent for a in q)
                for q in Quorum
            )
        )
        self.decision = v

    def has_voted(self, a: Acceptor, b: Ballot) -> bool:
        """Acceptor a has voted in ballot b."""
        return any(m.acceptor == a and m.ballot == b for m in self.sent.of(Accepted))

    @invariant
    def learner_integrity(self) -> bool:
        """What was learned is chosen (P4)."""
        learned = self.decision
        return learned is None or self.chosen(learned)

    @step_invariant
    def decision_stable(self, after: Simplified) -> bool:
        """The decision is never changed (P3)."""
        return self.decision is None or after.decision == self.decision

    @reachable
    def decided(self) -> bool:
        """A decision can be made."""
        return self.decision is not None


# The counts are those of TLC 2 on the TLA+ module, both of distinct states and of depth.
MODELS = [
    Model(
        name="3 acceptors, 2 ballots",
        protocol=Simplified,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        expect=Holds(states=6_353, depth=18),
    ),
    Model(
        name="4 acceptors, 2 ballots, 3 values",
        protocol=Simplified,
        sizes={Acceptor: 4, Ballot: 2, Value: 3},
        expect=Holds(states=48_514, depth=22),
        slow=True,
    ),
]
