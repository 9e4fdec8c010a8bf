"""There is no division, not even a hidden one."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, action, require


class Election(Protocol):
    budget: int

    def init(self) -> None:
        self.budget = 8

    @action
    def spend(self) -> None:
        require(self.budget > 1)
        self.budget //= 2


MODEL = Model(name="one budget", protocol=Election)
