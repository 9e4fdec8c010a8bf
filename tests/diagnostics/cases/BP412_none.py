"""That there is no candidate yet does not say what a candidate is."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leader: Server | None

    def init(self) -> None:
        self.leader = None

    @action
    def elect(self, s: Server) -> None:
        candidate = None
        if self.leader is None:
            candidate = s
        self.leader = candidate


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
