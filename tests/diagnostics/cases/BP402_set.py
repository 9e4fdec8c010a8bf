"""A Set is a place in the state, and never equal to a value."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    voters: Set[Server]
    leader: Server | None

    def init(self) -> None:
        self.voters = Set()
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        require(self.voters == frozenset({s}))
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
