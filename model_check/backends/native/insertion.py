"""What a program does with successors: keep those that are new, and judge them.

A successor travels as a *record*: its key, its hash, and one word with the state it comes from and
the action that leads to it. The *table* has five bytes for each place: eight bits of the hash, and
a number of 32 bits, 0 where there is none. A hash that agrees is verified by the key, so no state
is ever taken for another. A place follows from the upper half of the hash, the eight bits are its
lowest, and the shard to which a state belongs is told by those between.

Of the actions that lead to a state from the level before, the first in the specification is said
to have discovered it. So that no figure depends on the order within a level. Which action that is
so far is kept for the states of the level being reached.
"""

from __future__ import annotations

__all__ = ["INSERTION"]

INSERTION = '''\
def place(h, size):
    """Where in a table of so many places to look first."""
    return lshr(lshr(h, 32) * size, 32)

def admitted(meta, inside, tmp):
    """Whether the new state lies within the constraint: 1 or 0; 2 and a status to stop."""
    counted = 1
    if CONSTRAINED:
        counted = within(tmp, NEW, tmp)
        if counted < 0:
            sto(meta, CODE, counted)
            return 2 + IS_FAILED
    if counted:
        if ld(meta, DEEPER) == 0:
            return 2 + IS_DEPTH
        if inside >= ld(meta, LIMIT):
            return 2 + IS_STATES
    return counted

def judged(meta, number, a, tmp):
    """A status: whether the new state, which got this number, breaks an invariant."""
    r = check(tmp, NEW, a, tmp)
    left = ld(meta, PENDING)
    if left > 0 and r >= 0:
        v = reached(tmp, NEW, left, tmp)
        if v < 0:
            r = v
        elif v != left:
            sto(meta, PENDING, v)
            sto(meta, WITNESS + ld(meta, SEEN), number)
            sto(meta, SEEN, ld(meta, SEEN) + 1)
    if r == 1:
        return IS_EDGE
    sto(meta, CODE, r)
    if r < 0:
        return IS_FAILED
    return IS_BROKEN

def insert(st, par, act, tab, meta, cnt, rec, first, end, tmp):
    """Keep and judge what is new among some records; a status, and where it stopped in DONE."""
    size = ld(meta, SIZE)
    count = ld(meta, COUNT)
    inside = ld(meta, INSIDE)
    fresh = ld(meta, FRESH)
    shift = ld(meta, BEFORE) - fresh
    settled = ld(meta, SETTLED)
    status = IS_EDGE
    x = first
    while x < end:
        h = ld(rec, x * R + HASH)
        v = ldu(tab, 5 * place(h, size)) & SLOT
        if v != 0 and v >> 32 == h & 255:
            prefetch(st, ((v & NUMBER) - 1) * STRIDE >> 3)
        x = x + 1
    x = first
    while x < end:
        k = x * R
        h = ld(rec, k + HASH)
        g = h & 255
        p = place(h, size)
        v = ldu(tab, 5 * p) & SLOT
        while v != 0:
            if v >> 32 == g:
                if agree(st, ((v & NUMBER) - 1) * STRIDE, rec, k):
                    break
            p = p + 1
            if p == size:
                p = 0
            v = ldu(tab, 5 * p) & SLOT
        w = ld(rec, k + HASH + 1)
        a = w >> 32
        w = w & NUMBER
        if v != 0:
            n = (v & NUMBER) - 1
            if n >= fresh:
                o = ld8(act, n + shift)
                if a < o:
                    st8(act, n + shift, a)
                    if n < settled and ld32(par, n) >= 0:
                        sto(cnt, 2 * NA + o, ld(cnt, 2 * NA + o) - 1)
                        sto(cnt, 2 * NA + a, ld(cnt, 2 * NA + a) + 1)
        elif settled < NEVER:
            put(rec, k, st, count * STRIDE)
            st8(act, count + shift, a)
            sto32(par, count, w)
            count = count + 1
            stu(tab, 5 * p, ldu(tab, 5 * p) & ~SLOT | g << 32 | count)
        else:
            unpack(rec, k, tmp, NEW)
            counted = admitted(meta, inside, tmp)
            if counted > 1:
                status = counted - 2
            else:
                put(rec, k, st, count * STRIDE)
                st8(act, count + shift, a)
                sto32(par, count, w if counted else w - 2147483648)
                count = count + 1
                stu(tab, 5 * p, ldu(tab, 5 * p) & ~SLOT | g << 32 | count)
                if counted:
                    inside = inside + 1
                    sto(cnt, 2 * NA + a, ld(cnt, 2 * NA + a) + 1)
                status = judged(meta, count - 1, a, tmp)
            if status != IS_EDGE:
                sto(meta, TARGET, 1)
                sto(meta, SOURCE, w)
                copy(tmp, NEW, tmp, SAVED)
                break
        x = x + 1
    sto(meta, DONE, x)
    sto(meta, COUNT, count)
    sto(meta, INSIDE, inside)
    return status

def accept(st, par, act, tab, meta, cnt, rec, first, end, tmp):
    """Insert what another shard has sent."""
    size = ld(meta, SIZE)
    while first < end:
        stop = min(first + AHEAD, end)
        x = first
        while x < stop:
            prefetch(tab, 5 * place(ld(rec, x * R + HASH), size) >> 3)
            x = x + 1
        status = insert(st, par, act, tab, meta, cnt, rec, first, stop, tmp)
        if status != IS_EDGE:
            return status
        first = stop
    return IS_EDGE

def rehash(st, tab, first, end, size, tmp):
    """Put the states from first to end into the table."""
    while first < end:
        stop = min(first + AHEAD, end)
        x = 0
        while first + x < stop:
            fetch(st, (first + x) * STRIDE, tmp, KEY)
            h = hashed(tmp, KEY)
            sto(tmp, HASHES + x, h)
            prefetch(tab, 5 * place(h, size) >> 3)
            x = x + 1
        x = 0
        while first < stop:
            h = ld(tmp, HASHES + x)
            p = place(h, size)
            while ldu(tab, 5 * p) & SLOT != 0:
                p = p + 1
                if p == size:
                    p = 0
            x = x + 1
            first = first + 1
            stu(tab, 5 * p, ldu(tab, 5 * p) & ~SLOT | (h & 255) << 32 | first)
    return 0

def deal(st, par, act, first, end, start, peer, peers, was, now, to, to_par, to_act, meta, tmp):
    """Give a shard those of another's states, from first to end, that belong to it under another
    division. start is the first number of their level; was and now say for each place in the
    level before and in this one which place it has after that."""
    of = ld(meta, SHARDS)
    me = ld(meta, SHARD)
    count = ld(meta, COUNT)
    inside = ld(meta, INSIDE)
    while first < end:
        fetch(st, first * STRIDE, tmp, KEY)
        if (lshr(hashed(tmp, KEY), 8) & 16777215) * of >> 24 == me:
            put(tmp, KEY, to, count * STRIDE)
            st8(to_act, count - ld(meta, FROM), ld8(act, first - start))
            w = ld32(par, first)
            if w < 0:
                sto32(to_par, count, ld32(was, w + 2147483648) - 2147483648)
            else:
                sto32(to_par, count, ld32(was, w))
                inside = inside + 1
            sto32(now, (first - start) * peers + peer, (count - ld(meta, FROM)) * of + me)
            count = count + 1
        first = first + 1
    sto(meta, COUNT, count)
    sto(meta, INSIDE, inside)
    return 0
'''
