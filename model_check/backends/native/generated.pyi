"""What a generated program defines, for what is written to stand below one."""

from .intrinsics import Memory

ACTIONS: tuple[str, ...]
AWAITED: tuple[str, ...]
BOUNDS: tuple[tuple[str, str], ...]
BOX: int
BUDGET: int
CODE: int
COUNT: int
DEADLOCK: int
DEADLOCK_IS_WRONG: int
DEEPER: int
END: int
FRESH: int
FROM: int
INITIAL: tuple[tuple[int, ...], ...]
INSIDE: int
IS_BROKEN: int
IS_BROKEN_STEP: int
IS_EDGE: int
IS_FAILED: int
IS_GROW: int
IS_STUCK: int
LIMIT: int
NEVER: int
SETTLED: int
MOST: int
NA: int
NEXT: int
PENDING: int
R: int
ROOM: int
SCRATCH: int
SEEN: int
SHARDS: int
SIZE: int
SOURCE: int
STRIDE: int
SUCCESSORS: int
SYMMETRIC: int
TARGET: int
W: int
WITNESS: int

def canonical(p: Memory[int], i: int, tmp: Memory[int], /) -> int: ...
def pack(p: Memory[int], i: int, q: Memory[int], j: int, /) -> int: ...
def put(q: Memory[int], j: int, st: Memory[int], b: int, /) -> int: ...
def within(st: Memory[int], s: int, tmp: Memory[int], /) -> int: ...
def rehash(
    st: Memory[int], tab: Memory[int], first: int, end: int, size: int, tmp: Memory[int], /
) -> int: ...
def run(
    src: Memory[int],
    src_par: Memory[int],
    st: Memory[int],
    par: Memory[int],
    act: Memory[int],
    tab: Memory[int],
    meta: Memory[int],
    cnt: Memory[int],
    out: Memory[int],
    tag: Memory[int],
    rec: Memory[int],
    box: Memory[int],
    sent: Memory[int],
    tmp: Memory[int],
    /,
) -> int: ...
