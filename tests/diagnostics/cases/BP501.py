"""Which servers there are is not known when the file is loaded."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


EVERYBODY = frozenset(Server)


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        require(s in EVERYBODY)
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
