"""The protocol is run by Python alone, without the front end, and its map lacks a server."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Map[Server, int]

    def init(self) -> None:
        self.votes = Map({s: 0 for s in Server if s != s})

    @action
    def vote(self, s: Server) -> None:
        self.votes[s] += 1


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
