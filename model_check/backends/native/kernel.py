"""The search itself, in the language of generated programs: one module for each model.

States stand one after the other in a *store*, in the order in which they are found, so that a
state's number tells its level and the frontier is a range. ``run`` expands states in batches and
returns to Python at the edge of one: to report, to make room, because something is found, or
because there is nothing left. What it does with the successors is in :mod:`.insertion`.

The states may be divided among *shards* by their hash, each with a store and a table of its own, so
that several can be searched at once. A successor that belongs to another shard is left in a *box*
for it. A state is named by its *place in its level*: ``position * shards + shard``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ....spec.lang.errors import Unsupported
from ...ir import nodes as n
from ...passes.premise import premise
from ..codec import Codec
from ..symmetry import Symmetry
from . import marks
from .canonical import canonical
from .components import Component, components_read, components_written
from .external import EXTERNAL
from .insertion import INSERTION
from .interface import NEVER, Meta, Status
from .layout import ELSEWHERE, Bounds, Layout
from .lower import Lowering
from .packing import Packing
from .source import Source
from .walking import WALKING, Walk
from .write import Program, Written

__all__ = ["program"]

MOST_BATCHED = 32
MOST_SUCCESSORS = 1 << 14
MOST_WITNESSES = 60
MOST_ACTIONS = 255
AHEAD = 32
"""So many places of the table are asked for before the first is looked at."""


@dataclass(frozen=True)
class _Claim:
    """A function that asks part of a claim, and what its answer depends on."""

    written: Written
    reads: frozenset[Component]


def program(
    spec: n.Spec,
    codec: Codec,
    bounds: Bounds,
    selected: Collection[str] | None = None,
    abstract: Mapping[str, Codec] | None = None,
    symmetry: Symmetry | None = None,
    *,
    checked: bool = False,
    walks: bool = False,
    fingerprint: bool = False,
) -> Source:
    """The program that searches a model, checking the selected claims, with these bounds; or takes
    random walks.

    **In** a specification without helpers; ``abstract`` has the codec of each refinement. With
    ``symmetry``, states are turned into the representatives of their orbits; ``checked``, it tests
    that what it packs has room; ``fingerprint``, it keeps marks of states where these are shorter.
    **Errors** Unsupported, with the place and the reason.
    """
    try:
        return _Builder(
            spec, codec, bounds, selected, abstract or {}, symmetry, checked, walks, fingerprint
        ).build()
    except RecursionError:
        raise Unsupported(
            f"{spec.span}: loops within loops that come to too many steps in one; {ELSEWHERE}"
        ) from None


class _Builder:
    def __init__(
        self,
        spec: n.Spec,
        codec: Codec,
        bounds: Bounds,
        selected: Collection[str] | None,
        abstract: Mapping[str, Codec],
        symmetry: Symmetry | None,
        checked: bool,
        walks: bool,
        fingerprint: bool,
    ) -> None:
        self.walks = walks
        self.fingerprint = fingerprint
        self.spec = spec
        self.codec = codec
        self.bounds = bounds
        self.selected = selected
        self.abstract = abstract
        self.symmetry = symmetry
        self.layout = Layout(self.spec, codec, bounds)
        self.out = Program(bounds, checked)
        self.lowering = Lowering(self.spec, self.layout, self.out)
        self.writes = [frozenset(components_written(a.body)) for a in self.spec.actions]
        self.whole: list[str] = []

    def chosen(self, kind: n.PropertyKind) -> list[n.Property]:
        found = self.spec.of_kind(kind)
        return [p for p in found if self.selected is None or p.name in self.selected]

    def build(self) -> Source:
        acts = [self.lowering.action(i) for i in range(len(self.spec.actions))]
        successors = max(1, sum(a.successors for a in acts))
        if successors > MOST_SUCCESSORS:
            raise Unsupported(
                f"{self.spec.span}: up to {successors} steps out of one state; "
                "the interpreter can run it (--engine interpret)"
            )
        if len(acts) > MOST_ACTIONS:
            raise Unsupported(
                f"{self.spec.span}: more than {MOST_ACTIONS} actions; "
                "the interpreter can run it (--engine interpret)"
            )
        self.expand(acts)
        self.check()
        self.within()
        self.terminal()
        pending = self.reached()
        stepping, still = self.steps()
        self.whole.append(canonical(self.layout, self.out, self.symmetry))
        batch = max(1, min(MOST_BATCHED, MOST_SUCCESSORS // successors))
        words = self.layout.words
        packing = Packing.of(self.layout)
        saved = self.out.scratch(words)
        record = packing.words + 2
        factors = None
        if self.fingerprint and packing.size > marks.LEAST:
            factors = self.out.scratch(marks.factors_of(packing))
            record += 2
        constants = {
            "W": words,
            "NA": len(acts),
            "BATCH": batch,
            "MOST": batch * successors,
            "AHEAD": AHEAD,
            "STRIDE": packing.size if factors is None else marks.MARK,
            **({} if factors is None else {"WIDTH": packing.size, "FACTORS": factors}),
            "R": record,
            "HASH": packing.words,
            "NUMBER": (1 << 32) - 1,
            "SLOT": (1 << 40) - 1,
            "NEVER": NEVER,
            "STRUCK": -1,
            "SAVED": saved,
            "OLD": self.out.scratch(words),
            "NEW": self.out.scratch(words),
            "KEY": self.out.scratch(packing.words),
            "HASHES": self.out.scratch(AHEAD),
            "NUMBERS": self.out.scratch(AHEAD),
            **{m.name: m.value for m in Meta},
            **({m.name: m.value for m in Walk} if self.walks else {}),
            **{f"IS_{s.name}": s.value for s in Status if self.walks or s is not Status.ENTER},
        }
        head = [f"{name} = {value}" for name, value in constants.items()]
        text = "\n".join(
            [
                "\n".join(head),
                self.out.text(),
                *self.whole,
                packing.text(),
                self.kernel(packing, record, stepping, still, marked=factors is not None),
            ]
        )
        return Source(
            text,
            self.layout,
            packing,
            self.bounds,
            words,
            len(acts),
            batch,
            successors,
            record,
            self.out.scratch_words,
            saved,
            pending,
            {f.name: f.spans for f in self.out.functions},
            factors,
        )

    # -------------------------------------------------------------------------- the model
    def expand(self, acts: list[Written]) -> None:
        lines = ["def expand(st, s, out, x, tag, cnt, tmp):"]
        for i, a in enumerate(acts):
            lines += [
                f"    e = {a.name}(st, s, out, x * W, tmp)",
                "    if e < 0:",
                "        return e",
                f"    x = tally(cnt, tag, {i}, x * W, e, x)",
            ]
        self.whole += [TALLY, "\n".join([*lines, "    return x"])]

    def claims(self, p: n.Property) -> list[n.Expr]:
        """The parts of a property that can be asked one by one."""
        (body,) = p.body
        assert isinstance(body, n.Return)
        assert body.value is not None
        return list(body.value.parts) if isinstance(body.value, n.And) else [body.value]

    def check(self) -> None:
        """``check(st, s, a, tmp)``: the invariants that action ``a`` can have broken."""
        claims = []
        for p in self.chosen(n.PropertyKind.INVARIANT):
            for i, e in enumerate(self.claims(p)):
                written = self.lowering.property(f"inv_{p.name}_{i}", e)
                claims.append(_Claim(written, frozenset(components_read(e))))
        self.dispatch("check", "st, s, a, tmp", "st, s, tmp", claims)

    def dispatch(self, name: str, parameters: str, arguments: str, claims: list[_Claim]) -> None:
        """A function that asks, after each action, the claims that depend on what it writes."""
        lines = [f"def {name}({parameters}):"]
        for i, writes in enumerate(self.writes):
            mine = [c for c in claims if c.reads & writes or c.written.constant == 0]
            asks = self.asking(mine, arguments)
            if asks:
                lines.append(f"    if a == {i}:")
                lines += ["    " + x for x in asks]
        self.whole.append("\n".join([*lines, "    return 1"]))

    def asking(self, claims: list[_Claim], arguments: str) -> list[str]:
        lines = []
        for c in claims:
            if c.written.constant == 1:
                continue
            if c.written.constant is not None:
                return ["    return 0"]
            lines += [
                f"    r = {c.written.name}({arguments})",
                "    if r != 1:",
                "        return r",
            ]
        return lines

    def within(self) -> None:
        claims = []
        for p in self.spec.of_kind(n.PropertyKind.CONSTRAINT):
            for i, e in enumerate(self.claims(p)):
                claims.append(_Claim(self.lowering.property(f"con_{p.name}_{i}", e), frozenset()))
        self.constrained = bool(claims)
        lines = ["def within(st, s, tmp):", *self.asking(claims, "st, s, tmp"), "    return 1"]
        self.whole.append("\n".join(lines))

    def terminal(self) -> None:
        lines = ["def terminal(st, s, tmp):"]
        for p in self.spec.of_kind(n.PropertyKind.TERMINAL):
            (body,) = p.body
            assert isinstance(body, n.Return)
            assert body.value is not None
            written = self.lowering.property(f"end_{p.name}", body.value)
            if written.constant is None:
                lines += [
                    f"    r = {written.name}(st, s, tmp)", "    if r != 0:", "        return r"
                ]  # fmt: skip
            elif written.constant:
                lines.append("    return 1")
        self.whole.append("\n".join([*lines, "    return 0"]))

    def reached(self) -> tuple[str, ...]:
        """``reached(st, s, left, tmp)``: what is still pending after a state is looked at."""
        asked: list[tuple[str, n.Expr]] = []
        for p in self.chosen(n.PropertyKind.REACHABLE):
            (body,) = p.body
            assert isinstance(body, n.Return)
            assert body.value is not None
            asked.append((p.name, body.value))
        for p in self.chosen(n.PropertyKind.INVARIANT):
            (body,) = p.body
            assert isinstance(body, n.Return)
            assert body.value is not None
            condition = premise(body.value)
            if condition is not None:
                asked.append((p.name, condition))
        if len(asked) > MOST_WITNESSES:
            raise Unsupported(
                f"{self.spec.span}: more than {MOST_WITNESSES} reachable properties and premises; "
                "the interpreter can run it (--engine interpret)"
            )
        lines = ["def reached(st, s, left, tmp):"]
        for i, (name, e) in enumerate(asked):
            written = self.lowering.property(f"see_{i}_{name}", e)
            if written.constant is not None:
                if written.constant:
                    lines.append(f"    left = left & {~(1 << i)}")
                continue
            lines += [
                f"    if left & {1 << i}:",
                f"        r = {written.name}(st, s, tmp)",
                "        if r < -1:",  # a mistake is for the invariant itself to meet
                "            return r",
                "        if r == 1:",
                f"            left = left - {1 << i}",
            ]
        self.whole.append("\n".join([*lines, "    return left"]))
        return tuple(name for name, _ in asked)

    def steps(self) -> tuple[bool, bool]:
        """``steps(st, s, out, t, a, tmp)``: the claims about steps that depend on what action ``a``
        writes; ``still(st, s, tmp)``: all of them, about a step that changes nothing, which answers
        for the others too; ``all_steps``: all claims. Says whether there are steps to look at, and
        steps that stand still."""
        claims: list[_Claim] = []
        still: list[_Claim] = []
        for p in self.chosen(n.PropertyKind.STEP_INVARIANT):
            for i, e in enumerate(self.claims(p)):
                name = f"step_{p.name}_{i}"
                reads = frozenset(components_read(e, after=True))
                claims.append(_Claim(self.lowering.step_property(name, e), reads))
                same = self.lowering.step_property(f"still_{p.name}_{i}", e, still=True)
                still.append(_Claim(same, frozenset()))
        for r in self.spec.refinements:
            if self.selected is not None and r.name not in self.selected:
                continue
            layout = Layout(r.abstract, self.abstract[r.name], self.bounds, f"{r.name}:")
            lowering = Lowering(r.abstract, layout, self.out, f"{r.name}_")
            written = self.lowering.refinement(f"refine_{r.name}", r, lowering)
            values = [b.value for b in r.bindings] + [e for _, e in r.mapping]
            reads = frozenset().union(*(components_read(e) for e in values))
            claims.append(_Claim(written, reads))
        self.dispatch("steps", "st, s, out, t, a, tmp", "st, s, out, t, tmp", claims)
        lines = ["def still(st, s, tmp):", *self.asking(still, "st, s, tmp"), "    return 1"]
        self.whole.append("\n".join(lines))
        everything = self.asking(claims, "st, s, out, t, tmp")
        self.whole.append(
            "\n".join(["def all_steps(st, s, out, t, tmp):", *everything, "    return 1"])
        )
        return bool(everything), any(c.written.constant != 1 for c in still)

    # --------------------------------------------------------------------------- the search
    def kernel(
        self, packing: Packing, record: int, stepping: bool, still: bool, *, marked: bool
    ) -> str:
        words = range(self.layout.words)
        same = " and ".join(f"ld(p, i + {k}) == ld(q, j + {k})" for k in words)
        copy = "\n".join(f"    sto(q, j + {k}, ld(p, i + {k}))" for k in words)
        mix = "\n".join(f"    h = mixed(h ^ ld(q, j + {k}))" for k in range(packing.words))
        send = "\n".join(
            f"                        sto(box, k + {i}, ld(rec, m * R + {i}))"
            for i in range(record)
        )
        search = BASICS + INSERTION + (WALKING if self.walks else KERNEL + EXTERNAL)
        if marked:  # without what is for disks, which hold keys
            search = BASICS + marks.marking(packing) + marks.with_marks(INSERTION + KERNEL)
        return (
            search.replace("@SAME@", same)
            .replace("@COPY@", copy)
            .replace("@MIX@", mix)
            .replace("@SEND@", send)
            .replace("@STEPPING@", str(int(stepping)))
            .replace("@STILL@", str(int(stepping and still)))
            .replace("@CONSTRAINED@", str(int(self.constrained)))
            .replace("@SYMMETRIC@", str(int(self.symmetry is not None)))
        )


TALLY = '''\
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
    return x'''

BASICS = '''\
STEPPING = @STEPPING@
STILL = @STILL@
CONSTRAINED = @CONSTRAINED@
SYMMETRIC = @SYMMETRIC@

def same(p, i, q, j):
    return @SAME@

def copy(p, i, q, j):
@COPY@
    return 0

def mixed(h):
    h = wmul(h, -6962139563870052059)
    return h ^ lshr(h, 35)

def hashed(q, j):
    """The murmur finalizer over all words of a key."""
    h = -7046029254386353131
@MIX@
    h = wmul(h ^ lshr(h, 32), -2961627143540010093)
    h = wmul(h ^ lshr(h, 32), -2961627143540010093)
    return h ^ lshr(h, 32)

'''

KERNEL = '''
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
@SEND@
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
'''
