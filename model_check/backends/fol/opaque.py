"""Claims kept closed: a part that is said in several formulas becomes a relation of its own.

``safe_at(b, v)`` is a long formula with quantifiers inside, and a solver that meets it in a
hypothesis and in the goal unfolds both, again and again, for each ballot it hears of. Often the
proof needs nothing of what is inside: one lemma says that a value is safe, and the goal asks for
just that. So a quantified part that occurs in two formulas or more, up to the names of variables
and constants, is replaced everywhere by one relation that takes those as arguments. Nothing is said
of the relation, so fewer things follow, and what follows is true of the parts it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from . import terms as t
from .terms import BOOL, Function, Term

__all__ = ["closed"]

Problem = list[tuple[str, Term]]


def closed(
    problem: Iterable[tuple[str, Term]], sorts: frozenset[str] | None = None
) -> Problem | None:
    """The formulas with such parts closed, the largest ones; None if there are none. With ``sorts``
    only parts that quantify over one of these.

    If they cannot all hold, then neither can those given.
    """
    formulas = list(problem)

    def wanted(part: Term) -> bool:
        return sorts is None or any(x.sort in sorts for x in part.binders)

    said: dict[Term, set[str]] = {}
    for name, f in formulas:
        for part in t.subterms(f):
            if part.binders and (part is not f) and wanted(part) and _leaves(part):
                said.setdefault(_key(part), set()).add(name)
    shared = [k for k, names in said.items() if len(names) > 1]
    if not shared:
        return None
    relations = {k: f"closed.{i}" for i, k in enumerate(shared)}
    memo: dict[Term, Term] = {}

    def go(x: Term) -> Term:
        found = memo.get(x)
        if found is None:
            found = memo[x] = replaced(x)
        return found

    def replaced(x: Term) -> Term:
        if x.binders and wanted(x):
            name = relations.get(_key(x))
            leaves = _leaves(x)
            if name is not None and leaves:
                return t.app(Function(name, tuple(a.sort for a in leaves), BOOL), leaves)
        return t.rebuild(x, go) if x.args else x

    return [(name, go(f)) for name, f in formulas]


_known: dict[Term, tuple[Term, tuple[Term, ...]]] = {}


def _key(part: Term) -> Term:
    """The part with ``_leaves`` numbered; equal for parts that differ in those alone."""
    return _taken_apart(part)[0]


def _leaves(part: Term) -> tuple[Term, ...]:
    """Its free variables and constants, as they come."""
    return _taken_apart(part)[1]


def _taken_apart(part: Term) -> tuple[Term, tuple[Term, ...]]:
    found = _known.get(part)
    if found is None:
        found = _known[part] = _apart(part)
    return found


def _apart(part: Term) -> tuple[Term, tuple[Term, ...]]:
    numbered: dict[Term, Term] = {}

    def visit(x: Term) -> None:
        if x in part.free or (x.op == "app" and not x.args):
            numbered.setdefault(x, t.variable(f"leaf!{len(numbered)}", x.sort))
        for a in x.args:
            visit(a)

    visit(part)
    return t.renamed(_put(part, numbered.get)), tuple(numbered)


def _put(x: Term, leaf: Callable[[Term], Term | None]) -> Term:
    memo: dict[Term, Term] = {}

    def go(x: Term) -> Term:
        found = memo.get(x)
        if found is None:
            found = memo[x] = leaf(x) or (t.rebuild(x, go) if x.args else x)
        return found

    return go(x)
