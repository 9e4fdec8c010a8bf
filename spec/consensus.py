"""Consensus: a value is chosen, once and for all. This is all that a protocol has to achieve.

**Problem** Some processes may each propose a value. One of the values is to be chosen, at most one,
and a choice is never taken back. Nothing is said here of processes, messages or time: a protocol
solves consensus when everything it does looks, from far enough away, like the single step below.

**Source** L. Lamport, the module Consensus of the TLA+ examples and of the lecture "The Paxos
Algorithm, or How to Win a Turing Award" (2019).

**Left out** Whether a value is chosen at all, and who gets to know it.
"""

from __future__ import annotations

from .lang import (
    Holds,
    Model,
    Protocol,
    Set,
    Sort,
    action,
    invariant,
    reachable,
    require,
    step_invariant,
)


class Value(Sort):
    """What may be chosen. Values are told apart and never looked into."""


class Consensus(Protocol):
    """The specification that the Paxos family refines."""

    chosen: Set[Value]  # empty until the choice is made

    def init(self) -> None:
        self.chosen = Set()

    # -------------------------------------------------------------------------------- action
    @action
    def choose(self, v: Value) -> None:
        """Choose a value. Allowed as long as there is no other: this step is taken once."""
        require(not self.chosen)
        self.chosen.add(v)

    # ---------------------------------------------------------------------------- properties
    @invariant
    def agreement(self) -> bool:
        """At most one value is chosen (P1)."""
        return all(v == w for v in self.chosen for w in self.chosen)

    @step_invariant
    def stability(self, after: Consensus) -> bool:
        """What is chosen stays chosen (P3)."""
        return all(v in after.chosen for v in self.chosen)

    @reachable
    def some_value_chosen(self) -> bool:
        """The choice can be made."""
        return any(v in self.chosen for v in Value)


MODELS = [
    Model(
        name="3 values",
        protocol=Consensus,
        sizes={Value: 3},
        expect=Holds(states=4, depth=2),
    ),
]
