"""Whether this is a set of servers or of terms is not said."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, frozenset[Server]]

    def init(self) -> None:
        self.votes = fill(Server, frozenset())

    @action
    def reset(self, s: Server) -> None:
        nobody = frozenset()
        self.votes[s] = nobody


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
