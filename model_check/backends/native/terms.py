"""Integer expressions of the generated program, simplified as they are built.

Every value here is a 64-bit integer; truth is 1 and falsity 0. The state lives in *words* of which
63 bits are used, so that no value of a state is negative. What matters for speed happens in
:func:`both` and :func:`either`: questions about bits of one word become one masked comparison, so
"all members of this quorum have voted" is ``w & 0b0110 == 0b0110``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = [
    "FALSE", "TRUE", "Bits", "Const", "Name", "Op", "Term", "Test", "add", "band", "bit", "bor",
    "both", "either", "equal", "index", "less", "less_equal", "maximum", "minimum", "multiply",
    "negation", "nonzero", "popcount", "select", "shift_left", "shift_right", "show", "size_of",
    "subtract", "tested",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Const:
    value: int


@dataclass(frozen=True, slots=True)
class Name:
    """A local variable or parameter of the generated function. Never assigned again after use."""

    text: str


@dataclass(frozen=True, slots=True)
class Bits:
    """``width`` bits of a word, from ``offset`` on."""

    word: Name
    offset: int
    width: int

    @property
    def mask(self) -> int:
        return ((1 << self.width) - 1) << self.offset


@dataclass(frozen=True, slots=True)
class Test:
    """``word & mask == value``."""

    word: Term
    mask: int
    value: int


@dataclass(frozen=True, slots=True)
class Op:
    """An operation. ``not``, ``and``, ``or`` and comparisons give 0 or 1; ``index`` reads a
    constant table, whose name is the first argument."""

    op: str
    args: tuple[Term, ...]


Term = Const | Name | Bits | Test | Op

TRUE = Const(1)
FALSE = Const(0)


# --------------------------------------------------------------------------------- arithmetic
def add(a: Term, b: Term) -> Term:
    match a, b:
        case Const(x), Const(y):
            return Const(x + y)
        case Const(0), _:
            return b
        case _, Const(0):
            return a
        case Const(), _:
            return add(b, a)
        case Op("+", (inner, Const(x))), Const(y):
            return add(inner, Const(x + y))
        case _:
            pass
    return Op("+", (a, b))


def subtract(a: Term, b: Term) -> Term:
    match a, b:
        case _, Const(y):
            return add(a, Const(-y))
        case _:
            pass
    if a == b:
        return Const(0)
    return Op("-", (a, b))


def multiply(a: Term, b: Term) -> Term:
    match a, b:
        case Const(x), Const(y):
            return Const(x * y)
        case Const(), _:
            return multiply(b, a)
        case _, Const(0):
            return b
        case _, Const(1):
            return a
        case _:
            pass
    return Op("*", (a, b))


def minimum(a: Term, b: Term) -> Term:
    match a, b:
        case Const(x), Const(y):
            return Const(min(x, y))
        case _:
            pass
    return a if a == b else Op("min", (a, b))


def maximum(a: Term, b: Term) -> Term:
    match a, b:
        case Const(x), Const(y):
            return Const(max(x, y))
        case _:
            pass
    return a if a == b else Op("max", (a, b))


# -------------------------------------------------------------------------------------- bits
def band(a: Term, b: Term) -> Term:
    match a, b:
        case Const(x), Const(y):
            return Const(x & y)
        case Const(), _:
            return band(b, a)
        case _, Const(0):
            return b
        case Bits(), Const(y) if y & ((1 << a.width) - 1) == (1 << a.width) - 1:
            return a
        case Op("&", (inner, Const(x))), Const(y):
            return band(inner, Const(x & y))
        case _:
            pass
    return a if a == b else Op("&", (a, b))


def bor(a: Term, b: Term) -> Term:
    match a, b:
        case Const(x), Const(y):
            return Const(x | y)
        case Const(), _:
            return bor(b, a)
        case _, Const(0):
            return a
        case Op("|", (inner, Const(x))), Const(y):
            return bor(inner, Const(x | y))
        case _:
            pass
    return a if a == b else Op("|", (a, b))


def shift_left(a: Term, b: Term) -> Term:
    match a, b:
        case Const(x), Const(y):
            return Const(x << y)
        case Const(0), _:
            return a
        case _, Const(0):
            return a
        case _:
            pass
    return Op("<<", (a, b))


def shift_right(a: Term, b: Term) -> Term:
    """Of a value that is not negative."""
    match a, b:
        case Const(x), Const(y):
            return Const(x >> y)
        case Const(0), _:
            return a
        case _, Const(0):
            return a
        case _:
            pass
    return Op(">>", (a, b))


def popcount(a: Term) -> Term:
    match a:
        case Const(x):
            return Const(x.bit_count())
        case _:
            pass
    return Op("popcount", (a,))


def bit(a: Term, number: int) -> Term:
    """Whether bit ``number`` is set."""
    return nonzero(band(a, Const(1 << number)))


def nonzero(a: Term) -> Term:
    match a:
        case Const(x):
            return Const(int(x != 0))
        case Op("&", (inner, Const(mask))):
            return negation(tested(inner, mask, 0))
        case Bits():
            return negation(tested(a, (1 << a.width) - 1, 0))
        case _:
            pass
    return negation(equal(a, Const(0)))


def tested(a: Term, mask: int, value: int) -> Term:
    """``a & mask == value``."""
    if value & ~mask:
        return FALSE
    match a:
        case Const(x):
            return Const(int(x & mask == value))
        case Bits():
            full = (1 << a.width) - 1
            if value & ~full:
                return FALSE
            return tested(a.word, (mask & full) << a.offset, value << a.offset)
        case _:
            pass
    return TRUE if mask == 0 else Test(a, mask, value)


# ------------------------------------------------------------------------------- comparisons
def equal(a: Term, b: Term) -> Term:
    match a, b:
        case Const(x), Const(y):
            return Const(int(x == y))
        case Const(), _:
            return equal(b, a)
        case Bits(), Const(y):
            return tested(a, (1 << a.width) - 1, y) if y >= 0 else FALSE
        case Op("+", (inner, Const(x))), Const(y):
            return equal(inner, Const(y - x))
        case _:
            pass
    return TRUE if a == b else Op("==", (a, b))


def less(a: Term, b: Term) -> Term:
    match a, b:
        case Const(x), Const(y):
            return Const(int(x < y))
        case Bits(), Const(y) if y >= 1 << a.width:
            return TRUE
        case (Bits(), Const(y)) if y <= 0:
            return FALSE
        case Const(x), Bits() if x < 0:
            return TRUE
        case Const(x), Bits() if x >= (1 << b.width) - 1:
            return FALSE
        case Bits(), Const(1):
            return equal(a, Const(0))
        case Const(0), Bits():
            return nonzero(b)
        case _:
            pass
    return FALSE if a == b else Op("<", (a, b))


def less_equal(a: Term, b: Term) -> Term:
    return negation(less(b, a))


# ------------------------------------------------------------------------------------- logic
def negation(a: Term) -> Term:
    match a:
        case Const(x):
            return Const(1 - x)
        case Test(word, mask, value) if mask & (mask - 1) == 0:
            return Test(word, mask, mask ^ value)
        case Op("not", (inner,)):
            return inner
        case Op("and", args):
            return Op("or", tuple(map(negation, args)))
        case Op("or", args):
            return Op("and", tuple(map(negation, args)))
        case Op("==", args):
            return Op("!=", args)
        case Op("!=", args):
            return Op("==", args)
        case Op("<", (x, y)):
            return Op("<=", (y, x))
        case Op("<=", (x, y)):
            return Op("<", (y, x))
        case _:
            pass
    return Op("not", (a,))


def both(parts: Iterable[Term]) -> Term:
    """All of these hold. They can be asked in any order: none of them can fail."""
    kept: dict[Term, None] = {}
    tests: dict[Term, tuple[int, int]] = {}
    work = list(parts)[::-1]
    while work:
        part = work.pop()
        match part:
            case Const(0):
                return FALSE
            case Const():
                pass
            case Op("and", args):
                work.extend(reversed(args))
            case Test(word, mask, value):
                seen_mask, seen_value = tests.get(word, (0, 0))
                if (seen_value ^ value) & seen_mask & mask:
                    return FALSE
                tests[word] = seen_mask | mask, seen_value | value
            case _:
                kept[part] = None
    if any(negation(t) in kept for t in kept):
        return FALSE
    for part in kept:
        if isinstance(part, Op) and part.op == "or":
            open_ = tuple(a for a in part.args if not _refuted(a, kept, tests))
            if not open_:
                return FALSE
            if len(open_) < len(part.args):
                others = (x for x in kept if x is not part)
                units = (Test(word, *asked) for word, asked in tests.items())
                return both((*units, *others, open_[0] if len(open_) == 1 else Op("or", open_)))
    made = (*(Test(word, *asked) for word, asked in tests.items()), *kept)
    match made:
        case ():
            return TRUE
        case (one,):
            return one
        case _:
            pass
    return Op("and", made)


def _refuted(a: Term, kept: Mapping[Term, None], tests: Mapping[Term, tuple[int, int]]) -> bool:
    """Whether a condition is false where all of these hold."""
    if isinstance(a, Test):
        mask, value = tests.get(a.word, (0, 0))
        if (value ^ a.value) & mask & a.mask:
            return True
    return negation(a) in kept


def either(parts: Iterable[Term]) -> Term:
    """Some of these hold. They can be asked in any order: none of them can fail."""
    return negation(both(map(negation, parts)))


def select(test: Term, then: Term, orelse: Term) -> Term:
    if then == orelse:
        return then
    match test, then, orelse:
        case Const(x), _, _:
            return then if x else orelse
        case _, Const(1), Const(0):
            return test
        case _, Const(0), Const(1):
            return negation(test)
        case _:
            pass
    return Op("if", (test, then, orelse))


def index(table: Name, at: Term) -> Term:
    return Op("index", (table, at))


# ------------------------------------------------------------------------------------- text
def size_of(t: Term) -> int:
    """A measure of the work to compute a term."""
    match t:
        case Const() | Name():
            return 0
        case Bits():
            return 1
        case Test():
            return 1 + size_of(t.word)
        case Op():
            return 1 + sum(map(size_of, t.args))


def number(value: int) -> str:
    return hex(value) if value > 99 else str(value)


def show(t: Term) -> str:
    """The term as Python source."""
    text = _text(t)
    return text[1:-1] if text.startswith("(") and _closes_at_end(text) else text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return i == len(text) - 1
    return False


def _text(t: Term) -> str:
    match t:
        case Const(x):
            return number(x) if x >= 0 else f"({x})"
        case Name(text):
            return text
        case Bits(word, offset, width):
            low = f"({word.text} >> {offset})" if offset else word.text
            return f"({low} & {number((1 << width) - 1)})"
        case Test(word, mask, value):
            sign = "!=" if value == mask and mask & (mask - 1) == 0 else "=="
            shown = "0" if sign == "!=" else number(value)
            return f"({_text(word)} & {number(mask)} {sign} {shown})"
        case Op("not", (a,)):
            return f"(not {_text(a)})"
        case Op("if", (test, then, orelse)):
            return f"({_text(then)} if {_text(test)} else {_text(orelse)})"
        case Op("index", (table, at)):
            return f"{_text(table)}[{show(at)}]"
        case Op("min" | "max" | "popcount", args):
            return f"{t.op}({', '.join(map(show, args))})"
        case Op("+" | "|" | "&" as op, args):
            return "(" + f" {op} ".join(map(_text, _chain(op, args))) + ")"
        case Op(op, args):
            return "(" + f" {op} ".join(map(_text, args)) + ")"


def _chain(op: str, args: tuple[Term, ...]) -> list[Term]:
    """What a chain of one operation combines, from the left: it needs no brackets."""
    right: list[Term] = []
    while True:
        first, *others = args
        right += reversed(others)
        if not isinstance(first, Op) or first.op != op:
            return [first, *reversed(right)]
        args = first.args
