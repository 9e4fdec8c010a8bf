"""Actions as words: the functions that write the successors of a state, or ask for one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, assert_never

from ....spec.lang.errors import InternalError, Span
from ...ir import nodes as n
from ...ir import walk
from ...ir.sorts import (
    RecordSort,
    SeqSort,
    Sort,
    UnionSort,
)
from ..codec import Value
from . import terms as t
from .body import LARGEST_WRITTEN_OUT, Body, where_visited, written_out
from .expressions import Env, Fields
from .layout import (
    ListShape,
    MapShape,
    SetPart,
    SetShape,
    Shape,
    SplitShape,
)
from .terms import FALSE, TRUE, Const, Name, Term
from .values import (
    Computed,
    Entries,
    Known,
    Scan,
    Val,
    known,
)
from .write import Lines

if TYPE_CHECKING:
    from .lower import Lowering

__all__ = ["Action", "Arrival"]

MERGED = 30
"""What two ways have in common afterwards gets a name where it is larger than this."""


class Action(Body):
    """A function that writes the successors of a state by one action."""

    def __init__(self, lowering: Lowering, action: n.Action) -> None:
        super().__init__(lowering)
        self.action = action
        self.successors = 0
        self.loaded_fields: Fields = {}
        self.assigned_at: dict[str, Span] = {}

    def write(self) -> None:
        """All instances, one after the other, each beginning at the same state."""
        start = self.loaded_fields = dict(self.fields)
        parameters = [p for p in self.action.parameters if not p.drawn]
        domains = [self.codec.values(p.sort) for p in parameters]
        for chosen in itertools.product(*domains):
            self.fields = dict(start)
            self.env = {
                p.name: Known(p.sort, (x,)) for p, x in zip(parameters, chosen, strict=True)
            }
            facts = self.facts
            self.instance()
            self.facts = facts

    def instance(self) -> None:
        """Write the action for the parameters that are chosen."""
        self.run(self.action.body, self.emit)

    def run(self, body: tuple[n.Stmt, ...], done: Callable[[], None]) -> None:
        """Write the statements; ``done`` writes what comes after them."""
        if not body:
            done()
            return
        s, rest = body[0], body[1:]
        self.span = s.span
        match s:
            case n.Require():
                condition = self.test(s.condition)
                if condition != FALSE:
                    with self.when(condition):
                        self.run(rest, done)
            case n.Choose():
                self.choose(s, rest, done)
            case n.Let():
                value = self.named_value(self.value(s.value))
                self.env = {**self.env, s.name: value}
                self.run(rest, done)
            case n.Assign():
                self.fields = {**self.fields, s.field: self.stored(s.field, self.value(s.value))}
                self.assigned_at[s.field] = s.span
                self.run(rest, done)
            case n.Branch():
                self.branch(s, rest, done)
            case n.Loop():
                self.unrolled(s, rest, done)
            case n.Perform() | n.Return():
                raise InternalError(f"{s.span}: a statement that was to be expanded")
            case _:
                assert_never(s)

    def stored(self, name: str, v: Val) -> Val:
        """A value as a field keeps it."""
        shape = self.layout.fields[name]
        return self._stored(shape, v, self.fields.get(name))

    def _stored(self, shape: Shape, v: Val, old: Val | None) -> Val:
        if isinstance(shape, MapShape):
            entries = self.entries(v)
            before = self.entries(old) if old is not None else (None,) * shape.keys
            pairs = zip(entries, before, strict=True)
            return Entries(shape.sort, tuple(self._stored(shape.of, x, y) for x, y in pairs))
        if v is old:
            return v
        made = self.fitted(v, shape)
        return self.named_value(made)

    # ------------------------------------------------------------------------- statements
    def choose(self, s: n.Choose, rest: tuple[n.Stmt, ...], done: Callable[[], None]) -> None:
        """One step for each element of the domain that is of the parameter's sort."""
        domain = self.domain(s.domain)
        outer_env, outer_fields = self.env, self.fields

        def take(x: Val) -> None:
            self.env, self.fields = {**outer_env, s.name: x}, outer_fields
            self.run(rest, done)
            self.env, self.fields = outer_env, outer_fields

        if isinstance(domain, Computed) and isinstance(domain.shape, SplitShape):
            wanted = s.sort.records if isinstance(s.sort, UnionSort) else (s.sort,)
            for record, piece in self.pieces(domain):
                if record in wanted:
                    self.choose_among(s, rest, piece, take)
        else:
            self.choose_among(s, rest, domain, take)

    def choose_among(
        self,
        s: n.Choose,
        rest: tuple[n.Stmt, ...],
        domain: Val | n.Range,
        take: Callable[[Val], None],
    ) -> None:
        if isinstance(domain, Computed) and isinstance(domain.shape, SetShape):
            for part in domain.shape.parts:
                for k in range(len(part.sizes)):
                    self.choose_in_lane(s, rest, domain, part, k, take)
            return
        listed = self.listed_choice(domain)
        if listed is not None:
            for x, condition in listed:
                is_it = self.is_of(x, s.sort)
                facts = self.facts
                with self.when(t.both((condition, is_it))):
                    if t.both((condition, is_it)) != FALSE:
                        take(self.as_sort(x, s.sort))
                self.facts = facts
            return

        def visit(x: Val) -> None:
            is_it = self.is_of(x, s.sort)
            if is_it != FALSE:
                with self.when(is_it):
                    take(self.as_sort(x, s.sort))

        self.loop(domain, visit)

    def choose_in_lane(
        self,
        s: n.Choose,
        rest: tuple[n.Stmt, ...],
        domain: Computed,
        part: SetPart,
        number: int,
        take: Callable[[Val], None],
    ) -> None:
        """A choice among the elements in one lane of a set.

        If they are many there is a loop for each combination of what serves as keys of maps: it is
        then known which entries of the state are meant.
        """
        lane = domain.lanes[part.first + number]
        scan, _ = self.scanned(part, number)
        facts = self.facts
        if len(scan.domain) <= LARGEST_WRITTEN_OUT:
            for i, x in enumerate(scan.domain):
                with self.when(t.bit(lane, i)):
                    take(Known(part.element.sort, (x,)))
                self.facts = facts
            return
        for mask in self.groups(s, rest, part, scan):
            scan = Scan(self.fresh("i"), scan.domain)
            inside = known(
                part.element.sort,
                (scan,),
                partial(_element_at, scan),
            )
            visit = partial(take, where_visited(inside, scan, mask))
            self.scan(t.band(lane, Const(mask)), scan, visit)
            self.facts = facts

    def groups(self, s: n.Choose, rest: tuple[n.Stmt, ...], part: SetPart, scan: Scan) -> list[int]:
        """The elements of a lane, apart by the fields that the statements use as keys of maps."""
        record = part.element.sort
        if not isinstance(record, RecordSort):
            return [(1 << len(scan.domain)) - 1]
        keys = keys_used(s.name, rest)
        numbers = [i + 1 for i, (name, _) in enumerate(record.fields) if name in keys]
        found: dict[tuple[object, ...], int] = {}
        for i, x in enumerate(scan.domain):
            key = tuple(x[k] for k in numbers)
            found[key] = found.get(key, 0) | 1 << i
        if len(found) > LARGEST_WRITTEN_OUT:
            return [(1 << len(scan.domain)) - 1]
        return list(found.values())

    def listed_choice(self, domain: Val | n.Range) -> list[tuple[Val, Term]] | None:
        """The elements to choose from, written out, each of them once."""
        if isinstance(domain, Computed) and isinstance(domain.shape, SetShape):
            return written_out(domain, domain.shape)
        listed = self.listed(domain)
        if listed is None or isinstance(domain, n.Range) or not isinstance(domain.sort, SeqSort):
            return listed
        once: list[tuple[Val, Term]] = []
        for x, condition in listed:
            new = [t.negation(t.both((c, self.equal(x, y)))) for y, c in once]
            once.append((x, t.both((condition, *new))))
        return once

    def is_of(self, x: Val, sort: Sort) -> Term:
        """Whether an element is of the parameter's sort."""
        match sort:
            case RecordSort():
                return self.is_record(x, sort)
            case UnionSort():
                return t.either(self.is_record(x, r) for r in sort.records)
            case _:
                return TRUE

    def as_sort(self, x: Val, sort: Sort) -> Val:
        return self.as_record(x, sort) if isinstance(sort, RecordSort) else x

    def branch(self, s: n.Branch, rest: tuple[n.Stmt, ...], done: Callable[[], None]) -> None:
        test = self.test(s.test)
        if isinstance(test, Const):
            self.run((*(s.then if test.value else s.orelse), *rest), done)
            return
        self.forked(
            self.assigned(test, "b") if t.size_of(test) > 3 else test,
            partial(self.run, s.then),
            partial(self.run, s.orelse),
            _may_block(s),
            lambda: self.run(rest, done),
        )

    def forked(
        self,
        test: Term,
        then: Callable[[Callable[[], None]], None],
        orelse: Callable[[Callable[[], None]], None],
        may_block: bool,
        after: Callable[[], None],
    ) -> None:
        """Two ways, and what they have in common afterwards: what either has changed is chosen."""
        start_env, start_fields = self.env, self.fields
        ends: list[tuple[Env, Fields] | None] = []
        blocks: list[Lines] = []
        going = self.fresh("b") if may_block else None
        for way, fact in ((then, test), (orelse, t.negation(test))):
            reached: list[tuple[Env, Fields]] = []

            def arrive(reached: list[tuple[Env, Fields]] = reached) -> None:
                reached.append((self.env, self.fields))
                if going is not None:
                    self.line(f"{going.text} = 1")

            self.env, self.fields = start_env, start_fields
            lines, _ = self.apart(partial(way, arrive), fact)
            if len(reached) > 1:
                raise self.unsupported("a choice inside a branch")
            ends.append(reached[0] if reached else None)
            blocks.append(lines)
        if going is not None:
            self.line(f"{going.text} = 0")
        then_lines, else_lines = blocks
        if then_lines:
            self.lines += [f"if {t.show(test)}:", then_lines]
            if else_lines:
                self.lines += ["else:", else_lines]
        elif else_lines:
            self.lines += [f"if {t.show(t.negation(test))}:", else_lines]
        first, second = ends
        if first is None and second is None:
            return
        if first is None or second is None:
            one = first if first is not None else second
            assert one is not None
            self.env, self.fields = one
        else:
            self.fields = {
                name: self.merged(test, first[1][name], second[1][name]) for name in start_fields
            }
            names = first[0].keys() & second[0].keys()
            self.env = {x: self.merged(test, first[0][x], second[0][x]) for x in names}
        if going is not None:
            with self.when(going):
                after()
        else:
            after()

    def merged(self, test: Term, a: Val, b: Val) -> Val:
        """The one or the other. A large choice gets a name: what follows may be written in both
        ways of the next fork, and a text that is doubled at each fork has no end."""
        return a if a is b or a == b else self.named_value(self.chosen(test, a, b), MERGED)

    def unrolled(self, s: n.Loop, rest: tuple[n.Stmt, ...], done: Callable[[], None]) -> None:
        """The body once for each possible element, behind the question whether it is one."""
        listed = self.listed_loop(self.domain(s.domain))
        hidden = self.env.get(s.name)

        def step(number: int) -> None:
            if number == len(listed):
                env = {x: v for x, v in self.env.items() if x != s.name}
                self.env = env if hidden is None else {**env, s.name: hidden}
                self.run(rest, done)
                return
            x, condition = listed[number]

            def body(arrived: Callable[[], None]) -> None:
                self.env = {**self.env, s.name: x}
                self.run(s.body, arrived)

            if condition == TRUE:
                body(lambda: step(number + 1))
            elif condition == FALSE:
                step(number + 1)
            else:
                blocks = any(isinstance(y, n.Require) for y in walk.statements_in(s.body))
                self.forked(condition, body, _skip, blocks, lambda: step(number + 1))

        step(0)

    def listed_loop(self, domain: Val | n.Range) -> list[tuple[Val, Term]]:
        if isinstance(domain, Computed) and isinstance(domain.shape, SplitShape):
            return [x for _, piece in self.pieces(domain) for x in self.listed_loop(piece)]
        if isinstance(domain, Computed) and isinstance(domain.shape, SetShape):
            found = self.listed_choice(domain)
            assert found is not None
            return found
        if isinstance(domain, Computed) and isinstance(domain.shape, ListShape):
            shape = domain.shape
            made: list[tuple[Val, Term]] = []
            above: Term = Const(0)
            for lane in domain.lanes:
                code = self.assigned(lane)
                made.append(
                    (
                        self.decoded(shape.of, code),
                        t.both((t.nonzero(code), t.negation(t.equal(code, above)))),
                    )
                )
                above = code
            return made
        listed = self.listed(domain)
        if listed is None:
            raise self.unsupported("a loop over so many ints")
        return listed

    def emit(self) -> None:
        """Write the successor."""
        for i, word in enumerate(self.successor(self.changed())):
            place_of = f"o + {i}" if i else "o"
            self.line(f"sto(out, {place_of}, {t.show(word)})")
        self.line(f"o = o + {self.layout.words}")
        self.successors += self.repeats

    def changed(self) -> list[Change]:
        """What has been assigned, word by word: all bits that may have changed."""
        layout = self.layout
        changes: list[Change] = []
        for name, shape in layout.fields.items():
            made = self.fitted(self.fields[name], shape)
            if self.program.checked and self.fields[name] != self.loaded_fields[name]:
                self.span = self.assigned_at.get(name, self.action.span)
                self.keep(made)
            for place, x in zip(layout.places[name], made.lanes, strict=True):
                old: Term = t.Bits(Name(f"w{place.word}"), place.offset, place.lane.width)
                if place.lane.width == 0 or x == t.add(old, Const(place.lane.low)):
                    continue
                bits = t.subtract(x, Const(place.lane.low)) if place.lane.low else x
                match bits:
                    case t.Op("|", (t.Bits(word, at, _), Const(new))) if (
                        word == Name(f"w{place.word}") and at == place.offset
                    ):
                        changes.append(Change(place.word, new << at, at, Const(new), True))
                    case _:
                        mask = ((1 << place.lane.width) - 1) << place.offset
                        changes.append(Change(place.word, mask, place.offset, bits))
        return changes

    def successor(self, changes: list[Change]) -> list[Term]:
        """The words of the successor."""
        words: list[Term] = [Name(f"w{i}") for i in range(self.layout.words)]
        for word in dict.fromkeys(c.word for c in changes):
            mine = [c for c in changes if c.word == word]
            cleared = 0
            added: Term = Const(0)
            for c in mine:
                cleared |= 0 if c.only_sets else c.mask
                added = t.bor(added, t.shift_left(c.bits, Const(c.offset)))
            kept = t.band(words[word], Const((1 << 63) - 1 ^ cleared)) if cleared else words[word]
            words[word] = t.bor(kept, added)
        return words


