"""Client sessions: each request takes effect exactly once (thesis, 6.3).

A client that hears nothing asks again, and so a command may stand in the log more than once. The
state machine remembers, for each session, what it answered; a request that it knows is answered
from memory. This is a part of the state machine and not of the protocol: it is replicated by being
computed from the log, and belongs into every snapshot.

So nothing may depend on anything but the log. Sessions are numbered by the index of the entry that
opened them; and when there are too many, the one whose last entry is the oldest is closed, on all
servers at the same entry.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TypeVar, assert_never

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..core import ProtocolError
from .log import Command, Index

__all__ = [
    "Answered",
    "Close",
    "Closed",
    "Known",
    "Open",
    "Opened",
    "Operation",
    "Outcome",
    "Perform",
    "Session",
    "Sessions",
    "apply",
    "decode",
    "encode",
    "restored",
    "saved",
]

State = TypeVar("State")


# --------------------------------------------------------------------------- what clients ask
class Open(Struct, frozen=True, tag=True):
    """Open a session. A client that asks twice may have two, of which it uses one."""


class Perform(Struct, frozen=True, tag=True):
    """Apply a command, the ``sequence``-th of a session, counted from 1. The client has the answers
    to all before ``answered``, and will not ask for them again."""

    session: Index
    sequence: int
    answered: int
    command: Command


class Close(Struct, frozen=True, tag=True):
    """The client asks for nothing more."""

    session: Index


Operation = Open | Perform | Close
"""What an entry of the log asks of a state machine with sessions."""


# -------------------------------------------------------------------------- what they are told
class Opened(Struct, frozen=True, tag=True):
    session: Index


class Answered(Struct, frozen=True, tag=True):
    """``repeated``: the command took effect before, and this was the answer then."""

    response: bytes
    repeated: bool


class Known(Struct, frozen=True, tag=True):
    """The client said that it has this answer already. Nothing was done."""


class Closed(Struct, frozen=True, tag=True):
    """There is no such session, or it is closed now. Nothing was done for this request; an earlier
    copy of it may have taken effect while the session was open."""


Outcome = Opened | Answered | Known | Closed


# ------------------------------------------------------------------------------------ the table
class Session(Struct, frozen=True):
    """An open session: the index of its last entry, the first sequence number whose answer the
    client may lack, and the answers from there on that were given, in order."""

    name: Index
    used: Index
    answered: int = 1
    responses: tuple[tuple[int, bytes], ...] = ()


class Sessions(Struct, frozen=True):
    """The open sessions, by their names. There are never more than ``most``, the same on all
    servers.

    **Cost** A step copies the tuple of the sessions and the responses of one.
    """

    most: int = 1024
    open: tuple[Session, ...] = ()

    def find(self, name: Index) -> Session | None:
        place = bisect_left(self.open, name, key=lambda x: x.name)
        if place < len(self.open) and self.open[place].name == name:
            return self.open[place]
        return None

    def having(self, new: Session) -> Sessions:
        place = bisect_left(self.open, new.name, key=lambda x: x.name)
        return replace(self, open=(*self.open[:place], new, *self.open[place + 1 :]))

    def without(self, name: Index) -> Sessions:
        return replace(self, open=tuple([x for x in self.open if x.name != name]))

    def opened(self, name: Index) -> Sessions:
        """With a new session; the one that was used longest ago makes room."""
        table = self
        if len(table.open) >= self.most:
            table = table.without(min(table.open, key=lambda x: x.used).name)
        return replace(table, open=(*table.open, Session(name, name)))


def apply(
    table: Sessions,
    state: State,
    index: Index,
    operation: Operation,
    machine: Callable[[State, Command], tuple[State, bytes]],
) -> tuple[Sessions, State, Outcome]:
    """The table and the state machine after the entry at this index. ``machine`` must depend on its
    arguments alone."""
    match operation:
        case Open():
            return table.opened(index), state, Opened(index)
        case Close(name):
            return table.without(name), state, Closed()
        case Perform(name, sequence, answered, command):
            session = table.find(name)
            if session is None:
                return table, state, Closed()
            session = used(session, index, answered)
            if sequence < session.answered:
                return table.having(session), state, Known()
            for n, response in session.responses:
                if n == sequence:
                    return table.having(session), state, Answered(response, repeated=True)
            state, response = machine(state, command)
            responses = tuple(sorted((*session.responses, (sequence, response))))
            table = table.having(replace(session, responses=responses))
            return table, state, Answered(response, repeated=False)
        case _:
            assert_never(operation)


def used(session: Session, index: Index, answered: int) -> Session:
    """A session after another of its entries: answers that the client has are forgotten."""
    answered = max(answered, session.answered)
    kept = tuple([x for x in session.responses if x[0] >= answered])
    return Session(session.name, index, answered, kept)


# ---------------------------------------------------------------------------------- as bytes
_OPERATIONS: msgspec.msgpack.Decoder[Operation] = msgspec.msgpack.Decoder(Operation)
_TABLES: msgspec.msgpack.Decoder[Sessions] = msgspec.msgpack.Decoder(Sessions)


def encode(operation: Operation) -> Command:
    """What to propose."""
    return msgspec.msgpack.encode(operation)


def decode(command: Command) -> Operation:
    """What was proposed. **Errors** ProtocolError if it was not made by :func:`encode`."""
    try:
        return _OPERATIONS.decode(command)
    except msgspec.DecodeError as e:
        raise ProtocolError(f"this is no operation of a session: {e}") from e


def saved(table: Sessions) -> bytes:
    """The table, for a snapshot: equal tables as equal bytes."""
    return msgspec.msgpack.encode(table)


def restored(data: bytes) -> Sessions:
    """The table of a snapshot. **Errors** ProtocolError if it is none."""
    try:
        return _TABLES.decode(data)
    except msgspec.DecodeError as e:
        raise ProtocolError(f"this is no table of sessions: {e}") from e
