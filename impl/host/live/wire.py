"""What is said over a connection, and how it becomes bytes.

A frame is the length of what follows, four bytes with the most significant first, and then one
value in MessagePack. Whoever opens a connection says first what for: a server says :class:`Hello`,
hears :class:`Welcome`, and from then on sends packets; a client sends calls and hears answers.

Nothing that comes in is trusted to be well formed. What is not is :class:`Malformed`, and closes
the connection that it came over.
"""

from __future__ import annotations

from asyncio import IncompleteReadError, StreamReader
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from ...core import ProtocolError
from ...raft.log import Entry
from ...raft.messages import AppendEntries, AppendReply, Message, RequestVote, VoteReply

__all__ = [
    "Answer",
    "Call",
    "FRAME_BYTES",
    "Frame",
    "Hello",
    "Malformed",
    "NAME_BYTES",
    "Packet",
    "VALUE_BYTES",
    "Welcome",
    "packed",
    "read_frame",
    "unpacked",
]

FRAME_BYTES = 1 << 20
"""No frame is longer."""

NAME_BYTES, VALUE_BYTES = 1 << 10, 1 << 16
"""How long keys and values may be; an entry with them fits into a frame by far."""

PREFIX_BYTES = 4

Natural = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
Key = Annotated[str, Meta(max_length=NAME_BYTES // 4)]
Value = Annotated[str, Meta(max_length=VALUE_BYTES // 4)]


class Malformed(ProtocolError):
    """A peer sends what no peer of this version sends. Its connection is closed."""


class Hello(Struct, frozen=True, tag=True):
    """I am this server; what follows are packets from it."""

    sender: Natural


class Welcome(Struct, frozen=True, tag=True):
    """Packets of this connection are heard from now on."""


class Packet(Struct, frozen=True, tag=True):
    """A message of one server to another. ``at`` is the logical clock of the sender: the receiver
    writes what it does with the message at a later time (L. Lamport, "Time, Clocks, and the
    Ordering of Events in a Distributed System", CACM 1978)."""

    at: Natural
    message: Message


class Call(Struct, frozen=True, tag=True):
    """A client asks: the command ``number`` of ``client`` if it writes, so that it is done once
    however often it is asked for; a name for the answer if it reads."""

    client: Natural
    number: Natural
    name: Literal["read", "write"]
    key: Key
    value: Value | None = None


class Answer(Struct, frozen=True, tag=True):
    """What came of a call; or nothing did, and ``refused`` says why: ``leader`` is then whom to
    ask, as far as is known."""

    number: Natural
    value: str | None = None
    refused: str | None = None
    leader: Natural | None = None


Frame = Hello | Welcome | Packet | Call | Answer

_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Frame)


def packed(frame: Frame) -> bytes:
    """**Errors** ValueError if it is too long."""
    data = _encode(frame)
    if len(data) > FRAME_BYTES:
        raise ValueError(f"a frame of {len(data)} bytes; {FRAME_BYTES} are the most")
    return len(data).to_bytes(PREFIX_BYTES, "big") + data


async def read_frame(reader: StreamReader) -> Frame | None:
    """The next frame; None at the end of the stream.

    **Errors** Malformed; OSError when the connection is lost.
    """
    try:
        prefix = await reader.readexactly(PREFIX_BYTES)
    except IncompleteReadError as error:
        if error.partial:
            raise Malformed("the stream ends within a frame") from None
        return None
    size = int.from_bytes(prefix, "big")
    if size > FRAME_BYTES:
        raise Malformed(f"a frame of {size} bytes; {FRAME_BYTES} are the most")
    try:
        data = await reader.readexactly(size)
    except IncompleteReadError:
        raise Malformed("the stream ends within a frame") from None
    return unpacked(data)


def unpacked(data: bytes) -> Frame:
    """**Errors** Malformed."""
    try:
        frame: Frame = _decoder.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Malformed(f"this is no frame: {error}") from None
    match frame:
        case Packet(_, message):
            sensible(message)
        case Call(name="write", value=None):
            raise Malformed("a call writes no value")
        case _:
            pass
    return frame


def sensible(message: Message) -> None:
    """**Errors** Malformed for what Figure 2 has not, and for numbers that count nothing."""
    numbers: tuple[int, ...]
    match message:
        case RequestVote(term, last_index, last_term, False):
            numbers = (term, last_index, last_term)
        case VoteReply(term, _):
            numbers = (term,)
        case AppendEntries(term, prev_index, prev_term, entries, commit, round_):
            numbers = (term, prev_index, prev_term, commit, round_)
            if len(entries) > 1:
                raise Malformed("there are several entries in a message")
            for entry in entries:
                numbers += (command(entry),)
        case AppendReply(term, _, match_, None, round_, True):
            numbers = (term, match_, round_)
        case _:
            raise Malformed(f"{type(message).__name__} is no message of Figure 2")
    if min(numbers) < 0:
        raise Malformed(f"{type(message).__name__} with a number below zero")


def command(entry: Entry) -> int:
    """The term of an entry of Figure 2."""
    if not (entry.payload is None or isinstance(entry.payload, bytes)):
        raise Malformed("an entry changes the membership")
    return entry.term