@dataclass(frozen=True)
class Change:
    """Bits of a word, those of ``mask``, that become ``bits`` (shifted to ``offset``). With
    ``only_sets`` all of them become 1, and were perhaps before."""

    word: int
    mask: int
    offset: int
    bits: Term
    only_sets: bool = False


class Arrival(Action):
    """A function that asks whether an action leads to a given state, whose words are ``v0``...

    Guards cost more than effects. So what an instance of the action leaves as it is, and what it
    sets to a constant, is compared before anything is computed, unless a mistake could be missed.
    """

    def __init__(self, lowering: Lowering, action: n.Action) -> None:
        super().__init__(lowering, action)
        self._kept: list[int] = []
        self._set: list[dict[int, int]] = []

    def instance(self) -> None:
        words = self.layout.words
        self._kept = [(1 << 63) - 1] * words  # bits that no way through the action changes
        self._set = []  # for each way, the bits that become constants
        lines, _ = self.apart(super().instance)
        if any(x.startswith("return ") and x != "return 1" for x in flat(lines)):
            self.lines += lines
            return
        if not self._set:
            return
        tests: list[Term] = []
        for k in range(words):
            before, after, kept = Name(f"w{k}"), Name(f"v{k}"), Const(self._kept[k])
            tests.append(t.equal(t.band(before, kept), t.band(after, kept)))
            for bit in range(63):
                found = {way.get(64 * k + bit) for way in self._set}
                if len(found) == 1 and None not in found:
                    (value,) = found
                    tests.append(t.tested(after, 1 << bit, (value or 0) << bit))
        with self.when(t.both(tests)):
            self.lines += lines

    def emit(self) -> None:
        changes = self.changed()
        constant: dict[int, int] = {}
        for c in changes:
            self._kept[c.word] &= ~c.mask
            if isinstance(c.bits, Const):
                value = c.bits.value << c.offset
                for bit in range(63):
                    if c.mask >> bit & 1:
                        constant[64 * c.word + bit] = value >> bit & 1
        self._set.append(constant)
        words = self.successor(changes)
        reached = t.both(t.equal(w, Name(f"v{i}")) for i, w in enumerate(words))
        with self.when(reached):
            self.line("return 1")


