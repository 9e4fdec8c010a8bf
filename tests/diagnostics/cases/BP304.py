"""Python's functions run on Python's values, of which the checker knows nothing."""

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
        require(s == sorted(Server)[0])
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
