"""Formulas as text in SMT-LIB 2.6, the form in which every solver is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from .terms import BOOL, INT, Function, Term, subterms

__all__ = ["assertion", "declarations", "symbol", "written"]

SIMPLE = re.compile(r"[A-Za-z~!@$%^&*_+=<>.?/-][A-Za-z0-9~!@$%^&*_+=<>.?/-]*\Z")


def symbol(name: str) -> str:
    """A name as SMT-LIB takes it, in bars where it has to be. Bars change nothing: ``|log|`` is
    ``log``. That no name is a word of SMT-LIB or a solver is seen to where names are made, in
    :mod:`.signature`."""
    return name if SIMPLE.match(name) else f"|{name}|"


def written(t: Term, names: Mapping[Term, str] | None = None) -> str:
    """A term; those in ``names`` by their name."""
    memo: dict[Term, str] = {}

    def go(t: Term) -> str:
        if names is not None and t in names:
            return names[t]
        found = memo.get(t)
        if found is None:
            found = memo[t] = one(t)
        return found

    def one(t: Term) -> str:
        match t.op:
            case "true" | "false":
                return t.op
            case "number":
                return str(t.value) if t.value >= 0 else f"(- {-t.value})"
            case "var" | "member":
                return symbol(t.name)
            case "app":
                shown = symbol(t.name)
                return f"({shown} {' '.join(map(go, t.args))})" if t.args else shown
            case "forall" | "exists":
                binders = " ".join(f"({symbol(x.name)} {symbol(x.sort)})" for x in t.binders)
                inner = go(t.args[0])
                if t.patterns:
                    marks = " ".join(f":pattern ({' '.join(map(go, ps))})" for ps in t.patterns)
                    inner = f"(! {inner} {marks})"
                return f"({t.op} ({binders}) {inner})"
            case "implies":
                return f"(=> {go(t.args[0])} {go(t.args[1])})"
            case _:
                return f"({t.op} {' '.join(map(go, t.args))})"

    return go(t)


def assertion(t: Term) -> str:
    """A formula, with its large parts that occur often, and mention no bound variable, by name."""
    counts: Counter[Term] = Counter()
    for x in subterms(t):
        counts.update(x.args)
    shared = [x for x, k in counts.items() if k > 1 and not x.free and x.op not in SMALL]
    shared = [x for x in shared if any(a.args for a in x.args)]
    if not shared:
        return written(t)
    order = sorted(shared, key=_depth)
    names: dict[Term, str] = {}
    opened = []
    for i, x in enumerate(order):
        text = written(x, names)
        names[x] = f"?{i}"
        opened.append(f"(let ((?{i} {text})) ")
    return "".join(opened) + written(t, names) + ")" * len(opened)


SMALL = {"var", "member", "number", "true", "false"}

_depths: dict[Term, int] = {}


def _depth(t: Term) -> int:
    found = _depths.get(t)
    if found is None:
        found = _depths[t] = 1 + max(map(_depth, t.args), default=0)
    return found


def declarations(
    sorts: Iterable[str], enums: Mapping[str, tuple[str, ...]], functions: Iterable[Function]
) -> list[str]:
    """Sorts, enumerations and functions, each before it is used."""
    lines = []
    for sort in sorts:
        if sort in (BOOL, INT):
            continue
        if sort in enums:
            members = " ".join(f"({symbol(m)})" for m in enums[sort])
            lines.append(f"(declare-datatypes (({symbol(sort)} 0)) (({members})))")
        else:
            lines.append(f"(declare-sort {symbol(sort)} 0)")
    for f in functions:
        domain = " ".join(map(symbol, f.domain))
        lines.append(f"(declare-fun {symbol(f.name)} ({domain}) {symbol(f.range)})")
    return lines
