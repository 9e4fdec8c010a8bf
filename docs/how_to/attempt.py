"""Paxos, on the way to an inductive invariant: what is claimed, then with one lemma."""

from __future__ import annotations

from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Model, Proof, invariant
from ballotproof.spec.paxos.single_decree import Accepted, SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot, Vote


class Claimed(SingleDecree):
    """What Paxos claims, and nothing more."""


class Remembered(SingleDecree):
    """What an acceptor remembers is the highest of its votes."""

    @invariant
    def memory_truthful(self) -> bool:
        """The vote remembered was cast, and no vote of the acceptor is above it."""
        return all(self.knows(a, self.vote[a]) for a in Acceptor)

    def knows(self, a: Acceptor, vote: Vote | None) -> bool:
        """This is the last vote of acceptor a."""
        return (vote is None or Accepted(a, vote.ballot, vote.value) in self.sent) and all(
            vote is not None and m.ballot <= vote.ballot
            for m in self.sent.of(Accepted)
            if m.acceptor == a
        )


SIZES = {Acceptor: 3, Ballot: 2, Value: 2}

PROOFS = [
    Proof(
        name="as claimed",
        protocol=Claimed,
        of=SingleDecree,
        instances=[Model(name="2 ballots", protocol=Claimed, sizes=SIZES)],
    ),
    Proof(
        name="with memory",
        protocol=Remembered,
        of=SingleDecree,
        instances=[Model(name="2 ballots", protocol=Remembered, sizes=SIZES)],
    ),
]
