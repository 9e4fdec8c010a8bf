"""A helper gives a set at once; it cannot hand out its elements one by one."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    candidates: Set[Server]
    leader: Server | None

    def init(self) -> None:
        self.candidates = Set()
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        require(any(s == c for c in self.electable()))
        self.leader = s

    def electable(self) -> frozenset[Server]:
        for s in Server:
            if s in self.candidates:
                yield s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
