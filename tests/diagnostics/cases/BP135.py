"""A claim about the long run is made for each value of its parameters, so there must be few."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action, eventually


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Set[Server]

    def init(self) -> None:
        self.votes = Set()

    @action
    def vote(self, s: Server) -> None:
        self.votes.add(s)

    @eventually
    def enough(self, count: int) -> bool:
        return len(self.votes) >= count


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
