W = 1
NA = 6
BATCH = 32
MOST = 384
SAVED = 7
NUMBER = 68719476735
NEXT = 0
END = 1
COUNT = 2
INSIDE = 3
MASK = 4
ROOM = 5
LIMIT = 6
DEEPER = 7
PENDING = 8
SOURCE = 9
CODE = 10
BUDGET = 11
DEADLOCK = 12
TARGET = 13
SEEN = 14
WITNESS = 15
IS_EDGE = 0
IS_GROW = 1
IS_STATES = 2
IS_DEPTH = 3
IS_BROKEN = 4
IS_BROKEN_STEP = 5
IS_STUCK = 6
IS_FAILED = 7


def act_0(st, s, out, o, tmp):
    w0 = ld(st, s)
    if w0 & 3 == 0:
        sto(out, o, (w0 & 0x7ffffffffffffffc) | 0x101)
        o = o + 1
    if w0 & 12 == 0:
        sto(out, o, (w0 & 0x7ffffffffffffff3) | 0x204)
        o = o + 1
    return o

def act_1(st, s, out, o, tmp):
    w0 = ld(st, s)
    if w0 & 3 == 0:
        sto(out, o, (w0 & 0x7ffffffffffffffc) | 3)
        o = o + 1
    if w0 & 12 == 0:
        sto(out, o, (w0 & 0x7ffffffffffffff3) | 12)
        o = o + 1
    return o

def act_2(st, s, out, o, tmp):
    w0 = ld(st, s)
    if w0 & 0x100 != 0:
        if not ((w0 >> 4) & 1):
            sto(out, o, w0 | 64)
            o = o + 1
    if w0 & 0x200 != 0:
        if not ((w0 >> 4) & 1):
            sto(out, o, w0 | 0x80)
            o = o + 1
    return o

def act_3(st, s, out, o, tmp):
    w0 = ld(st, s)
    if not ((w0 >> 4) & 1):
        if w0 & 0xc0 == 0xc0:
            sto(out, o, (w0 & 0x7fffffffffffffcf) | 0x410)
            o = o + 1
    return o

def act_4(st, s, out, o, tmp):
    w0 = ld(st, s)
    if not ((w0 >> 4) & 1):
        sto(out, o, (w0 & 0x7fffffffffffffcf) | 0x830)
        o = o + 1
    return o

def act_5(st, s, out, o, tmp):
    w0 = ld(st, s)
    if w0 & 0x400 != 0:
        sto(out, o, (w0 & 0x7ffffffffffffffc) | 2)
        o = o + 1
    if w0 & 0x800 != 0:
        sto(out, o, (w0 & 0x7ffffffffffffffc) | 3)
        o = o + 1
    if w0 & 0x400 != 0:
        sto(out, o, (w0 & 0x7ffffffffffffff3) | 8)
        o = o + 1
    if w0 & 0x800 != 0:
        sto(out, o, (w0 & 0x7ffffffffffffff3) | 12)
        o = o + 1
    return o

def inv_agreement_0(st, s, tmp):
    w0 = ld(st, s)
    return (not (w0 & 15 == 14)) and (not (w0 & 15 == 11))

def inv_commit_validity_0(st, s, tmp):
    w0 = ld(st, s)
    return (w0 & 0x400 == 0) or (w0 & 0x300 == 0x300)

def inv_one_decision_0(st, s, tmp):
    w0 = ld(st, s)
    return ((w0 & 0x400 == 0) or ((w0 & 32 == 0) and ((w0 >> 4) & 1))) and ((w0 & 0x800 == 0) or ((w0 & 32 != 0) and ((w0 >> 4) & 1)))

def see_0_all_committed(st, s, tmp):
    w0 = ld(st, s)
    return w0 & 15 == 10

def see_1_all_aborted(st, s, tmp):
    w0 = ld(st, s)
    return w0 & 15 == 15

def see_2_one_decision(st, s, tmp):
    w0 = ld(st, s)
    return not (w0 & 0xc00 == 0)

def step_irrevocability_0(st, s, out, t, tmp):
    w0 = ld(st, s)
    v0 = ld(out, t)
    return (not ((w0 >> 4) & 1)) or (((v0 >> 4) & 1) and (((v0 >> 5) & 1) == ((w0 >> 5) & 1)))

