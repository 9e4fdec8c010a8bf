"""Attempts at consensus that fail, and claims that are false on purpose, as questions.

They belong to the lessons in docs/tutorial, which show them part by part.
"""

from __future__ import annotations

from ballotproof.spec.consensus import Consensus, Value
from ballotproof.spec.lang import (
    Deadlocks,
    Map,
    Model,
    Protocol,
    Set,
    Violated,
    action,
    fill,
    invariant,
    refines,
    require,
    terminal,
)
from ballotproof.spec.paxos.single_decree import SingleDecree
from ballotproof.spec.raft.election import Election, Role, Server, Term
from ballotproof.spec.voting import Acceptor, Ballot, Quorum, Vote, Voting


class OneRound(Protocol):
    """Everybody votes once, and a quorum decides."""

    vote: Map[Acceptor, Value | None]

    def init(self) -> None:
        self.vote = fill(Acceptor, None)

    @action
    def cast(self, a: Acceptor, v: Value) -> None:
        """Vote, once."""
        require(self.vote[a] is None)
        self.vote[a] = v

    def chosen(self, v: Value) -> bool:
        """A quorum has voted for v."""
        return any(all(self.vote[a] == v for a in q) for q in Quorum)

    @invariant
    def agreement(self) -> bool:
        """At most one value is chosen."""
        return all(v == w for v in Value for w in Value if self.chosen(v) and self.chosen(w))

    @terminal
    def decided(self) -> bool:
        """When a value is chosen, nothing more need happen."""
        return any(self.chosen(v) for v in Value)

    @refines(Consensus)
    def consensus(self) -> Consensus:
        """The vote that completes a quorum chooses."""
        return Consensus(chosen=Set({v for v in Value if self.chosen(v)}))


class SecondThoughts(OneRound):
    """A vote may be changed, so that nobody gets stuck."""

    @action
    def cast(self, a: Acceptor, v: Value) -> None:
        """Vote, or vote anew."""
        self.vote[a] = v


class VoteAnyway(Voting):
    """Ballots, but no look at what was voted for in the lower ones."""

    @action
    def cast(self, a: Acceptor, b: Ballot, v: Value) -> None:
        joined = self.promised[a]
        require(joined is None or b >= joined)
        require(not any(w.ballot == b for w in self.votes[a]))
        require(all(w.value == v for c in Acceptor for w in self.votes[c] if w.ballot == b))
        self.votes[a] = self.votes[a] | {Vote(b, v)}
        self.promised[a] = b


class NothingChosen(SingleDecree):
    """Paxos itself, with a claim that is false: how to ask for a run in which a value is chosen."""

    @invariant
    def nothing_chosen(self) -> bool:
        """No value is ever chosen."""
        return not any(self.chosen(v) for v in Value)


class NoLeader(Election):
    """Raft's elections, with a claim that is false: how to ask for an election that succeeds."""

    @invariant
    def nobody_leads(self) -> bool:
        """Nobody is ever elected."""
        return not any(self.role[s] == Role.LEADER for s in Server)


MODELS = [
    Model(
        name="split votes",
        protocol=OneRound,
        sizes={Acceptor: 3, Value: 3},
        deadlock=True,
        expect=Deadlocks(steps=3),
    ),
    Model(
        name="a choice is taken back",
        protocol=SecondThoughts,
        sizes={Acceptor: 3, Value: 2},
        expect=Violated("consensus", steps=3),
    ),
    Model(
        name="two ballots choose differently",
        protocol=VoteAnyway,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        properties=["agreement"],
        expect=Violated("agreement", steps=4),
    ),
    Model(
        name="a value is chosen",
        protocol=NothingChosen,
        sizes={Acceptor: 3, Ballot: 1, Value: 1},
        properties=["nothing_chosen"],
        expect=Violated("nothing_chosen", steps=6),
    ),
    Model(
        name="a leader is elected",
        protocol=NoLeader,
        sizes={Server: 3, Term: 2},
        properties=["nobody_leads"],
        expect=Violated("nobody_leads", steps=5),
    ),
]
