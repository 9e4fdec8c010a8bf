"""The premise of an invariant: what must be true in a state for the invariant to say anything."""

from __future__ import annotations

from dataclasses import replace

from ..ir import nodes as n
from ..ir import walk
from ..ir.sorts import BOOL, INT

__all__ = ["premise"]


def premise(e: n.Expr) -> n.Expr | None:
    """The premise of a claim, or None if it says something of every state.

    **In** the value of an invariant, without calls. **Out** a bool over the same state: there are
    elements that satisfy all generators and conditions of a universal claim; the left side of an
    implication; of a conjunction, some part with a premise. Nested claims add their premises.
    **Keeps** nothing of what is claimed.

    An invariant whose premise is false in every reachable state holds for no good reason.
    """
    match e:
        case n.Fold(op=n.Op.ALL):
            return _of_all(e)
        case n.Implies():
            inner = premise(e.right)
            return e.left if inner is None else n.And((e.left, inner), span=e.span)
        case n.And():
            found = [p for p in map(premise, e.parts) if p is not None]
            return n.Or(tuple(found), span=e.span) if found else None
        case n.Bind():
            inner = premise(e.body)
            return None if inner is None else replace(e, body=inner, sort=BOOL)
        case n.If():
            return _of_branches(e)
        case _:
            return None


def _of_all(e: n.Fold) -> n.Expr | None:
    inner = premise(e.body)
    if inner is None and not any(map(_restricts, e.generators)):
        return None
    body = n.Literal(True, BOOL, span=e.span) if inner is None else inner
    return replace(e, op=n.Op.ANY, body=body)


def _restricts(g: n.Generator) -> bool:
    """Whether a generator can have nothing: it has a condition, or its domain can be empty."""
    return g.where is not None or (not isinstance(g.domain, n.All | n.Members) and not _fixed(g))


def _fixed(g: n.Generator) -> bool:
    """A range between literals is as large in every state."""
    return isinstance(g.domain, n.Range) and all(
        isinstance(x, n.Literal | n.Constant) and x.sort == INT for x in walk.children(g.domain)
    )


def _of_branches(e: n.If) -> n.Expr | None:
    """A side that is simply true says nothing; a side without a premise says something."""
    then, orelse = _side(e.then), _side(e.orelse)
    if then is None and orelse is None:
        return None
    true = n.Literal(True, BOOL, span=e.span)
    return n.If(e.test, then or true, orelse or true, BOOL, span=e.span)


def _side(e: n.Expr) -> n.Expr | None:
    if isinstance(e, n.Literal) and e.value is True:
        return n.Literal(False, BOOL, span=e.span)
    return premise(e)
