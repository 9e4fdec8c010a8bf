"""Random walks by machine code, with the answers of :mod:`...explore.random_walk`.

A walk is taken as there: each step out of a state is equally likely, a state outside the constraint
is judged and another step is taken instead, counts are of distinct states. The numbers drawn and
the order of steps are of this engine, so a seed does not give the walks that it gives the
interpreter; it gives the same walks on every machine. Whatever is found is run again by the
interpreter.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from ....spec.lang.errors import InternalError, SpecError, Unsupported
from ...explore.claims import Claims, Kind
from ...explore.search import (
    NO_LIMITS,
    Exploration,
    Finding,
    Limits,
    Path,
    Report,
    Search,
    Stopped,
    Why,
)
from ...explore.system import State, Transition
from ...passes.inline import inline
from ..interpret import Interpreter
from .broken import BoundBroken
from .flow import kinds_of
from .interface import NEVER, WALKS_EXPORTED, Meta, Status
from .layout import Bounds, OutOfBounds, observe
from .machine import Code, Compiled
from .programs import made_program, selected_of
from .search import TooNarrow, cells_of, interruptions, sample
from .walking import Walk

__all__ = ["Plan", "native_walks"]

MOST_KEPT = 1 << 22
"""States that are kept; what is met beyond is judged and not counted."""

FIRST_KEPT = 1 << 14
STEPS = 1 << 17
"""Steps between two looks at the clock."""

Factory = Callable[[str], Code]


class Plan:
    """Which walks to take: numbers ``first`` to ``first + walks`` of a seed."""

    def __init__(self, *, seed: int, walks: int, steps: int, first: int = 0) -> None:
        self.seed, self.walks, self.steps, self.first = seed, walks, steps, first


def compiled(source: str, *, checked: bool = False, cache: bool = True) -> Code:
    """The program as code of this machine."""
    return Compiled(source, checked=checked, cache=cache, exported=WALKS_EXPORTED)


def native_walks(
    system: Interpreter,
    claims: Claims,
    plan: Plan,
    limits: Limits = NO_LIMITS,
    *,
    keep_going: bool = False,
    report: Report | None = None,
    code: Factory = compiled,
    checked: bool = False,
    most_kept: int = MOST_KEPT,
) -> Exploration:
    """Take the walks of a plan; check each state. To keep going is to take them again without the
    claims that are broken.

    **Errors** MistakeFound when the specification makes a mistake at run time; Unsupported for what
    this engine cannot do.
    """
    if system.bounded:
        raise Unsupported(
            "the model bounds lengths or integers, which this engine does not ask of every step of "
            "a walk; the interpreter can (--engine interpret)"
        )
    bounds = Bounds(kinds_of(inline(system.spec)))
    sample(system, bounds)
    bounds.level()
    found: list[Finding] = []
    again = True
    start_s = time.monotonic()
    while True:
        left_s = limits.seconds
        if left_s is not None:
            left_s = max(0.0, left_s - (time.monotonic() - start_s))
        rest = replace(limits, seconds=left_s)
        search = NativeWalks(
            system, claims, plan, rest, report, code, bounds, checked=checked, most=most_kept
        )
        try:
            result = search.run()
        except BoundBroken as error:
            raise error.at(search.source.origin(error.line)) from None
        except TooNarrow as narrow:
            bounds.widen(narrow.number)
            with suppress(SpecError):  # the walks themselves will meet the mistake
                search.observe_last()
            claims, again = claims.anew(), False
            continue
        found += result.findings
        result.again = again
        result.seconds = time.monotonic() - start_s
        if not keep_going or not result.halted:
            result.findings = found
            return result
        broken = {f.name for f in found if f.kind is not Kind.DEADLOCK}
        left = [name for name in selected_of(claims) if name not in broken]
        deadlock = claims.deadlock and not any(f.kind is Kind.DEADLOCK for f in found)
        claims = Claims(system, left, deadlock=deadlock)


class NativeWalks(Search):
    """Walks with bounds that may turn out to be too narrow."""

    system: Interpreter

    def __init__(
        self,
        system: Interpreter,
        claims: Claims,
        plan: Plan,
        limits: Limits,
        report: Report | None,
        code: Factory,
        bounds: Bounds,
        *,
        checked: bool,
        most: int,
    ) -> None:
        super().__init__(system, claims, limits, keep_going=False, report=report)
        self.plan = plan
        self.source = made_program(system, claims, bounds, None, checked=checked, walks=True)
        self.code = code(self.source.text)
        self.most = most
        self._path: Path | None = None
        self._interrupted = False
        self._reach = self.source.batch * self.source.successors
        self._room = max(FIRST_KEPT, 2 * self._reach)
        source, memory = self.source, self.code.memory
        self.keys = memory(self._key_words())
        self.flags = memory(self._room, half=True)
        self.meta = memory(Meta.WITNESS + 64)
        self.walk = memory(len(Walk))
        self.counts = memory(5 * source.actions)
        self.out = memory(source.successors * source.words)
        self.tags = memory(source.successors, half=True)
        self.record = memory(source.record)
        self.trail = memory((plan.steps + 2) * (source.words + 1))
        self.scratch = memory(source.scratch)
        self._walks = self.code.function("walks")
        self._rehash = self.code.function("rehash")

    # ---------------------------------------------------------------------------- memory
    def _key_words(self) -> int:
        return self._room * self.source.packing.size // 8 + 2

    def _make_table(self) -> None:
        places = 2 * self._room
        meta = self.meta
        self.table = self.code.memory(places * 5 // 8 + 2)
        self._rehash(self.keys, self.table, 0, int(meta[Meta.COUNT]), places, self.scratch)
        meta[Meta.SIZE], meta[Meta.ROOM] = places, self._room

    def _grow(self) -> None:
        if self._room >= self.most:
            self.walk[Walk.FULL] = 1
            return
        self._room = min(4 * self._room, max(self.most, 2 * self._reach))
        self.keys = self.code.grown(self.keys, self._key_words())
        self.flags = self.code.grown(self.flags, self._room, half=True)
        self._make_table()

    # ------------------------------------------------------------------------- the walks
    def explore(self) -> None:
        initial = self._initial()
        self.result.initial = len(initial)
        if not initial:
            raise Stopped(Why.SAMPLED)
        self._prepare(len(initial))
        meta, walk = self.meta, self.walk
        with interruptions(self._interrupt):
            while walk[Walk.WALK] < walk[Walk.LAST]:
                self._account()
                self.beat()
                walk[Walk.STEPS] = STEPS
                status = Status(
                    self._walks(
                        self.keys, self.flags, self.table, meta, walk, self.counts, self.out,
                        self.tags, self.record, self.start, self.trail, self.scratch,
                    )
                )  # fmt: skip
                self._account()
                self._witnesses()
                match status:
                    case Status.EDGE:
                        pass
                    case Status.GROW:
                        self._grow()
                    case Status.ENTER:
                        self._enter(initial[walk[Walk.CHOSEN]])
                    case Status.STATES:
                        raise Stopped(Why.STATES)
                    case _:
                        self._ended(status)
        raise Stopped(Why.SAMPLED)

    def _initial(self) -> Sequence[State]:
        """The initial states, and their words where the program finds them."""
        initial = self.system.initial()
        words = self.source.words
        self.start = self.code.memory(max(1, len(initial) * words))
        for i, state in enumerate(initial):
            whole = self.system.cells.whole(cells_of(state))
            try:
                packed = self.source.layout.pack(whole)
            except OutOfBounds as error:
                raise TooNarrow(self.source.bounds.number(error.which, error.place)) from None
            number = self.source.packing.without_place(packed)
            if number is not None:
                raise TooNarrow(number)
            for k, word in enumerate(packed):
                self.start[i * words + k] = word
        return initial

    def _prepare(self, initial: int) -> None:
        plan, walk, meta = self.plan, self.walk, self.meta
        seed = hashlib.sha256(str(plan.seed).encode()).digest()[:8]
        walk[Walk.SEED] = int.from_bytes(seed, "little", signed=True)
        walk[Walk.WALK], walk[Walk.LAST] = plan.first, plan.first + plan.walks
        walk[Walk.LENGTH], walk[Walk.AT] = plan.steps, -1
        walk[Walk.INITIALS] = initial
        states = self.limits.states
        meta[Meta.LIMIT] = NEVER if states is None else states
        meta[Meta.DEADLOCK] = int(self.claims.deadlock)
        self._set_pending()
        self._make_table()

    def _set_pending(self) -> None:
        waiting = {*self.claims.unreached, *self.claims.vacuous}
        names = self.source.pending
        self.meta[Meta.PENDING] = sum(1 << i for i, x in enumerate(names) if x in waiting)

    def _interrupt(self) -> None:
        self._interrupted = True

    def beat(self) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        super().beat()

    def _enter(self, state: State) -> None:
        """The interpreter judges the initial states that are chosen."""
        self._path = Path(state)
        if self.system.within(state):
            self.result.states += 1
        else:
            self.result.outside += 1
        self.found(self.claims.initial(state), lambda: Path(state))
        self._set_pending()
        self.walk[Walk.JUDGED] = 1

    def _witnesses(self) -> None:
        """Show the interpreter the states in which something pending was seen."""
        meta = self.meta
        for i in range(meta[Meta.SEEN]):
            self.claims.state(self._state(meta[Meta.WITNESS + i]))
        meta[Meta.SEEN] = 0

    def _account(self) -> None:
        result, meta, counts, number = self.result, self.meta, self.counts, self.source.actions
        result.states = int(meta[Meta.INSIDE])
        result.outside = int(meta[Meta.COUNT] - meta[Meta.INSIDE])
        result.walks = int(self.walk[Walk.WALK]) - self.plan.first
        result.at_least = bool(self.walk[Walk.FULL])
        result.transitions = 0
        for i, name in enumerate(self.system.actions):
            action = result.actions[name]
            action.enabled_in = counts[2 * number + i]
            action.transitions = counts[3 * number + i]
            action.discovered = counts[4 * number + i]
            result.transitions += action.transitions

    # -------------------------------------------------------------------------- findings
    def _state(self, at: int) -> State:
        """The state after so many steps of the walk, as the interpreter has it."""
        words = self.source.words
        first = at * (words + 1)
        given = [self.trail[first + i] for i in range(words)]
        return self.system.cells.cut(self.source.layout.unpack(given))

    def _taken(self, source: State, at: int) -> Transition:
        """The step that the walk has taken from this state, after so many others."""
        words = self.source.words
        action = self.system.actions[self.trail[at * (words + 1) + words]]
        target = self._state(at + 1)
        for step in self.system.successors(source):
            if step.action == action and step.target == target:
                return step
        raise InternalError(
            f"engines disagree: the interpreter has no step {action} where the native engine has "
            f"taken one, after {at} steps"
        )

    def _walked(self) -> Path:
        """The walk so far."""
        path = Path(self._state(0))
        for at in range(self.walk[Walk.AT]):
            path = path.then(self._taken(path.last, at))
        return path

    def _ended(self, status: Status) -> None:
        """What the program has stopped for. **Errors** Stopped, TooNarrow, SpecError."""
        code = int(self.meta[Meta.CODE])
        path = self._path = self._walked()
        if status is Status.FAILED and code <= -2:
            raise TooNarrow(-2 - code)
        steps = self.system.successors(path.last)
        self.found(self.claims.stuck(path.last, len(steps)), lambda: path)
        if self.meta[Meta.TARGET]:
            step = self._taken(path.last, len(path.steps))
            further = self._path = path.then(step)
            broken = self.claims.step(path.last, step.target) if self.claims.of_steps else []
            self.found(broken, lambda: further)
            self.system.within(step.target)
            self.found(self.claims.state(step.target), lambda: further)
        raise InternalError(
            f"engines disagree: the native engine has stopped ({status.name.lower()}, {code}) "
            f"after {len(path.steps)} steps of a walk, and the interpreter finds no fault"
        )

    def here(self) -> Path | None:
        return self._path

    def observe_last(self) -> None:
        """Make room for what follows from where the walk is."""
        if self._path is not None:
            for step in self.system.successors(self._path.last):
                whole = self.system.cells.whole(cells_of(step.target))
                for f, value in zip(self.system.spec.fields, whole, strict=True):
                    observe(f.sort, value, f.name, self.source.bounds, self.system.codec)
        self.source.bounds.level()

    def finish(self) -> None:
        size, layout = self.source.packing.size, self.source.layout
        count = int(self.meta[Meta.COUNT])
        chosen = range(0, count, max(1, count // MOST_SHOWN))
        made = []
        for number in chosen:
            if self.flags[number] & 2:
                with self.code.view(self.keys, number * size, size) as view:
                    words = self.source.packing.unpack(bytes(view))
                made.append(self.system.cells.cut(layout.unpack(words)))
        self.result.expanded = made


MOST_SHOWN = 1000
"""States for which it is told why an action was never enabled."""
