"""Single-decree Paxos in the long run, with messages and values: it decides if its parts go on.

**Problem** As in :mod:`.duel`, which has unboundedly many ballots and no values. Here is Paxos
itself, with finitely many ballots.

**Claim** A value is chosen in the end, if every ballot is started, and proposes when it can, and
every acceptor answers.

**What an instance shows** It has a *highest ballot*, and nobody can start another one above it. So
the assumption that the duel needs, that from some time on one proposer has no rival, is part of
every instance: the highest ballot is that proposer's. What is shown is that from *whatever* the
lower ballots have left behind, promises, votes and messages on their way, the one without a rival
gets a value chosen. What is not shown is that a proposer without a rival comes about.

**Source** L. Lamport, "Paxos Made Simple" (2001), section 2.4.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Holds, Model, Violated, eventually, eventually_always, weakly_fair
from ..voting import Acceptor, Ballot
from .single_decree import SingleDecree


class LivePaxos(SingleDecree):
    """Single-decree Paxos, and that it decides."""

    @eventually
    def decides(self) -> bool:
        """A value is chosen in the end (L1)."""
        return any(self.chosen(v) for v in Value)

    @eventually_always
    def agrees_for_good(self) -> bool:
        """From some time on every acceptor's latest vote is for one value, and stays so."""
        return all(self.votes_alike(a, b) for a in Acceptor for b in Acceptor)

    def votes_alike(self, a: Acceptor, b: Acceptor) -> bool:
        mine, yours = self.vote[a], self.vote[b]
        return mine is not None and yours is not None and mine.value == yours.value


ACCEPTORS_ANSWER = [
    weakly_fair(SingleDecree.promise, each=("a", "m")),
    weakly_fair(SingleDecree.accept, each=("a", "m")),
]
PROPOSERS_GO_ON = [
    weakly_fair(SingleDecree.prepare, each="b"),
    weakly_fair(SingleDecree.propose, each="b"),
]

MODELS = [
    Model(
        name="all go on",
        protocol=LivePaxos,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        fairness=[*ACCEPTORS_ANSWER, *PROPOSERS_GO_ON],
        expect=Holds(states=3_921, depth=17),
    ),
    Model(
        name="proposers may stop",
        protocol=LivePaxos,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        fairness=[*ACCEPTORS_ANSWER, weakly_fair(SingleDecree.prepare)],
        expect=Violated("decides", steps=5, cycle=0),
    ),
]
