"""What comes over a connection: what was sent, or Malformed, and nothing else."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotproof.impl.host.live.wire import (
    FRAME_BYTES,
    Answer,
    Call,
    Frame,
    Hello,
    Malformed,
    Packet,
    Welcome,
    packed,
    read_frame,
)
from ballotproof.impl.raft.configuration import Configuration
from ballotproof.impl.raft.log import Entry
from ballotproof.impl.raft.messages import (
    AppendEntries,
    AppendReply,
    PreVote,
    Refused,
    RequestVote,
    TimeoutNow,
    VoteReply,
)

NATURAL = st.integers(0, 2**63 - 1)
ENTRY = st.builds(Entry, NATURAL, st.none() | st.binary(max_size=50))
MESSAGE = st.one_of(
    st.builds(RequestVote, NATURAL, NATURAL, NATURAL),
    st.builds(VoteReply, NATURAL, st.booleans()),
    st.builds(
        AppendEntries,
        NATURAL,
        NATURAL,
        NATURAL,
        st.lists(ENTRY, max_size=1).map(tuple),
        NATURAL,
        NATURAL,
    ),
    st.builds(AppendReply, NATURAL, st.booleans(), NATURAL, st.none(), NATURAL),
)
TEXT = st.text(max_size=50)
FRAME: st.SearchStrategy[Frame] = st.one_of(
    st.builds(Hello, NATURAL),
    st.just(Welcome()),
    st.builds(Packet, NATURAL, MESSAGE),
    st.builds(Call, NATURAL, NATURAL, st.just("read"), TEXT),
    st.builds(Call, NATURAL, NATURAL, st.just("write"), TEXT, TEXT),
    st.builds(Answer, NATURAL, st.none() | TEXT, st.none() | TEXT, st.none() | NATURAL),
)


def heard(data: bytes) -> list[Frame]:
    """All frames of a stream. **Errors** Malformed."""

    async def frames() -> list[Frame]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        found: list[Frame] = []
        while (frame := await read_frame(reader)) is not None:
            found.append(frame)
        return found

    return asyncio.run(frames())


def framed(value: object) -> bytes:
    data = msgspec.msgpack.encode(value)
    return len(data).to_bytes(4, "big") + data


@given(st.lists(FRAME, max_size=5))
def test_what_is_sent_is_heard(frames: list[Frame]) -> None:
    assert heard(b"".join(map(packed, frames))) == frames


@given(st.lists(FRAME, min_size=1, max_size=3), st.data())
def test_a_stream_that_ends_early(frames: list[Frame], data: st.DataObject) -> None:
    whole = b"".join(map(packed, frames))
    ends = {len(b"".join(map(packed, frames[:n]))) for n in range(len(frames) + 1)}
    size = data.draw(st.integers(0, len(whole) - 1))
    if size in ends:
        assert heard(whole[:size]) == frames[: len(heard(whole[:size]))]
    else:
        with pytest.raises(Malformed):
            heard(whole[:size])


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """They are frames or malformed; no other error comes out."""
    for stream in (data, len(data).to_bytes(4, "big") + data):
        try:
            found = heard(stream)
        except Malformed:
            continue
        assert heard(b"".join(map(packed, found))) == found


@given(FRAME, st.data())
def test_a_frame_with_a_changed_byte(frame: Frame, data: st.DataObject) -> None:
    whole = bytearray(packed(frame))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    try:
        found = heard(bytes(whole))
    except Malformed:
        return
    assert heard(b"".join(map(packed, found))) == found


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ([1, 2], "no frame"),
        ({"type": "Hello", "sender": -1}, "no frame"),
        ({"type": "Call", "client": 1, "number": 1, "name": "erase", "key": "x"}, "no frame"),
        (Call(1, 1, "read", "x" * 1000), "no frame"),
        (Call(1, 1, "write", "x"), "no value"),
        (Packet(1, PreVote(1, 0, 0)), "PreVote is no message of Figure 2"),
        (Packet(1, TimeoutNow(1)), "TimeoutNow is no message of Figure 2"),
        (Packet(1, RequestVote(1, 0, 0, handed_over=True)), "no message of Figure 2"),
        (Packet(1, RequestVote(1, -1, 0)), "below zero"),
        (Packet(1, VoteReply(-1, True)), "below zero"),
        (Packet(1, AppendEntries(1, -1, 0, (), 0)), "below zero"),
        (Packet(1, AppendEntries(1, 0, 0, (Entry(-1, b""),), 0)), "below zero"),
        (Packet(1, AppendEntries(1, 0, 0, (Entry(1, b""),) * 2, 0)), "several entries"),
        (Packet(1, AppendEntries(1, 0, 0, (Entry(1, Configuration((0,))),), 0)), "membership"),
        (Packet(1, AppendReply(1, False, 0, Refused(1, 0, 0))), "no message of Figure 2"),
        (Packet(1, AppendReply(1, True, 0, counts=False)), "no message of Figure 2"),
    ],
)
def test_what_no_server_says(frame: object, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        heard(framed(frame))


def test_nothing_is_read_of_a_frame_that_is_too_long() -> None:
    with pytest.raises(Malformed, match="are the most"):
        heard((FRAME_BYTES + 1).to_bytes(4, "big"))
    with pytest.raises(ValueError, match="are the most"):
        packed(Packet(1, AppendEntries(1, 0, 0, (Entry(1, b"x" * FRAME_BYTES),), 0)))


def test_the_longest_value_fits() -> None:
    """Four bytes a character, in an entry of a log that was read back."""
    long = Call(2**63 - 1, 2**63 - 1, "write", "\U0001f5f3" * 256, "\U0001f5f3" * 16384)
    assert heard(packed(long)) == [long]
