"""Protocols of a counter: one that grows, and two that refine another."""

from __future__ import annotations

from ballotproof.spec.lang import Protocol, action, refines, require


class Growing(Protocol):
    """A counter and a sequence that grow to four, each by itself."""

    count: int
    log: tuple[bool, ...]

    def init(self) -> None:
        self.count = 0
        self.log = ()

    @action
    def step(self) -> None:
        require(self.count < 4)
        self.count += 1

    @action
    def append(self) -> None:
        require(len(self.log) < 4)
        self.log = (*self.log, True)


class Count(Protocol):
    count: int

    def init(self) -> None:
        self.count = 0

    @action
    def step(self) -> None:
        self.count += 1


class Mapped(Growing):
    @refines(Count)
    def counting(self) -> Count:
        return Count(count=self.count)


class Wrong(Protocol):
    """Counts in steps of one, of two, and of none."""

    count: int

    def init(self) -> None:
        self.count = 0

    @action
    def step(self) -> None:
        self.count += 1

    @action
    def jump(self) -> None:
        self.count += 2

    @action
    def wait(self) -> None:
        require(self.count == 0)

    @refines(Count)
    def counting(self) -> Count:
        return Count(count=self.count)
