"""How many servers act together must be fixed; for any number there are sorts of subsets."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Groups(Protocol):
    joined: Set[Server]

    def init(self) -> None:
        self.joined = Set()

    @action
    def join(self, *servers: Server) -> None:
        for s in servers:
            self.joined.add(s)


MODEL = Model(name="3 servers", protocol=Groups, sizes={Server: 3})
