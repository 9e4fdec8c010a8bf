"""The proof gives a field another type."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Proof, Protocol, Sort, action, fill, invariant, require


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


class ElectionProof(Election):
    leader: Map[Server, Server | None]  # type: ignore[assignment]

    def init(self) -> None:
        self.leader = fill(Server, None)

    @action
    def elect(self, s: Server) -> None:
        self.leader[s] = s

    @invariant
    def one_leader(self) -> bool:
        return True


PROOFS = [Proof(name="any size", protocol=ElectionProof, of=Election)]
