"""A map has an entry for every server, from the first state to the last."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, int]

    def init(self, absent: Server) -> None:
        self.votes = Map({s: 0 for s in Server if s != absent})

    @action
    def vote(self, s: Server) -> None:
        require(self.votes[s] < 2)
        self.votes[s] += 1


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
