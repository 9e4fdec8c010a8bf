"""Which class comes next is for Python to say: among combined variants it is not the base."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        self.leader = s


class CarefulElection(Election):
    @action
    def elect(self, s: Server) -> None:
        require(self.leader is None)
        super(CarefulElection, self).elect(s)


MODEL = Model(name="3 servers", protocol=CarefulElection, sizes={Server: 3})
