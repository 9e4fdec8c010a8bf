"""One shard of a search that is spread over a cluster, in a process of its own.

What comes and goes is bytes: records of states as the generated program packs them, and arrays of
64-bit words. The program comes as its text; its code is made here, or taken from the cache of this
machine by the hash of the text.
"""

from __future__ import annotations

import os
from array import array
from dataclasses import dataclass

import msgspec

from .interface import EXPORTED, Meta, Status
from .machine import Compiled
from .store import Shard

__all__ = ["CLUSTER_EXPORTED", "UNSENT", "Member", "Plan", "words_of"]

CLUSTER_EXPORTED = (*EXPORTED, "unsent")
"""The functions of a program for a cluster that are called from outside."""

FILTER = 1 << 16
"""How many of the states that were sent last are remembered, so as not to be sent again."""

NO_LIMIT = 1 << 60

UNSENT = '''
def unsent(box, first, end, fil, mask):
    """Leave out of a box what was sent before by the same action or an earlier one; how many are
    left. States are compared as a whole, so that none is left out by mistake."""
    x = first
    y = first
    while x < end:
        k = x * R
        f = (lshr(ld(box, k + HASH), 40) & mask) * R
        a = (ld(box, k + HASH + 1) >> 32) + 1
        b = ld(fil, f + HASH)
        known = b > 0 and b <= a
        i = 0
        while known and i < HASH:
            known = ld(fil, f + i) == ld(box, k + i)
            i = i + 1
        if known == 0:
            o = y * R
            i = 0
            while i < HASH:
                sto(fil, f + i, ld(box, k + i))
                sto(box, o + i, ld(box, k + i))
                i = i + 1
            sto(fil, f + HASH, a)
            sto(box, o + HASH, ld(box, k + HASH))
            sto(box, o + HASH + 1, ld(box, k + HASH + 1))
            y = y + 1
        x = x + 1
    return y - first
'''


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a shard has to know: the program, the figures of it, and which shard it is."""

    text: str
    cache: bool
    checked: bool
    number: int
    shards: int
    box: int
    words: int
    actions: int
    batch: int
    successors: int
    record: int
    scratch: int
    saved: int
    size: int


@dataclass(frozen=True)
class _Packing:
    size: int


class _Source:
    """As much of a program as a shard uses."""

    def __init__(self, plan: Plan) -> None:
        self.words = plan.words
        self.actions = plan.actions
        self.batch = plan.batch
        self.successors = plan.successors
        self.record = plan.record
        self.scratch = plan.scratch
        self.saved = plan.saved
        self.packing = _Packing(plan.size)
        self.stride = plan.size


def words_of(data: bytes) -> list[int]:
    """Words from their bytes."""
    made = array("q")
    made.frombytes(data)
    return made.tolist()


class Member:
    """A shard and the requests that it answers. Each answer is its figures: a status, the words of
    ``Meta``, the counts of actions."""

    def __init__(self, plan: bytes) -> None:
        self.plan = given = msgspec.json.decode(plan, type=Plan)
        self.code = Compiled(
            given.text, checked=given.checked, cache=given.cache, exported=CLUSTER_EXPORTED
        )
        source = _Source(given)
        self.shard = Shard(self.code, source, given.number, given.shards, given.box)  # type: ignore[arg-type]  # as much of one as it uses
        self.size = given.size
        self.box = self.shard.box
        self.inbox = self.code.memory(max(1, self.box * given.record))
        self.filter = self.code.memory(FILTER * given.record)
        self._unsent = self.code.function("unsent")
        self._accept = self.code.function("accept")

    def figures(self, status: Status = Status.EDGE) -> bytes:
        shard = self.shard
        meta = (int(shard.meta[i]) for i in range(len(shard.meta)))
        counts = (int(shard.counts[i]) for i in range(3 * self.plan.actions))
        return array("q", [status, *meta, *counts]).tobytes()

    def obey(self, orders: bytes) -> None:
        """Set words of ``Meta``: pairs of a place and a value."""
        given = words_of(orders)
        for place, value in zip(given[::2], given[1::2], strict=True):
            self.shard.meta[place] = value

    # ------------------------------------------------------------------------ states as a whole
    def load(self, keys: bytes, parents: bytes) -> bytes:
        """Add states that another shard of this number has stored."""
        shard, first = self.shard, self.shard.count
        states = len(keys) // self.size
        shard.reserve(first + states)
        with self.code.view(shard.keys, first * self.size, len(keys)) as view:
            view[:] = keys
        with self.code.view(shard.parents, first * 4, len(parents)) as view:
            view[:] = parents
        shard.meta[Meta.COUNT] = first + states
        return self.figures()

    def loaded(self, counts: bytes, inside: int) -> bytes:
        """All is there: make the table."""
        for i, count in enumerate(words_of(counts)):
            self.shard.counts[i] = count
        self.shard.meta[Meta.INSIDE] = inside
        self.shard.fill()
        return self.figures()

    def stored(self, first: int, end: int) -> tuple[bytes, bytes]:
        """The keys and the parents of some states."""
        with self.code.view(self.shard.keys, first * self.size, (end - first) * self.size) as view:
            keys = bytes(view)
        with self.code.view(self.shard.parents, first * 4, (end - first) * 4) as view:
            return keys, bytes(view)

    def key(self, number: int) -> bytes:
        with self.code.view(self.shard.keys, number * self.size, self.size) as view:
            return bytes(view)

    def parent(self, number: int) -> int:
        return int(self.shard.parents[number])

    def process(self) -> int:
        """The number of the process."""
        return os.getpid()

    def saved(self) -> bytes:
        return array("q", self.shard.saved()).tobytes()

    # ---------------------------------------------------------------------------- the search
    def level(self, start: int) -> bytes:
        self.shard.level(start)
        return self.figures()

    def expand(self, orders: bytes) -> tuple[bytes, ...]:
        """Expand states; the figures, and for each shard what was found for it."""
        self.obey(orders)
        shard, number = self.shard, self.plan.shards
        for i in range(number):
            shard.sent[i] = 0
        if shard.tight and not shard.grown(NO_LIMIT):
            raise MemoryError
        status = shard.expand()
        boxes = []
        for i in range(number):
            sent = int(shard.sent[i])
            first = i * self.box
            if sent:
                sent = self._unsent(shard.boxes, first, first + sent, self.filter, FILTER - 1)
            each = 8 * self.plan.record
            with self.code.view(shard.boxes, first * each, sent * each) as view:
                boxes.append(bytes(view))
        return (self.figures(status), *boxes)

    def accept(self, *boxes: bytes) -> bytes:
        """Keep what is new of what the others have found."""
        shard, status = self.shard, Status.EDGE
        for data in boxes:
            if data and status is Status.EDGE:
                with self.code.view(self.inbox, 0, len(data)) as view:
                    view[:] = data
                status = Status(
                    self._accept(
                        shard.keys, shard.parents, shard.acts, shard.table, shard.meta,
                        shard.counts, self.inbox, 0, len(data) // (8 * self.plan.record),
                        shard.scratch,
                    )
                )  # fmt: skip
        return self.figures(status)

    def recount(self, end: int) -> bytes:
        self.shard.recount(end)
        return self.figures()
