"""Breadth-first search by machine code, with the answers of :mod:`...explore.breadth_first`.

States, transitions, depth and the length of counterexamples are those of the interpreter, which has
the last word wherever something is found: the path to it is run again there.
"""

from __future__ import annotations

import hashlib
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path as Folder
from types import FrameType
from typing import Any, cast, overload

from ....spec.lang.errors import CheckpointError, InternalError, SpecError, UsageError
from ...explore.claims import Claims, Kind
from ...explore.fingerprint import Fingerprint
from ...explore.resources import NO_RESOURCES, Resources
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
from ..interpret import Interpreter
from ..symmetry import Symmetry
from . import marks, store
from .broken import BoundBroken
from .cache import Cache
from .checkpoint import Archive, Header, ShardHeader, has_checkpoint, read_header
from .deal import dealt
from .flow import kinds_of
from .interface import NEVER, Meta, Status
from .layout import Bounds, OutOfBounds, observe
from .machine import Code, Compiled
from .marks import Marks
from .memory import Budget
from .programs import NOTHING_KEPT, Programs, selected_of
from .source import Source
from .store import OUTSIDE, Shard
from .team import Team, processors

__all__ = ["native"]

SAMPLE = 100
"""States looked at beforehand, to see how much room ints and sequences need: so many from the
start, and those on a few random walks, which go deeper."""
WALKS = 16
WALK_STEPS = 60

BUDGET = 1 << 16
"""States to expand between two looks at the clock."""
SHARED_BUDGET = 1 << 15
BOX = 1 << 16
"""How much each of several shards does before they exchange what they have found."""
KEPT_OF_LEVEL = 100
"""So many states of each level, about, are remembered where only marks are kept."""
STATES_TO_DIVIDE = 300_000
"""From so many states on several threads are worth it."""


def native(
    system: Interpreter,
    claims: Claims,
    limits: Limits = NO_LIMITS,
    *,
    keep_going: bool = False,
    report: Report | None = None,
    code: Callable[[str], Code] = Compiled,
    symmetry: Symmetry | None = None,
    resources: Resources = NO_RESOURCES,
    checked: bool = False,
    make: Callable[..., Native] | None = None,
    kept: Cache = NOTHING_KEPT,
) -> Exploration:
    """Explore until everything is seen, a claim breaks (unless ``keep_going``) or a limit is met.

    To keep going is to search again without the claims that are broken, until there are no more.
    With ``symmetry`` one state of each orbit is explored: counts are then of orbits, and depths,
    verdicts and the lengths of counterexamples those of all states. ``checked``, the program tests
    that what it packs has room, which ``code`` must know too. ``make`` makes the search itself.
    Programs are ``kept`` from one run to the next, if there is where.

    **Errors** MistakeFound when the specification makes a mistake at run time; Unsupported for what
    this engine cannot do; BoundBroken for a program that is wrong.
    """
    programs = Programs(system, kept)
    bounds = Bounds(kinds_of(inline(system.spec)))
    if not programs.observed(bounds):
        sample(system, bounds)
        bounds.level()
        programs.keep_observed(bounds)
    folder = resources.checkpoint
    if folder is not None and resources.resume:
        header = read_header(folder)
        bounds.restore(header.low, header.high, header.room, header.keys)
        bounds.patterns.restore(header.patterns)
    elif folder is not None and has_checkpoint(folder):
        raise UsageError(
            f"{folder} holds the checkpoint of a search already: `ballotproof resume {folder}` "
            "takes it up; or name another directory"
        )
    if resources.disk is not None:
        try:
            resources.disk.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{resources.disk}: {error.strerror}") from None
    start_s = time.monotonic()
    found: list[Finding] = []
    while True:
        left_s = limits.seconds
        if left_s is not None:
            left_s = max(0.0, left_s - (time.monotonic() - start_s))
        rest = replace(limits, seconds=left_s)
        result = with_room(
            system, claims, rest, report, code, bounds, symmetry, programs, resources, checked, make
        )
        found += result.findings
        if not keep_going or not result.halted:
            result.findings = found
            if keep_going:
                result.seconds = time.monotonic() - start_s
            return result
        broken = {f.name for f in found if f.kind is not Kind.DEADLOCK}
        left = [name for name in selected_of(claims) if name not in broken]
        deadlock = claims.deadlock and not any(f.kind is Kind.DEADLOCK for f in found)
        claims = Claims(system, left, deadlock=deadlock)


