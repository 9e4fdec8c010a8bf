"""The search around a generated program, for the file that ``ballotproof show --native`` prints.

It stands there below the program, and uses its functions and constants. Here they are declared
only, so that types can be checked.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

__all__ = ["main"]

if TYPE_CHECKING:
    from .generated import (  # pyright: ignore[reportMissingModuleSource]  # there is none: it is made
        ACTIONS,
        AWAITED,
        BOUNDS,
        BOX,
        BUDGET,
        CODE,
        COUNT,
        DEADLOCK,
        DEADLOCK_IS_WRONG,
        DEEPER,
        END,
        FRESH,
        FROM,
        INITIAL,
        INSIDE,
        IS_BROKEN,
        IS_BROKEN_STEP,
        IS_EDGE,
        IS_FAILED,
        IS_GROW,
        IS_STUCK,
        LIMIT,
        MOST,
        NA,
        NEVER,
        NEXT,
        PENDING,
        ROOM,
        SCRATCH,
        SEEN,
        SETTLED,
        SHARDS,
        SIZE,
        SOURCE,
        STRIDE,
        SUCCESSORS,
        SYMMETRIC,
        TARGET,
        WITNESS,
        R,
        W,
        canonical,
        pack,
        put,
        rehash,
        run,
        within,
    )
    from .intrinsics import ld32, lshr

OUTSIDE = 1 << 31  # added to the parent of a state outside the constraint, with the sign reversed


def words(number: int) -> array[int]:
    return array("q", bytes(8 * number))


def halves(number: int) -> array[int]:
    return array("i", bytes(4 * number))


class Search:
    """Breadth first, one level after the other, in memory that grows."""

    def __init__(self) -> None:
        self.room = 1 << 12  # states that there is room for
        self.st = words(self.room * STRIDE // 8 + 2)
        self.par = halves(self.room)
        self.act = words(self.room // 8 + 1)  # the actions that lead to the level being reached
        self.acts: list[bytes] = []  # those of the levels before
        self.meta = words(WITNESS + 64)
        self.cnt = words(5 * NA)
        self.out = words(SUCCESSORS * W)
        self.tag = halves(SUCCESSORS)
        self.rec = words(MOST * R)
        self.tmp = words(SCRATCH)
        self.starts = [0]  # for each level the number of its first state
        self.levels = 0
        meta = self.meta
        meta[SHARDS] = meta[DEEPER] = 1
        meta[BOX] = MOST
        meta[BUDGET] = 1 << 16
        meta[LIMIT] = meta[SETTLED] = NEVER
        meta[DEADLOCK] = DEADLOCK_IS_WRONG
        meta[PENDING] = (1 << len(AWAITED)) - 1
        self.make_table()

    def make_table(self) -> None:
        places = 2 * self.room
        self.tab = words(5 * places // 8 + 2)
        rehash(self.st, self.tab, 0, self.meta[COUNT], places, self.tmp)
        self.meta[SIZE] = places
        self.meta[ROOM] = self.room

    def make_room(self) -> None:
        if self.room - self.meta[COUNT] < 2 * MOST:
            more = self.room + 2 * MOST
            self.st.frombytes(bytes(8 * (more * STRIDE // 8 + 1)))
            self.par.frombytes(bytes(4 * more))
            self.act.frombytes(bytes(8 * (more // 8 + 1)))
            self.room += more
            self.make_table()

    def begin(self) -> None:
        """Store the initial states."""
        met = set()
        for state in INITIAL:
            self.out[:W] = array("q", state)
            inside = within(self.out, 0, self.tmp)
            if SYMMETRIC:
                canonical(self.out, 0, self.tmp)
            found = tuple(self.out[:W])
            if found not in met:
                met.add(found)
                number = self.meta[COUNT]
                pack(self.out, 0, self.rec, 0)
                put(self.rec, 0, self.st, number * STRIDE)
                self.par[number] = 0 if inside else -OUTSIDE
                self.meta[COUNT] += 1
                self.meta[INSIDE] += inside
                self.make_room()
        self.make_table()

    def level(self) -> int:
        """Expand one level; why that ended."""
        meta = self.meta
        meta[FROM] = self.starts[-1]
        meta[NEXT] = 0
        meta[END] = meta[COUNT] - meta[FROM]
        meta[FRESH] = meta[COUNT]
        self.starts.append(meta[COUNT])
        while meta[NEXT] < meta[END]:
            self.make_room()
            status = run(
                self.st, self.par, self.st, self.par, self.act, self.tab, meta, self.cnt, self.out,
                self.tag, self.rec, words(1), words(1), self.tmp,
            )  # fmt: skip
            meta[SEEN] = 0
            if status not in (IS_EDGE, IS_GROW):
                return status
        self.acts.append(self.act.tobytes()[: meta[COUNT] - meta[FRESH]])
        return IS_EDGE

    def path(self) -> list[str]:
        """The actions that lead to the state being expanded."""
        found = []
        place = self.meta[SOURCE]
        for start, acts in zip(self.starts[-2:0:-1], self.acts[::-1], strict=True):
            found.append(ACTIONS[acts[place]])
            place = ld32(self.par, start + place) & OUTSIDE - 1
        return found[::-1]

    def said(self, status: int) -> str:
        code = self.meta[CODE]
        if status == IS_FAILED and code <= -2:
            which, place = BOUNDS[-2 - code]
            return f"there is no room ({which}) for {place}; the engine starts again with more"
        return {
            IS_BROKEN: "the last state breaks an invariant",
            IS_BROKEN_STEP: "a step breaks what is claimed of steps",
            IS_STUCK: "nothing leads out of a state",
            IS_FAILED: "the specification makes a mistake",
        }.get(status, f"status {status}")


def main() -> None:
    search = Search()
    search.begin()
    status, inside = IS_EDGE, -1
    while status == IS_EDGE and inside < search.meta[INSIDE]:
        inside = search.meta[INSIDE]
        search.levels += 1
        status = search.level()
    steps = sum(search.cnt[:NA])
    print(f"{search.meta[INSIDE]:,} states, depth {search.levels}, {steps:,} steps")
    for i, name in enumerate(AWAITED):
        if lshr(search.meta[PENDING], i) & 1:
            print(f"never seen: what {name} speaks of")
    if status != IS_EDGE:
        taken = search.path()
        print(f"{search.said(status)}, at or after {len(taken)} steps: {', '.join(taken)}")
        if search.meta[TARGET]:
            print("and one step more")


if __name__ == "__main__":
    main()
