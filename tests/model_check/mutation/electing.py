"""A proof with a quorum law, a redundant guard, a lemma that says two things, and one to spare."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Map,
    Model,
    Proof,
    Protocol,
    QuorumOf,
    Set,
    Sort,
    action,
    fill,
    invariant,
    require,
)


class Voter(Sort):
    """Who votes, and is voted for."""


class Quorum(QuorumOf[Voter]):
    """Enough votes to win."""


class Poll(Protocol):
    """Everybody votes at most once; who has the votes of a quorum wins."""

    vote: Map[Voter, Voter | None]
    won: Set[Voter]

    def init(self) -> None:
        self.vote = fill(Voter, None)
        self.won = Set()

    @action
    def cast(self, v: Voter, c: Voter) -> None:
        require(self.vote[v] is None)
        require(c not in self.won)
        self.vote[v] = c

    @action
    def win(self, c: Voter, q: Quorum) -> None:
        require(all(self.vote[v] == c for v in q))
        self.won.add(c)

    @invariant
    def one_winner(self) -> bool:
        return all(c == d for c in self.won for d in self.won)


class PollProof(Poll):
    """Who has won has the votes."""

    @invariant
    def winners_have_votes(self) -> bool:
        """Votes are not taken back."""
        return all(any(all(self.vote[v] == c for v in q) for q in Quorum) for c in self.won)

    @invariant
    def spare(self) -> bool:
        """True, and needed for nothing."""
        return all(c == c for c in self.won)  # noqa: PLR0124  # to be needed for nothing


PROOFS = [
    Proof(
        name="poll",
        protocol=PollProof,
        of=Poll,
        instances=[Model(name="3 voters", protocol=PollProof, sizes={Voter: 3})],
    )
]
