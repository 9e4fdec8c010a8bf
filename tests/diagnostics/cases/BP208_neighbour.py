"""Whether a vote is passed on to the next server depends on who was asked before."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    voted: Map[Server, bool]

    def init(self) -> None:
        self.voted = fill(Server, False)

    @action
    def follow(self, first: Server) -> None:
        self.voted[first] = True
        for s in Server:
            self.voted[s] = any(self.voted[r] for r in Server)


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
