"""Verdicts about histories, against an oracle that tries every order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotproof.model_check.history.linearize import (
    Budget,
    Linearizable,
    NotLinearizable,
    Undecided,
    linearize,
)
from ballotproof.model_check.history.objects import (
    KEY_VALUE,
    QUEUE,
    REGISTER,
    SharedObject,
    UnknownOperation,
)
from ballotproof.model_check.history.operation import History, Operation, Value


def fits(order: Sequence[Operation], shared: SharedObject) -> bool:
    """Whether the operations can be done one after the other, and none before one that returned
    before it was called. The definition of Herlihy and Wing, word for word."""
    for i, op in enumerate(order):
        if any(x.returned is not None and x.returned < op.called for x in order[i + 1 :]):
            return False
    states = dict.fromkeys(op.key if shared.by_key else None for op in order)
    state = dict.fromkeys(states, shared.initial)
    for op in order:
        key = op.key if shared.by_key else None
        state[key] = shared.step(state[key], op)
        if state[key] is None:
            return False
    return True


def oracle(history: History, shared: SharedObject) -> bool:
    """Every choice of unanswered operations, in every order."""
    answered = [op for op in history if not op.pending]
    pending = [op for op in history if op.pending]
    return any(
        fits(order, shared)
        for size in range(len(pending) + 1)
        for some in itertools.combinations(pending, size)
        for order in itertools.permutations([*answered, *some])
    )


@st.composite
def histories(draw: st.DrawFn, shared: SharedObject, most: int = 6) -> History:
    """Of up to three clients at a time, with few values, so that about half are linearizable."""
    values = st.integers(0, 1)
    names = sorted(shared.names)
    found: list[Operation] = []
    waiting: list[tuple[int, str, Value, int, Value]] = []  # client, name, argument, called, key
    fresh = itertools.count()
    free = [next(fresh) for _ in range(3)]
    place = 0
    for _ in range(2 * most):
        place += 1
        begin = len(found) + len(waiting) < most and bool(free)
        if begin and (not waiting or draw(st.booleans())):
            name = draw(st.sampled_from(names))
            argument: Value = None
            if name in ("write", "enqueue"):
                argument = draw(values)
            elif name == "cas":
                argument = (draw(st.sampled_from([None, 0, 1])), draw(values))
            key: Value = draw(st.sampled_from("xy")) if shared.by_key else None
            waiting.append((free.pop(0), name, argument, place, key))
        elif waiting:
            client, name, argument, called, key = waiting.pop(
                draw(st.integers(0, len(waiting) - 1))
            )
            if draw(st.integers(0, 5)) == 0:  # no answer
                found.append(Operation(client, name, argument, called, key=key))
                free.append(next(fresh))
                continue
            result: Value = None
            if name in ("read", "dequeue"):
                result = draw(st.sampled_from([None, 0, 1]))
            elif name == "cas":
                result = draw(st.booleans())
            found.append(Operation(client, name, argument, called, place, result, key))
            free.append(client)
    found += [Operation(c, name, a, called, key=k) for c, name, a, called, k in waiting]
    return History.of(found)


OBJECTS = pytest.mark.parametrize("shared", [REGISTER, KEY_VALUE, QUEUE], ids=lambda s: s.name)


@OBJECTS
@given(data=st.data())
def test_verdicts_are_those_of_the_definition(shared: SharedObject, data: st.DataObject) -> None:
    history = data.draw(histories(shared))
    match linearize(history, shared):
        case Linearizable(order):
            assert oracle(history, shared)
            assert {op for op in history if not op.pending} <= set(order) <= set(history)
            for key in {op.key for op in order}:
                assert fits([op for op in order if op.key == key], shared)
        case NotLinearizable() as found:
            assert not oracle(history, shared)
            assert not oracle(found.history, shared)
            before = [x for x in found.history.returns if x != found.last.returned]
            assert not before or oracle(found.history.until(before[-1]), shared)
            assert fits(found.longest, shared)
            assert found.last not in found.longest or len(found.longest) < len(found.history)
        case Undecided():
            pytest.fail("the budget is far larger than these histories")


def test_both_verdicts_come_up() -> None:
    """So that the test above means something."""
    seen: set[bool] = set()

    @given(histories(REGISTER))
    def look(history: History) -> None:
        seen.add(isinstance(linearize(history, REGISTER), Linearizable))

    look()
    assert seen == {True, False}


def read(client: int, called: int, returned: int, result: Value) -> Operation:
    return Operation(client, "read", None, called, returned, result)


def write(client: int, called: int, returned: int | None, value: Value) -> Operation:
    return Operation(client, "write", value, called, returned)


def test_a_stale_read_is_found() -> None:
    history = History.of([write(0, 1, 2, 1), write(0, 3, 4, 2), read(1, 5, 6, 1), read(1, 7, 8, 2)])
    found = linearize(history, REGISTER)
    assert isinstance(found, NotLinearizable)
    assert found.last == read(1, 5, 6, 1)
    assert len(found.history) == 3
    assert found.states[-1] == (2,)


def test_a_read_may_show_a_write_that_was_never_answered() -> None:
    assert isinstance(
        linearize(History.of([write(0, 1, None, 1), read(1, 2, 3, 1)]), REGISTER), Linearizable
    )


def test_a_write_that_was_never_answered_cannot_come_and_go() -> None:
    ops = [write(0, 1, None, 1), write(1, 2, 3, 2), read(1, 4, 5, 1), read(1, 6, 7, 2)]
    assert isinstance(linearize(History.of(ops), REGISTER), NotLinearizable)


def test_a_write_of_the_same_value_may_be_wanted_later() -> None:
    """It changes nothing at first, and is still no read: another write may come between."""
    ops = [write(0, 1, 2, 1), write(1, 3, 8, 1), write(2, 4, 5, 2), read(3, 6, 7, 2)]
    ops += [read(3, 9, 10, 1)]
    assert isinstance(linearize(History.of(ops), REGISTER), Linearizable)


def test_keys_are_judged_one_by_one() -> None:
    ops = [
        Operation(0, "write", 1, 1, 2, None, "x"),
        Operation(0, "read", None, 3, 4, None, "y"),
        Operation(0, "read", None, 5, 6, 7, "y"),
    ]
    found = linearize(History.of(ops), KEY_VALUE)
    assert isinstance(found, NotLinearizable)
    assert found.key == "y"


def contended(operations: int, clients: int, *, spoiled: bool) -> History:
    """Clients write and read one register in rounds, and in a round each call overlaps all others.
    In a spoiled history, the last reads show what nobody wrote."""
    ops: list[Operation] = []
    place = 0
    for first in range(0, operations, clients):
        numbers = range(first, min(first + clients, operations))
        for i in numbers:
            place += 1
            called, returned = place, place + len(numbers)
            if i % 2 == 0:
                ops.append(write(i % clients, called, returned, i))
            else:
                result = -1 if spoiled and i >= operations - 2 else i - 1
                ops.append(read(i % clients, called, returned, result))
        place += len(numbers)
    return History.of(ops)


@pytest.mark.parametrize("spoiled", [False, True])
def test_a_contended_register_needs_few_configurations(spoiled: bool) -> None:
    """170 operations of 5 clients: how much is tried, which does not depend on the machine."""
    budget = Budget(configurations=100_000)
    verdict = linearize(contended(170, 5, spoiled=spoiled), REGISTER, budget)
    assert isinstance(verdict, NotLinearizable if spoiled else Linearizable)
    assert budget.used < 20_000


def test_the_budget_ends_the_search() -> None:
    budget = Budget(configurations=10)
    verdict = linearize(contended(170, 5, spoiled=True), REGISTER, budget)
    assert verdict == Undecided(None, 11)


def test_operations_that_an_object_does_not_have_are_refused() -> None:
    with pytest.raises(UnknownOperation, match="it has cas, read, write"):
        linearize(History.of([Operation(0, "pop", None, 1, 2)]), REGISTER)
    with pytest.raises(UnknownOperation, match="is a pair"):
        linearize(History.of([Operation(0, "cas", 1, 1, 2, True)]), REGISTER)


def test_histories_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="before"):
        History.of([write(0, 1, 4, 1), write(0, 2, 3, 1)])
    with pytest.raises(ValueError, match="same position"):
        History.of([write(0, 1, 2, 1), write(1, 2, 3, 1)])
    with pytest.raises(ValueError, match="after the call"):
        write(0, 2, 1, 1)
