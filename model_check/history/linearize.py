"""Is a history linearizable: could each operation have taken effect at one instant between its call
and its answer?

**Method** The search of Wing and Gong (1993) with the memory of Lowe (2017): take some operation
that no other has to precede, apply it to the object, go on with the rest; when stuck, take another.
What has been taken, together with the state of the object, is remembered, and never tried twice.
Two things shorten it. Keys are judged one by one where the object allows that. And an operation
that can be taken now and never changes anything (a read that fits) is taken without looking at
alternatives: whatever order works later works with it in front, too.

**Cost** Exponential at worst in the operations that overlap; that question is NP-complete (Gibbons
and Korach 1997). The budget ends it with :class:`Undecided`.

**Source** J. Wing and C. Gong, "Testing and Verifying Concurrent Objects" (JPDC 17, 1993); G. Lowe,
"Testing for Linearizability" (CCPE 29(4), 2017); M. Herlihy and J. Wing, "Linearizability: A
Correctness Condition for Concurrent Objects" (TOPLAS 12(3), 1990).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .objects import SharedObject
from .operation import History, Operation, Value

__all__ = ["Budget", "Linearizable", "NotLinearizable", "Undecided", "linearize"]


@dataclass(frozen=True, slots=True)
class Linearizable:
    """``order`` is one in which the operations may have taken effect, key after key. Those without
    an answer that need not have done so are left out."""

    order: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class NotLinearizable:
    """No order explains what the clients of ``key`` saw.

    ``history`` is the shortest beginning of it that has none: without its last answer there are
    orders. ``longest`` is one that explains as many operations as can be, ``states`` the object's
    state after each of them.
    """

    key: Value
    history: History
    longest: tuple[Operation, ...]
    states: tuple[Any, ...]

    @property
    def last(self) -> Operation:
        """The operation whose answer cannot be explained any more."""
        return max(
            (op for op in self.history if op.returned is not None),
            key=lambda op: op.returned or 0,
        )


@dataclass(frozen=True, slots=True)
class Undecided:
    """The budget was used up at ``key``, after so many ``configurations``."""

    key: Value
    configurations: int


Verdict = Linearizable | NotLinearizable | Undecided


@dataclass(slots=True)
class Budget:
    """How much may be tried: ``configurations`` in all, and not past ``seconds``."""

    configurations: int = 10_000_000
    seconds: float | None = None
    used: int = 0
    until: float | None = None

    def start(self) -> None:
        if self.seconds is not None and self.until is None:
            self.until = time.monotonic() + self.seconds

    def spend(self) -> None:
        """**Errors** _Exhausted when there is no more."""
        self.used += 1
        if self.used > self.configurations:
            raise _Exhausted
        if self.until is not None and self.used % 256 == 0 and time.monotonic() > self.until:
            raise _Exhausted


class _Exhausted(Exception):
    """The budget is used up."""


def linearize(history: History, shared: SharedObject, budget: Budget | None = None) -> Verdict:
    """Judge a history of a shared object.

    **Errors** UnknownOperation for an operation that the object does not have.
    """
    budget = budget or Budget()
    budget.start()
    for op in history:
        shared.check(op)
    order: list[Operation] = []
    for key, part in _parts(history, shared):
        try:
            found = _search(part, shared, budget)
        except _Exhausted:
            return Undecided(key, budget.used)
        if not found.complete:
            return _explained(key, part, found.order, shared, budget)
        order += found.order
    return Linearizable(tuple(order))


def _parts(history: History, shared: SharedObject) -> list[tuple[Value, History]]:
    """What can be judged by itself, in the order of first use."""
    if not shared.by_key:
        return [(None, history)]
    parts: dict[Value, list[Operation]] = {}
    for op in history:
        parts.setdefault(op.key, []).append(op)
    return [(key, History(tuple(ops))) for key, ops in parts.items()]


def _explained(
    key: Value, whole: History, longest: Sequence[Operation], shared: SharedObject, budget: Budget
) -> NotLinearizable:
    """The shortest beginning that is not linearizable; every longer one is not, either. Once the
    budget is used up, the shortest that is known."""
    ends = whole.returns
    shortest = whole
    low, high = 0, len(ends) - 1
    try:
        while low <= high:
            middle = (low + high) // 2
            beginning = whole.until(ends[middle])
            found = _search(beginning, shared, budget)
            if found.complete:
                low = middle + 1
            else:
                high = middle - 1
                shortest, longest = beginning, found.order
    except _Exhausted:
        pass
    states, state = [], shared.initial
    for op in longest:
        state = shared.step(state, op)
        states.append(state)
    return NotLinearizable(key, shortest, tuple(longest), tuple(states))


@dataclass(frozen=True, slots=True)
class _Found:
    """Whether everything that was answered is explained, and the longest order tried."""

    complete: bool
    order: Sequence[Operation]


@dataclass(slots=True)
class _Event:
    """A call or an answer, in a list that events are taken from and put back to."""

    number: int
    answer: _Event | None = None
    before: _Event | None = None
    after: _Event | None = None
    is_call: bool = True


def _events(ops: Sequence[Operation]) -> _Event:
    """The events in order, behind one that stands for the beginning. An operation without an answer
    has a call only: whatever comes later, it may have been before that."""
    placed: list[tuple[int, _Event]] = []
    for i, op in enumerate(ops):
        call = _Event(i)
        placed.append((op.called, call))
        if op.returned is not None:
            call.answer = _Event(i, is_call=False)
            placed.append((op.returned, call.answer))
    last = begin = _Event(-1)
    for _, event in sorted(placed, key=lambda p: p[0]):
        last.after, event.before = event, last
        last = event
    return begin


def _take(event: _Event) -> None:
    for e in (event, event.answer):
        if e is not None:
            assert e.before is not None
            e.before.after = e.after
            if e.after is not None:
                e.after.before = e.before


def _put_back(event: _Event) -> None:
    for e in (event.answer, event):
        if e is not None:
            assert e.before is not None
            e.before.after = e
            if e.after is not None:
                e.after.before = e


def _search(history: History, shared: SharedObject, budget: Budget) -> _Found:
    ops = [op for op in history if not (op.pending and op.name == "read")]  # nobody saw these
    begin = _events(ops)
    missing = sum(not op.pending for op in ops)  # answers to be explained
    step = shared.step
    state = shared.initial
    taken = 0  # a bit for each operation
    seen = {(taken, state)}
    path: list[tuple[_Event, Any, bool]] = []  # what was taken, the state before, and if for good
    longest: list[Operation] = []
    event = begin.after
    while missing:
        if event is not None and event.is_call:
            op = ops[event.number]
            new = step(state, op)
            now = taken | 1 << event.number
            if new is not None and (now, new) not in seen:
                budget.spend()
                seen.add((now, new))
                free = not op.pending and shared.passive(op)
                path.append((event, state, free))
                _take(event)
                taken, state = now, new
                missing -= not op.pending
                if len(path) > len(longest):
                    longest = [ops[e.number] for e, _, _ in path]
                event = begin.after
                continue
            event = event.after
            continue
        # Before the answer that comes next, its own operation would have to take effect: stuck.
        while path:
            event, state, free = path.pop()
            _put_back(event)
            taken &= ~(1 << event.number)
            missing += not ops[event.number].pending
            if not free:
                break
        else:
            return _Found(complete=False, order=longest)
        event = event.after
    return _Found(complete=True, order=[ops[e.number] for e, _, _ in path])
