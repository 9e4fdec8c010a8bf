"""What a generated program may call without defining it, in Python.

Machine code has instructions for these. Here every index and every bound is tested, so that a
program that is run by CPython is a checked one. The file stands on its own: it is also the head of
the program that ``ballotproof show --native`` prints.
"""

from __future__ import annotations

import struct
from array import array

__all__ = [
    "ctz", "fit", "gather", "ld", "ld8", "ld32", "ldu", "lshr", "popcount", "prefetch", "scatter",
    "st8", "sto", "sto32", "stu", "wmul",
]  # fmt: skip

Memory = array  # of signed 64-bit words, or of signed 32-bit half words
WORD = struct.Struct("<q")
MASK = (1 << 64) - 1


def ld(p: Memory[int], i: int) -> int:
    """The word number i."""
    if i < 0:  # Python would count it from the end
        raise IndexError(f"index {i:,}")
    return p[i]


def sto(p: Memory[int], i: int, x: int) -> int:
    """Store a word."""
    if i < 0:
        raise IndexError(f"index {i:,}")
    p[i] = x
    return 0


def ld32(p: Memory[int], i: int) -> int:
    """The half word number i."""
    if i < 0:  # Python would count it from the end
        raise IndexError(f"index {i:,}")
    return p[i]


def sto32(p: Memory[int], i: int, x: int) -> int:
    """Store a half word."""
    if i < 0:
        raise IndexError(f"index {i:,}")
    p[i] = x
    return 0


def ldu(p: Memory[int], b: int) -> int:
    """The eight bytes from byte number b on."""
    found: int = WORD.unpack_from(p, placed(b))[0]
    return found


def stu(p: Memory[int], b: int, x: int) -> int:
    """Store eight bytes."""
    WORD.pack_into(p, placed(b), x)
    return 0


def ld8(p: Memory[int], b: int) -> int:
    """The byte number b, from 0 to 255."""
    return memoryview(p).cast("B")[placed(b)]


def st8(p: Memory[int], b: int, x: int) -> int:
    """Store a byte."""
    memoryview(p).cast("B")[placed(b)] = x & 255
    return 0


def ctz(x: int) -> int:
    """The number of the lowest bit that is set."""
    return (x & -x).bit_length() - 1


def popcount(x: int) -> int:
    """How many bits are set."""
    return (x & MASK).bit_count()


def lshr(x: int, n: int) -> int:
    """Shift right of an unsigned number."""
    return (x & MASK) >> n


def wmul(x: int, y: int) -> int:
    """The product modulo 2**64."""
    z = x * y & MASK
    return z - (1 << 64) if z >> 63 else z


def prefetch(p: Memory[int], i: int) -> int:
    """Nothing here; the machine begins to load word number i."""
    return 0


def fit(x: int, most: int) -> int:
    """Test that a number has room where it is packed."""
    if not 0 <= x <= most:
        raise OverflowError(f"the value {x:,} where there is room up to {most:,}")
    return 0


def gather(word: int, mask: int) -> int:
    """The bits of a word that are in a mask, side by side."""
    made = at = 0
    while mask:
        low = mask & -mask
        made |= bool(word & low) << at
        mask ^= low
        at += 1
    return made


def scatter(bits: int, mask: int) -> int:
    """The word of which these are the bits in the mask."""
    made = 0
    while mask:
        low = mask & -mask
        if bits & 1:
            made |= low
        bits >>= 1
        mask ^= low
    return made


def placed(i: int) -> int:
    """An index; what is below 0 is none, though Python would count it from the end."""
    if i < 0:
        raise IndexError(f"index {i:,}")
    return i
