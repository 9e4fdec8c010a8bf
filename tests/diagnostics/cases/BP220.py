"""A claim is true or false. It cannot be impossible."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, invariant, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        self.leader = s

    @invariant
    def leader_known(self) -> bool:
        require(self.leader is not None)
        return any(self.leader == s for s in Server)


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
