"""What is sent is what was heard so far; the place in which it is kept goes on changing."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action, record


class Server(Sort):
    """A member of the cluster."""


@record
class Gossip:
    """Who has been heard of."""

    heard: frozenset[Server]


class Election(Protocol):
    heard: Set[Server]
    sent: Set[Gossip]

    def init(self) -> None:
        self.heard = Set()
        self.sent = Set()

    @action
    def listen(self, s: Server) -> None:
        self.heard.add(s)

    @action
    def tell(self) -> None:
        self.sent.add(Gossip(self.heard))


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})
