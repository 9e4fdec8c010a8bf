"""An operation of a client on a shared object, and the histories that are made of them.

A history is known by what clients see: when they called, when an answer came, and what it was. A
call without an answer may have taken effect at any time since, or may never do so.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

__all__ = ["GIVE_BACK", "History", "Operation", "Value"]

Value = Hashable
"""What is written, read or put into a queue. ``None`` stands for nothing: a key never written, an
empty queue."""

GIVE_BACK = frozenset({"read", "dequeue"})
"""The operations whose answer may be None."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of one client.

    ``name`` is the method of the object (``read``, ``write``, ``cas``, ``enqueue``, ``dequeue``),
    ``key`` the part of the object that is meant, if it has parts. ``called`` and ``returned`` are
    positions in the history, not times: only their order matters. ``returned`` and ``result`` are
    None if no answer came; a ``result`` may be None too where one did.

    **Errors** ValueError if the answer does not come after the call.
    """

    client: Hashable
    name: str
    argument: Value
    called: int
    returned: int | None = None
    result: Value = None
    key: Value = None

    def __post_init__(self) -> None:
        if self.returned is not None and self.returned <= self.called:
            raise ValueError(f"{self}: the answer does not come after the call")

    @property
    def pending(self) -> bool:
        """Whether no answer came."""
        return self.returned is None

    def __str__(self) -> str:
        what = [] if self.key is None else [str(self.key)]
        what += [] if self.argument is None else [_shown(self.argument)]
        call = f"{self.name}({', '.join(what)})"
        if self.pending:
            return f"{call}, not answered"
        given_back = self.result is not None or self.name in GIVE_BACK
        return f"{call} = {_shown(self.result)}" if given_back else call


def _shown(value: Value) -> str:
    return "nothing" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class History:
    """Operations in the order of their calls. A client waits for an answer before it calls again;
    one that gave up waiting goes on under another name."""

    operations: tuple[Operation, ...]

    @classmethod
    def of(cls, operations: Iterable[Operation]) -> History:
        """A history of these operations.

        **Errors** ValueError if two events share a position, or a client has two calls open.
        """
        found = sorted(operations, key=lambda op: op.called)
        places = [op.called for op in found]
        places += [op.returned for op in found if op.returned is not None]
        if len(set(places)) != len(places):
            raise ValueError("two events of a history have the same position")
        busy: dict[Hashable, Operation] = {}
        for op in found:
            before = busy.get(op.client)
            if before is not None and (before.returned is None or before.returned > op.called):
                raise ValueError(f"client {op.client} calls {op} before {before} has returned")
            busy[op.client] = op
        return cls(tuple(found))

    def __len__(self) -> int:
        return len(self.operations)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    @property
    def clients(self) -> tuple[Hashable, ...]:
        """In the order in which they first call."""
        return tuple(dict.fromkeys(op.client for op in self.operations))

    @property
    def returns(self) -> Sequence[int]:
        """The positions at which answers came, in order."""
        return sorted(op.returned for op in self.operations if op.returned is not None)

    def until(self, position: int) -> History:
        """What was known just after the event at this position: later calls are not there, and
        later answers have not come."""
        return History(
            tuple(
                op
                if op.returned is not None and op.returned <= position
                else Operation(op.client, op.name, op.argument, op.called, key=op.key)
                for op in self.operations
                if op.called <= position
            )
        )