def with_room(
    system: Interpreter,
    claims: Claims,
    limits: Limits,
    report: Report | None,
    code: Callable[[str], Code],
    bounds: Bounds,
    symmetry: Symmetry | None,
    programs: Programs,
    resources: Resources = NO_RESOURCES,
    checked: bool = False,
    make: Callable[..., Native] | None = None,
) -> Exploration:
    """Search, and start again with wider bounds as often as they are too narrow."""
    while True:
        search = (make or Native)(
            system,
            claims,
            limits,
            report=report,
            code=code,
            bounds=bounds,
            symmetry=symmetry,
            programs=programs,
            resources=resources,
            checked=checked,
        )
        try:
            return search.run()
        except BoundBroken as error:
            raise error.at(search.source.origin(error.line)) from None
        except TooNarrow as narrow:
            bounds.widen(narrow.number)
            resources = replace(resources, resume=False)  # what was found does not fit any more
            search.observe_last()
            claims = Claims(system, selected_of(claims), deadlock=claims.deadlock)


At = tuple[Shard, int]
"""A shard and the number of a state in it."""


class Stored(Sequence[State]):
    """Some of the stored states. Each is unpacked when it is looked at, which is seldom."""

    def __init__(self, numbers: Sequence[At], state: Callable[[At], State]) -> None:
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


def _disk_full(stop: BaseException) -> bool:
    return isinstance(stop, Stopped) and stop.why is Why.DISK


