"""An int has no end; the action has to say how far it goes."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill


class Server(Sort):
    """A member of the cluster."""


class Commits(Protocol):
    commit_index: Map[Server, int]

    def init(self) -> None:
        self.commit_index = fill(Server, 0)

    @action
    def advance(self, s: Server, n: int) -> None:
        self.commit_index[s] = 0


MODEL = Model(name="2 servers", protocol=Commits, sizes={Server: 2})
