"""Whether the result of a loop depends on the order in which it runs.

The domain of such a loop (a sort, a set, a quorum) has no order, so a body whose rounds interfere
has no meaning. A body is accepted when its rounds write different entries of a map, add to (or take
from) a set or bag, or change an int by amounts, and read nothing that another round writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from ..ir import nodes as n
from ..ir.sorts import TupleSort

__all__ = ["order_dependence", "subnodes"]


def subnodes(node: Any) -> Iterator[Any]:
    """The node and everything below it."""
    work = [node]
    while work:
        x = work.pop()
        if isinstance(x, n.Node):
            yield x
        if isinstance(x, tuple):
            work.extend(x)
        elif isinstance(x, n.Node) and is_dataclass(x):
            work.extend(
                getattr(x, f.name)
                for f in fields(x)
                if f.name not in ("span", "sort", "record")
                and isinstance(getattr(x, f.name), n.Node | tuple)
            )


def order_dependence(
    name: str,
    body: tuple[n.Stmt, ...],
    kept: set[str],
    function: Callable[[str], n.Function],
) -> str | None:
    """Why the rounds of a loop over ``name`` interfere, or None if they do not.

    ``kept`` are the locals that were there before the loop.
    """
    assigns: dict[str, list[n.Assign]] = {}
    for node in subnodes(body):
        match node:
            case n.Let() if node.name in kept:
                return f"{node.name} is kept from one round to the next"
            case n.Perform() if function(node.function).writes:
                return f"{node.function}() changes the state"
            case n.Assign():
                assigns.setdefault(node.field, []).append(node)
            case _:
                pass
    for field, writes in assigns.items():
        forms = {_form(field, w, name) for w in writes}
        if len(forms) != 1 or None in forms:
            return f"each round gives self.{field} a new value"
        (form,) = forms
        own = _own_reads(field, writes)
        for node in subnodes(body):
            reads = isinstance(node, n.Field) and node.name == field and id(node) not in own
            calls = isinstance(node, n.Call) and field in function(node.function).reads
            if (reads or calls) and not _reads_own_entry(field, writes, body, form):
                return f"a round reads self.{field}, which other rounds change"
    return None


def _form(field: str, write: n.Assign, name: str) -> str | None:
    """How one round writes: its own entry of a map, an addition, ...; None for anything else."""
    match write.value:
        case n.Put(of=n.Field(name=f), key=key) if f == field and _is_own(key, name):
            return "entry"
        case n.Put(of=n.Field(name=f), value=value) if f == field and not _mentions(value, name):
            return f"constant {value!r}"
        case n.With(collection=n.Field(name=f)) if f == field:
            return "with"
        case n.Without(collection=n.Field(name=f)) if f == field:
            return "without"
        case n.Add(left=n.Field(name=f)) | n.Sub(left=n.Field(name=f)) if f == field:
            return "sum"
        case _:
            return None


def _is_own(key: n.Expr, name: str) -> bool:
    """Whether different elements give different keys: the element itself, alone or in a tuple."""
    match key:
        case n.Var():
            return key.name == name
        case n.Tuple():
            return any(_is_own(item, name) for item in key.items) or _has_all_parts(key, name)
        case _:
            return False


def _has_all_parts(key: n.Tuple, name: str) -> bool:
    """Whether a key is made of all parts of an element that is a tuple."""
    parts = [x for x in key.items if isinstance(x, n.Item) and isinstance(x.of, n.Var)]
    own = {x.index: x.of.sort for x in parts if isinstance(x.of, n.Var) and x.of.name == name}
    sorts = [s.items for s in own.values() if isinstance(s, TupleSort)]
    return bool(sorts) and own.keys() == set(range(len(sorts[0])))


def _mentions(e: n.Expr, name: str) -> bool:
    return any(isinstance(x, n.Var) and x.name == name for x in subnodes(e)) or any(
        isinstance(x, n.Field) for x in subnodes(e)
    )


def _own_reads(field: str, writes: list[n.Assign]) -> set[int]:
    """The reads that stand for the old value in `self.f[k] = ...`, `self.f.add(...)`."""
    found = set()
    for write in writes:
        match write.value:
            case n.Put(of=base) | n.With(collection=base) | n.Without(collection=base):
                found.add(id(base))
            case n.Add(left=base) | n.Sub(left=base):
                found.add(id(base))
            case _:
                pass
    return found


def _reads_own_entry(
    field: str, writes: list[n.Assign], body: tuple[n.Stmt, ...], form: str | None
) -> bool:
    """Whether every other read of the map is of the round's own entry."""
    if form != "entry":
        return False
    keys = [w.value.key for w in writes if isinstance(w.value, n.Put)]
    own = _own_reads(field, writes)
    entries = {
        id(x.of)
        for x in subnodes(body)
        if isinstance(x, n.Get)
        and isinstance(x.of, n.Field)
        and x.of.name == field
        and x.key in keys
    }
    return all(
        id(x) in own or id(x) in entries
        for x in subnodes(body)
        if isinstance(x, n.Field) and x.name == field
    ) and not any(isinstance(x, n.Call) for x in subnodes(body))
