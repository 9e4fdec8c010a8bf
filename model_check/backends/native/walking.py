"""What a program does that takes random walks, in the language of generated programs.

A walk is decided by the seed and its number, and by nothing else: these two make the state of a
generator of random numbers (xorshift64*). The steps out of a state stand in the order in which the
program finds them; each is equally likely.

States that were met are kept, as in a search, so that each is judged once, and so that distinct
states can be counted. When there is no room for more, walks go on: what is not kept is judged
whenever it is met, and not counted.

**Source** G. Marsaglia, Xorshift RNGs, Journal of Statistical Software 8(14), 2003; S. Vigna, An
experimental exploration of Marsaglia's xorshift generators, scrambled, ACM TOMS 42(4), 2016.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["WALKING", "Walk"]


class Walk(IntEnum):
    """The words through which Python and ``walks`` talk, besides those of ``Meta``."""

    SEED = 0
    CHANCE = 1  # the state of the generator
    WALK = 2  # the number of the walk being taken
    LAST = 3  # the number of the first that is not to be taken
    LENGTH = 4  # steps of a walk at most
    AT = 5  # steps taken of this one; -1 before it begins
    NOW = 6  # the number of the state where it is, -1 if that is not kept
    STEPS = 7  # steps to take before returning
    INITIALS = 8  # how many initial states there are
    CHOSEN = 9  # which of them it begins at
    JUDGED = 10  # whether that has been judged
    FULL = 11  # whether no more states can be kept


WALKING = '''
def drawn(w, n):
    """A number below n, by chance."""
    x = ld(w, CHANCE)
    x = x ^ wmul(x, 8192)
    x = x ^ lshr(x, 7)
    x = x ^ wmul(x, 131072)
    sto(w, CHANCE, x)
    return lshr(lshr(wmul(x, 2685821657736338717), 32) * n, 32)

def begun(w):
    """Make the generator of the next walk; the number of the initial state where it begins."""
    x = mixed(mixed(ld(w, SEED) ^ wmul(ld(w, WALK) + 1, -7046029254386353131)))
    if x == 0:
        x = 1
    sto(w, CHANCE, x)
    return drawn(w, ld(w, INITIALS))

def looked_up(st, tab, meta, rec):
    """The number of the state whose key is there; if it is not kept, -1 less its place."""
    size = ld(meta, SIZE)
    h = hashed(rec, 0)
    p = place(h, size)
    v = ldu(tab, 5 * p) & SLOT
    while v != 0:
        if v >> 32 == h & 255:
            if agree(st, ((v & NUMBER) - 1) * STRIDE, rec, 0):
                return (v & NUMBER) - 1
        p = p + 1
        if p == size:
            p = 0
        v = ldu(tab, 5 * p) & SLOT
    return -1 - p

def keep(st, par, tab, meta, rec, p, inside):
    """Keep a state at its place of the table; its number, or -1 if there is no room."""
    count = ld(meta, COUNT)
    if count >= ld(meta, ROOM):
        return -1
    put(rec, 0, st, count * STRIDE)
    sto32(par, count, 1 - inside)
    g = hashed(rec, 0) & 255
    stu(tab, 5 * p, ldu(tab, 5 * p) & ~SLOT | g << 32 | count + 1)
    sto(meta, COUNT, count + 1)
    sto(meta, INSIDE, ld(meta, INSIDE) + inside)
    return count

def within_it(tmp):
    """Whether the new state lies within the constraint; below 0 if it cannot be told."""
    if CONSTRAINED:
        return within(tmp, NEW, tmp)
    return 1

def start(st, par, tab, meta, w, rec, ini, trail, tmp):
    """Go to the initial state of the next walk; a status."""
    if ld(w, JUDGED) == 0:
        sto(w, CHOSEN, begun(w))
    i = ld(w, CHOSEN)
    copy(ini, i * W, tmp, NEW)
    copy(ini, i * W, tmp, OLD)
    copy(ini, i * W, trail, 0)
    pack(tmp, NEW, rec, 0)
    n = looked_up(st, tab, meta, rec)
    if n >= 0:
        inside = 1 - (ld32(par, n) & 1)
    else:
        if ld(w, JUDGED) == 0:
            return IS_ENTER
        inside = within_it(tmp)
        n = keep(st, par, tab, meta, rec, -1 - n, inside)
        if ld(meta, INSIDE) > ld(meta, LIMIT):
            return IS_STATES
    sto(w, JUDGED, 0)
    sto(w, NOW, n)
    sto(w, AT, 0)
    if inside == 0:
        ended(w)
    return IS_EDGE

def ended(w):
    sto(w, WALK, ld(w, WALK) + 1)
    sto(w, AT, -1)
    return 0

def tallied(par, cnt, n):
    """Count the actions that are enabled in a state, if it was not expanded before."""
    new = 0
    if n >= 0:
        if ld32(par, n) & 2 == 0:
            new = 1
            sto32(par, n, ld32(par, n) | 2)
    a = 0
    while a < NA:
        if new:
            sto(cnt, 2 * NA + a, ld(cnt, 2 * NA + a) + ld(cnt, NA + a))
        sto(cnt, a, 0)
        sto(cnt, NA + a, 0)
        a = a + 1
    return 0

def arrived(st, par, tab, meta, w, cnt, out, x, a, rec, tmp):
    """Look at the state number x in out, to which a step by action a leads; a status, and in NOW
    its number, in DONE whether it lies within the constraint."""
    if NARROWED:
        r = kept(out, x * W)
        if r != 0:
            sto(meta, CODE, r)
            return IS_FAILED
    pack(out, x * W, rec, 0)
    n = looked_up(st, tab, meta, rec)
    if n >= 0:
        inside = 1 - (ld32(par, n) & 1)
    else:
        copy(out, x * W, tmp, NEW)
        inside = within_it(tmp)
        if inside < 0:
            sto(meta, CODE, inside)
            return IS_FAILED
        n = keep(st, par, tab, meta, rec, -1 - n, inside)
        if n >= 0:
            sto(cnt, 4 * NA + a, ld(cnt, 4 * NA + a) + inside)
            if ld(meta, INSIDE) > ld(meta, LIMIT):
                return IS_STATES
        r = judged(meta, ld(w, AT) + 1, a, tmp)
        if r != IS_EDGE:
            return r
    sto(w, NOW, n)
    sto(meta, DONE, inside)
    return IS_EDGE

def walks(st, par, tab, meta, w, cnt, out, tag, rec, ini, trail, tmp):
    """Take walks until something is to be done in Python; a number of Status."""
    left = ld(w, STEPS)
    status = IS_EDGE
    while status == IS_EDGE and left > 0 and ld(meta, SEEN) == 0:
        if ld(meta, COUNT) + MOST > ld(meta, ROOM) and ld(w, FULL) == 0:
            status = IS_GROW
            break
        at = ld(w, AT)
        if at < 0:
            if ld(w, WALK) == ld(w, LAST):
                break
            status = start(st, par, tab, meta, w, rec, ini, trail, tmp)
            left = left - 1
            continue
        if at == ld(w, LENGTH):
            ended(w)
            continue
        left = left - 1
        sto(meta, TARGET, 0)
        copy(trail, at * (W + 1), tmp, OLD)
        e = expand(tmp, OLD, out, 0, tag, cnt, tmp)
        if e < 0:
            sto(meta, CODE, e)
            status = IS_FAILED
            break
        tallied(par, cnt, ld(w, NOW))
        if e == 0 and ld(meta, DEADLOCK):
            r = terminal(tmp, OLD, tmp)
            if r != 1:
                sto(meta, CODE, r)
                status = IS_STUCK
                if r < 0:
                    status = IS_FAILED
                break
        inside = 0
        sto(meta, TARGET, 1)
        while e > 0 and inside == 0:
            x = drawn(w, e)
            a = ld32(tag, x)
            sto(cnt, 3 * NA + a, ld(cnt, 3 * NA + a) + 1)
            copy(out, x * W, trail, (at + 1) * (W + 1))
            sto(trail, at * (W + 1) + W, a)
            if STEPPING:
                r = all_steps(tmp, OLD, out, x * W, tmp)
                if r != 1:
                    sto(meta, CODE, r)
                    status = IS_BROKEN_STEP
                    if r < 0:
                        status = IS_FAILED
                    break
            status = arrived(st, par, tab, meta, w, cnt, out, x, a, rec, tmp)
            if status != IS_EDGE:
                break
            inside = ld(meta, DONE)
            e = e - 1
            if inside == 0:
                copy(out, e * W, out, x * W)
                sto32(tag, x, ld32(tag, e))
        if status == IS_EDGE:
            if inside:
                sto(w, AT, at + 1)
            else:
                ended(w)
    sto(w, STEPS, left)
    return status
'''
