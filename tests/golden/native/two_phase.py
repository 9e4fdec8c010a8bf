W = 1
NA = 6
BATCH = 32
MOST = 384
AHEAD = 32
STRIDE = 2
R = 3
HASH = 1
NUMBER = 4294967295
SLOT = 1099511627775
NEVER = 4611686018427387903
STRUCK = -1
SAVED = 2
OLD = 3
NEW = 4
KEY = 5
HASHES = 6
NUMBERS = 38
NEXT = 0
END = 1
FROM = 2
COUNT = 3
INSIDE = 4
SIZE = 5
ROOM = 6
LIMIT = 7
DEEPER = 8
FRESH = 9
PENDING = 10
SOURCE = 11
CODE = 12
BUDGET = 13
DEADLOCK = 14
TARGET = 15
DONE = 16
SHARDS = 17
SHARD = 18
BOX = 19
SEEN = 20
SETTLED = 21
BEFORE = 22
STRUCKS = 23
WITNESS = 24
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

def transaction_commit_arrives_0(st, s, out, t, tmp):
    w0 = ld(st, s)
    v0 = ld(out, t)
    if (v0 & 3 == 1) and ((w0 & 0x7ffffffffffffffc) == (v0 & 0x7ffffffffffffffc)):
        if w0 & 3 == 0:
            if ((w0 & 0x7ffffffffffffffc) | 1) == v0:
                return 1
    if (v0 & 12 == 4) and ((w0 & 0x7ffffffffffffff3) == (v0 & 0x7ffffffffffffff3)):
        if w0 & 12 == 0:
            if ((w0 & 0x7ffffffffffffff3) | 4) == v0:
                return 1
    return 0

def transaction_commit_arrives_1(st, s, out, t, tmp):
    w0 = ld(st, s)
    v0 = ld(out, t)
    if (v0 & 3 == 2) and ((w0 & 0x7ffffffffffffffc) == (v0 & 0x7ffffffffffffffc)):
        if w0 & 3 == 1:
            if ((w0 & 3 == 1) or (w0 & 3 == 2)) and ((w0 & 12 == 4) or (w0 & 12 == 8)):
                if ((w0 & 0x7ffffffffffffffc) | 2) == v0:
                    return 1
    if (v0 & 12 == 8) and ((w0 & 0x7ffffffffffffff3) == (v0 & 0x7ffffffffffffff3)):
        if w0 & 12 == 4:
            if ((w0 & 3 == 1) or (w0 & 3 == 2)) and ((w0 & 12 == 4) or (w0 & 12 == 8)):
                if ((w0 & 0x7ffffffffffffff3) | 8) == v0:
                    return 1
    return 0

def transaction_commit_arrives_2(st, s, out, t, tmp):
    w0 = ld(st, s)
    v0 = ld(out, t)
    if (v0 & 3 == 3) and ((w0 & 0x7ffffffffffffffc) == (v0 & 0x7ffffffffffffffc)):
        if (w0 & 3 == 0) or (w0 & 3 == 1):
            if (not (w0 & 3 == 2)) and (not (w0 & 12 == 8)):
                if ((w0 & 0x7ffffffffffffffc) | 3) == v0:
                    return 1
    if (v0 & 12 == 12) and ((w0 & 0x7ffffffffffffff3) == (v0 & 0x7ffffffffffffff3)):
        if (w0 & 12 == 0) or (w0 & 12 == 4):
            if (not (w0 & 3 == 2)) and (not (w0 & 12 == 8)):
                if ((w0 & 0x7ffffffffffffff3) | 12) == v0:
                    return 1
    return 0

def refine_transaction_commit(st, s, out, t, tmp):
    w0 = ld(st, s)
    x1 = (w0 & 3) | (((w0 >> 2) & 3) << 2)
    v0 = ld(out, t)
    x2 = (v0 & 3) | (((v0 >> 2) & 3) << 2)
    if x1 == x2:
        return 1
    sto(tmp, 0, x1)
    sto(tmp, 1, x2)
    r = transaction_commit_arrives_0(tmp, 0, tmp, 1, tmp)
    if r != 0:
        return r
    r = transaction_commit_arrives_1(tmp, 0, tmp, 1, tmp)
    if r != 0:
        return r
    r = transaction_commit_arrives_2(tmp, 0, tmp, 1, tmp)
    if r != 0:
        return r
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
NARROWED = 0

def kept(p, i):
    return 0

def pack(p, i, q, j):
    w0 = ld(p, i + 0)
    sto(q, j + 0, w0)
    return 0

def unpack(q, j, p, i):
    sto(p, i + 0, (ld(q, j + 0)) & 4095)
    return 0

def put(q, j, st, b):
    stu(st, b + 0, ld(q, j + 0))
    return 0

def move(q, j, st, b):
    stu(st, b + 0, ld(q, j + 0) | ldu(st, b + 0) & -65536)
    return 0

