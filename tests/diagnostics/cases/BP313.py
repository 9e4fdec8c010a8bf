"""A log is not taken apart by a pattern, since it may be empty."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    logs: Map[Server, frozenset[tuple[Server, bool]]]
    done: bool

    def init(self) -> None:
        self.logs = fill(Server, frozenset())
        self.done = False

    @action
    def finish(self, s: Server) -> None:
        require(all(flag for (r, *flag) in self.logs[s]))
        self.done = True


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