@contextmanager
def interruptions(note: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C wait for the edge of a batch; a second one does not wait."""

    def handle(signal_number: int, frame: FrameType | None) -> None:
        signal.signal(signal_number, before)
        note()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # whoever has set another one wants it
        yield
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class TooNarrow(Exception):
    """The program has met a value without room; the search starts again with more."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def sample(system: Interpreter, bounds: Bounds) -> None:
    """Make room for what occurs in some states; the same ones in each run."""
    met: set[tuple[str, Any]] = set()
    try:
        waiting = list(dict.fromkeys(system.initial()))
        seen = set(waiting)
        for state in waiting:  # grows while it is read
            observe_state(system, bounds, state, met)
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
                observe_state(system, bounds, state, met)
    except SpecError:
        pass  # the search itself will meet the mistake


def targets_of(system: Interpreter, state: State) -> list[State]:
    """The successors of a state that is to be expanded. **Errors** SpecError."""
    if not system.within(state):
        return []
    return [t.target for t in system.successors(state)]


def observe_state(
    system: Interpreter, bounds: Bounds, state: State, met: set[tuple[str, Any]]
) -> None:
    """Make room for a state, but for the values of fields that were ``met`` before."""
    whole = system.cells.whole(cells_of(state))
    for f, value in zip(system.spec.fields, whole, strict=True):
        if (f.name, value) not in met:
            met.add((f.name, value))
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
        programs: Programs,
        resources: Resources,
        checked: bool = False,
    ) -> None:
        super().__init__(system, claims, limits, keep_going=False, report=report)
        self.symmetry = symmetry
        seed = resources.fingerprint
        self.source: Source = programs.program(
            claims, bounds, symmetry, checked=checked, fingerprint=seed is not None
        )
        self.code = code(self.source.text)
        self.resources = resources
        self.marks: Marks | None = None
        if seed is not None and self.source.factors is not None:
            self.marks = Marks(self.source.packing, seed)
        self.budget = Budget(resources.memory_bytes)
        self._here: Callable[[], Path | None] = lambda: None
        self._new = 0  # states within the constraint on the level being reached
        self.shards = [Shard(self.code, self.source, marks=self.marks)]
        self.starts: list[list[int]] = []
        """For each level that has been reached the number of its first state in each shard."""
        self.team = Team(1)
        self._inside = 0  # states within the constraint when the level began
        self._seen: list[list[int]] = []  # states in which something pending was seen
        self._saved_s = time.monotonic()
        self._mark: list[tuple[int, list[int]]] = []
        self.archive: Archive | None = None
        if resources.checkpoint is not None:
            stride = self.source.packing.size
            self.archive = Archive(resources.checkpoint, self.code, stride)
        self._passing: Archive | None = None  # where states go that do not fit into memory
        self._some: Sequence[State] = ()
        self._kept: list[State] = []  # some that were expanded, where only their marks are kept
        self._interrupted = False
        self._narrow_at: State | None = None

    def observe_last(self) -> None:
        """Make room for what follows from the states found last: they tell what is coming."""
        met: set[tuple[str, Any]] = set()
        try:
            if self._narrow_at is not None:
                for target in targets_of(self.system, self._narrow_at):
                    observe_state(self.system, self.source.bounds, target, met)
            for shard in self.shards:
                for number in range(max(shard.whole, shard.count - SAMPLE), shard.count):
                    for target in targets_of(self.system, self._state(shard, number)):
                        observe_state(self.system, self.source.bounds, target, met)
        except SpecError:
            pass  # the search itself will meet the mistake
        self.source.bounds.level()

    # --------------------------------------------------------------------------- the search
    def explore(self) -> None:
        with interruptions(self._interrupt):
            try:
                if self.resources.resume:
                    self._take_up()
                else:
                    self._start()
                    self._begin_archive()
                    self._begin_level()
                while self._level():
                    self._begin_level()
            except (Stopped, KeyboardInterrupt) as stop:
                if self.archive is not None and self._mark and not _disk_full(stop):
                    self._put_down()
                raise
            finally:
                self.team.close()
                self._some = self._sample()
                self._disk_used()
                for files in (self.archive, self._passing):
                    if files is not None:
                        files.close()

    def _begin_level(self) -> None:
        result = self.result
        self._keep_some()
        self._divide()
        self._inside = sum(s.inside for s in self.shards)
        for shard, start in zip(self.shards, self.starts[-1], strict=True):
            shard.level(start)
        self.starts.append([s.count for s in self.shards])
        result.depth = len(result.levels)

    def _level(self) -> bool:
        """Expand one level; whether there is another."""
        result = self.result
        inside = self._inside
        depth_limit = self.limits.depth
        deeper = int(depth_limit is None or result.depth < depth_limit)
        for shard in self.shards:
            shard.meta[Meta.DEEPER] = deeper
        while any(s.left for s in self.shards):
            if not any(s.candidates for s in self.shards):
                self._mark_place()
            self._account(inside)
            self.beat()
            self._make_room()
            if self.archive is not None and time.monotonic() >= self._saved_s:
                self._settle()
                self._mark_place()
                self._put_down()
            ended = self._together() if self._far_from_limit() else self._one_by_one()
            self._witnesses()
            if ended is not None:
                self._account(inside)
                self._ended(*ended)
        self._settle()
        self._account(inside)
        self._keep_bounds()
        result.depth = len(result.levels)
        return sum(s.inside for s in self.shards) > inside

    def _keep_bounds(self) -> None:
        """Ask the states just found whether they lie within the bounds of the model, of which the
        program knows nothing. **Errors** SpecError."""
        if not self.system.bounded:
            return
        level = len(self.starts) - 1
        for at, (shard, start) in enumerate(zip(self.shards, self.starts[-1], strict=True)):
            for i in range(shard.count - start):
                if not self.system.within_bounds(self._state(shard, start + i)):
                    before = self._behaviour_to(level, i * len(self.shards) + at)[:-1]
                    self._here = partial(path_of, self.system, before)
                    self.system.successors(before[-1])

    def _together(self) -> tuple[Shard, Status] | None:
        """Let all shards expand some states and take over what the others have found for them.
        Gives the first that has met something."""
        shards = self.shards
        for shard in shards:
            shard.meta[Meta.LIMIT] = NEVER
            for i in range(len(shards)):
                shard.sent[i] = 0
        for shard, status in zip(shards, self.team.each(Shard.expand, shards), strict=True):
            if status not in (Status.EDGE, Status.GROW):
                return shard, status
        if len(shards) > 1:
            took = self.team.each(self._take, shards)
            for shard, status in zip(shards, took, strict=True):
                if status is not Status.EDGE:
                    return shard, status
        return None

    def _take(self, shard: Shard) -> Status:
        for other in self.shards:
            if other is not shard and other.sent[shard.number]:
                status = shard.accept(other)
                if status is not Status.EDGE:
                    return status
        return Status.EDGE

    def _one_by_one(self) -> tuple[Shard, Status] | None:
        """The same, one shard after the other: no state is stored beyond the limit."""
        for shard in self.shards:
            self._allow(shard)
            for i in range(len(self.shards)):
                shard.sent[i] = 0
            status = shard.expand()
            if status not in (Status.EDGE, Status.GROW):
                return shard, status
            for other in self.shards:
                if other is not shard and shard.sent[other.number]:
                    self._allow(other)
                    status = other.accept(shard)
                    if status is not Status.EDGE:
                        return other, status
        return None

    def _allow(self, shard: Shard) -> None:
        """Let a shard store as many states as the limit allows all of them."""
        limit = self.limits.states
        left = NEVER if limit is None else limit - sum(s.inside for s in self.shards)
        shard.meta[Meta.LIMIT] = shard.inside + left

    def _far_from_limit(self) -> bool:
        limit = self.limits.states
        if limit is None:
            return True
        number = len(self.shards)
        if number == 1:
            return False
        # Each may find as many on its own as it could be sent.
        reach = sum(int(s.meta[Meta.ROOM]) - s.count + number * s.box for s in self.shards)
        return limit - sum(s.inside for s in self.shards) > reach

    def _start(self) -> None:
        """The initial states are made and judged by the interpreter."""
        (shard,) = self.shards
        layout = self.source.layout
        outside = 0
        met: set[tuple[int, ...]] = set()
        for state in self.system.initial():
            self._here = partial(Path, state)
            inside = self.system.within(state)
            if inside:
                self._keep_limits(shard.count - outside)
            broken = self.claims.initial(state)
            try:
                words = layout.pack(self._whole(state))
            except OutOfBounds as error:
                number = self.source.bounds.number(error.which, error.place)
                raise TooNarrow(number) from None
            words = self._representative(words)
            broken_bound = self.source.packing.without_place(words)
            if broken_bound is not None:
                raise TooNarrow(broken_bound)
            if tuple(words) in met:
                continue
            met.add(tuple(words))
            shard.add(words, 0 if inside else -OUTSIDE)
            outside += not inside
            if broken:
                self.found(broken, partial(Path, state))
        self._here = lambda: None
        result = self.result
        result.initial = result.states = shard.count - outside
        result.levels = [result.initial] if result.initial else []
        result.depth = len(result.levels)
        shard.meta[Meta.INSIDE] = result.initial
        shard.reserve(shard.count)
        shard.fill()
        self.starts = [[0]]
        self._prepare(self._pending())

    def _pending(self) -> int:
        """What has not been seen yet, one bit each."""
        waiting = {*self.claims.unreached, *self.claims.vacuous}
        return sum(1 << i for i, name in enumerate(self.source.pending) if name in waiting)

    def _prepare(self, pending: int) -> None:
        for shard in self.shards:
            meta = shard.meta
            meta[Meta.BUDGET] = BUDGET if len(self.shards) == 1 else SHARED_BUDGET
            meta[Meta.DEADLOCK] = int(self.claims.deadlock)
            meta[Meta.PENDING] = pending

    def _keep_limits(self, stored: int) -> None:
        if self.limits.depth is not None and self.limits.depth <= 0:
            raise Stopped(Why.DEPTH)
        if self.limits.states is not None and stored >= self.limits.states:
            raise Stopped(Why.STATES)

    def _account(self, inside_before: int) -> None:
        """Figures from what the program has counted."""
        result, shards = self.result, self.shards
        stored, inside = sum(s.count for s in shards), sum(s.inside for s in shards)
        result.states = inside
        result.outside = stored - inside
        result.frontier = stored - sum(s.expanded for s in shards)
        self._new = new = inside - inside_before
        if new and result.depth == len(result.levels):
            result.levels.append(0)
        if new:
            result.levels[-1] = new
        number = self.source.actions
        result.transitions = 0
        for i, name in enumerate(self.system.actions):
            count = result.actions[name]
            count.transitions = sum(s.counts[i] for s in shards)
            count.enabled_in = sum(s.counts[number + i] for s in shards)
            count.discovered = sum(s.counts[2 * number + i] for s in shards)
            result.transitions += count.transitions

    def _witnesses(self) -> None:
        """Show the interpreter the states in which something pending was seen."""
        left = -1
        for shard in self.shards:
            meta = shard.meta
            for i in range(meta[Meta.SEEN]):
                number = shard.base + meta[Meta.WITNESS + i]
                self._seen.append(shard.words(number))
                self.claims.state(self._state(shard, number))
            meta[Meta.SEEN] = 0
            left &= meta[Meta.PENDING]
        for shard in self.shards:
            shard.meta[Meta.PENDING] = left

    # ------------------------------------------------------------------------------- memory
    def _make_room(self) -> None:
        """Room for one more batch in each shard. **Errors** Stopped."""
        used = self._used()
        self.budget.note(used)
        if self._fits():
            return
        if self.marks is None and any(s.held for s in self.shards):
            self._to_disk()
            if self._fits():
                return
        raise Stopped(Why.MEMORY)

    def _fits(self) -> bool:
        """Whether one more batch has room, or is given some."""
        return self.budget.left(self._used()) >= 0 and all(
            shard.grown(shard.used() + self.budget.left(self._used()))
            for shard in self.shards
            if shard.tight
        )

    def _to_disk(self) -> None:
        """Write all states down, and go on with none in memory. **Errors** Stopped."""
        self._settle()
        try:
            files = self._files()
            for shard in self.shards:
                files.append(shard)
        except OSError as error:
            raise self._refused(error) from error
        for shard in self.shards:
            shard.forget(files)
        self._mark_place()

    def _files(self) -> Archive:
        """Where states go that do not fit into memory. **Errors** OSError."""
        if self.archive is not None:
            return self.archive
        if self._passing is None:
            import tempfile  # noqa: PLC0415  # only when memory is full

            folder = Folder(tempfile.mkdtemp(prefix="ballotproof-", dir=self.resources.disk))
            stride = self.source.packing.size
            self._passing = Archive(folder, self.code, stride, passing=True)
            self._passing.begin(len(self.shards))
        return self._passing

    def _settle(self) -> None:
        """Find out which candidates are new, and judge them. **Errors** as :meth:`_ended`."""
        shards = self.shards
        if not any(s.base for s in shards):
            return
        try:
            self.team.each(self._files().sift, shards)
        except OSError as error:
            raise self._refused(error) from error
        if self.limits.states is None:
            statuses = self.team.each(Shard.settle, shards)
        else:
            statuses = []
            for shard in shards:
                self._allow(shard)
                statuses.append(shard.settle())
                if statuses[-1] is not Status.EDGE:
                    break
        self._witnesses()
        for shard, status in zip(shards, statuses, strict=False):
            if status is not Status.EDGE:
                self._account(self._inside)
                self._ended(shard, status)

    def _refused(self, error: OSError) -> Stopped:
        """The disk did not do what it was asked to."""
        files = self.archive or self._passing
        where = error.filename or (self.resources.disk if files is None else files.folder)
        said = error.strerror or str(error)
        return Stopped(Why.DISK, said if where is None else f"{where}: {said}")

    def _disk_used(self) -> None:
        if self._passing is not None:
            self.result.disk_bytes = self._passing.size_bytes
        elif self.archive is not None and any(s.base for s in self.shards):
            self.result.disk_bytes = self.archive.size_bytes

    def _used(self) -> int:
        return sum(s.used() for s in self.shards)

    def _divide(self) -> None:
        """Give every thread a shard, once there is enough to do."""
        threads = self.resources.threads
        if len(self.shards) > 1 or threads == 1 or self.shards[0].base:
            return
        if threads is None:
            if self.result.states < STATES_TO_DIVIDE:
                return
            threads = processors()
        if threads == 1:
            return
        pending = self.shards[0].meta[Meta.PENDING]
        self.shards, self.starts = dealt(self.shards, self.starts, threads, BOX)
        self.team = Team(threads)
        self._prepare(pending)
        self._begin_archive()

    # ---------------------------------------------------------------------------- checkpoints
    def _interrupt(self) -> None:
        self._interrupted = True

    def beat(self) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        super().beat()

    def _begin_archive(self) -> None:
        """New files, for shards that are not those of the last checkpoint."""
        if self.archive is not None:
            try:
                self.archive.begin(len(self.shards))
            except OSError as error:
                raise self._refused(error) from error
            self._saved_s = time.monotonic() + self.resources.every_s

    def _mark_place(self) -> None:
        """Remember how far the search is, before it goes on: all that was sent has arrived."""
        actions = self.source.actions
        self._mark = [
            (int(s.meta[Meta.NEXT]), [s.counts[i] for i in range(2 * actions)]) for s in self.shards
        ]

    def _put_down(self) -> None:
        """Write a checkpoint, as of the last edge. What has been found since will be found again,
        and is then not new. **Errors** Stopped when it cannot be written; the one before is whole.
        """
        archive = self.archive
        assert archive is not None
        bounds, result, actions = self.source.bounds, self.result, self.source.actions
        fresh = self.starts[-1]
        try:
            for shard in self.shards:
                archive.append(shard)
            tails = archive.write_tails(self.shards, fresh)
            header = Header(
                program=self._program(),
                options=self.resources.options,
                generation=archive.generation,
                serial=archive.serial,
                stride=archive.stride,
                low=bounds.low,
                high=bounds.high,
                room=bounds.room,
                keys=bounds.keys,
                patterns=bounds.patterns.record(),
                shards=[
                    ShardHeader(
                        next=at,
                        inside=shard.inside,
                        counts=[*counted, *(shard.counts[2 * actions + i] for i in range(actions))],
                        pieces=archive.pieces[shard.number],
                        tail=tail,
                    )
                    for shard, (at, counted), tail in zip(
                        self.shards, self._mark, tails, strict=True
                    )
                ],
                starts=self.starts,
                levels=result.levels,
                initial=result.initial,
                inside=self._inside,
                seconds=self.elapsed_s(),
                witnesses=self._seen,
                deadlock=self.claims.deadlock,
            )
            archive.commit(header)
        except OSError as error:
            raise self._refused(error) from error
        result.checkpoint = str(archive.folder)
        self._saved_s = time.monotonic() + self.resources.every_s

    def _program(self) -> str:
        return hashlib.sha256(self.source.text.encode()).hexdigest()

    def _take_up(self) -> None:
        """Go on from a checkpoint. **Errors** CheckpointError."""
        archive, result = self.archive, self.result
        assert archive is not None
        header = read_header(archive.folder)
        if header.program != self._program() or header.deadlock != self.claims.deadlock:
            raise CheckpointError(
                f"{archive.folder} is a checkpoint of another search: the specification, what is "
                "checked, or ballotproof itself has changed since; start anew in another directory"
            )
        self._initially_judged()
        for words in header.witnesses:
            self.claims.state(self.system.cells.cut(self.source.layout.unpack(words)))
        self._seen = header.witnesses
        number = len(header.shards)
        self.shards = [Shard(self.code, self.source, i, number, BOX) for i in range(number)]
        self.starts = [list(s) for s in header.starts]
        into_memory = self._would_fit(header)
        archive.load(header, self.shards, into_memory=into_memory)
        for shard, kept in zip(self.shards, header.shards, strict=True):
            shard.meta[Meta.INSIDE] = kept.inside
            for i, count in enumerate(kept.counts):
                shard.counts[i] = count
        wanted = self.resources.threads
        anew = wanted is not None and wanted != number and into_memory
        if wanted is not None and anew:
            self.shards, self.starts = dealt(self.shards, self.starts, wanted, BOX, halfway=True)
        for shard in self.shards:
            at = int(shard.meta[Meta.NEXT])
            if not anew:
                shard.fill()
            shard.level(self.starts[-2][shard.number], self.starts[-1][shard.number], at)
        self.team = Team(wanted or len(self.shards))
        self._prepare(self._pending())
        self._inside = header.inside
        result.initial = header.initial
        result.levels = list(header.levels)
        # Depth and levels are as they were when the level began.
        result.depth = len(self.starts) - 1
        self._start_s -= header.seconds
        if self.limits.seconds is not None:
            self.limits = replace(self.limits, seconds=self.limits.seconds + header.seconds)
        self._saved_s = time.monotonic() + self.resources.every_s
        result.checkpoint = str(archive.folder)
        if anew:
            self._begin_archive()
        self._mark_place()

    def _would_fit(self, header: Header) -> bool:
        """Whether the states of a checkpoint fit into memory."""
        counts = [sum(p.states for p in s.pieces) for s in header.shards]
        needed = sum(s.needed(n) for s, n in zip(self.shards, counts, strict=True))
        return self.budget.left(needed) >= 0 and max(counts) <= store.MOST_HELD

    def _initially_judged(self) -> None:
        for state in self.system.initial():
            self.system.within(state)
            self.claims.initial(state)

    # ------------------------------------------------------------------------------- findings
    def _ended(self, shard: Shard, status: Status) -> None:
        """What the program has stopped for. **Errors** Stopped, TooNarrow, SpecError."""
        meta = shard.meta
        source_at, code = meta[Meta.SOURCE], meta[Meta.CODE]
        if status is Status.FAILED and code <= -2:
            self._narrow_at = self._state_at(len(self.starts) - 2, source_at)
            raise TooNarrow(-2 - code)
        alone = len(self.shards) == 1 and not shard.base
        if status in (Status.STATES, Status.DEPTH, Status.BROKEN) and alone:
            # Count the steps of the states up to this one, and not those of the rest of the batch.
            shard.recount(source_at + 1)
            self._account(self.result.states - self._new)
        if status is Status.STATES:
            raise Stopped(Why.STATES)
        if status is Status.DEPTH:
            raise Stopped(Why.DEPTH)
        before = self._behaviour_to(len(self.starts) - 2, source_at)
        source = before[-1]
        self._here = partial(path_of, self.system, before)
        steps = self.system.successors(source)
        self.found(self.claims.stuck(source, len(steps)), lambda: path_of(self.system, before))
        if meta[Meta.TARGET]:
            target = self.system.cells.cut(self.source.layout.unpack(shard.saved()))
            like = [t for t in steps if self._alike(t.target, target)]
            if not like:
                raise InternalError(
                    "engines disagree: the interpreter has no step to a state that the native "
                    f"engine has found after {len(before) - 1} steps"
                )
            for step in {t.target: t for t in reversed(like)}.values():
                self._here = partial(self._path_then, before, step)
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

    # ------------------------------------------------------------------------------- states
    def _whole(self, state: State) -> tuple[Any, ...]:
        return self.system.cells.whole(cells_of(state))

    def _state(self, shard: Shard, number: int) -> State:
        """A stored state, as the interpreter has it."""
        return self.system.cells.cut(self.source.layout.unpack(shard.words(number)))

    def _state_at(self, level: int, place: int) -> State:
        """The stored state with this place in its level."""
        position, at = divmod(place, len(self.shards))
        return self._state(self.shards[at], self.starts[level][at] + position)

    def _path_to(self, level: int, place: int) -> list[At]:
        """Where the states are on the path to the one with this place in its level."""
        made = []
        for starts in self.starts[level::-1]:
            position, at = divmod(place, len(self.shards))
            shard = self.shards[at]
            number = starts[at] + position
            made.append((shard, number))
            place = shard.parent(number)
        return made[::-1]

    # ------------------------------------------------------------------------------ symmetry
    def _representative(self, words: list[int]) -> list[int]:
        """The state of the orbit that is explored."""
        if self.symmetry is None:
            return words
        shard = self.shards[0]
        for i, word in enumerate(words):
            shard.out[i] = word
        self.code.function("canonical")(shard.out, 0, shard.scratch)
        return [shard.out[i] for i in range(len(words))]

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

    def _behaviour_to(self, level: int, place: int) -> list[State]:
        """The states of a behaviour that ends in a state of the orbit that is stored so."""
        if self.marks is not None:
            return self._taken_again(level, place)
        stored = [self._state(shard, number) for shard, number in self._path_to(level, place)]
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

    # ------------------------------------------------------------------- where marks are kept
    def _taken_again(self, level: int, place: int) -> list[State]:
        """A behaviour of states with the marks of the path to this state, ending in it, or in one
        of its orbit. There is one; of several states with a mark, each is tried."""
        path = self._path_to(level, place)
        wanted = [shard.mark_of(number) for shard, number in path[:-1]]
        shard, number = path[-1]
        wanted.append(self.source.packing.pack(shard.words(number)))
        tried: set[tuple[int, State]] = set()
        made: list[State] = []
        ways = [self._wanted(self.system.initial(), wanted, 0, tried)]
        while ways:
            state = next(ways[-1], None)
            if state is None:
                ways.pop()
                if made:
                    made.pop()
                continue
            made.append(state)
            if len(made) == len(wanted):
                return made
            targets = [t.target for t in self.system.successors(state)]
            ways.append(self._wanted(targets, wanted, len(made), tried))
        raise InternalError(
            "engines disagree: the interpreter has no behaviour to a state that the native engine "
            f"has found after {level} steps"
        )

    def _wanted(
        self,
        states: Iterable[State],
        wanted: Sequence[bytes],
        at: int,
        tried: set[tuple[int, State]],
    ) -> Iterator[State]:
        """Those of the states that can be number ``at`` of the behaviour, each once: with the mark
        that is wanted, and the last one with the key."""
        assert self.marks is not None
        for state in states:
            key = self._key(state)
            if key is None or (at, state) in tried:
                continue
            if at == len(wanted) - 1:
                found = key == wanted[at]
            else:
                found = self.marks.of(key) == wanted[at] and self.system.within(state)
            if found:
                tried.add((at, state))
                yield state

    def _key(self, state: State) -> bytes | None:
        """The key of a state, or of the one that stands for its orbit; None if it has no room."""
        try:
            words = self.source.layout.pack(self._whole(state))
        except OutOfBounds:
            return None
        words = self._representative(words)
        packing = self.source.packing
        return None if packing.without_place(words) is not None else packing.pack(words)

    def _keep_some(self) -> None:
        """Remember some of the states that were just expanded as a whole."""
        if self.marks is None:
            return
        for shard in self.shards:
            step = max(1, shard.size // KEPT_OF_LEVEL)
            self._kept += [
                self._state(shard, number)
                for number in range(shard.first, shard.expanded, step)
                if not shard.is_outside(number)
            ]

    def here(self) -> Path | None:
        return self._here()

    def _path_then(self, before: Sequence[State], step: Transition) -> Path:
        """The behaviour through these states, and one step more."""
        return path_of(self.system, before).then(step)

    def finish(self) -> None:
        result = self.result
        result.depth = len(result.levels)
        result.memory_bytes = self.budget.peak
        if self.resources.fingerprint is not None:
            result.fingerprint = Fingerprint(
                bits=None if self.marks is None else marks.BITS,
                key_bytes=self.source.packing.size,
                seed=self.resources.fingerprint,
                kept=sum(s.count for s in self.shards),
            )
        if self.archive is not None and result.stopped is None:
            result.checkpoint = None
            self.archive.finish()
        result.expanded = self._some

    def _sample(self) -> Sequence[State]:
        """Some of the states that were expanded."""
        if self.marks is not None:
            self._keep_some()
            return self._kept
        step = max(1, self.result.states // 1000)
        try:
            some = [
                (shard, number)
                for shard in self.shards
                for number in range(0, shard.expanded, step)
                if not shard.is_outside(number)
            ]
            made = Stored(some, lambda at: self._state(*at))
            # What is on disk has to be looked at now: the files are about to be closed.
            return list(made) if any(s.base for s in self.shards) else made
        except (OSError, CheckpointError):
            return ()
