"""The objects that a history may be of: what each operation does, if nothing else is going on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .operation import Operation, Value

__all__ = ["OBJECTS", "KEY_VALUE", "QUEUE", "REGISTER", "SharedObject", "UnknownOperation"]


class UnknownOperation(ValueError):
    """The object has no operation of this name, or the argument is none that it takes."""


@dataclass(frozen=True, slots=True)
class SharedObject:
    """A sequential object.

    ``step(state, operation)`` gives the state after, or ``None`` if the operation cannot have been
    answered so in this state; a state is therefore never ``None``. What was not answered fits
    whatever the answer would have been. ``names`` are the operations there are.
    ``passive(operation)`` says of an answered one that it leaves every state as it is in which
    it can have been answered so: it only looked.
    ``by_key`` says that what is done to one key has no influence on others, so that each key can be
    judged by itself: linearizability is local (Herlihy and Wing 1990, section 3.1).
    """

    name: str
    names: frozenset[str]
    initial: Any
    step: Callable[[Any, Operation], Any]
    passive: Callable[[Operation], bool]
    by_key: bool = False

    def check(self, op: Operation) -> None:
        """**Errors** UnknownOperation, with what there is instead."""
        if op.name not in self.names:
            known = ", ".join(sorted(self.names))
            raise UnknownOperation(f"a {self.name} has no operation {op.name}; it has {known}")
        if op.name == "cas" and not (isinstance(op.argument, tuple) and len(op.argument) == 2):
            raise UnknownOperation("the argument of cas is a pair: what is expected, what to write")
        if op.name == "cas" and not op.pending and not isinstance(op.result, bool):
            raise UnknownOperation("the answer of cas is true or false")


def _register(state: tuple[Value], op: Operation) -> tuple[Value] | None:
    """The state is the value, in a tuple because the value may be None."""
    match op.name:
        case "read":
            return state if op.pending or op.result == state[0] else None
        case "write":
            return (op.argument,)
        case _:
            assert isinstance(op.argument, tuple)
            expected, new = op.argument
            done = state[0] == expected
            if not op.pending and op.result is not done:
                return None
            return (new,) if done else state


def _looks_at_register(op: Operation) -> bool:
    return op.name == "read" or (op.name == "cas" and op.result is False)


def _queue(state: tuple[Value, ...], op: Operation) -> tuple[Value, ...] | None:
    if op.name == "enqueue":
        return (*state, op.argument)
    head = state[0] if state else None
    return state[1:] if op.pending or op.result == head else None


def _looks_at_queue(op: Operation) -> bool:
    return op.name == "dequeue" and op.result is None


_METHODS = frozenset({"read", "write", "cas"})

REGISTER = SharedObject("register", _METHODS, (None,), _register, _looks_at_register)
"""One value: ``read``, ``write(v)``, and ``cas((expected, new))``, which says whether it wrote."""

KEY_VALUE = SharedObject(
    "key-value store", _METHODS, (None,), _register, _looks_at_register, by_key=True
)
"""A register for each key."""

QUEUE = SharedObject(
    "queue", frozenset({"enqueue", "dequeue"}), (), _queue, _looks_at_queue, by_key=True
)
"""First in, first out: ``enqueue(v)``, and ``dequeue``, which gives None if there is nothing. With
keys, a queue for each."""

OBJECTS: Mapping[str, SharedObject] = {"register": REGISTER, "kv": KEY_VALUE, "queue": QUEUE}
"""By the names that the command line knows."""