def step_irrevocability_1(st, s, out, t, tmp):
    w0 = ld(st, s)
    v0 = ld(out, t)
    return (((not (w0 & 3 == 2)) and (not (w0 & 3 == 3))) or ((v0 & 3) == (w0 & 3))) and (((not (w0 & 12 == 8)) and (not (w0 & 12 == 12))) or (((v0 >> 2) & 3) == ((w0 >> 2) & 3)))

def transaction_commit_act_0(st, s, out, o, tmp):
    w0 = ld(st, s)
    if w0 & 3 == 0:
        sto(out, o, (w0 & 0x7ffffffffffffffc) | 1)
        o = o + 1
    if w0 & 12 == 0:
        sto(out, o, (w0 & 0x7ffffffffffffff3) | 4)
        o = o + 1
    return o

def transaction_commit_act_1(st, s, out, o, tmp):
    w0 = ld(st, s)
    if w0 & 3 == 1:
        if ((w0 & 3 == 1) or (w0 & 3 == 2)) and ((w0 & 12 == 4) or (w0 & 12 == 8)):
            sto(out, o, (w0 & 0x7ffffffffffffffc) | 2)
            o = o + 1
    if w0 & 12 == 4:
        if ((w0 & 3 == 1) or (w0 & 3 == 2)) and ((w0 & 12 == 4) or (w0 & 12 == 8)):
            sto(out, o, (w0 & 0x7ffffffffffffff3) | 8)
            o = o + 1
    return o

def transaction_commit_act_2(st, s, out, o, tmp):
    w0 = ld(st, s)
    if (w0 & 3 == 0) or (w0 & 3 == 1):
        if (not (w0 & 3 == 2)) and (not (w0 & 12 == 8)):
            sto(out, o, (w0 & 0x7ffffffffffffffc) | 3)
            o = o + 1
    if (w0 & 12 == 0) or (w0 & 12 == 4):
        if (not (w0 & 3 == 2)) and (not (w0 & 12 == 8)):
            sto(out, o, (w0 & 0x7ffffffffffffff3) | 12)
            o = o + 1
    return o

def refine_transaction_commit(st, s, out, t, tmp):
    w0 = ld(st, s)
    x1 = (w0 & 3) | (((w0 >> 2) & 3) << 2)
    v0 = ld(out, t)
    x2 = (v0 & 3) | (((v0 >> 2) & 3) << 2)
    if x1 == x2:
        return 1
    sto(tmp, 0, x1)
    e = transaction_commit_act_0(tmp, 0, tmp, 1, tmp)
    if e < 0:
        return e
    p = 1
    while p < e:
        if ld(tmp, p + 0) == x2:
            return 1
        p = p + 1
    e = transaction_commit_act_1(tmp, 0, tmp, 3, tmp)
    if e < 0:
        return e
    p = 3
    while p < e:
        if ld(tmp, p + 0) == x2:
            return 1
        p = p + 1
    e = transaction_commit_act_2(tmp, 0, tmp, 5, tmp)
    if e < 0:
        return e
    p = 5
    while p < e:
        if ld(tmp, p + 0) == x2:
            return 1
        p = p + 1
    return 0

def tally(cnt, tag, a, o, e, x):
    """Count the steps of action a that end at e, and note for each that it is by this action."""
    if e > o:
        sto(cnt, NA + a, ld(cnt, NA + a) + 1)
    sto(cnt, a, ld(cnt, a) - x)
    while o < e:
        sto32(tag, x, a)
        x = x + 1
        o = o + W
    sto(cnt, a, ld(cnt, a) + x)
    return x
def expand(st, s, out, x, tag, cnt, tmp):
    e = act_0(st, s, out, x * W, tmp)
    if e < 0:
        return e
    x = tally(cnt, tag, 0, x * W, e, x)
    e = act_1(st, s, out, x * W, tmp)
    if e < 0:
        return e
    x = tally(cnt, tag, 1, x * W, e, x)
    e = act_2(st, s, out, x * W, tmp)
    if e < 0:
        return e
    x = tally(cnt, tag, 2, x * W, e, x)
    e = act_3(st, s, out, x * W, tmp)
    if e < 0:
        return e
    x = tally(cnt, tag, 3, x * W, e, x)
    e = act_4(st, s, out, x * W, tmp)
    if e < 0:
        return e
    x = tally(cnt, tag, 4, x * W, e, x)
    e = act_5(st, s, out, x * W, tmp)
    if e < 0:
        return e
    x = tally(cnt, tag, 5, x * W, e, x)
    return x
