"""A lock that clients wait for: whether each gets it depends on what is fair."""

from __future__ import annotations

from ballotproof.spec.lang import (
    Holds,
    Map,
    Model,
    Protocol,
    Sort,
    Violated,
    action,
    always_eventually,
    eventually,
    eventually_always,
    fill,
    invariant,
    leads_to,
    require,
    strongly_fair,
    weakly_fair,
)


class Client(Sort):
    """Whoever wants the lock."""


class FairLock(Protocol):
    """Who asks waits; who waits may be given the lock when it is free."""

    holder: Client | None
    waits: Map[Client, bool]

    def init(self) -> None:
        self.holder = None
        self.waits = fill(Client, False)

    @action
    def ask(self, c: Client) -> None:
        """Ask for the lock."""
        require(not self.waits[c])
        require(self.holder != c)
        self.waits[c] = True

    @action
    def acquire(self, c: Client) -> None:
        """Be given the lock."""
        require(self.holder is None)
        require(self.waits[c])
        self.holder = c
        self.waits[c] = False

    @action
    def release(self) -> None:
        """Give it back."""
        require(self.holder is not None)
        self.holder = None

    @invariant
    def holder_is_done_waiting(self) -> bool:
        """Who has the lock does not wait for it."""
        return all(not self.waits[c] for c in Client if self.holder == c)

    @leads_to
    def served(self, c: Client) -> tuple[bool, bool]:
        """Who waits for the lock gets it."""
        return self.waits[c], self.holder == c

    @always_eventually
    def comes_free(self) -> bool:
        """The lock is free again and again."""
        return self.holder is None

    @eventually
    def asked(self, c: Client, twice: bool) -> bool:
        """Nobody has to ask: false under any assumption that leaves that open."""
        waiting = sum(1 for d in Client if self.waits[d])
        return self.waits[c] and (not twice or waiting >= 2)

    @eventually_always
    def quiet(self) -> bool:
        """In the end nobody has the lock any more."""
        return self.holder is None


WEAK = [weakly_fair(FairLock.release), weakly_fair(FairLock.acquire, each="c")]
STRONG = [weakly_fair(FairLock.release), strongly_fair(FairLock.acquire, each="c")]

MODELS = [
    Model(
        name="nothing assumed",
        protocol=FairLock,
        sizes={Client: 2},
        properties=["served"],
        expect=Violated("served", steps=1, cycle=0),
    ),
    Model(
        name="weak",
        protocol=FairLock,
        sizes={Client: 2},
        fairness=WEAK,
        properties=["served", "comes_free"],
        expect=Violated("served", steps=1, cycle=3),
    ),
    Model(
        name="strong",
        protocol=FairLock,
        sizes={Client: 2},
        fairness=STRONG,
        properties=["served", "comes_free"],
        expect=Holds(states=8, depth=4),
    ),
]
