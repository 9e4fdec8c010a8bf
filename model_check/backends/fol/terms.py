"""Terms and formulas of many-sorted first-order logic with integers.

::

    t ::= x | f(t, ...) | 0 | 1 | ... | t + t | t - t | t * t | ite(F, t, t)
    F ::= true | false | x | f(t, ...) | t = t | t <= t | t < t
        | not F | F and ... | F or ... | F => F | ite(F, F, F)
        | forall x ... . F | exists x ... . F             each with patterns

A formula is a term of sort ``Bool``. Terms are interned: equal terms are one object, so they are
compared and hashed by identity. The constructors below keep formulas small: constants are folded,
``x = x`` is true, and a quantified variable that has to be equal to some term is replaced by it.

*Patterns* say when a solver should instantiate a quantifier: as soon as it knows of terms that
match them. They have no meaning beyond that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = [
    "BOOL", "FALSE", "INT", "TRUE", "Function", "Pattern", "Term", "add", "app", "both", "compare",
    "either", "equal", "exists", "forall", "functions_in", "implies", "ite", "negate", "number",
    "parts", "renamed", "subterms", "substitute", "times", "variable",
]  # fmt: skip

BOOL = "Bool"
INT = "Int"


@dataclass(frozen=True, slots=True)
class Function:
    """An uninterpreted function, a relation if its range is ``Bool``, a constant without domain."""

    name: str
    domain: tuple[str, ...]
    range: str


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A node; made by the functions of this module only. ``free`` are its unbound variables."""

    op: str
    args: tuple[Term, ...]
    sort: str
    name: str = ""
    value: int = 0
    function: Function | None = None
    binders: tuple[Term, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    free: frozenset[Term] = field(default=frozenset(), repr=False)

    def __str__(self) -> str:
        from .smtlib import written  # noqa: PLC0415  # printing builds on terms

        return written(self)


Pattern = tuple[Term, ...]
"""Terms that must all be known, and together mention every variable of the quantifier."""

_known: dict[tuple[object, ...], Term] = {}


def _make(
    op: str,
    args: tuple[Term, ...],
    sort: str,
    *,
    name: str = "",
    value: int = 0,
    function: Function | None = None,
    binders: tuple[Term, ...] = (),
    patterns: tuple[Pattern, ...] = (),
) -> Term:
    key = (op, args, sort, name, value, function, binders, patterns)
    found = _known.get(key)
    if found is None:
        free = frozenset().union(*(a.free for a in args)) - frozenset(binders)
        found = Term(op, args, sort, name, value, function, binders, patterns, free)
        if op == "var":
            object.__setattr__(found, "free", frozenset({found}))
        _known[key] = found
    return found


TRUE = _make("true", (), BOOL)
FALSE = _make("false", (), BOOL)


def variable(name: str, sort: str) -> Term:
    """A variable, to be bound by a quantifier."""
    return _make("var", (), sort, name=name)


def number(value: int) -> Term:
    """An integer."""
    return _make("number", (), INT, value=value)


def app(function: Function, args: Sequence[Term] = ()) -> Term:
    """A function applied, or a constant."""
    assert tuple(a.sort for a in args) == function.domain, (function, [str(a) for a in args])
    return _make("app", tuple(args), function.range, name=function.name, function=function)


# -------------------------------------------------------------------------------- connectives
def negate(f: Term) -> Term:
    if f is TRUE:
        return FALSE
    if f is FALSE:
        return TRUE
    return f.args[0] if f.op == "not" else _make("not", (f,), BOOL)


def both(formulas: Iterable[Term]) -> Term:
    """The conjunction."""
    return _joined("and", formulas, TRUE, FALSE)


def either(formulas: Iterable[Term]) -> Term:
    """The disjunction."""
    return _joined("or", formulas, FALSE, TRUE)


def _joined(op: str, formulas: Iterable[Term], neutral: Term, absorbing: Term) -> Term:
    found: dict[Term, None] = {}
    for f in formulas:
        for part in f.args if f.op == op else (f,):
            if part is absorbing:
                return absorbing
            if part is not neutral:
                found[part] = None
    if any(negate(f) in found for f in found if f.op == "not"):
        return absorbing
    args = tuple(found)
    if not args:
        return neutral
    return args[0] if len(args) == 1 else _make(op, args, BOOL)


def implies(left: Term, right: Term) -> Term:
    if left is TRUE:
        return right
    if left is FALSE or right is TRUE:
        return TRUE
    if right is FALSE:
        return negate(left)
    if right.op == "implies":
        return implies(both((left, right.args[0])), right.args[1])
    return TRUE if left is right else _make("implies", (left, right), BOOL)


def ite(test: Term, then: Term, orelse: Term) -> Term:
    """``then`` if ``test``, else ``orelse``; both of one sort."""
    if test is TRUE or then is orelse:
        return then
    if test is FALSE:
        return orelse
    if then.sort == BOOL:
        if then is TRUE or orelse is FALSE:
            return either((test, orelse)) if then is TRUE else both((test, then))
        if then is FALSE or orelse is TRUE:
            return both((negate(test), orelse)) if then is FALSE else implies(test, then)
    if test.op == "not":
        return ite(test.args[0], orelse, then)
    return _make("ite", (test, then, orelse), then.sort)


def equal(left: Term, right: Term) -> Term:
    assert left.sort == right.sort, (str(left), str(right))
    if left is right:
        return TRUE
    for x, y in ((left, right), (right, left)):
        if x is TRUE:
            return y
        if x is FALSE:
            return negate(y)
    if _is_value(left) and _is_value(right):
        return FALSE
    return _make("=", (left, right), BOOL)


def _is_value(t: Term) -> bool:
    """Whether a term is one of several that are different by being different terms."""
    return t.op in ("number", "member")


def member(name: str, sort: str) -> Term:
    """A member of an enumeration."""
    return _make("member", (), sort, name=name)


# ----------------------------------------------------------------------------------- integers
def compare(op: str, left: Term, right: Term) -> Term:
    """``<=`` or ``<`` on integers."""
    if left.op == "number" and right.op == "number":
        holds = left.value <= right.value if op == "<=" else left.value < right.value
        return TRUE if holds else FALSE
    if left is right:
        return TRUE if op == "<=" else FALSE
    return _make(op, (left, right), BOOL)


def add(left: Term, right: Term, sign: int = 1) -> Term:
    """``left + sign * right``."""
    if right.op == "number":
        if right.value == 0:
            return left
        step = sign * right.value
        if left.op == "number":
            return number(left.value + step)
        if left.op in ("+", "-") and left.args[1].op == "number":
            before = left.args[1].value
            return add(left.args[0], number(step + (before if left.op == "+" else -before)))
        if step < 0:
            return _make("-", (left, number(-step)), INT)
        return _make("+", (left, number(step)), INT)
    if left.op == "number" and sign == 1:
        return add(right, left)
    return _make("+" if sign == 1 else "-", (left, right), INT)


def times(left: Term, right: Term) -> Term:
    if left.op == "number" and right.op == "number":
        return number(left.value * right.value)
    return _make("*", (left, right), INT)


# -------------------------------------------------------------------------------- quantifiers
def forall(
    binders: Sequence[Term], guard: Term, body: Term, patterns: Sequence[Pattern] = ()
) -> Term:
    """``body`` for all values of the variables for which ``guard`` holds."""
    return negate(_quantified(binders, guard, negate(body), patterns, universal=True))


def exists(
    binders: Sequence[Term], guard: Term, body: Term, patterns: Sequence[Pattern] = ()
) -> Term:
    """``body`` for some values of the variables for which ``guard`` holds."""
    return _quantified(binders, guard, body, patterns, universal=False)


def _quantified(
    binders: Sequence[Term],
    guard: Term,
    body: Term,
    patterns: Sequence[Pattern],
    *,
    universal: bool,
) -> Term:
    """Some values satisfy guard and body; written as a negated ``forall`` if ``universal``."""
    left = list(binders)
    patterns = list(patterns)
    found = True
    while found:
        found = False
        for part in parts(both((guard, body))):
            solved = _solution(part, left)
            if solved is not None:
                x, value = solved
                left.remove(x)
                guard, body = substitute(guard, {x: value}), substitute(body, {x: value})
                patterns = [tuple(substitute(p, {x: value}) for p in ps) for ps in patterns]
                found = True
                break
    whole = both((guard, body))
    left = [x for x in left if x in whole.free]
    if not left or whole in (TRUE, FALSE):
        return whole
    kept = tuple(
        q
        for ps in patterns
        if (q := tuple(p for p in ps if not p.free.isdisjoint(left))) and _fits(q, left)
    )
    if universal:
        inner = implies(guard, negate(body))
        return negate(_make("forall", (inner,), BOOL, binders=tuple(left), patterns=kept))
    return _make("exists", (whole,), BOOL, binders=tuple(left), patterns=kept)


def parts(f: Term) -> tuple[Term, ...]:
    """The formulas of which this is the conjunction, negations of disjunctions included."""
    if f.op == "and":
        return f.args
    if f.op == "not":
        inner = f.args[0]
        if inner.op == "or":
            return tuple(negate(a) for a in inner.args)
        if inner.op == "implies":
            return (*parts(inner.args[0]), *parts(negate(inner.args[1])))
    return (f,)


def _solution(part: Term, binders: Sequence[Term]) -> tuple[Term, Term] | None:
    """A variable with the term that it must be equal to."""
    if part in binders:
        return part, TRUE
    if part.op == "not" and part.args[0] in binders:
        return part.args[0], FALSE
    if part.op != "=":
        return None
    left, right = part.args
    for x, value in ((left, right), (right, left)):
        if x in binders and x not in value.free:
            return x, value
    return None


def _fits(pattern: Pattern, binders: Sequence[Term]) -> bool:
    """Whether a solver can go by a pattern: it mentions all variables, and no term in it is decided
    by cases, as one may be once a variable is replaced by what it has to be equal to."""
    mentioned = frozenset[Term]().union(*(p.free for p in pattern))
    return mentioned.issuperset(binders) and not any(
        x.op in _CASES for p in pattern for x in subterms(p)
    )


_CASES = {"ite", "not", "and", "or", "implies", "=", "<=", "<", "forall", "exists"}


# -------------------------------------------------------------------------------- substitution
def substitute(t: Term, values: Mapping[Term, Term]) -> Term:
    """The term with variables replaced. Bound variables have names of their own everywhere."""
    memo: dict[Term, Term] = {}

    def go(t: Term) -> Term:
        if t.op == "var":
            return values.get(t, t)
        if t.free.isdisjoint(values):
            return t
        found = memo.get(t)
        if found is None:
            found = memo[t] = rebuild(t, go)
        return found

    return go(t)


def renamed(t: Term) -> Term:
    """The term without patterns, its bound variables named by how deep they are bound: terms that
    differ in these alone become one."""
    memo: dict[tuple[Term, int, frozenset[tuple[Term, Term]]], Term] = {}

    def go(t: Term, names: Mapping[Term, Term], depth: int) -> Term:
        if t.op == "var":
            return names.get(t, t)
        key = (t, depth, frozenset((x, names[x]) for x in t.free if x in names))
        found = memo.get(key)
        if found is None:
            found = memo[key] = bound(t, names, depth)
        return found

    def bound(t: Term, names: Mapping[Term, Term], depth: int) -> Term:
        if not t.binders:
            return rebuild(t, lambda x: go(x, names, depth))
        made = tuple(variable(f"bound!{depth + i}", x.sort) for i, x in enumerate(t.binders))
        inner = {**names, **dict(zip(t.binders, made, strict=True))}
        body = go(t.args[0], inner, depth + len(made))
        return _make(t.op, (body,), BOOL, binders=made)

    return go(t, {}, 0)


def rebuild(t: Term, go: Callable[[Term], Term]) -> Term:
    """The same node over other parts."""
    args = tuple(map(go, t.args))
    match t.op:
        case "not":
            return negate(args[0])
        case "and":
            return both(args)
        case "or":
            return either(args)
        case "implies":
            return implies(*args)
        case "ite":
            return ite(*args)
        case "=":
            return equal(*args)
        case "<=" | "<":
            return compare(t.op, *args)
        case "+":
            return add(args[0], args[1])
        case "-":
            return add(args[0], args[1], -1)
        case "*":
            return times(*args)
        case "forall" | "exists":
            patterns = tuple(tuple(map(go, ps)) for ps in t.patterns)
            kept = tuple(ps for ps in patterns if _fits(ps, t.binders))
            if args[0] in (TRUE, FALSE):
                return args[0]
            return _make(t.op, args, BOOL, binders=t.binders, patterns=kept)
        case _:
            return _make(t.op, args, t.sort, name=t.name, value=t.value, function=t.function)


def subterms(t: Term) -> Iterator[Term]:
    """Every different subterm once, patterns included."""
    seen: set[Term] = set()
    work = [t]
    while work:
        x = work.pop()
        if x not in seen:
            seen.add(x)
            yield x
            work += x.args
            for ps in x.patterns:
                work += ps


_functions: dict[Term, tuple[Function, ...]] = {}


def functions_in(t: Term) -> tuple[Function, ...]:
    """The functions that a term mentions, each once, in an order that the term alone decides."""
    found = _functions.get(t)
    if found is None:
        found = tuple(dict.fromkeys(x.function for x in subterms(t) if x.function is not None))
        _functions[t] = found
    return found
