"""What a hypothesis about sequences is instantiated by: the places that are looked at already.

A conjunct such as *up to an entry of term t, a log is that of the leader of t* speaks of a log and
two of its places. Instantiated by all logs and places that occur anywhere, each instance mentions
the logs of further terms, and so on. In the style with ``integers="looked up"`` a variable for a
place is instantiated by those places only at which the formula's own sequence is looked at, in the
goal or by an instance before: quantifiers that follow each other are drawn together, and their
pattern is ``log(s, i)``, ``log(s, j)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import terms as t
from .terms import INT, Function, Pattern, Term

Lookups = Mapping[Function, Function]
"""The functions that look at a place of a sequence, each with the predicate that says so."""

__all__ = ["Lookups", "is_tag", "looked_up", "looking", "prenex", "with_pattern"]


def looked_up(f: Term, lookups: Lookups) -> Term:
    """A hypothesis, instantiated by what is looked up."""
    return t.both(_one(part, lookups) for part in t.parts(f))


def _one(f: Term, lookups: Lookups) -> Term:
    if not any(x.sort == INT for y in t.subterms(f) for x in y.binders):
        return f
    binders, guards, body = prenex(f, _quantified)
    return with_pattern(binders, guards, body, lookups) or f


def _quantified(f: Term) -> bool:
    return any(x.op == "forall" for x in t.subterms(f))


def looking(goal: Term, lookups: Lookups) -> Term:
    """A claim that is to be refuted, with what it looks at said to be looked at, whichever part of
    it is false."""
    made = []
    for part in t.parts(goal):
        binders, guards, body = prenex(part, _quantified)
        whole = t.both((*guards, t.negate(body)))
        seen = {
            t.app(lookups[x.function], x.args): None
            for x in t.subterms(whole)
            if x.function is not None and x.function in lookups and x.free <= set(binders)
        }
        made.append(t.forall(binders, t.both((*guards, *seen)), body))
    return t.both(made)


def with_pattern(
    binders: list[Term],
    guards: list[Term],
    body: Term,
    lookups: Lookups,
    chosen: Pattern = (),
) -> Term | None:
    """The formula with ``chosen`` as a part of its pattern, look-ups for places that it does not
    mention, and tags for other variables; None if that does not give a pattern."""
    premise = t.both(guards)
    whole = t.both((premise, t.negate(body)))
    patterns = [list(chosen)]
    covered = {x for p in chosen for x in p.free}
    for x in binders:
        if x.sort == INT and x not in covered:
            found = _looks(whole, x, set(binders), lookups)
            if found:
                patterns = [[*p, y] for p in patterns for y in found]
                covered |= frozenset().union(*(y.free for y in found[:1]))
    tags = {g.args[0]: g for g in t.parts(premise) if is_tag(g)}
    made: list[Pattern] = []
    for p in patterns[:MOST]:
        known = frozenset().union(*(y.free for y in p)) if p else frozenset()
        left = [x for x in binders if x not in known]
        if any(x not in tags for x in left):
            return None
        made.append((*dict.fromkeys(p), *(tags[x] for x in left)))
    whole = t.forall(binders, premise, body, made)
    return None if whole.op == "forall" and not whole.patterns else whole


MOST = 4
"""So many alternative patterns are given to one formula."""


def _looks(f: Term, x: Term, binders: set[Term], lookups: Lookups) -> list[Term]:
    """The ways in which a formula looks at place ``x``: one for each sequence."""
    found: dict[Term, None] = {}
    for y in t.subterms(f):
        if y.function is None or y.function not in lookups or y.args[-1] is not x:
            continue
        plain = all(z.op in ("app", "var", "member") for z in t.subterms(y))
        if plain and y.free <= binders:  # arithmetic or a case distinction is no pattern
            found[t.app(lookups[y.function], y.args)] = None
    order = sorted(found, key=lambda y: (_depth(y), y.name))
    return [y for y in order if _depth(y) == _depth(order[0])]


def _depth(f: Term) -> int:
    return 1 + max(map(_depth, f.args), default=0)


def prenex(f: Term, wanted: Callable[[Term], bool]) -> tuple[list[Term], list[Term], Term]:
    """The quantifiers and premises that a formula begins with, as far as what is below is
    ``wanted``; and what is below."""
    binders: list[Term] = []
    guards: list[Term] = []
    while wanted(f):
        if f.op == "forall":
            binders += f.binders
            f = f.args[0]
        elif f.op == "implies":
            guards.append(f.args[0])
            f = f.args[1]
        else:
            parts = t.parts(t.negate(f))
            inside = [x for x in parts if x.op == "not" and wanted(x)]
            inside = [x for x in inside if x.args[0].op in ("forall", "implies")]
            if len(inside) != 1 or t.negate(f) is inside[0]:
                break
            guards += [x for x in parts if x is not inside[0]]
            f = inside[0].args[0]
    return binders, guards, f


def is_tag(f: Term) -> bool:
    """Whether a formula is true of everything, and there for patterns."""
    return f.op == "app" and f.name.startswith("tag.")
