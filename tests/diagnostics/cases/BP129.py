"""A refinement says for each abstract field what it is here; a chain of ifs does not."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Sort, action, refines, require


class Value(Sort):
    """What may be chosen."""


class Consensus(Protocol):
    chosen: Value | None

    def init(self) -> None:
        self.chosen = None

    @action
    def choose(self, v: Value) -> None:
        require(self.chosen is None)
        self.chosen = v


class Commit(Protocol):
    proposed: Value | None
    committed: bool

    def init(self) -> None:
        self.proposed = None
        self.committed = False

    @action
    def propose(self, v: Value) -> None:
        require(self.proposed is None)
        self.proposed = v

    @action
    def commit(self) -> None:
        require(self.proposed is not None)
        self.committed = True

    @refines(Consensus)
    def consensus(self) -> Consensus:
        if self.committed:
            return Consensus(chosen=self.proposed)
        return Consensus(chosen=None)


MODEL = Model(name="2 values", protocol=Commit, sizes={Value: 2})
