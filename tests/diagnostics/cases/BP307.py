"""A table that one step needs is written as a helper, or as a set of pairs."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        weight = {r: 1 for r in Server}
        require(weight[s] > 0)
        self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
