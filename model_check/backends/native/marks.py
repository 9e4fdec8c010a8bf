"""Fingerprints of 128 bits, which a program keeps in the place of keys where that is asked for.

A *mark* is made of four sums modulo 2**64, of each the upper 32 bits: of a factor and, for each 32
bits of the key, another factor times these. All factors are drawn at random, from a seed. For two
keys that differ, whichever they are, one draw in 2**128 gives them the same mark, so that the
probability of an omission is a matter of the draw and not of the specification.

**Source** the family MULTILINEAR of D. Lemire and O. Kaser, "Strongly universal string hashing is
fast" (The Computer Journal 57, 2014), after J. L. Carter and M. N. Wegman, "Universal classes of
hash functions" (JCSS 18, 1979).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ....spec.lang.errors import InternalError
from .packing import Packing

__all__ = ["BITS", "LEAST", "MARK", "Marks", "factors_of", "marking", "with_marks"]

MARK = 16
"""Bytes of a mark."""
LEAST = MARK
"""Keys of so many bytes or fewer are kept as they are: marks would not be shorter."""
BITS = 128
"""How many bits of a mark are used. Fewer are for tests, which have to see an omission."""
SUMS = 4
HALF = (1 << 32) - 1
ALL = (1 << 64) - 1


def halves(packing: Packing) -> int:
    """How often a key has 32 bits, the last of which it may not fill."""
    return -(-packing.size // 4)


def factors_of(packing: Packing) -> int:
    """How many factors there are."""
    return SUMS * (1 + halves(packing))


def masks() -> tuple[int, int]:
    """The bits of the two words of a mark that are used."""
    used = (1 << BITS) - 1
    return used & ALL, used >> 64


class Marks:
    """The marks of one draw, in Python."""

    def __init__(self, packing: Packing, seed: int) -> None:
        self.seed = seed
        size = 8 * factors_of(packing)
        drawn = hashlib.shake_128(seed.to_bytes(16, "little")).digest(size)
        self.factors = [int.from_bytes(drawn[i : i + 8], "little") for i in range(0, size, 8)]
        self._halves = halves(packing)

    def signed(self) -> Iterator[int]:
        """The factors as words of a program."""
        return (x - (1 << 64) if x >> 63 else x for x in self.factors)

    def of(self, key: bytes) -> bytes:
        """The mark of a key."""
        parts = [int.from_bytes(key[i : i + 4], "little") for i in range(0, len(key), 4)]
        made = 0
        for i in range(SUMS):
            first, *rest = self.factors[i * (1 + self._halves) : (i + 1) * (1 + self._halves)]
            whole = first + sum(a * x for a, x in zip(rest, parts, strict=True))
            made |= (whole >> 32 & HALF) << 32 * i
        return (made & (1 << BITS) - 1).to_bytes(MARK, "little")


def marking(packing: Packing) -> str:
    """The functions of a program that keeps marks. In a record, the mark follows the hash and the
    word after it; the hash is one of the mark, so that it can be made again."""
    count = halves(packing)
    lines = ["def hash_record(q, j, tmp):"]
    for k in range(packing.words):
        lines.append(f"    w{2 * k} = ld(q, j + {k}) & {HALF}")
        if 2 * k + 1 < count:
            lines.append(f"    w{2 * k + 1} = lshr(ld(q, j + {k}), 32)")
    for i in range(SUMS):
        start = i * (1 + count)
        terms = [f"wmul(ld(tmp, FACTORS + {start + 1 + k}), w{k})" for k in range(count)]
        lines.append(f"    s{i} = ld(tmp, FACTORS + {start})")
        lines += [f"    s{i} = s{i} + {term}" for term in terms]
    for i, mask in enumerate(masks()):
        whole = f"lshr(s{2 * i}, 32) | wmul(lshr(s{2 * i + 1}, 32), {1 << 32})"
        whole = whole if mask == ALL else f"({whole}) & {mask}"
        lines += [f"    m{i} = {whole}", f"    sto(q, j + HASH + {2 + i}, m{i})"]
    return "\n".join([*lines, "    return blended(m0, m1)"]) + MARKED


MARKED = """

