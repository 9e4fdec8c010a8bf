"""Breadth-first search by machine code, with the answers of :mod:`...explore.breadth_first`.

States, transitions, depth and the length of counterexamples are those of the interpreter, which has
the last word wherever something is found: the path to it is run again there.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, cast, overload

from ....spec.lang.errors import InternalError, SpecError
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
    path_of,
)
from ...explore.system import State, Transition
from ...passes.inline import inline
from ..codec import Codec
from ..interpret import Interpreter
from ..symmetry import Symmetry
from .flow import kinds_of
from .kernel import Meta, Source, Status, program
from .layout import Bounds, OutOfBounds, observe
from .machine import Code, Compiled

__all__ = ["native"]

SAMPLE = 100
"""States looked at beforehand, to see how much room ints and sequences need: so many from the
start, and those on a few random walks, which go deeper."""
WALKS = 16
WALK_STEPS = 60

BUDGET = 1 << 16
STORE_STATES = 1 << 16
NEVER = (1 << 62) - 1
MOST_STATES = (1 << 31) - 1


def native(
    system: Interpreter,
    claims: Claims,
    limits: Limits = NO_LIMITS,
    *,
    keep_going: bool = False,
    report: Report | None = None,
    code: Callable[[str], Code] = Compiled,
    symmetry: Symmetry | None = None,
) -> Exploration:
    """Explore until everything is seen, a claim breaks (unless ``keep_going``) or a limit is met.

    To keep going is to search again without the claims that are broken, until there are no more.
    With ``symmetry`` one state of each orbit is explored: counts are then of orbits, and depths,
    verdicts and the lengths of counterexamples those of all states.

    **Errors** MistakeFound when the specification makes a mistake at run time; Unsupported for what
    this engine cannot do.
    """
    bounds = Bounds(kinds_of(inline(system.spec)))
    sample(system, bounds)
    bounds.level()
    start_s = time.monotonic()
    found: list[Finding] = []
    while True:
        left_s = limits.seconds
        if left_s is not None:
            left_s = max(0.0, left_s - (time.monotonic() - start_s))
        rest = replace(limits, seconds=left_s)
        result = _with_room(system, claims, rest, report, code, bounds, symmetry)
        found += result.findings
        if not keep_going or not result.halted:
            result.findings = found
            result.seconds = time.monotonic() - start_s
            return result
        broken = {f.name for f in found if f.kind is not Kind.DEADLOCK}
        left = [name for name in _selected(claims) if name not in broken]
        deadlock = claims.deadlock and not any(f.kind is Kind.DEADLOCK for f in found)
        claims = Claims(system, left, deadlock=deadlock)


def _with_room(
    system: Interpreter,
    claims: Claims,
    limits: Limits,
    report: Report | None,
    code: Callable[[str], Code],
    bounds: Bounds,
    symmetry: Symmetry | None,
) -> Exploration:
    """Search, and start again with wider bounds as often as they are too narrow."""
    while True:
        search = Native(
            system, claims, limits, report=report, code=code, bounds=bounds, symmetry=symmetry
        )
        try:
            return search.run()
        except TooNarrow as narrow:
            bounds.widen(narrow.number)
            search.observe_last()
            claims = Claims(system, _selected(claims), deadlock=claims.deadlock)


def _selected(claims: Claims) -> Collection[str]:
    return (*claims.invariants, *claims.step_invariants, *claims.reachables, *claims.refinements)


def abstract_codecs(system: Interpreter) -> dict[str, Codec]:
    """For each refinement, what translates the values of the abstract specification."""
    codec = system.codec
    return {
        r.name: Codec(
            r.abstract,
            system.model,
            protocol=getattr(system.protocol, r.name).__abstract__,
            universe=codec.universe,
            records=codec.records,
        )
        for r in system.spec.refinements
    }


def memory_bytes() -> int:
    """How much memory the machine has; what is larger is not even asked for."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not known on this system
        return 1 << 62


class Stored(Sequence[State]):
    """Some of the stored states. Each is unpacked when it is looked at, which is seldom."""

    def __init__(self, numbers: Sequence[int], state: Callable[[int], State]) -> None:
        self._numbers = numbers
        self._state = state

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> State: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[State]: ...
    def __getitem__(self, at: int | slice) -> State | Sequence[State]:
        if isinstance(at, slice):
            return Stored(self._numbers[at], self._state)
        return self._state(self._numbers[at])


