"""Single-decree Paxos is safe for every size: two lemmas close the induction."""

from __future__ import annotations

from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Model, Proof, invariant
from ballotproof.spec.paxos.single_decree import Accepted, Promise, SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot, Vote


class PaxosProof(SingleDecree):
    @invariant
    def memory_truthful(self) -> bool:
        """The vote that an acceptor remembers was cast, and none of its votes is above it.

        Holds because it remembers a vote in the step that casts it, and has cast none above the
        ballot that it is in (`votes_behind_promise`).
        """
        return all(self.was_cast(a, self.vote[a]) for a in Acceptor) and all(
            self.covers(self.vote[m.acceptor], m) for m in self.sent.of(Accepted)
        )

    def was_cast(self, a: Acceptor, vote: Vote | None) -> bool:
        return vote is None or Accepted(a, vote.ballot, vote.value) in self.sent

    def covers(self, vote: Vote | None, m: Accepted) -> bool:
        return vote is not None and m.ballot <= vote.ballot

    @invariant
    def promises_kept(self) -> bool:
        """An acceptor is in the ballot that it has promised to join, or above."""
        return all(
            self.not_below(self.promised[m.acceptor], m.ballot) for m in self.sent.of(Promise)
        )


PROOFS = [
    Proof(
        name="any size",
        protocol=PaxosProof,
        of=SingleDecree,
        instances=[
            Model(
                name="3 acceptors, 2 ballots",
                protocol=PaxosProof,
                sizes={Acceptor: 3, Ballot: 2, Value: 2},
            )
        ],
    )
]
