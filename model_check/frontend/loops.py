"""Whether the result of a loop depends on the order in which it runs.

The domain of such a loop (a sort, a set, a quorum) has no order, so a body whose rounds interfere
has no meaning. A body is accepted when its rounds write different entries of a map, or the same
constant wherever they write, add to (or take from) sets and bags, or change ints by amounts, and
read nothing that another round writes.
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
    varying = {name} | {x.name for x in subnodes(body) if isinstance(x, n.Let | n.Loop)}
    for field, writes in assigns.items():
        forms = {_form(field, w, name, varying) for w in writes}
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


def _form(field: str, write: n.Assign, name: str, varying: set[str]) -> str | None:
    """How one round writes: its own entry of a map, an addition, ...; None for anything else.

    ``varying`` are the variables that differ from round to round, ``name`` that of the loop.
    """
    match write.value:
        case n.Put(of=n.Field(name=f), key=key, value=value) if f == field:
            own = _own_key(key, name)
            if own is not None:
                return f"entry {own}"
            if not _varies(value, varying):
                return f"constant {value!r}"
            old = n.Get(write.value.of, key, value.sort)
            return _change(value, lambda e: e == old)
        case value if not _varies(value, varying):
            return f"constant {value!r}"
        case value:
            return _change(value, lambda e: isinstance(e, n.Field) and e.name == field)


def _change(value: n.Expr, is_old: Callable[[n.Expr], bool]) -> str | None:
    """How a value comes from the old one, if by a step that can be taken in any order."""
    match value:
        case n.With(collection=old) | n.UnionOf(left=old) if is_old(old):
            return "with"
        case n.Without(collection=old) | n.Minus(left=old) if is_old(old):
            return "without"
        case n.Add(left=old) | n.Sub(left=old) if is_old(old):
            return "sum"
        case _:
            return None


def _own_key(key: n.Expr, name: str) -> str | None:
    """How a key is made of the element of the round, so that different elements give different
    keys: it is the element, or has it at one place, or has all its parts. None if it does not."""
    match key:
        case n.Var() if key.name == name:
            return "element"
        case n.Tuple():
            for i, item in enumerate(key.items):
                if _own_key(item, name) == "element":
                    return f"element at {i}"
            return _parts_of_element(key, name)
        case _:
            return None


def _parts_of_element(key: n.Tuple, name: str) -> str | None:
    """The order in which a key has all parts of an element that is a tuple."""
    order = []
    for item in key.items:
        match item:
            case n.Item(of=n.Var(name=x, sort=TupleSort(items=parts))) if x == name:
                order.append(item.index)
                if set(order) == set(range(len(parts))):
                    return f"parts {order}"
            case _:
                order.append(-1)
    return None


def _varies(e: n.Expr, varying: set[str]) -> bool:
    """Whether an expression may have different values in different rounds."""
    return any(
        isinstance(x, n.Field | n.Call) or (isinstance(x, n.Var) and x.name in varying)
        for x in subnodes(e)
    )


def _own_reads(field: str, writes: list[n.Assign]) -> set[int]:
    """The reads that stand for the old value in `self.f[k] = ...`, `self.f.add(...)`."""
    found = set()
    for write in writes:
        put = write.value if isinstance(write.value, n.Put) else None
        if put is not None:
            found.add(id(put.of))
        match write.value if put is None else put.value:
            case (
                n.With(collection=old) | n.Without(collection=old) | n.UnionOf(left=old)
                | n.Minus(left=old) | n.Add(left=old) | n.Sub(left=old)
            ):  # fmt: skip
                if put is None:
                    found.add(id(old))
                elif isinstance(old, n.Get) and old.key == put.key:
                    found.add(id(old.of))
            case _:
                pass
    return found


def _reads_own_entry(
    field: str, writes: list[n.Assign], body: tuple[n.Stmt, ...], form: str | None
) -> bool:
    """Whether every other read of the map is of the round's own entry."""
    if form is None or not form.startswith("entry"):
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