# ----------------------------------------------------------------------------------- helpers
def flat(lines: Lines) -> Iterator[str]:
    """All lines, those of blocks too."""
    for x in lines:
        if isinstance(x, str):
            yield x
        else:
            yield from flat(x)


def keys_used(name: str, body: Iterable[n.Stmt]) -> set[str]:
    """The fields of the record ``name`` by which the statements look into maps."""
    meaning: dict[str, n.Expr] = {}
    for s in walk.statements_in(body):
        if isinstance(s, n.Let):
            meaning.setdefault(s.name, s.value)
    for e in walk.everything_in(body):
        if isinstance(e, n.Bind):
            meaning.setdefault(e.name, e.value)

    def field(e: n.Expr, depth: int = 0) -> Iterator[str]:
        match e:
            case n.Attr(of=n.Var(name=x), name=attribute) if x == name:
                yield attribute
            case n.Var(name=x) if x in meaning and depth < 8:
                yield from field(meaning[x], depth + 1)
            case n.Item(of=n.Var(name=x), index=i) if x in meaning and depth < 8:
                value = meaning[x]
                if isinstance(value, n.Tuple):
                    yield from field(value.items[i], depth + 1)
            case n.Tuple():
                for item in e.items:
                    yield from field(item, depth + 1)
            case _:
                pass

    found: set[str] = set()
    for e in walk.everything_in(body):
        if isinstance(e, n.Get | n.Put):
            found.update(field(e.key))
    return found


def _element_at(scan: Scan, places: dict[Scan, int]) -> Value:
    """The element of a scan's domain, for these places of the scans."""
    return scan.domain[places[scan]]


def _skip(arrived: Callable[[], None]) -> None:
    arrived()


def _may_block(s: n.Branch) -> bool:
    inside = walk.statements_in((*s.then, *s.orelse))
    return any(isinstance(x, n.Require | n.Choose) for x in inside)
