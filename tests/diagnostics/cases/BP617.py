"""Fairness speaks of actions; whatever else is named would never be enabled."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action, eventually, weakly_fair


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    votes: Set[Server]

    def init(self) -> None:
        self.votes = Set()

    @action
    def vote(self, s: Server) -> None:
        self.votes.add(s)

    @eventually
    def some_vote(self) -> bool:
        return len(self.votes) > 0


MODEL = Model(
    name="3 servers",
    protocol=Election,
    sizes={Server: 3},
    fairness=[weakly_fair(Election.some_vote)],
)