class TooNarrow(Exception):
    """The program has met a value without room; the search starts again with more."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def sample(system: Interpreter, bounds: Bounds) -> None:
    """Make room for what occurs in some states; the same ones in each run."""
    try:
        waiting = list(dict.fromkeys(system.initial()))
        seen = set(waiting)
        for state in waiting:  # grows while it is read
            observe_state(system, bounds, state)
            if len(waiting) < SAMPLE:
                new = [x for x in dict.fromkeys(targets_of(system, state)) if x not in seen]
                seen.update(new)
                waiting += new
        chance = random.Random(0)
        for start in chance.choices(waiting, k=WALKS) if waiting else ():
            state = start
            for _ in range(WALK_STEPS):
                targets = targets_of(system, state)
                if not targets:
                    break
                state = chance.choice(targets)
                observe_state(system, bounds, state)
    except SpecError:
        pass  # the search itself will meet the mistake


def targets_of(system: Interpreter, state: State) -> list[State]:
    """The successors of a state that is to be expanded. **Errors** SpecError."""
    if not system.within(state):
        return []
    return [t.target for t in system.successors(state)]


def observe_state(system: Interpreter, bounds: Bounds, state: State) -> None:
    whole = system.cells.whole(cells_of(state))
    for f, value in zip(system.spec.fields, whole, strict=True):
        observe(f.sort, value, f.name, bounds, system.codec)


def cells_of(state: State) -> tuple[Any, ...]:
    """A state of the interpreter, which is a tuple of cells."""
    return cast("tuple[Any, ...]", state)


class Native(Search):
    """One search with bounds that may turn out to be too narrow."""

    system: Interpreter

    def __init__(
        self,
        system: Interpreter,
        claims: Claims,
        limits: Limits,
        *,
        report: Report | None,
        code: Callable[[str], Code],
        bounds: Bounds,
        symmetry: Symmetry | None,
    ) -> None:
        super().__init__(system, claims, limits, keep_going=False, report=report)
        self.symmetry = symmetry
        self.source: Source = program(
            inline(system.spec),
            system.codec,
            bounds,
            _selected(claims),
            abstract_codecs(system),
            symmetry,
        )
        self.code = code(self.source.text)
        self._here: Callable[[], Path | None] = lambda: None
        source = self.source
        self._new = 0  # states within the constraint on the level being reached
        self._room = STORE_STATES
        self._table = 4 * STORE_STATES
        most = source.batch * source.successors
        memory = self.code.memory
        self.store = memory(self._room * source.words)
        self.parents = memory(self._room, half=True)
        self.table = memory(self._table)
        self.meta = memory(Meta.WITNESS + 64)
        self.counts = memory(5 * source.actions)
        self.out = memory(most * source.words)
        self.hashes = memory(most)
        self.sources = memory(most, half=True)
        self.tags = memory(most, half=True)
        self.scratch = memory(max(1, source.scratch))

    def observe_last(self) -> None:
        """Make room for what follows from the states found last: they tell what is coming."""
        count = self.meta[Meta.COUNT]
        try:
            for number in range(max(0, count - SAMPLE), count):
                for target in targets_of(self.system, self._state(number)):
                    observe_state(self.system, self.source.bounds, target)
        except SpecError:
            pass  # the search itself will meet the mistake
        self.source.bounds.level()

    # --------------------------------------------------------------------------- the search
    def explore(self) -> None:
        self._start()
        meta, result = self.meta, self.result
        call = self.code.function("run")
        while True:
            first = meta[Meta.COUNT]
            inside = meta[Meta.INSIDE]
            meta[Meta.END] = first
            depth_limit = self.limits.depth
            meta[Meta.DEEPER] = int(depth_limit is None or result.depth < depth_limit)
            while True:
                self._account(inside)
                self.beat()
                status = Status(
                    call(
                        self.store, self.parents, self.table, meta, self.counts, self.out,
                        self.hashes, self.sources, self.tags, self.scratch,
                    )
                )  # fmt: skip
                self._witnesses()
                if status is Status.GROW:
                    self._grow()
                elif status is not Status.EDGE:
                    self._account(inside)
                    self._ended(status)
                elif meta[Meta.NEXT] >= first:
                    break
            self._account(inside)
            if meta[Meta.INSIDE] == inside:
                return
            result.depth = len(result.levels)

    def _start(self) -> None:
        """The initial states are made and judged by the interpreter."""
        meta, layout = self.meta, self.source.layout
        count = 0
        outside = 0
        met: set[tuple[int, ...]] = set()
        for state in self.system.initial():
            self._here = lambda state=state: Path(state)  # type: ignore[misc]
            inside = self.system.within(state)
            if inside:
                self._keep_limits(count - outside)
            broken = self.claims.initial(state)
            try:
                words = layout.pack(self._whole(state))
            except OutOfBounds as error:
                number = self.source.bounds.number(error.which, error.place)
                raise TooNarrow(number) from None
            words = self._representative(words)
            if tuple(words) in met:
                continue
            met.add(tuple(words))
            while count + 1 >= self._room:
                self._enlarge_store()
            for i, word in enumerate(words):
                self.store[count * self.source.words + i] = word
            self.parents[count] = -1 if inside else -(1 << 31)
            count += 1
            outside += not inside
            if broken:
                self.found(broken, lambda state=state: Path(state))  # type: ignore[misc]
        self._here = lambda: None
        result = self.result
        result.initial = result.states = count - outside
        result.levels = [result.initial] if result.initial else []
        result.depth = len(result.levels)
        self._initial = count
        self._outside_initial = outside
        meta[Meta.COUNT] = count
        meta[Meta.INSIDE] = count - outside
        meta[Meta.LIMIT] = NEVER if self.limits.states is None else self.limits.states
        meta[Meta.BUDGET] = BUDGET
        meta[Meta.DEADLOCK] = int(self.claims.deadlock)
        waiting = {*self.claims.unreached, *self.claims.vacuous}
        meta[Meta.PENDING] = sum(
            1 << i for i, name in enumerate(self.source.pending) if name in waiting
        )
        while self._table < 4 * self._room:
            self._table *= 2
        self.table = self.code.memory(self._table)
        self._set_room()
        # The sign of a parent says that a state lies outside; an initial state has no parent.
        for i in range(count):
            if self.parents[i] == -1:
                self.parents[i] = MOST_STATES
        self._fill_table()

    def _keep_limits(self, stored: int) -> None:
        if self.limits.depth is not None and self.limits.depth <= 0:
            raise Stopped(Why.DEPTH)
        if self.limits.states is not None and stored >= self.limits.states:
            raise Stopped(Why.STATES)

    def _account(self, inside_before: int) -> None:
        """Figures from what the program has counted."""
        result, meta, counts = self.result, self.meta, self.counts
        stored, inside = meta[Meta.COUNT], meta[Meta.INSIDE]
        result.states = inside
        result.outside = stored - inside
        result.frontier = stored - meta[Meta.NEXT]
        self._new = new = inside - inside_before
        if new and result.depth == len(result.levels):
            result.levels.append(0)
        if new:
            result.levels[-1] = new
        number = self.source.actions
        result.transitions = 0
        for i, name in enumerate(self.system.actions):
            count = result.actions[name]
            count.transitions = counts[i]
            count.enabled_in = counts[number + i]
            count.discovered = counts[2 * number + i]
            result.transitions += count.transitions

    def _witnesses(self) -> None:
        """Show the interpreter the states in which something pending was seen."""
        meta = self.meta
        for i in range(meta[Meta.SEEN]):
            self.claims.state(self._state(meta[Meta.WITNESS + i]))
        meta[Meta.SEEN] = 0

    # ------------------------------------------------------------------------------- memory
    def _set_room(self) -> None:
        self.meta[Meta.ROOM] = min(self._room, self._table // 2, MOST_STATES)
        self.meta[Meta.MASK] = self._table - 1

    def _enlarge_store(self) -> None:
        words = 2 * self._room * self.source.words + self._room + 2 * self._table
        if self._room >= MOST_STATES or 8 * words > memory_bytes():
            raise Stopped(Why.MEMORY)
        self._room = min(2 * self._room, MOST_STATES)
        self.store = self.code.grown(self.store, self._room * self.source.words)
        self.parents = self.code.grown(self.parents, self._room, half=True)

    def _grow(self) -> None:
        """More room for states, and a larger table."""
        needed = self.meta[Meta.COUNT] + self.source.batch * self.source.successors
        while self._room < needed:
            self._enlarge_store()
        if self._table // 2 < needed:
            while self._table // 2 < needed:
                self._table *= 2
            self.table = self.code.memory(self._table)
            self._fill_table()
        self._set_room()

    def _fill_table(self) -> None:
        count = self.meta[Meta.COUNT]
        self.code.function("rehash")(self.store, self.table, 0, count, self._table - 1)

    # ------------------------------------------------------------------------------- findings
    def _ended(self, status: Status) -> None:
        """What the program has stopped for. **Errors** Stopped, TooNarrow, SpecError."""
        meta = self.meta
        number, code = meta[Meta.SOURCE], meta[Meta.CODE]
        if status is Status.FAILED and code <= -2:
            raise TooNarrow(-2 - code)
        if status in (Status.STATES, Status.DEPTH, Status.BROKEN):
            self._recount(number)
        if status is Status.STATES:
            raise Stopped(Why.STATES)
        if status is Status.DEPTH:
            raise Stopped(Why.DEPTH)
        before = self._behaviour_to(number)
        source = before[-1]
        self._here = lambda: path_of(self.system, before)
        steps = self.system.successors(source)
        self.found(self.claims.stuck(source, len(steps)), lambda: path_of(self.system, before))
        if meta[Meta.TARGET]:
            target = self._target()
            like = [t for t in steps if self._alike(t.target, target)]
            if not like:
                raise InternalError(
                    "engines disagree: the interpreter has no step to a state that the native "
                    f"engine has found after {len(before) - 1} steps"
                )
            for step in {t.target: t for t in reversed(like)}.values():
                self._here = lambda step=step: path_of(self.system, before).then(step)  # type: ignore[misc]
                self._judge(before, step)
        raise InternalError(
            f"engines disagree: the native engine has stopped ({status.name.lower()}, {code}) "
            f"after {len(before) - 1} steps, and the interpreter finds no fault"
        )

    def _judge(self, before: list[State], step: Transition) -> None:
        target = step.target
        self.system.within(target)
        broken = self.claims.state(target)
        if self.claims.of_steps:
            broken += self.claims.step(before[-1], target)
        self.found(broken, lambda: path_of(self.system, before).then(step))

    def _recount(self, last: int) -> None:
        """Count the steps of the states up to this one, and not those of the rest of the batch."""
        counts, number = self.counts, self.source.actions
        for i in range(2 * number):
            counts[i] = counts[3 * number + i]
        expand = self.code.function("expand")
        for i in range(self.meta[Meta.NEXT], last + 1):
            if self.parents[i] >= 0:
                expand(
                    self.store, i * self.source.words, self.out, 0, self.tags, counts, self.scratch
                )
        self.meta[Meta.NEXT] = last + 1
        self._account(self.meta[Meta.INSIDE] - self._new)

    # ------------------------------------------------------------------------------- states
    def _whole(self, state: State) -> tuple[Any, ...]:
        return self.system.cells.whole(cells_of(state))

    def _state(self, number: int) -> State:
        """A stored state, as the interpreter has it."""
        words = self.source.words
        given = [self.store[number * words + i] for i in range(words)]
        return self.system.cells.cut(self.source.layout.unpack(given))

    def _target(self) -> State:
        """The state that the program has put aside."""
        saved = self.source.saved
        given = [self.scratch[saved + i] for i in range(self.source.words)]
        return self.system.cells.cut(self.source.layout.unpack(given))

    def _states_to(self, number: int) -> list[State]:
        """The states on the path to this one."""
        made = [self._state(number)]
        while number >= self._initial:
            number = self.parents[number] & MOST_STATES
            made.append(self._state(number))
        return made[::-1]

    # ------------------------------------------------------------------------------ symmetry
    def _representative(self, words: list[int]) -> list[int]:
        """The state of the orbit that is explored."""
        if self.symmetry is None:
            return words
        for i, word in enumerate(words):
            self.out[i] = word
        self.code.function("canonical")(self.out, 0, self.scratch)
        return [self.out[i] for i in range(len(words))]

    def _alike(self, state: State, stored: State) -> bool:
        """Whether two states are of one orbit, of which the second one has room in the layout."""
        if self.symmetry is None or state == stored:
            return state == stored
        layout = self.source.layout
        try:
            words = layout.pack(self._whole(state))
        except OutOfBounds:
            return False
        return self._representative(words) == self._representative(layout.pack(self._whole(stored)))

    def _behaviour_to(self, number: int) -> list[State]:
        """The states of a behaviour that ends in a state of the orbit that is stored so."""
        stored = self._states_to(number)
        if self.symmetry is None:
            return stored
        made = [stored[0]]
        for wanted in stored[1:]:
            steps = self.system.successors(made[-1])
            found = next((t.target for t in steps if self._alike(t.target, wanted)), None)
            if found is None:
                raise InternalError(
                    "engines disagree: the interpreter has no step to an orbit that the native "
                    f"engine has found after {len(made)} steps"
                )
            made.append(found)
        return made

    def here(self) -> Path | None:
        return self._here()

    def finish(self) -> None:
        result = self.result
        result.depth = len(result.levels)
        count = self.meta[Meta.NEXT]
        some = range(0, count, max(1, count // 1000))
        result.expanded = Stored([i for i in some if self.parents[i] >= 0], self._state)
