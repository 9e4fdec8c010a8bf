"""The states of one shard: their keys, what they were reached from, and the table that finds them.

Memory for keys is asked for far ahead, since what is not written costs nothing. The table is made
anew when it is full, from the keys, after the old one is given back: there are never two.

**Units** bytes, unless a name says otherwise.
"""

from __future__ import annotations

from .kernel import Meta, Source, Status
from .machine import Code

__all__ = ["NEVER", "OUTSIDE", "Shard"]

NEVER = (1 << 62) - 1
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


class Shard:
    """One shard of ``shards``, with ``box`` records at most waiting for each of the others."""

    def __init__(
        self, code: Code, source: Source, number: int = 0, shards: int = 1, box: int = 0
    ) -> None:
        self.code = code
        self.source = source
        self.number = number
        self.shards = shards
        most = source.batch * source.successors
        self.box = max(box, 2 * most) if shards > 1 else 0  # a batch must fit into one
        self.room = STATES
        self.places = 2 * STATES
        self._widest = 0  # states of the widest level: what has been written of their actions
        memory = code.memory
        self.keys = memory(self._words(self.room))
        self.parents = memory(self.room, half=True)
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
        meta = self.meta
        meta[Meta.SHARD] = number
        meta[Meta.SHARDS] = shards
        meta[Meta.BOX] = self.box if shards > 1 else most
        meta[Meta.LIMIT] = NEVER
        meta[Meta.DEEPER] = 1
        self._settle_room()

    # ---------------------------------------------------------------------------- figures
    @property
    def count(self) -> int:
        """States stored."""
        return int(self.meta[Meta.COUNT])

    @property
    def inside(self) -> int:
        """Those of them within the constraint."""
        return int(self.meta[Meta.INSIDE])

    @property
    def left(self) -> int:
        """States of the level that are still to be expanded."""
        return int(self.meta[Meta.END] - self.meta[Meta.NEXT])

    @property
    def expanded(self) -> int:
        """States before the next one to expand."""
        return int(self.meta[Meta.FROM] + self.meta[Meta.NEXT])

    @property
    def margin(self) -> int:
        """When there is room for fewer states than this, it is time to make some."""
        return 2 * self.source.batch * self.source.successors

    @property
    def batch(self) -> int:
        """States that one batch can bring at most, and the boxes of all others besides."""
        return self.source.batch * self.source.successors + (self.shards - 1) * self.box

    def used(self) -> int:
        """Bytes that are in use."""
        source = self.source
        fixed = source.batch * source.successors * source.record + source.scratch
        fixed += self.shards * self.box * source.record
        return self._stored(self.count) + self._widest + SLOT * self.places + 8 * fixed

    def _stored(self, states: int) -> int:
        return states * (self.source.packing.size + 4)

    # ----------------------------------------------------------------------------- memory
    def grown(self, most: int) -> bool:
        """Make room for one more batch, using no more than so many bytes; False if that is too
        little."""
        needed = self.count + self.batch
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

    def fill(self) -> None:
        """A table of the present size with all states in it."""
        self.table = None
        self.table = self.code.memory(self._table_words())
        self._rehash(self.keys, self.table, 0, self.count, self.places, self.scratch)
        self._settle_room()

    def _enlarge(self, states: int) -> None:
        self.keys = self.code.grown(self.keys, self._words(states))
        self.parents = self.code.grown(self.parents, states, half=True)
        self.acts = self.code.grown(self.acts, states // 8 + 1)
        self.room = states

    def _settle_room(self) -> None:
        meta = self.meta
        meta[Meta.SIZE] = self.places
        # What the others send must always find room.
        waiting = (self.shards - 1) * self.box
        meta[Meta.ROOM] = min(self.room, int(FULL * self.places), OUTSIDE - 1) - waiting

    def _words(self, states: int) -> int:
        """Words for so many keys. A word may be written at the last byte."""
        return states * self.source.packing.size // 8 + 2

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
        with self.code.view(self.keys, number * size, size) as view:
            view[:] = data
        self.parents[number] = parent
        self.meta[Meta.COUNT] = number + 1

    def words(self, number: int) -> list[int]:
        """The words of a state."""
        packing = self.source.packing
        with self.code.view(self.keys, number * packing.size, packing.size) as view:
            return packing.unpack(bytes(view))

    def saved(self) -> list[int]:
        """The state that the program has put aside."""
        saved = self.source.saved
        return [self.scratch[saved + i] for i in range(self.source.words)]

    def is_outside(self, number: int) -> bool:
        return bool(self.parents[number] < 0)

    def parent(self, number: int) -> int:
        """The place in its level of the state that this one was reached from."""
        return int(self.parents[number]) & (OUTSIDE - 1)

    # ---------------------------------------------------------------------------- running
    def level(self, start: int) -> None:
        """Begin to expand the states from this number on."""
        meta = self.meta
        self._widest = max(self._widest, self.count - meta[Meta.FRESH])
        meta[Meta.FROM] = start
        meta[Meta.NEXT] = 0
        meta[Meta.END] = self.count - start
        meta[Meta.FRESH] = self.count

    def expand(self) -> Status:
        """Expand states, keep successors that are new, and put those of others into boxes."""
        if not self.left:
            return Status.EDGE
        return Status(
            self._run(
                self.keys, self.parents, self.acts, self.table, self.meta, self.counts, self.out,
                self.tags, self.records, self.boxes, self.sent, self.scratch,
            )
        )  # fmt: skip

    def accept(self, other: Shard) -> Status:
        """Keep what is new of what another shard has found for this one."""
        shift = self.number * other.box
        status = Status(
            self._accept(
                self.keys, self.parents, self.acts, self.table, self.meta, self.counts, other.boxes,
                shift, shift + other.sent[self.number], self.scratch,
            )
        )  # fmt: skip
        return status

    def forget_batch(self) -> None:
        """Count no step of the batch at whose middle the program has stopped."""
        actions = self.source.actions
        for i in range(2 * actions):
            self.counts[i] = self.counts[3 * actions + i]

    def recount(self, end: int) -> None:
        """Count the steps out of the states of the batch up to this position, and no others."""
        self.forget_batch()
        self._recount(
            self.keys, self.parents, self.meta, self.counts, self.out, self.tags, self.scratch, end
        )
        self.meta[Meta.NEXT] = end


FEWEST = 1.1
"""A table that is not at least so much larger is not worth making."""
