"""A server has no parts; what was meant are its votes."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, frozenset[Server]]
    leader: Server | None

    def init(self) -> None:
        self.votes = fill(Server, frozenset())
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        require(all(s in self.votes[r] for r in s))
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
