"""A specification as the judge of what a program does: may this step be taken, and where does it
lead? Answered by the text itself, as plain Python, and remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_origin

from ...spec.lang.errors import UsageError
from ...spec.lang.execute import Execution, Snapshot
from ...spec.lang.model import Model
from ...spec.lang.network import Network
from ...spec.lang.values import Set

__all__ = ["Action", "Specification"]

Action = tuple[str, tuple[Any, ...]]
"""The name of an action, and its arguments."""


class Specification:
    """One instance of a specification, to take chosen steps in."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.execution = Execution(model)
        self.taken: dict[tuple[Snapshot, str, tuple[Any, ...]], Snapshot | None] = {}

    @property
    def actions(self) -> tuple[str, ...]:
        """All there are, in the order of the text."""
        return tuple(self.execution.actions)

    @property
    def networks(self) -> tuple[str, ...]:
        """The fields that hold messages on their way."""
        return tuple(
            name for name, (t, _) in self.execution.fields.items() if get_origin(t) is Network
        )

    @property
    def sets(self) -> tuple[str, ...]:
        """The fields that are sets."""
        return tuple(name for name, (t, _) in self.execution.fields.items() if get_origin(t) is Set)

    def elements(self, sort: type[Any]) -> tuple[Any, ...]:
        """The elements of a sort, in order."""
        found: tuple[Any, ...] = self.execution.universe.elements[sort]
        return found

    def snapshot(self, fields: Mapping[str, Any], restarts: int = 0) -> Snapshot:
        """The state with these values of its fields, after so many restarts."""
        execution = self.execution
        with execution.universe:
            return execution.freeze(execution.protocol(**fields), restarts)

    def object(self, state: Snapshot) -> Any:
        """The state as an object of the specification's class, a fresh one."""
        with self.execution.universe:
            return self.execution.thaw(state)

    def shown(self, state: Snapshot) -> Mapping[str, Any]:
        """The state as objects, field by field."""
        there = self.object(state)
        return {name: getattr(there, name) for name in self.execution.fields}

    def initial(self) -> frozenset[Snapshot]:
        return frozenset(self.execution.initial())

    def take(self, state: Snapshot, action: str, arguments: tuple[Any, ...]) -> Snapshot | None:
        """The state after this step; None if it cannot be taken in ``state``.

        **Errors** UsageError if there is no such action; SpecError if the specification makes a
        mistake.
        """
        key = (state, action, arguments)
        if key not in self.taken:
            self.taken[key] = self._take(*key)
        return self.taken[key]

    def _take(self, state: Snapshot, action: str, arguments: tuple[Any, ...]) -> Snapshot | None:
        if action not in self.execution.actions and action != "restart":
            raise UsageError(f"{self.execution.protocol.__name__} has no action {action}")
        return self.execution.take(state, action, arguments)

    def follow(self, state: Snapshot, actions: Sequence[Action]) -> Snapshot | int:
        """The state after all of them, or the place of the first that cannot be taken."""
        for i, (name, arguments) in enumerate(actions):
            after = self.take(state, name, arguments)
            if after is None:
                return i
            state = after
        return state
