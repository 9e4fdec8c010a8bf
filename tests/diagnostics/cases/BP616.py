"""An action is not yet an assumption: it may be assumed weakly fair, or strongly."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action, eventually


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
    fairness=[Election.vote],
)