def check(st, s, a, tmp):
    if a == 0:
        r = inv_agreement_0(st, s, tmp)
        if r != 1:
            return r
        r = inv_commit_validity_0(st, s, tmp)
        if r != 1:
            return r
    if a == 1:
        r = inv_agreement_0(st, s, tmp)
        if r != 1:
            return r
    if a == 3:
        r = inv_commit_validity_0(st, s, tmp)
        if r != 1:
            return r
        r = inv_one_decision_0(st, s, tmp)
        if r != 1:
            return r
    if a == 4:
        r = inv_commit_validity_0(st, s, tmp)
        if r != 1:
            return r
        r = inv_one_decision_0(st, s, tmp)
        if r != 1:
            return r
    if a == 5:
        r = inv_agreement_0(st, s, tmp)
        if r != 1:
            return r
    return 1
def within(st, s, tmp):
    return 1
def terminal(st, s, tmp):
    return 0
def reached(st, s, left, tmp):
    if left & 1:
        r = see_0_all_committed(st, s, tmp)
        if r < -1:
            return r
        if r == 1:
            left = left - 1
    if left & 2:
        r = see_1_all_aborted(st, s, tmp)
        if r < -1:
            return r
        if r == 1:
            left = left - 2
    if left & 4:
        r = see_2_one_decision(st, s, tmp)
        if r < -1:
            return r
        if r == 1:
            left = left - 4
    return left
def steps(st, s, out, t, a, tmp):
    if a == 0:
        r = step_irrevocability_1(st, s, out, t, tmp)
        if r != 1:
            return r
        r = refine_transaction_commit(st, s, out, t, tmp)
        if r != 1:
            return r
    if a == 1:
        r = step_irrevocability_1(st, s, out, t, tmp)
        if r != 1:
            return r
        r = refine_transaction_commit(st, s, out, t, tmp)
        if r != 1:
            return r
    if a == 3:
        r = step_irrevocability_0(st, s, out, t, tmp)
        if r != 1:
            return r
    if a == 4:
        r = step_irrevocability_0(st, s, out, t, tmp)
        if r != 1:
            return r
    if a == 5:
        r = step_irrevocability_1(st, s, out, t, tmp)
        if r != 1:
            return r
        r = refine_transaction_commit(st, s, out, t, tmp)
        if r != 1:
            return r
    return 1
def still(st, s, tmp):
    return 1
def all_steps(st, s, out, t, tmp):
    r = step_irrevocability_0(st, s, out, t, tmp)
    if r != 1:
        return r
    r = step_irrevocability_1(st, s, out, t, tmp)
    if r != 1:
        return r
    r = refine_transaction_commit(st, s, out, t, tmp)
    if r != 1:
        return r
    return 1
def canonical(st, s, tmp):
    return 0
STEPPING = 1
STILL = 0
CONSTRAINED = 0
SYMMETRIC = 0

def same(p, i, q, j):
    return ld(p, i + 0) == ld(q, j + 0)

def copy(p, i, q, j):
    sto(q, j + 0, ld(p, i + 0))
    return 0

def mixed(h):
    h = wmul(h, -6962139563870052059)
    return h ^ lshr(h, 35)

def hashed(st, s):
    """The murmur finalizer over all words."""
    h = -7046029254386353131
    h = mixed(h ^ ld(st, s + 0))
    h = wmul(h ^ lshr(h, 32), -2961627143540010093)
    h = wmul(h ^ lshr(h, 32), -2961627143540010093)
    return h ^ lshr(h, 32)

def rehash(st, tab, first, end, mask):
    """Put the states from first to end into the table."""
    while first < end:
        h = hashed(st, first * W)
        p = h & mask
        while ld(tab, p) != 0:
            p = (p + 1) & mask
        first = first + 1
        sto(tab, p, (h & ~NUMBER) | first)
    return 0

