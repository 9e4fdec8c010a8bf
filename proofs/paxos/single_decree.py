"""Why Paxos is safe: two quorums meet, and who is in both cannot have kept silent.

**Claim** At most one value is ever chosen (:mod:`ballotproof.spec.paxos.single_decree`).

**The argument** An invariant is shown by *induction*: it is true at first, and whatever step is
taken from a state in which it is true, it is true after it. `agreement` alone does not survive
that: nothing in it forbids a state in which the next vote completes a second choice. What is needed
is the reason why no such vote is coming, and the reason is about promises.

1. An acceptor knows its own last vote: it was cast (`votes_recorded`), and none of its votes is
   higher (`votes_ordered`).
2. It keeps what it promised: it never goes below a ballot that it has joined (`promises_kept`).
3. So a promise for b tells the truth about all ballots below b, and tells it for ever: what was
   voted for there was known when it was made (1), and nothing is added later (2). That is
   `promises_truthful`.
4. A ballot has one proposal (`one_value_per_ballot`), and votes are for it (`validity`).
5. **A proposal is safe** (`proposals_safe`). The leader of b has promises of a quorum. Let c be the
   highest ballot in which any of them reports a vote, and v the value. Above c and below b no
   member of the quorum has voted, and none will (3). In c all that voted did so for v (4). Below c
   the proposal of v in c was safe already. So in each ballot below b there is a quorum that keeps
   all values but v out: this one, or the one that did so for the proposal in c. If no vote is
   reported at all, this one keeps out every value, and any may be proposed.
6. **Choice binds** (`choice_binds`). A value that is chosen has the votes of a quorum. A proposal
   of another above it would be safe, so in that ballot some quorum keeps all but this other out.
   The two **quorums meet**, in somebody who both voted and did not.
7. So `agreement`: of two chosen values the higher was proposed, and then (6) says it is the lower;
   in the same ballot both are the one proposal (4).

That quorums meet is used in (6) and (7) alone, and always of a quorum that has voted, in phase 2,
and one that keeps others out, from phase 1. :mod:`ballotproof.proofs.paxos.flexible` takes that as
the only law.
"""

from __future__ import annotations

from ...spec.consensus import Value
from ...spec.lang import Model, Proof, invariant
from ...spec.paxos.single_decree import Accepted, Promise, SingleDecree
from ...spec.voting import Acceptor, Ballot, Vote


class SingleDecreeProof(SingleDecree):
    """Paxos, with what an acceptor knows of itself."""

    @invariant
    def votes_recorded(self) -> bool:
        """What an acceptor remembers as its vote it has cast.

        Holds because remembering and sending are one step.
        """
        return all(self.was_cast(a, self.vote[a]) for a in Acceptor)

    def was_cast(self, a: Acceptor, vote: Vote | None) -> bool:
        """Acceptor a has sent this vote, if it is one."""
        return vote is None or Accepted(a, vote.ballot, vote.value) in self.sent

    @invariant
    def votes_ordered(self) -> bool:
        """What an acceptor remembers is the highest of its votes.

        Holds because it votes in no ballot below the one it is in, and has voted in none above it
        (`votes_behind_promise`).
        """
        return all(self.covers(self.vote[m.acceptor], m) for m in self.sent.of(Accepted))

    def covers(self, vote: Vote | None, m: Accepted) -> bool:
        """The vote is in the ballot of this one, or above."""
        return vote is not None and m.ballot <= vote.ballot

    @invariant
    def promises_kept(self) -> bool:
        """An acceptor is in the ballot that it has promised to join, or above.

        Holds because it joins with the promise, and goes upwards only.
        """
        return all(
            self.not_below(self.promised[m.acceptor], m.ballot) for m in self.sent.of(Promise)
        )


LEMMAS = {
    # What the steps (3) to (7) of the argument rest on
    "promises_truthful": ("votes_recorded", "votes_ordered", "promises_kept"),
    "proposals_safe": ("promises_truthful", "promises_kept", "validity", "one_value_per_ballot"),
    "choice_binds": ("proposals_safe", "validity", "one_value_per_ballot"),
    "agreement": ("choice_binds", "validity", "one_value_per_ballot"),
}

PROOFS = [
    Proof(
        name="any size",
        protocol=SingleDecreeProof,
        of=SingleDecree,
        lemmas=LEMMAS,
        instances=[
            Model(
                name="3 acceptors, 3 ballots, 2 values",
                protocol=SingleDecreeProof,
                sizes={Acceptor: 3, Ballot: 3, Value: 2},
            ),
        ],
    ),
]
