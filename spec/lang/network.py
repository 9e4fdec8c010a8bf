"""Networks: what may happen to a message between sending and receiving.

A protocol declares ``network: Network[Request | Reply]`` and says only :meth:`Network.send` and
:meth:`Network.receive`; the *model* says which faults there are. A protocol that looks at messages
otherwise (``m in self.sent``, ``self.sent.of(Promise)``) keeps them in a :class:`~.values.Set`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .diagnostics import Diagnostic
from .protocol import Disabled
from .source import called_from
from .values import current_universe

__all__ = ["BagNetwork", "FifoNetwork", "Network", "NetworkModel", "SetNetwork"]

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class SetNetwork:
    """Messages can be lost, duplicated and reordered: what was sent can be received for ever.

    A lost message is one that nobody receives, so losing needs no step of its own.
    """

    def __str__(self) -> str:
        return "set (lossy, duplicating, reordering)"


@dataclass(frozen=True)
class BagNetwork:
    """Messages are reordered, and each copy is received at most once.

    ``capacity`` bounds the copies in flight: a send that would exceed it is not enabled.
    ``loses`` and ``duplicates`` add the steps ``lose(m)`` and ``duplicate(m)``.
    """

    capacity: int | None = None
    loses: bool = False
    duplicates: bool = False

    def __str__(self) -> str:
        said = [f"at most {self.capacity} in flight"] if self.capacity is not None else []
        said += ["lossy"] * self.loses + ["duplicating"] * self.duplicates + ["reordering"]
        return f"bag ({', '.join(said)})"


@dataclass(frozen=True)
class FifoNetwork:
    """One queue for each pair of ``message.source`` and ``message.dest``, in order, no duplicates.

    ``capacity`` bounds each queue: a send that would exceed it is not enabled. ``loses`` adds the
    step ``lose(m)``, which drops the head of a queue.
    """

    capacity: int | None = None
    loses: bool = False

    def __str__(self) -> str:
        said = [f"at most {self.capacity} per channel"] if self.capacity is not None else []
        said += ["lossy"] * self.loses
        return f"FIFO per channel ({', '.join(said) or 'reliable'})"


NetworkModel = SetNetwork | BagNetwork | FifoNetwork


class Network(Generic[T]):
    """Messages in flight, under the network model of the instance. Empty at first.

    **Source** the three models are those of Lamport's message sets, of Ongaro's Raft specification
    (a bag with loss and duplication), and of TCP-like channels.
    """

    __slots__ = ("_bag", "_model", "_queues")

    def __init__(self) -> None:
        self._model: NetworkModel = current_universe().network or SetNetwork()
        self._bag: dict[T, int] = {}
        self._queues: dict[tuple[Any, Any], tuple[T, ...]] = {}

    def send(self, m: T) -> None:
        """Put ``m`` in flight. Not enabled when the network is full."""
        model = self._model
        match model:
            case SetNetwork():
                self._bag[m] = 1
            case BagNetwork():
                if model.capacity is not None and sum(self._bag.values()) >= model.capacity:
                    raise Disabled
                self._bag[m] = self._bag.get(m, 0) + 1
            case FifoNetwork():
                channel = _channel(m)
                queue = self._queues.get(channel, ())
                if model.capacity is not None and len(queue) >= model.capacity:
                    raise Disabled
                self._queues[channel] = (*queue, m)

    def receive(self, m: T) -> None:
        """Take ``m`` from the network (a set keeps it). Not enabled when it cannot arrive now."""
        if m not in self:
            raise Disabled
        match self._model:
            case SetNetwork():
                pass
            case BagNetwork():
                self._bag[m] -= 1
                if not self._bag[m]:
                    del self._bag[m]
            case FifoNetwork():
                channel = _channel(m)
                self._queues[channel] = self._queues[channel][1:]
                if not self._queues[channel]:
                    del self._queues[channel]

    def __contains__(self, m: object) -> bool:
        """Whether ``m`` can be received now."""
        return m in self._bag or any(q[0] == m for q in self._queues.values())

    def __iter__(self) -> Iterator[T]:
        """Each different message that can be received when the iteration begins."""
        return iter((*self._bag, *(queue[0] for queue in self._queues.values())))

    def of(self, cls: type[R]) -> frozenset[R]:
        """The different messages of this record class that can be received now."""
        return frozenset(m for m in self if isinstance(m, cls))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Network) and self._bag == other._bag and self._queues == other._queues
        )

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        if self._queues:
            return (
                "{" + ", ".join(f"{s}->{d}: {list(q)}" for (s, d), q in self._queues.items()) + "}"
            )
        shown = sorted((repr(x), n) for x, n in self._bag.items())
        return "{" + ", ".join(x if n == 1 else f"{x} x{n}" for x, n in shown) + "}"


def _channel(m: Any) -> tuple[Any, Any]:
    try:
        return m.source, m.dest
    except AttributeError:
        record = type(m).__name__
        raise Diagnostic.FIFO_WITHOUT_ENDS.error(called_from(), record=record) from None