def run(st, par, tab, meta, cnt, out, hs, src, tag, tmp):
    """Expand states until something is to be done in Python; a number of Status."""
    mask = ld(meta, MASK)
    count = ld(meta, COUNT)
    inside = ld(meta, INSIDE)
    i = ld(meta, NEXT)
    end = min(ld(meta, END), i + ld(meta, BUDGET))
    status = IS_EDGE
    while i < end:
        if count + MOST > ld(meta, ROOM):
            status = IS_GROW
            break
        a = 0
        while a < 2 * NA:
            sto(cnt, 3 * NA + a, ld(cnt, a))
            a = a + 1
        stop = min(i + BATCH, end)
        m = 0
        j = i
        coming = IS_EDGE
        while j < stop and coming == IS_EDGE:
            if CONSTRAINED and ld32(par, j) < 0:
                j = j + 1
                continue
            s = j * W
            e = expand(st, s, out, m, tag, cnt, tmp)
            if e < 0:
                coming = IS_FAILED
                sto(meta, CODE, e)
                sto(meta, TARGET, 0)
                sto(meta, SOURCE, j)
                break
            if e == m and ld(meta, DEADLOCK):
                r = terminal(st, s, tmp)
                if r != 1:
                    coming = IS_STUCK
                    if r < 0:
                        coming = IS_FAILED
                    sto(meta, CODE, r)
                    sto(meta, TARGET, 0)
                    sto(meta, SOURCE, j)
            if STEPPING:
                thorough = 0
                if STILL and e > m:
                    thorough = still(st, s, tmp) != 1
                x = m
                while x < e:
                    if thorough:
                        r = all_steps(st, s, out, x * W, tmp)
                    else:
                        r = steps(st, s, out, x * W, ld32(tag, x), tmp)
                    if r != 1:
                        coming = IS_BROKEN_STEP
                        if r < 0:
                            coming = IS_FAILED
                        copy(out, x * W, tmp, SAVED)
                        sto(meta, CODE, r)
                        sto(meta, TARGET, 1)
                        sto(meta, SOURCE, j)
                        e = x
                    x = x + 1
            x = m
            while x < e:
                if same(out, x * W, st, s) == 0:
                    if x != m:
                        copy(out, x * W, out, m * W)
                        sto32(tag, m, ld32(tag, x))
                    if SYMMETRIC:
                        canonical(out, m * W, tmp)
                    h = hashed(out, m * W)
                    sto(hs, m, h)
                    sto32(src, m, j)
                    prefetch(tab, h & mask)
                    m = m + 1
                x = x + 1
            j = j + 1
        x = 0
        while x < m:
            v = ld(tab, ld(hs, x) & mask)
            if v != 0 and v & ~NUMBER == ld(hs, x) & ~NUMBER:
                prefetch(st, ((v & NUMBER) - 1) * W)
            x = x + 1
        x = 0
        while x < m:
            h = ld(hs, x)
            g = h & ~NUMBER
            p = h & mask
            v = ld(tab, p)
            while v != 0:
                if v & ~NUMBER == g:
                    if same(out, x * W, st, ((v & NUMBER) - 1) * W):
                        break
                p = (p + 1) & mask
                v = ld(tab, p)
            if v == 0:
                counted = 1
                if CONSTRAINED:
                    counted = within(out, x * W, tmp)
                if counted == 1:
                    if ld(meta, DEEPER) == 0:
                        status = IS_DEPTH
                    elif inside >= ld(meta, LIMIT):
                        status = IS_STATES
                if counted < 0:
                    status = IS_FAILED
                    sto(meta, CODE, counted)
                if status != IS_EDGE:
                    sto(meta, TARGET, 1)
                    sto(meta, SOURCE, ld32(src, x))
                    copy(out, x * W, tmp, SAVED)
                    break
                s = count * W
                copy(out, x * W, st, s)
                a = ld32(tag, x)
                sto32(par, count, ld32(src, x) if counted else ld32(src, x) - 2147483648)
                count = count + 1
                sto(tab, p, g | count)
                if counted:
                    inside = inside + 1
                    sto(cnt, 2 * NA + a, ld(cnt, 2 * NA + a) + 1)
                r = check(st, s, a, tmp)
                left = ld(meta, PENDING)
                if left > 0 and r >= 0:
                    v = reached(st, s, left, tmp)
                    if v < 0:
                        r = v
                    elif v != left:
                        sto(meta, PENDING, v)
                        sto(meta, WITNESS + ld(meta, SEEN), count - 1)
                        sto(meta, SEEN, ld(meta, SEEN) + 1)
                if r != 1:
                    status = IS_BROKEN
                    if r < 0:
                        status = IS_FAILED
                    sto(meta, CODE, r)
                    sto(meta, TARGET, 1)
                    sto(meta, SOURCE, ld32(src, x))
                    copy(out, x * W, tmp, SAVED)
                    break
            x = x + 1
        if status != IS_EDGE:
            break
        i = j
        if coming != IS_EDGE:
            status = coming
            break
    sto(meta, NEXT, i)
    sto(meta, COUNT, count)
    sto(meta, INSIDE, inside)
    return status
