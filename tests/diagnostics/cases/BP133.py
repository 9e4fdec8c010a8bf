"""A step changes a state, and is given it as its first parameter."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect() -> None:
        require(self.leader is None)


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
