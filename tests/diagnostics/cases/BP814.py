"""Two proofs of a class have one name."""

from __future__ import annotations

from ballotproof.spec.lang import Proof, Protocol, Sort, action, invariant, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        require(self.leader is None)
        self.leader = s

    @invariant
    def one_leader(self) -> bool:
        return all(r == s for r in Server for s in Server if self.leader == r and self.leader == s)


PROOFS = [
    Proof(
        name="any size",
        protocol=Election,
        of=Election,
    ),
    Proof(name="any size", protocol=Election, of=Election, order="int"),
]
