"""In which fragment of logic a proof lies: whether its quantifiers alternate in a circle.

An edge from sort A to sort B says that elements of A can give rise to elements of B: by a function
from A to B, or by ``forall x: A. exists y: B``. Where there is no circle, finitely many instances
settle every question (the *stratified* fragment; *EPR* where there are no such functions). Where
there is one, a solver may go on for ever, and every proof found is a matter of luck or of skill.

**Source** O. Padon et al., "Paxos Made EPR" (OOPSLA 2017), section 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import terms as t
from .signature import plain
from .terms import Term

__all__ = ["Fragment", "fragment_of"]


@dataclass(frozen=True, slots=True)
class Fragment:
    """``edges`` by sort; ``circle`` is a shortest one, its first sort repeated at the end."""

    edges: Mapping[str, frozenset[str]]
    circle: tuple[str, ...]
    integers: bool

    def text(self) -> str:
        """In words."""
        beside = ", with integer arithmetic" if self.integers else ""
        if self.circle:
            return f"not stratified{beside}: {' -> '.join(map(plain, self.circle))}"
        order = list(map(plain, _layers(self.edges)))
        return f"stratified{beside}: {' -> '.join(order)}" if order else f"no alternation{beside}"


def fragment_of(formulas: Iterable[Term]) -> Fragment:
    """The fragment of what is asserted; tags do not count."""
    edges: dict[str, set[str]] = {}
    integers = False
    for f in formulas:
        _alternations(f, True, (), edges, set())
        for g in t.functions_in(f):
            if g.range != t.BOOL and not g.name.startswith("tag."):
                for sort in g.domain:
                    edges.setdefault(sort, set()).add(g.range)
        integers = integers or any(x.op in ("+", "-", "<=", "<") for x in t.subterms(f))
    frozen = {a: frozenset(bs) for a, bs in sorted(edges.items())}
    return Fragment(frozen, _circle(frozen), integers)


def _alternations(
    f: Term,
    positive: bool,
    universal: tuple[str, ...],
    edges: dict[str, set[str]],
    seen: set[tuple[Term, bool, tuple[str, ...]]],
) -> None:
    """Edges from the universal variables around an existential one, to it."""
    key = (f, positive, universal)
    if key in seen or f.sort != t.BOOL:
        return
    seen.add(key)
    match f.op:
        case "not":
            _alternations(f.args[0], not positive, universal, edges, seen)
        case "implies":
            _alternations(f.args[0], not positive, universal, edges, seen)
            _alternations(f.args[1], positive, universal, edges, seen)
        case "forall" | "exists":
            sorts = tuple(sorted({x.sort for x in f.binders}))
            if (f.op == "forall") == positive:
                inner = tuple(sorted({*universal, *sorts}))
            else:
                inner = universal
                for sort in universal:
                    edges.setdefault(sort, set()).update(sorts)
            _alternations(f.args[0], positive, inner, edges, seen)
        case "ite" | "=":
            for a in f.args:
                _alternations(a, True, universal, edges, seen)
                _alternations(a, False, universal, edges, seen)
        case _:
            for a in f.args:
                _alternations(a, positive, universal, edges, seen)


def _circle(edges: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """A shortest circle, if there is one."""
    best: tuple[str, ...] = ()
    for start in edges:
        paths: list[tuple[str, ...]] = [(start,)]
        reached: set[str] = set()
        while paths:
            path = paths.pop(0)
            for after in sorted(edges.get(path[-1], ())):
                if after == start and (not best or len(path) + 1 < len(best)):
                    best = (*path, start)
                if after not in reached and after != start:
                    reached.add(after)
                    paths.append((*path, after))
    return best


def _layers(edges: Mapping[str, frozenset[str]]) -> list[str]:
    """The sorts in an order in which all edges point forward."""
    order: list[str] = []
    done: set[str] = set()

    def visit(sort: str) -> None:
        if sort not in done:
            done.add(sort)
            for after in sorted(edges.get(sort, ()), reverse=True):
                visit(after)
            order.append(sort)

    for sort in sorted(edges, reverse=True):
        visit(sort)
    return order[::-1]
