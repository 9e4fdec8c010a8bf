"""A variant of Raft's elections, and the proof of it: the lemmas of the shipped one."""

from __future__ import annotations

from ballotproof.proofs.raft.election import ElectionProof
from ballotproof.spec.lang import Model, Proof, action, require
from ballotproof.spec.raft.election import RequestVote, Role, Server, Term
from ballotproof.spec.raft.history import ElectionWithHistory


class AsksAgain(ElectionWithHistory):
    """A candidate asks any server for its vote, also one that has given it."""

    @action
    def request_vote(self, s: Server, r: Server) -> None:
        require(self.role[s] == Role.CANDIDATE)
        self.network.send(RequestVote(source=s, dest=r, term=self.term[s]))


class AsksAgainProof(AsksAgain, ElectionProof):
    """The variant, with the lemmas about elections."""


PROOFS = [
    Proof(
        name="any size",
        protocol=AsksAgainProof,
        of=AsksAgain,
        restarts=True,
        instances=[
            Model(
                name="3 servers, 3 terms",
                protocol=AsksAgainProof,
                sizes={Server: 3, Term: 3},
                restarts=1,
            )
        ],
    )
]
