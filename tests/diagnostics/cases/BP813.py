"""An instance of a proof is one of another protocol."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Proof, Protocol, Sort, action, invariant, require


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


class Lively(Election):
    @action
    def resign(self, s: Server) -> None:
        require(self.leader == s)
        self.leader = None


PROOFS = [
    Proof(
        name="any size",
        protocol=Election,
        of=Election,
        instances=[Model(name="2 servers", protocol=Lively, sizes={Server: 2})],
    )
]
