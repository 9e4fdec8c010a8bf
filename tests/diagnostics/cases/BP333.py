"""A Set is a place in the state; only the elements in it can be joined with others."""

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
        require(len(self.voters | {s}) > 1)
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
