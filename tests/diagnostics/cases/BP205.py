"""What the model binds stays as it is in all states."""

from __future__ import annotations

from ballotproof.spec.lang import Const, Model, Protocol, action, require


class Election(Protocol):
    max_terms = Const[int]()
    terms: int

    def init(self) -> None:
        self.terms = 0

    @action
    def extend(self) -> None:
        require(self.terms < 2)
        self.max_terms = self.max_terms + 1


MODEL = Model(name="2 terms", protocol=Election, constants={"max_terms": 2})
