"""Who is elected depends on which server comes last, and servers have no order."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    candidates: Set[Server]
    leader: Server | None

    def init(self) -> None:
        self.candidates = Set()
        self.leader = None

    @action
    def stand(self, s: Server) -> None:
        self.candidates.add(s)

    @action
    def elect(self) -> None:
        for s in self.candidates:
            self.leader = s


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
