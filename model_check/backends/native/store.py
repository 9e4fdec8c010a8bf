"""The states of one shard: their keys, what they were reached from, and the table that finds them.

Memory for keys is asked for far ahead, since what is not written costs nothing. The table is made
anew when it is full, from the keys, after the old one is given back: there are never two.

The first states of a shard may be on disk only (see :mod:`.external`): ``base`` of them. Numbers
count all states of the shard, those in :class:`~.kernel.Meta` only the others.

**Units** bytes, unless a name says otherwise.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol

from ....spec.lang.errors import InternalError
from .interface import NEVER, Meta, Status
from .machine import Code
from .marks import MARK, Marks
from .source import Source

__all__ = ["NEVER", "OUTSIDE", "Shard"]

OUTSIDE = 1 << 31
"""Added to the parent of a state outside the constraint, with the sign reversed."""

STATES = 1 << 16
"""States that there is room for at first."""
SLOT = 5
FULL = 0.85
"""How much of the table is used at most: beyond, one looks into more and more places in vain."""
GROWTH = 1.5
LARGE = 1 << 22
SLOW_GROWTH = 1.25
"""How much larger the next table is: with more places than LARGE, room is worth more than time."""
MOST_PLACES = (1 << 31) - 1
MOST_HELD = OUTSIDE - 1
"""States of one shard in memory. With more, they go to disk."""
BITS = 4
"""So many bits for each candidate tell of most states on disk that they are none."""
WINDOW = 1 << 16
"""States read from disk at once."""


class Files(Protocol):
    """Where states are that are not in memory. **Errors** OSError; CheckpointError for damage."""

    def read_keys(self, shard: int, first: int, view: memoryview) -> None: ...
    def read_parents(self, shard: int, first: int, view: memoryview) -> None: ...


class Shard:
    """One shard of ``shards``, with ``box`` records at most waiting for each of the others."""

    def __init__(
        self,
        code: Code,
        source: Source,
        number: int = 0,
        shards: int = 1,
        box: int = 0,
        marks: Marks | None = None,
    ) -> None:
        self.code = code
        self.source = source
        self.marks = marks
        self.number = number
        self.shards = shards
        most = source.batch * source.successors
        self.box = max(box, 2 * most) if shards > 1 else 0  # a batch must fit into one
        self.room = STATES
        self.places = 2 * STATES
        self._widest = 0  # states of the widest level: what has been written of their actions
        self.base = 0
        self.first = 0  # the number of the first state of the level that is expanded
        self.size = 0  # its states
        self.files: Files | None = None
        self.window = WINDOW
        self._bits: Any = None  # one is set for each candidate, of so many
        self._of = 0
        self._window = (0, 0)  # the numbers of the states that were read last
        self._read: tuple[Any, Any] = (None, None)  # their keys and parents
        memory = code.memory
        self.keys: Any = memory(self._words(self.room))  # or marks, and keys of two levels:
        self.parents: Any = memory(self.room, half=True)
        self.front: Any = None  # those of the level that is expanded
        self.front_parents: Any = None
        self.reached: Any = None  # and of the level being reached
        if marks is not None:
            self.front = memory(2)
            self.reached = memory(self._reached_words())
        self.acts = memory(self.room // 8 + 1)
        self.table = memory(self._table_words())
        self.meta = memory(Meta.WITNESS + 64)
        self.counts = memory(5 * source.actions)
        self.out = memory(source.successors * source.words)
        self.tags = memory(source.successors, half=True)
        self.records = memory(most * source.record)
        self.boxes = memory(max(1, self.shards * self.box * source.record))
        self.sent = memory(shards)
        self.scratch = memory(source.scratch)
        self._run = code.function("run")
        self._accept = code.function("accept")
        self._rehash = code.function("rehash")
        self._recount = code.function("recount")
        if marks is None:
            self._mark = code.function("mark")
            self._sift = code.function("sift")
            self._settle = code.function("settle")
            self._summed = code.function("summed")
        meta = self.meta
        meta[Meta.SHARD] = number
        meta[Meta.SHARDS] = shards
        meta[Meta.BOX] = self.box if shards > 1 else most
        meta[Meta.LIMIT] = NEVER
        meta[Meta.SETTLED] = NEVER
        meta[Meta.DEEPER] = 1
        if marks is not None:
            assert source.factors is not None
            for i, factor in enumerate(marks.signed(), start=source.factors):
                self.scratch[i] = factor
        self._settle_room()

    # ---------------------------------------------------------------------------- figures
    @property
    def count(self) -> int:
        """States stored, candidates not counted."""
        return self.base + int(min(self.meta[Meta.COUNT], self.meta[Meta.SETTLED]))

    @property
    def held(self) -> int:
        """States in memory, and candidates."""
        return int(self.meta[Meta.COUNT])

    @property
    def inside(self) -> int:
        """Those of them within the constraint."""
        return int(self.meta[Meta.INSIDE])

    @property
    def left(self) -> int:
        """States of the level that are still to be expanded."""
        return self.size - int(self.meta[Meta.NEXT])

    @property
    def expanded(self) -> int:
        """States before the next one to expand."""
        return self.first + int(self.meta[Meta.NEXT])

    @property
    def tight(self) -> bool:
        """Whether it is time to make room."""
        margin = 2 * self.source.batch * self.source.successors
        return int(self.meta[Meta.ROOM]) - self.held < margin or self.held > MOST_HELD

    @property
    def batch(self) -> int:
        """States that one batch can bring at most, and the boxes of all others besides."""
        return self.source.batch * self.source.successors + (self.shards - 1) * self.box

    def needed(self, states: int) -> int:
        """Bytes that it takes to hold so many states in memory, about."""
        each = self.source.stride + 4 + SLOT / FULL
        return self.used() + int((states + self.batch) * each)

    def used(self) -> int:
        """Bytes that are in use."""
        source = self.source
        fixed = source.batch * source.successors * source.record + source.scratch
        fixed += self.shards * self.box * source.record
        acts = max(self._widest, self.base + self.held - self.first - self.size)
        each = source.stride + 4
        windows = self.window * each if self.base else 0
        if self.marks is not None:
            windows = max(0, self.count - self.first) * source.packing.size
            windows += 0 if self.front_parents is None else 4 * self.size
        return self.held * each + acts + SLOT * self.places + 8 * fixed + windows

    # ----------------------------------------------------------------------------- memory
    def grown(self, most: int) -> bool:
        """Make room for one more batch, using no more than so many bytes; False if that is too
        little."""
        if self.held > MOST_HELD:
            return False
        needed = self.held + self.batch
        places = self.places
        if needed > FULL * places:
            places = int(max(self._growth * places, needed / FULL + 1))
            fixed = self.used() - SLOT * self.places
            if fixed + SLOT * places > most:  # as large as it may be, if that is worth it
                places = int(max(needed / FULL + 1, (most - fixed) // SLOT))
                if fixed + SLOT * places > most or places < FEWEST * self.places:
                    return False
        if self.used() - SLOT * (self.places - places) > most or places > MOST_PLACES:
            return False
        if needed > self.room:
            self._enlarge(max(2 * self.room, needed))
        if places > self.places:
            self.places = places
            self.fill()
        self._settle_room()
        return True

    @property
    def _growth(self) -> float:
        return SLOW_GROWTH if self.places >= LARGE else GROWTH

    def reserve(self, states: int) -> None:
        """Make room for so many states, whatever it takes."""
        needed = states + self.batch
        if needed > self.room:
            self._enlarge(max(2 * self.room, needed))
        if needed > FULL * self.places:
            self.places = int(max(self._growth * self.places, needed / FULL + 1))
            self.fill()
        self._settle_room()

    def make_room(self, states: int) -> None:
        """Make room for so many states that are about to be read; they are not in the table."""
        self._enlarge(max(self.room, states + self.batch))
        self.places = max(self.places, int((states + self.batch) / FULL) + 1)
        self.meta[Meta.COUNT] = states

    def forget(self, files: Files) -> None:
        """Give back the memory of all states: they are in files."""
        self.files = files
        self._widest = max(self._widest, self.count - self.first - self.size)
        self.base = self.count
        self.meta[Meta.COUNT] = 0
        self.keys = self.parents = None
        self.keys = self.code.memory(self._words(self.room))
        self.parents = self.code.memory(self.room, half=True)
        self._place_level()
        self.fill()

    def fill(self) -> None:
        """A table of the present size with all states in it that are in memory."""
        self.table = None
        self.table = self.code.memory(self._table_words())
        self._rehash(self.keys, self.table, 0, self.held, self.places, self.scratch)
        self._settle_room()

    def _enlarge(self, states: int) -> None:
        self.keys = self.code.grown(self.keys, self._words(states))
        self.parents = self.code.grown(self.parents, states, half=True)
        self.room = states
        self._room_for_acts()
        self._room_for_reached()

    def _room_for_acts(self) -> None:
        words = (self.meta[Meta.BEFORE] + self.room) // 8 + 1
        if words > len(self.acts):
            self.acts = self.code.grown(self.acts, words)

    def _room_for_reached(self) -> None:
        if self.reached is not None and self._reached_words() > len(self.reached):
            self.reached = self.code.grown(self.reached, self._reached_words())

    def _reached_words(self) -> int:
        """Words for the keys of as many states of the level being reached as there is room for."""
        return max(0, self.room - self.first - self.size) * self.source.packing.size // 8 + 2

    def _settle_room(self) -> None:
        meta = self.meta
        meta[Meta.SIZE] = self.places
        # What the others send must always find room.
        waiting = (self.shards - 1) * self.box
        meta[Meta.ROOM] = min(self.room, int(FULL * self.places), OUTSIDE - 1) - waiting

    def _words(self, states: int) -> int:
        """Words for so many keys. A word may be written at the last byte."""
        return states * self.source.stride // 8 + 2

    def _table_words(self) -> int:
        return self.places * SLOT // 8 + 2

    # ----------------------------------------------------------------------------- states
    def add(self, words: list[int], parent: int) -> None:
        """Store an initial state; it is not yet in the table."""
        size = self.source.packing.size
        number = self.count
        if number + self.batch >= self.room:
            self._enlarge(2 * self.room)
        data = self.source.packing.pack(words)
        if self.marks is not None:
            with self.code.view(self.reached, number * size, size) as view:
                view[:] = data
            size, data = MARK, self.marks.of(data)
        with self.code.view(self.keys, number * size, size) as view:
            view[:] = data
        self.parents[number] = parent
        self.meta[Meta.COUNT] = number + 1

    def words(self, number: int) -> list[int]:
        """The words of a state."""
        packing = self.source.packing
        if self.marks is not None:
            keys, at = self.reached, number - self.first - self.size
            if at < 0:
                keys, at = self.front, number - self.first
            if at < 0:
                raise InternalError("a state of which only the fingerprint is kept")
            with self.code.view(keys, at * packing.size, packing.size) as view:
                return packing.unpack(bytes(view))
        if number < self.base:
            key = bytearray(packing.size)
            self._in_files().read_keys(self.number, number, memoryview(key))
            return packing.unpack(bytes(key))
        with self.code.view(self.keys, (number - self.base) * packing.size, packing.size) as view:
            return packing.unpack(bytes(view))

    def mark_of(self, number: int) -> bytes:
        """The mark of a state."""
        with self.code.view(self.keys, number * MARK, MARK) as view:
            return bytes(view)

    @property
    def whole(self) -> int:
        """From this number on states are in memory as a whole."""
        return self.base if self.marks is None else self.first

    def _in_files(self) -> Files:
        if self.files is None:
            raise InternalError("a state that is neither in memory nor on disk")
        return self.files

    def _parent(self, number: int) -> int:
        if number >= self.base:
            return int(self.parents[number - self.base])
        data = bytearray(4)
        self._in_files().read_parents(self.number, number, memoryview(data))
        return int.from_bytes(data, sys.byteorder, signed=True)

    def saved(self) -> list[int]:
        """The state that the program has put aside."""
        saved = self.source.saved
        return [self.scratch[saved + i] for i in range(self.source.words)]

    def is_outside(self, number: int) -> bool:
        return self._parent(number) < 0

    def parent(self, number: int) -> int:
        """The place in its level of the state that this one was reached from."""
        return self._parent(number) & (OUTSIDE - 1)

    # ---------------------------------------------------------------------------- running
    def level(self, start: int, end: int | None = None, done: int = 0) -> None:
        """Expand the states from this number on, to the last one or to another one; the first ones
        of them are done."""
        self._widest = max(self._widest, self.count - self.first - self.size)
        self.first = start
        self.size = (self.count if end is None else end) - start
        self.meta[Meta.NEXT] = done
        if self.marks is not None:
            self._advance()
        self._place_level()

    def _advance(self) -> None:
        """The level that was being reached is now the one to expand."""
        code = self.code
        self.front = self.reached
        self.reached = None
        self.reached = code.memory(self._reached_words())
        self.front_parents = None
        if self.inside < self.count:  # some are not to be expanded, which their parents say
            self.front_parents = code.memory(max(1, self.size), half=True)
            with (
                code.view(self.parents, 4 * self.first, 4 * self.size) as given,
                code.view(self.front_parents, 0, 4 * self.size) as view,
            ):
                view[:] = given

    def _front(self) -> tuple[Any, Any]:
        """The keys of the level that is expanded, and their parents, or, if none of these says
        more, those of others."""
        return self.front, self.parents if self.front_parents is None else self.front_parents

    def _place_level(self) -> None:
        """Say where in memory the level being reached begins."""
        meta = self.meta
        reached = self.first + self.size - self.base
        meta[Meta.FROM] = self.first - self.base
        meta[Meta.END] = self.size
        meta[Meta.FRESH] = max(0, reached)
        meta[Meta.BEFORE] = max(0, -reached)
        meta[Meta.SETTLED] = self.held if self.base else NEVER
        self._window = (0, 0)
        self._room_for_acts()

    def _to_expand(self) -> tuple[Any, Any]:
        """The keys and parents of the states to expand next."""
        meta, at = self.meta, self.expanded
        if self.marks is not None:
            meta[Meta.FROM] = 0
            return self._front()
        if at >= self.base:
            meta[Meta.FROM] = self.first - self.base
            meta[Meta.END] = self.size
            return self.keys, self.parents
        start, end = self._window
        if not start <= at < end:
            end = min(at + self.window, self.base, self.first + self.size)
            self.read(at, end, parents=True)
            start = at
        meta[Meta.FROM] = self.first - start
        meta[Meta.END] = end - self.first
        return self._read

    def read(self, start: int, end: int, *, parents: bool) -> None:
        """Read states that are on disk. **Errors** OSError; CheckpointError for damage."""
        code, size = self.code, self.source.packing.size
        if self._read[0] is None:
            self._read = code.memory(self._words(self.window)), code.memory(self.window, half=True)
        self._window = (start, end) if parents else (0, 0)
        files = self._in_files()
        with code.view(self._read[0], 0, (end - start) * size) as view:
            files.read_keys(self.number, start, view)
        if parents:
            with code.view(self._read[1], 0, (end - start) * 4) as view:
                files.read_parents(self.number, start, view)

    def expand(self) -> Status:
        """Expand states, keep successors that are new, and put those of others into boxes."""
        if not self.left:
            return Status.EDGE
        keys, parents = self._to_expand()
        return Status(
            self._run(
                keys, parents, self.keys, self.parents, self.acts, self.table, self.meta,
                self.counts, self.out, self.tags, self.records, self.boxes, self.sent,
                *self._for_keys(), self.scratch,
            )
        )  # fmt: skip

    def _for_keys(self) -> tuple[Any, ...]:
        """Where a program that keeps marks puts the keys."""
        return () if self.marks is None else (self.reached,)

    def accept(self, other: Shard) -> Status:
        """Keep what is new of what another shard has found for this one."""
        shift = self.number * other.box
        status = Status(
            self._accept(
                self.keys, self.parents, self.acts, self.table, self.meta, self.counts, other.boxes,
                shift, shift + other.sent[self.number], *self._for_keys(), self.scratch,
            )
        )  # fmt: skip
        return status

    @property
    def candidates(self) -> int:
        """States met that may be on disk."""
        return max(0, self.held - int(self.meta[Meta.SETTLED]))

    def mark(self) -> None:
        """Make the bits that tell at once of most states that they are no candidates."""
        self._of = max(1 << 16, BITS * self.candidates)
        self._bits = self.code.memory(self._of // 64 + 1)
        self._mark(self.keys, self._bits, self._of, self.meta, self.scratch)

    def sift(self, start: int, end: int) -> int:
        """Strike out the candidates that are among so many states on disk, all of which are of the
        level being reached, or none. The sum of their keys. **Errors** as :meth:`read`."""
        place = start - self.first - self.size
        self.read(start, end, parents=place >= 0)
        keys, parents = self._read
        return self._sift(
            keys, parents, place, end - start, self.keys, self.parents, self.acts, self.table,
            self._bits, self._of, self.meta, self.counts, self.scratch,
        )  # fmt: skip

    def settle(self) -> Status:
        """Judge the candidates that are left."""
        self._bits = None
        status = Status(
            self._settle(self.keys, self.parents, self.acts, self.meta, self.counts, self.scratch)
        )
        if self.meta[Meta.STRUCKS]:
            self.meta[Meta.STRUCKS] = 0
            self.fill()
        return status

    def summed(self, first: int, end: int) -> int:
        """The sum of the keys of states in memory."""
        return self._summed(self.keys, first - self.base, end - self.base, self.scratch)

    def forget_batch(self) -> None:
        """Count no step of the batch at whose middle the program has stopped."""
        actions = self.source.actions
        for i in range(2 * actions):
            self.counts[i] = self.counts[3 * actions + i]

    def recount(self, end: int) -> None:
        """Count the steps out of the states of the batch up to this position, and no others."""
        self.forget_batch()
        keys, parents = (self.keys, self.parents) if self.marks is None else self._front()
        self._recount(keys, parents, self.meta, self.counts, self.out, self.tags, self.scratch, end)
        self.meta[Meta.NEXT] = end


FEWEST = 1.1
"""A table that is not at least so much larger is not worth making."""
