"""What a program does when not all states fit into memory.

Once states of a shard are on disk, a successor that is not in memory may still be one of them. It
is kept as a *candidate*: with a number, but not judged, and not counted. From time to time, at the
end of a level at the latest, all keys on disk are read once, one after the other, and those of the
candidates that are among them are struck out (``sift``). The others are new. They move together,
and are judged and counted as if they had just been met (``settle``).

So no answer depends on what is in memory: a state is still known by its whole key, and its level is
still the first in which it is met. Of a candidate that is struck out the parent is STRUCK.

**Source** duplicates are detected late, in one pass, as in R. E. Korf, "Best-First Frontier Search
with Delayed Duplicate Detection" (AAAI 2004); U. Stern and D. L. Dill, "Using Magnetic Disk instead
of Main Memory in the Murphi Verifier" (CAV 1998) do it for a table of fingerprints.
"""

from __future__ import annotations

__all__ = ["EXTERNAL"]

EXTERNAL = '''
def mark(st, bits, of, meta, tmp):
    """Set, among so many bits, one for each candidate."""
    n = ld(meta, SETTLED)
    while n < ld(meta, COUNT):
        fetch(st, n * STRIDE, tmp, KEY)
        b = place(hashed(tmp, KEY), of)
        st8(bits, b >> 3, ld8(bits, b >> 3) | 1 << (b & 7))
        n = n + 1
    return 0

def sift(src, src_par, place_of, end, st, par, act, tab, bits, of, meta, cnt, tmp):
    """Strike out the candidates that are among so many states. place_of the first one is its place
    among the states of the level being reached, or negative for those of others. A state whose bit
    is not set is no candidate. The sum of what was read, to compare with that of what was written.
    """
    size = ld(meta, SIZE)
    settled = ld(meta, SETTLED)
    shift = ld(meta, BEFORE) - ld(meta, FRESH)
    total = 0
    i = 0
    while i < end:
        stop = min(i + AHEAD, end)
        m = 0
        while i < stop:
            fetch(src, i * STRIDE, tmp, KEY)
            h = hashed(tmp, KEY)
            total = total ^ h
            b = place(h, of)
            if ld8(bits, b >> 3) >> (b & 7) & 1:
                sto(tmp, HASHES + m, h)
                sto(tmp, NUMBERS + m, i)
                prefetch(tab, 5 * place(h, size) >> 3)
                m = m + 1
            i = i + 1
        x = 0
        while x < m:
            h = ld(tmp, HASHES + x)
            j = ld(tmp, NUMBERS + x)
            g = h & 255
            p = place(h, size)
            v = ldu(tab, 5 * p) & SLOT
            while v != 0:
                n = (v & NUMBER) - 1
                if n >= settled and v >> 32 == g:
                    fetch(src, j * STRIDE, tmp, KEY)
                    if agree(st, n * STRIDE, tmp, KEY):
                        if place_of >= 0:
                            a = ld8(act, n + shift)
                            o = ld8(act, place_of + j)
                            if a < o:
                                st8(act, place_of + j, a)
                                if ld32(src_par, j) >= 0:
                                    sto(cnt, 2 * NA + o, ld(cnt, 2 * NA + o) - 1)
                                    sto(cnt, 2 * NA + a, ld(cnt, 2 * NA + a) + 1)
                        sto32(par, n, STRUCK)
                        sto(meta, STRUCKS, ld(meta, STRUCKS) + 1)
                        break
                p = p + 1
                if p == size:
                    p = 0
                v = ldu(tab, 5 * p) & SLOT
            x = x + 1
    return total

def settle(st, par, act, meta, cnt, tmp):
    """Judge the candidates that are left; a status. Those that come after one at which it stopped
    are forgotten."""
    shift = ld(meta, BEFORE) - ld(meta, FRESH)
    inside = ld(meta, INSIDE)
    end = ld(meta, COUNT)
    x = ld(meta, SETTLED)
    n = x
    status = IS_EDGE
    while x < end and status == IS_EDGE:
        w = ld32(par, x)
        if w != STRUCK:
            fetch(st, x * STRIDE, tmp, KEY)
            unpack(tmp, KEY, tmp, NEW)
            a = ld8(act, x + shift)
            counted = admitted(meta, inside, tmp)
            if counted > 1:
                status = counted - 2
            else:
                if n < x:
                    move(tmp, KEY, st, n * STRIDE)
                    st8(act, n + shift, a)
                sto32(par, n, w if counted else w - 2147483648)
                if counted:
                    inside = inside + 1
                    sto(cnt, 2 * NA + a, ld(cnt, 2 * NA + a) + 1)
                n = n + 1
                status = judged(meta, n - 1, a, tmp)
            if status != IS_EDGE:
                sto(meta, TARGET, 1)
                sto(meta, SOURCE, w)
                copy(tmp, NEW, tmp, SAVED)
        x = x + 1
    sto(meta, COUNT, n)
    sto(meta, SETTLED, n)
    sto(meta, INSIDE, inside)
    return status

def summed(st, first, end, tmp):
    """The sum of the keys of some states."""
    total = 0
    while first < end:
        fetch(st, first * STRIDE, tmp, KEY)
        total = total ^ hashed(tmp, KEY)
        first = first + 1
    return total
'''
