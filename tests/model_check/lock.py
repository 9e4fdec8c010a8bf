"""A lock that a server grants to clients: right if messages come once, wrong if they are repeated.

A specification as a user writes it, in a file of its own; the tests of the command line check it.
"""

from __future__ import annotations

from ballotproof.spec.lang import (
    BagNetwork,
    Holds,
    Map,
    Model,
    Network,
    Protocol,
    SetNetwork,
    Sort,
    Violated,
    action,
    fill,
    invariant,
    reachable,
    record,
    require,
    step_invariant,
)


class Client(Sort): ...


@record
class Request:
    """A client asks for the lock."""

    source: Client


@record
class Grant:
    """The lock is this client's."""

    dest: Client


class Lock(Protocol):
    """One lock, one server, any number of clients."""

    free: bool  # the server has the lock
    asked: Map[Client, bool]  # the client has asked, and waits or holds
    holds: Map[Client, bool]  # the client has the lock
    network: Network[Request | Grant]

    def init(self) -> None:
        self.free = True
        self.asked = fill(Client, False)
        self.holds = fill(Client, False)
        self.network = Network()

    @action
    def ask(self, c: Client) -> None:
        """A client that does not wait asks for the lock."""
        require(not self.asked[c])
        self.asked[c] = True
        self.network.send(Request(c))

    @action
    def grant(self, m: Request) -> None:
        """The server gives away the lock that it has."""
        require(self.free)
        self.network.receive(m)
        self.free = False
        self.network.send(Grant(m.source))

    @action
    def enter(self, m: Grant) -> None:
        """The client learns that it holds the lock."""
        self.network.receive(m)
        self.holds[m.dest] = True

    @action
    def leave(self, c: Client) -> None:
        """The client returns the lock."""
        require(self.holds[c])
        self.holds[c] = False
        self.asked[c] = False
        self.free = True

    @invariant
    def exclusion(self) -> bool:
        """At most one client holds the lock."""
        return all(c == d for c in Client for d in Client if self.holds[c] and self.holds[d])

    @step_invariant
    def one_at_a_time(self, after: Lock) -> bool:
        """The lock is never taken from one client and given to another in one step."""
        return not any(
            self.holds[c] and not after.holds[c] and after.holds[d] and not self.holds[d]
            for c in Client
            for d in Client
        )

    @reachable
    def somebody_enters(self) -> bool:
        """The lock can be had."""
        return any(self.holds[c] for c in Client)


MODELS = [
    Model(
        name="2 clients",
        protocol=Lock,
        sizes={Client: 2},
        network=BagNetwork(),
        expect=Holds(states=12, depth=5),
    ),
    Model(
        name="2 clients, messages repeated",
        protocol=Lock,
        sizes={Client: 2},
        network=SetNetwork(),
        expect=Violated("exclusion", steps=8),
    ),
]
