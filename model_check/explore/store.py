"""The states a search has seen: each once, numbered in order of discovery, with its parent."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from .system import State

__all__ = ["NO_PARENT", "Store"]

NO_PARENT = -1


class Store:
    """Exact: states are compared, not fingerprints of them.

    In a breadth-first search the numbers grow with the depth, so a frontier is a range of them.
    """

    def __init__(self) -> None:
        self.states: list[State] = []
        self._numbers: dict[State, int] = {}
        self._parents = array("q")

    def __len__(self) -> int:
        return len(self.states)

    def __contains__(self, state: State) -> bool:
        return state in self._numbers

    def add(self, state: State, parent: int = NO_PARENT) -> int:
        """The number given to a state that was not seen before, reached from ``parent``."""
        number = len(self.states)
        self._numbers[state] = number
        self.states.append(state)
        self._parents.append(parent)
        return number

    def alias(self, number: int, states: Iterable[State]) -> None:
        """Let states that look like a stored one count as seen."""
        for state in states:
            self._numbers.setdefault(state, number)

    def number(self, state: State) -> int | None:
        return self._numbers.get(state)

    def path_to(self, number: int) -> list[State]:
        """The states from an initial one to this one, along parents."""
        states = []
        while number != NO_PARENT:
            states.append(self.states[number])
            number = self._parents[number]
        return states[::-1]
