"""Why Fast Paxos is safe: of the values that may have been chosen fast, a quorum shows at most one.

**Claim** At most one value is ever chosen (:mod:`ballotproof.spec.paxos.fast`), although acceptors
may vote for different values in one ballot.

**The argument** Where Paxos says "a ballot has one value", Fast Paxos has to do with less: an
acceptor has one vote in a ballot.

1. An acceptor knows its own last vote (`votes_recorded`, `votes_ordered`) and keeps its promises
   (`promises_kept`). So promises are truthful, as in Paxos: `promises_truthful`.
2. It votes once in a ballot (`one_vote_per_ballot`): for the value of the coordinator if there is
   one, and otherwise for the first value that it takes from a proposer. In a classic ballot nobody
   may take one (`any_in_fast_ballots`), and no vote is cast unasked (`votes_invited`).
3. **A proposal is safe** (`proposals_safe`). The coordinator of b has promises of a quorum q. Above
   the highest ballot k in which a member of q reports a vote, and below b, no member has voted or
   will, and every quorum, fast or classic, has a member in q. Below k the votes in k were safe
   already; if they differ, k was open to any value, and so any value was safe there. What remains
   is k itself. If the votes reported there agree, no other value can get a quorum in k, since the
   quorum would have a member in q. If they differ, k is a fast ballot; two values that could both
   have a fast quorum in k would need two fast quorums whose members in q voted for one and for the
   other, and **two fast quorums and a quorum meet**: somebody would have voted twice (2).
4. A value that is chosen may be chosen, so all proposals above are for it; and where any value may
   be voted for, all are safe, which can only be if none is chosen below. So `agreement`.
"""

from __future__ import annotations

from ...spec.consensus import Value
from ...spec.lang import Model, Proof, at_least, invariant
from ...spec.paxos.fast import AcceptAny, Fast, FastQuorum, Proposal
from ...spec.paxos.single_decree import Accept, Accepted, Promise
from ...spec.voting import Acceptor, Ballot, Quorum, Vote


class FastProof(Fast):
    """Fast Paxos, with what an acceptor knows of itself, and on whose word it votes."""

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

    @invariant
    def promises_truthful(self) -> bool:
        """A promise reports a vote that was cast, and its sender has cast no other between that
        one and the ballot of the promise, not even later (P14).

        Holds because what an acceptor remembers is the highest of its votes when it promises
        (`votes_recorded`, `votes_ordered`), and it votes no more below what it has promised
        (`promises_kept`).
        """
        return all(
            self.was_cast(m.acceptor, m.vote)
            and all(
                self.covers(m.vote, n)
                for n in self.sent.of(Accepted)
                if n.acceptor == m.acceptor and n.ballot < m.ballot
            )
            for m in self.sent.of(Promise)
        )

    @invariant
    def proposals_asked_for(self) -> bool:
        """A coordinator proposes what some proposer has asked for.

        Holds because it is free to propose that alone, and otherwise takes the value of a vote, for
        which the same is true (`validity`).
        """
        return all(Proposal(m.value) in self.sent for m in self.sent.of(Accept))

    @invariant
    def votes_invited(self) -> bool:
        """A vote is for the coordinator's value, or was left to the acceptor.

        Holds because these are the two ways to vote.
        """
        return all(
            Accept(m.ballot, m.value) in self.sent or AcceptAny(m.ballot) in self.sent
            for m in self.sent.of(Accepted)
        )

    @invariant
    def any_in_fast_ballots(self) -> bool:
        """Only in a fast ballot acceptors are left the choice.

        Holds because no other coordinator leaves it to them.
        """
        return all(m.ballot in self.fast for m in self.sent.of(AcceptAny))

    @invariant
    def one_vote_per_ballot(self) -> bool:
        """An acceptor votes for one value in a ballot.

        Holds because votes for the coordinator's value are for one value (`one_value_per_ballot`,
        `votes_invited`); and a value of a proposer's is voted for only if it is the acceptor's
        first vote in the ballot (`votes_ordered`).
        """
        return all(
            m.value == n.value
            for m in self.sent.of(Accepted)
            for n in self.sent.of(Accepted)
            if m.acceptor == n.acceptor and m.ballot == n.ballot
        )


PROOFS = [
    Proof(
        name="any size",
        protocol=FastProof,
        of=Fast,
        instances=[
            Model(
                name="3 acceptors, 2 fast ballots and a classic one, 2 values",
                protocol=FastProof,
                sizes={Acceptor: 3, Ballot: 3, Value: 2},
                quorums={FastQuorum: at_least(3)},
                constants={"fast": [0, 1]},
            ),
            Model(
                name="4 acceptors, all quorums of 3, 2 fast ballots and a classic one, 2 values",
                protocol=FastProof,
                sizes={Acceptor: 4, Ballot: 3, Value: 2},
                quorums={Quorum: at_least(3), FastQuorum: at_least(3)},
                constants={"fast": [0, 1]},
                slow=True,
            ),
        ],
    ),
]
