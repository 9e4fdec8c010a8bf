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
5. A timer that is set replaces the one of the same name. It may go off late, never early by the
   host's own clock, and a core must accept one that it did not wait for.
6. ``now`` is the host's clock, in ticks: whole ticks since some moment of its own choice. It never
   goes back while the host runs. A core that does without a clock does not read it.

All that goes in and out is frozen, and equal to what has the same class and fields. These classes
are msgspec's structs and not dataclasses: to change one field of many costs them a small part of
the time (docs/decisions/0010-cores-are-structs.md), and a host may write them to files and sockets
as they are.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

__all__ = [
    "Deliver",
    "NodeId",
    "Persist",
    "ProtocolError",
    "Receive",
    "Send",
    "SetTimer",
    "TimerExpired",
]

NodeId = int
"""A server, known to all others by this number."""


class ProtocolError(Exception):
    """A peer says what no correct peer can say. The server must stop: what was agreed on is not
    what it holds, or somebody has lost what was stored."""


Message_co = TypeVar("Message_co", covariant=True)
Record_co = TypeVar("Record_co", covariant=True)
Timer_co = TypeVar("Timer_co", covariant=True)
Value_co = TypeVar("Value_co", covariant=True)


# ---------------------------------------------------------------------------------- inputs
class Receive(Struct, Generic[Message_co], frozen=True):
    """A message has arrived. **Units** ``now`` in ticks of the host's clock."""

    sender: NodeId
    message: Message_co
    now: int = 0


class TimerExpired(Struct, Generic[Timer_co], frozen=True):
    """The time of a timer is over. **Units** ``now`` in ticks of the host's clock."""

    timer: Timer_co
    now: int = 0


# --------------------------------------------------------------------------------- effects
class Persist(Struct, Generic[Record_co], frozen=True):
    """Write this to stable storage, before anything that follows; as a whole or not at all."""

    record: Record_co


class Send(Struct, Generic[Message_co], frozen=True):
    """Send a message; ``to`` may be the sender itself."""

    to: NodeId
    message: Message_co


class SetTimer(Struct, Generic[Timer_co], frozen=True):
    """Wait for a time between ``least`` and ``most``, drawn by the host.

    **Units** ticks, whose length is the host's choice.
    """

    timer: Timer_co
    least: int
    most: int


class Deliver(Struct, Generic[Value_co], frozen=True):
    """Tell the application. May be told again after a crash, and then the same."""

    value: Value_co
