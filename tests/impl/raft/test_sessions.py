"""Client sessions (thesis, 6.3): each request takes effect once, on all servers alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotproof.impl.core import ProtocolError
from ballotproof.impl.raft.sessions import (
    Answered,
    Close,
    Closed,
    Known,
    Open,
    Opened,
    Operation,
    Outcome,
    Perform,
    Sessions,
    apply,
    decode,
    encode,
    restored,
    saved,
)


def machine(state: tuple[bytes, ...], command: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """Remembers all commands; answers how many there were."""
    return (*state, command), b"%d" % (len(state) + 1)


def run(*operations: Operation, most: int = 3) -> tuple[Sessions, tuple[bytes, ...], list[Outcome]]:
    """The operations, as the entries at index 1, 2, ..."""
    table, state, told = Sessions(most), tuple[bytes, ...](), list[Outcome]()
    for index, operation in enumerate(operations, 1):
        table, state, outcome = apply(table, state, index, operation, machine)
        told.append(outcome)
    return table, state, told


def test_6_3_a_repeated_request_is_answered_from_memory() -> None:
    first = Perform(1, 1, 1, b"x")
    _, state, told = run(Open(), first, first)
    assert told == [Opened(1), Answered(b"1", repeated=False), Answered(b"1", repeated=True)]
    assert state == (b"x",)


def test_6_3_requests_of_one_session_may_overlap() -> None:
    """A late copy of the first request comes after the second."""
    one, two = Perform(1, 1, 1, b"x"), Perform(1, 2, 1, b"y")
    _, state, told = run(Open(), two, one, two)
    assert told[1:] == [
        Answered(b"1", repeated=False),
        Answered(b"2", repeated=False),
        Answered(b"1", repeated=True),
    ]
    assert state == (b"y", b"x")


def test_6_3_answers_that_a_client_has_are_forgotten_and_nothing_is_done_again() -> None:
    table, state, told = run(
        Open(), Perform(1, 1, 1, b"x"), Perform(1, 2, 2, b"y"), Perform(1, 1, 1, b"x")
    )
    assert told[-1] == Known()
    assert state == (b"x", b"y")
    session = table.find(1)
    assert session is not None
    assert session.responses == ((2, b"2"),)


def test_6_3_without_a_session_nothing_is_done() -> None:
    _, state, told = run(Perform(7, 1, 1, b"x"), Open(), Close(2), Perform(2, 1, 1, b"x"))
    assert told == [Closed(), Opened(2), Closed(), Closed()]
    assert state == ()


def test_6_3_the_session_used_longest_ago_makes_room() -> None:
    table, _, told = run(
        Open(), Open(), Perform(1, 1, 1, b"x"), Open(), Perform(2, 1, 1, b"y"), most=2
    )
    assert [x.name for x in table.open] == [1, 4]
    assert told[-1] == Closed()


SESSIONS = st.integers(1, 6)
OPERATIONS = st.one_of(
    st.just(Open()),
    st.builds(Perform, SESSIONS, st.integers(1, 4), st.integers(1, 4), st.binary(max_size=2)),
    st.builds(Close, SESSIONS),
)


@given(st.lists(OPERATIONS, max_size=30), st.integers(0, 30))
def test_each_request_takes_effect_at_most_once(operations: list[Operation], cut: int) -> None:
    """SE1 to SE3, with another server that was given a snapshot on the way."""
    table, state = Sessions(2), tuple[bytes, ...]()
    other = (table, state)
    done: dict[tuple[int, int], bytes] = {}
    for index, operation in enumerate(operations, 1):
        before = state
        table, state, outcome = apply(table, state, index, operation, machine)
        assert len(table.open) <= 2
        assert [x.name for x in table.open] == sorted(x.name for x in table.open)
        if isinstance(operation, Perform) and isinstance(outcome, Answered):
            key = (operation.session, operation.sequence)
            assert outcome.repeated == (key in done)
            assert done.setdefault(key, outcome.response) == outcome.response
            assert (state == before) == outcome.repeated
        else:
            assert state == before
        other = (restored(saved(table)), state) if index == cut else other
        if index > cut:
            there = apply(*other, index, operation, machine)
            other = there[:2]
            assert there[2] == outcome
    if len(operations) >= cut > 0:
        assert other == (table, state)


@given(OPERATIONS)
def test_operations_are_read_as_they_were_written(operation: Operation) -> None:
    assert decode(encode(operation)) == operation


def test_what_is_no_operation_is_refused() -> None:
    with pytest.raises(ProtocolError, match="no operation"):
        decode(b"junk")
    with pytest.raises(ProtocolError, match="no table"):
        restored(b"junk")
