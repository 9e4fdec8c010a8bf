"""What a protocol core is: a function from a state and one input to a state and effects.

A core does no I/O. It has no clock, socket, thread, random source or log inside: everything that
happens to it comes in as an input, everything it wants done goes out as an effect, and nothing else
passes between a core and its host. So a core can be run by a simulator, by a model checker and by a
real host, and is the same program in all three.

**The contract of a host**

1. It hands one input at a time to ``step``, and carries out the effects in the order in which they
   stand. It may carry out the effects of several steps together, as long as that order is kept.
2. What stands after a :class:`Persist` waits until the record is on stable storage: no message that
   follows one may leave before. If storing fails, the host stops; it does not try again, because
   nobody knows what is on the disk after a failed write.
3. A crash may come between any two effects. After it the host makes a new state from what was
   persisted, and from nothing else.
4. Messages may be lost, repeated, delayed and reordered. A message arrives as it was sent: a host
   checks that it is whole, and from the sender it claims.
5. A timer that is set replaces the one of the same name. It may go off late, and a core must accept
   one that it did not wait for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Deliver", "NodeId", "Persist", "Receive", "Send", "SetTimer", "TimerExpired"]

NodeId = int
"""A server, known to all others by this number."""

Message_co = TypeVar("Message_co", covariant=True)
Record_co = TypeVar("Record_co", covariant=True)
Timer_co = TypeVar("Timer_co", covariant=True)
Value_co = TypeVar("Value_co", covariant=True)


# ---------------------------------------------------------------------------------- inputs
@dataclass(frozen=True, slots=True)
class Receive(Generic[Message_co]):
    """A message has arrived."""

    sender: NodeId
    message: Message_co


@dataclass(frozen=True, slots=True)
class TimerExpired(Generic[Timer_co]):
    """The time of a timer is over."""

    timer: Timer_co


# --------------------------------------------------------------------------------- effects
@dataclass(frozen=True, slots=True)
class Persist(Generic[Record_co]):
    """Write this to stable storage, before anything that follows."""

    record: Record_co


@dataclass(frozen=True, slots=True)
class Send(Generic[Message_co]):
    """Send a message; ``to`` may be the sender itself."""

    to: NodeId
    message: Message_co


@dataclass(frozen=True, slots=True)
class SetTimer(Generic[Timer_co]):
    """Wait for a time between ``least`` and ``most``, drawn by the host.

    **Units** ticks, whose length is the host's choice.
    """

    timer: Timer_co
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Deliver(Generic[Value_co]):
    """Tell the application. May be told again after a crash, and then the same."""

    value: Value_co
