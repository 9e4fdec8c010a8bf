"""The server waits in its step until it has enough votes; no other could take one meanwhile."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


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
        while len(self.votes[s]) < 2:
            self.votes[s] = self.votes[s] | {s}
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