def fetch(st, b, q, j):
    sto(q, j + 0, ldu(st, b + 0) & 65535)
    return 0

def agree(st, b, q, j):
    return ldu(st, b + 0) & 65535 == ld(q, j + 0)
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

def hashed(q, j):
    """The murmur finalizer over all words of a key."""
    h = -7046029254386353131
    h = mixed(h ^ ld(q, j + 0))
    h = wmul(h ^ lshr(h, 32), -2961627143540010093)
    h = wmul(h ^ lshr(h, 32), -2961627143540010093)
    return h ^ lshr(h, 32)

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

def run(src, src_par, st, par, act, tab, meta, cnt, out, tag, rec, box, sent, tmp):
    """Expand states of src until something is to be done in Python; a number of Status. What is
    new goes to st, which may be the same."""
    size = ld(meta, SIZE)
    start = ld(meta, FROM)
    shards = ld(meta, SHARDS)
    me = ld(meta, SHARD)
    capacity = ld(meta, BOX)
    fullest = 0
    i = ld(meta, NEXT)
    end = min(ld(meta, END), i + ld(meta, BUDGET))
    status = IS_EDGE
    while i < end:
        if ld(meta, COUNT) + MOST > ld(meta, ROOM) or fullest + MOST > capacity:
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
            if CONSTRAINED and ld32(src_par, start + j) < 0:
                j = j + 1
                continue
            fetch(src, (start + j) * STRIDE, tmp, KEY)
            unpack(tmp, KEY, tmp, OLD)
            here = j * shards + me
            e = expand(tmp, OLD, out, 0, tag, cnt, tmp)
            if e < 0:
                coming = IS_FAILED
                sto(meta, CODE, e)
                sto(meta, TARGET, 0)
                sto(meta, SOURCE, here)
                break
            if e == 0 and ld(meta, DEADLOCK):
                r = terminal(tmp, OLD, tmp)
                if r != 1:
                    coming = IS_STUCK
                    if r < 0:
                        coming = IS_FAILED
                    sto(meta, CODE, r)
                    sto(meta, TARGET, 0)
                    sto(meta, SOURCE, here)
            if STEPPING:
                thorough = 0
                if STILL and e > 0:
                    thorough = still(tmp, OLD, tmp) != 1
                x = 0
                while x < e:
                    r = 1
                    if thorough:
                        r = all_steps(tmp, OLD, out, x * W, tmp)
                    elif same(out, x * W, tmp, OLD) == 0:
                        r = steps(tmp, OLD, out, x * W, ld32(tag, x), tmp)
                    if r != 1:
                        coming = IS_BROKEN_STEP
                        if r < 0:
                            coming = IS_FAILED
                        copy(out, x * W, tmp, SAVED)
                        sto(meta, CODE, r)
                        sto(meta, TARGET, 1)
                        sto(meta, SOURCE, here)
                        e = x
                    x = x + 1
            x = 0
            while x < e:
                if same(out, x * W, tmp, OLD) == 0:
                    if SYMMETRIC:
                        canonical(out, x * W, tmp)
                    if NARROWED:
                        r = kept(out, x * W)
                        if r != 0:
                            coming = IS_FAILED
                            sto(meta, CODE, r)
                            sto(meta, TARGET, 0)
                            sto(meta, SOURCE, here)
                            break
                    pack(out, x * W, rec, m * R)
                    h = hashed(rec, m * R)
                    sto(rec, m * R + HASH, h)
                    sto(rec, m * R + HASH + 1, here | ld32(tag, x) << 32)
                    owner = me
                    if shards > 1:
                        owner = (lshr(h, 8) & 16777215) * shards >> 24
                    if owner == me:
                        prefetch(tab, 5 * place(h, size) >> 3)
                        m = m + 1
                    else:
                        n = ld(sent, owner)
                        k = (owner * capacity + n) * R
                        sto(box, k + 0, ld(rec, m * R + 0))
                        sto(box, k + 1, ld(rec, m * R + 1))
                        sto(box, k + 2, ld(rec, m * R + 2))
                        sto(sent, owner, n + 1)
                        fullest = max(fullest, n + 1)
                x = x + 1
            j = j + 1
        status = insert(st, par, act, tab, meta, cnt, rec, 0, m, tmp)
        if status != IS_EDGE:
            break
        i = j
        if coming != IS_EDGE:
            status = coming
            break
    sto(meta, NEXT, i)
    return status

def recount(st, par, meta, cnt, out, tag, tmp, end):
    """Count the steps from NEXT up to this position again."""
    i = ld(meta, NEXT)
    start = ld(meta, FROM)
    while i < end:
        if CONSTRAINED == 0 or ld32(par, start + i) >= 0:
            fetch(st, (start + i) * STRIDE, tmp, KEY)
            unpack(tmp, KEY, tmp, OLD)
            expand(tmp, OLD, out, 0, tag, cnt, tmp)
        i = i + 1
    return 0

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