def blended(f, g):
    h = mixed(-7046029254386353131 ^ f)
    h = mixed(h ^ g)
    h = wmul(h ^ lshr(h, 32), -2961627143540010093)
    return h ^ lshr(h, 32)

def hash_stored(st, n):
    return blended(ldu(st, 16 * n), ldu(st, 16 * n + 8))

def known(st, n, rec, k):
    return ldu(st, 16 * n) == ld(rec, k + HASH + 2) and ldu(st, 16 * n + 8) == ld(rec, k + HASH + 3)

def keep(rec, k, st, n, nxt, fresh):
    stu(st, 16 * n, ld(rec, k + HASH + 2))
    stu(st, 16 * n + 8, ld(rec, k + HASH + 3))
    put(rec, k, nxt, (n - fresh) * WIDTH)
    return 0

def carry(st, n, to, m):
    stu(to, 16 * m, ldu(st, 16 * n))
    stu(to, 16 * m + 8, ldu(st, 16 * n + 8))
    return 0

def hand(st, first, end, start, src, to, at, meta, tmp):
    \"\"\"Give a shard the keys of those states that it is dealt; where the next one goes.\"\"\"
    of = ld(meta, SHARDS)
    me = ld(meta, SHARD)
    while first < end:
        if (lshr(hash_stored(st, first), 8) & 16777215) * of >> 24 == me:
            fetch(src, (first - start) * WIDTH, tmp, KEY)
            put(tmp, KEY, to, at * WIDTH)
            at = at + 1
        first = first + 1
    return at
"""

REPLACED = (
    (
        "def insert(st, par, act, tab, meta, cnt, rec, first, end, tmp):",
        "def insert(st, par, act, tab, meta, cnt, rec, first, end, nxt, tmp):",
    ),
    (
        "def accept(st, par, act, tab, meta, cnt, rec, first, end, tmp):",
        "def accept(st, par, act, tab, meta, cnt, rec, first, end, nxt, tmp):",
    ),
    (
        "def run(src, src_par, st, par, act, tab, meta, cnt, out, tag, rec, box, sent, tmp):",
        "def run(src, src_par, st, par, act, tab, meta, cnt, out, tag, rec, box, sent, nxt, tmp):",
    ),
    ("cnt, rec, first, stop, tmp)", "cnt, rec, first, stop, nxt, tmp)"),
    ("cnt, rec, 0, m, tmp)", "cnt, rec, 0, m, nxt, tmp)"),
    ("agree(st, ((v & NUMBER) - 1) * STRIDE, rec, k)", "known(st, (v & NUMBER) - 1, rec, k)"),
    ("put(rec, k, st, count * STRIDE)", "keep(rec, k, st, count, nxt, fresh)"),
    ("h = hashed(rec, m * R)", "h = hash_record(rec, m * R, tmp)"),
    (
        "            fetch(st, (first + x) * STRIDE, tmp, KEY)\n            h = hashed(tmp, KEY)\n",
        "            h = hash_stored(st, first + x)\n",
    ),
    (
        "        fetch(st, first * STRIDE, tmp, KEY)\n        if (lshr(hashed(tmp, KEY), 8)",
        "        if (lshr(hash_stored(st, first), 8)",
    ),
    ("put(tmp, KEY, to, count * STRIDE)", "carry(st, first, to, count)"),
    ("fetch(src, (start + j) * STRIDE, tmp, KEY)", "fetch(src, (start + j) * WIDTH, tmp, KEY)"),
    ("fetch(st, (start + i) * STRIDE, tmp, KEY)", "fetch(st, (start + i) * WIDTH, tmp, KEY)"),
)
"""What is done with marks, and not with keys. Keys of the level being reached go to ``nxt``."""


def with_marks(text: str) -> str:
    """The search with marks in the place of keys. **Errors** InternalError if it is another one."""
    for old, new in REPLACED:
        if old not in text:
            raise InternalError(f"the program has no line with {old}")
        text = text.replace(old, new)
    return text
